import { serve } from './server.ts'

/** The mail API: takes a mail and answers that it was sent. It knows nothing of attribution. */
serve((request) => (request.method === 'POST' ? 202 : 405))

import { serve } from './server.ts'

/** The mail API: takes a mail and answers that it was sent. It knows nothing about attribution. */
serve((request) => (request.method === 'POST' ? 202 : 405))

export { attributed } from './edges/fastify.ts'
export type { FastifyRequest, FastifyReply } from './edges/fastify.ts'
export type { EdgeOptions, Given, IdentityVerifier } from './edges/options.ts'

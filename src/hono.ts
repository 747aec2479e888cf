export { attributed } from './edges/hono.ts'
export type { HonoContext } from './edges/hono.ts'
export type { EdgeOptions, Given, IdentityVerifier } from './edges/options.ts'

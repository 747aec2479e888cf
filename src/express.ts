export { attributed } from './edges/express.ts'
export type { ExpressRequest, ExpressResponse } from './edges/express.ts'
export type { EdgeOptions, Given, IdentityVerifier } from './edges/options.ts'

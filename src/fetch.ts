export { attributed } from './edges/fetch.ts'
export type { FetchRequest } from './edges/fetch.ts'
export type { EdgeOptions, Given, IdentityVerifier } from './edges/options.ts'

import { nearest } from '../base/spelling.ts'
import type { Intent, Principal } from '../model/attribution.ts'
import { AttributionConfigError } from '../policy/config-error.ts'
import type { VerifiedIdentity } from '../trust/tokens/verified-identity.ts'

/** What an edge binds for a request, and where it comes from. */
export interface EdgeOptions<R> {
  /**
   * Checks the bearer token of the `Authorization` header: a `tokenVerifier`. What the token says is bound as verified. If
   * the token is refused, nobody is named. If it was issued for another service, spans inside say `token_passthrough`. A
   * function of the request instead, where the token is elsewhere: it returns what a verifier made of it, or rejects as the
   * verifier does. Default: tokens aren't read.
   */
  readonly verifier?: IdentityVerifier | ((request: R) => Given<VerifiedIdentity>)
  /**
   * Who asked, from your authentication: never something that a caller can choose. A token that names another principal is
   * a `conflicting_identity`. Default: nobody, or whoever the token names.
   */
  readonly principal?: (request: R) => Given<string | Principal>
  /** Why: what was asked for. Default: none. */
  readonly intent?: (request: R) => Given<string | Intent>
  /** One id for the whole workflow. Default: that of the token, else the one that `onBehalfOf` chooses. */
  readonly correlationId?: (request: R) => Given<string>
  /** Answer 401 where nobody is named, instead of serving the request unbound. Default: false. */
  readonly required?: boolean
}

/** What a function of the options returns. Nothing where the request doesn't say. */
export type Given<T> = T | undefined | null | PromiseLike<T | undefined | null>

/** The part of a `tokenVerifier` that an edge needs. */
export interface IdentityVerifier {
  verify(token: string): Promise<VerifiedIdentity>
}

const KINDS: Readonly<Record<keyof EdgeOptions<unknown>, readonly [(value: unknown) => boolean, string]>> = {
  verifier: [isVerifier, 'has to be a token verifier, or a function of the request'],
  principal: [isFunction, 'has to be a function of the request'],
  intent: [isFunction, 'has to be a function of the request'],
  correlationId: [isFunction, 'has to be a function of the request'],
  required: [(value) => typeof value === 'boolean', 'has to be true or false'],
}

/** Throws one `AttributionConfigError` that names every bad option. */
export function checkedOptions<R>(options: EdgeOptions<R>): EdgeOptions<R> {
  if (!isObject(options)) throw new AttributionConfigError(['options: has to be an object'])
  const problems = Object.entries(options).flatMap(([name, value]) => problemOf(name, value))
  if (problems.length > 0) throw new AttributionConfigError(problems)
  return { ...options }
}

function problemOf(name: string, value: unknown): readonly string[] {
  if (!Object.hasOwn(KINDS, name)) {
    const close = nearest(name, Object.keys(KINDS))
    return [`option ${name}: is unknown${close === undefined ? '' : `; did you mean ${close}?`}`]
  }
  const [isKind, complaint] = KINDS[name as keyof typeof KINDS]
  return value === undefined || isKind(value) ? [] : [`option ${name}: ${complaint}`]
}

function isVerifier(value: unknown): boolean {
  return isFunction(value) || isFunction((value as Partial<IdentityVerifier> | null)?.verify)
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

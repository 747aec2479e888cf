import { context, diag, propagation, trace } from '@opentelemetry/api'
import type { Context, TextMapGetter } from '@opentelemetry/api'
import { present } from '../base/attribute-value.ts'
import type { FindingCode } from '../model/finding.ts'
import { isPlaceholderPrincipal } from '../identity/identity.ts'
import { onBehalfOf } from '../runtime/binding/bind.ts'
import type { OnBehalfOf } from '../runtime/binding/bind.ts'
import { attempt, isGiven, principalFrom } from '../runtime/binding/facet-input.ts'
import { runTelling } from '../runtime/binding/telling.ts'
import { fault, guarded } from '../runtime/health/fault.ts'
import { inContext } from '../runtime/health/in-context.ts'
import type { Request as OpenRequest } from '../runtime/scope/scope.ts'
import { withRequest } from '../runtime/span/span-state.ts'
import { TOKEN_ERROR_CODES } from '../trust/tokens/token-error.ts'
import type { TokenErrorCode } from '../trust/tokens/token-error.ts'
import type { VerifiedIdentity } from '../trust/tokens/verified-identity.ts'
import { checkedOptions } from './options.ts'
import type { EdgeOptions, Given } from './options.ts'

/** The headers as Node or as the web has them. */
export type Headers = HeaderRecord | WebHeaders
export type HeaderRecord = Readonly<Record<string, string | readonly string[] | undefined>>
export interface WebHeaders {
  get(name: string): string | null
  keys?(): Iterable<string>
}

/** A response of Node. */
export interface ResponseLike {
  readonly writableEnded: boolean
  /** Whether the connection was closed already. */
  readonly destroyed?: boolean
  on(event: 'close', listener: () => void): unknown
}

/** How one request is served. */
export interface Serving {
  /** Where nobody is named and someone has to be: the value of the header `WWW-Authenticate` of a 401. */
  readonly challenge: string | undefined
  /** Runs the rest of the request inside what is bound. */
  run<T>(serve: () => T): T
}

/** Reads who asks, and why, from each request. Nothing here throws into the app, and no token is kept. */
export class Edge<R> {
  readonly #options: EdgeOptions<R>
  readonly #headersOf: (request: R) => Headers

  /** Throws `AttributionConfigError` if an option can't be used. */
  constructor(options: EdgeOptions<R>, headersOf: (request: R) => Headers) {
    this.#options = checkedOptions(options)
    this.#headersOf = headersOf
  }

  /**
   * How to serve the request, or a promise for it where something has to be waited for. `response`: if the framework has
   * one that shows when it has been sent.
   */
  serving(request: R, response?: ResponseLike): Serving | Promise<Serving> {
    const headers = guarded('edge', 'the headers cannot be read', () => this.#headersOf(request), NO_HEADERS)
    // Before anything is waited for: the caller may go away meanwhile.
    const inside = around(headers, response)
    const answers = this.#answers(request, headers)
    const decided = (known: readonly unknown[]) => this.#decided(inside, known as unknown as Answers)
    return answers.some((each) => each instanceof Promise) ? Promise.all(answers).then(decided) : decided(answers)
  }

  #answers(request: R, headers: Headers): readonly unknown[] {
    const { verifier, principal, intent, correlationId } = this.#options
    return [
      verifier === undefined ? undefined : verifiedBy(verifier, request, headers),
      answer('principal', principal, request),
      answer('intent', intent, request),
      answer('correlationId', correlationId, request),
    ]
  }

  #decided(inside: Context, [verified, principal, intent, correlationId]: Answers): Serving {
    const asked = askedBy(verified, principal)
    const isNamed = guarded('edge', 'the principal cannot be read', () => namesSomeone(asked), false)
    const challenge = this.#options.required === true && !isNamed ? challengeFor(verified) : undefined
    const told = verified?.told ?? []
    const run = <T>(serve: () => T): T => {
      if (asked !== undefined) return onBehalfOf({ ...asked, intent, correlationId } as OnBehalfOf, serve)
      return told.length === 0 ? serve() : runTelling(told, serve)
    }
    return { challenge, run: (serve) => inContext(inside, 'edge', () => run(serve)) }
  }
}

/** Continues the caller's trace where no instrumentation did, and knows how long the request lasts. */
function around(headers: Headers, response: ResponseLike | undefined): Context {
  const active = context.active()
  const make = () => {
    const traced = trace.getSpan(active) === undefined ? propagation.extract(active, headers, GETTER) : active
    return response === undefined ? traced : withRequest(traced, openUntilSent(response))
  }
  return guarded('edge', 'the trace of the caller cannot be read', make, active)
}

type Answers = readonly [Verified | undefined, unknown, unknown, unknown]

/** What became of a token. */
interface Verified {
  readonly identity?: VerifiedIdentity
  readonly told?: readonly FindingCode[]
}

/** What a refused token says about the work that it came with. Otherwise it only means that nobody is named. */
const TOLD: { readonly [C in TokenErrorCode]?: FindingCode } = {
  wrong_audience: 'token_passthrough',
  chain_spliced: 'chain_spliced',
}

function verifiedBy<R>(
  verifier: NonNullable<EdgeOptions<R>['verifier']>,
  request: R,
  headers: Headers,
): Promise<Verified | undefined> | undefined {
  if (typeof verifier === 'function') return checked(() => verifier(request))
  const token = bearerToken(headers)
  return token === undefined ? undefined : checked(() => verifier.verify(token))
}

/** Undefined if the request has no token. */
async function checked(verify: () => Given<VerifiedIdentity>): Promise<Verified | undefined> {
  try {
    const identity = await verify()
    return isGiven(identity) ? { identity: identity as VerifiedIdentity } : undefined
  } catch (error) {
    return refused(error)
  }
}

function refused(error: unknown): Verified {
  // Not by its class: the verifier may be of another copy of this package.
  const { code: said } = (error ?? {}) as { readonly code?: unknown }
  const code = TOKEN_ERROR_CODES.find((known) => known === said)
  if (code === undefined) {
    fault('edge', 'the verifier failed', error)
    return {}
  }
  diag.debug(`onbehalf: a bearer token was refused: ${code}`)
  const told = TOLD[code]
  return told === undefined ? {} : { told: [told] }
}

/** Who asks. A refused token names nobody, whatever else the request has. */
function askedBy(verified: Verified | undefined, answered: unknown): Asked | undefined {
  const read = () => (isGiven(answered) ? principalFrom(answered) : undefined)
  const principal = attempt('principal', read)
  if (verified !== undefined && verified.identity === undefined) return undefined
  const asked = { ...present('identity', verified?.identity), ...present('principal', principal) }
  return isAsked(asked) ? asked : undefined
}

type Asked = Pick<OnBehalfOf, 'identity' | 'principal'>

function isAsked(asked: Partial<Asked>): asked is Asked {
  return Object.keys(asked).length > 0
}

/** A placeholder counts as missing. */
function namesSomeone(asked: Asked | undefined): boolean {
  const principal = asked?.identity?.principal ?? asked?.principal
  const id = typeof principal === 'object' ? principal.id : principal
  return id !== undefined && !isPlaceholderPrincipal(id)
}

/** By RFC 6750, section 3.1: without a token there's no error to name. Nothing is said about why a token was refused. */
function challengeFor(verified: Verified | undefined): string {
  return verified === undefined ? 'Bearer' : 'Bearer error="invalid_token"'
}

function answer<R>(option: string, ask: ((request: R) => unknown) | undefined, request: R): unknown {
  if (ask === undefined) return undefined
  const failed = (error: unknown) => fault('edge', `the option ${option} failed`, error)
  try {
    const answered = ask(request)
    return isThenable(answered) ? Promise.resolve(answered).catch(failed) : answered
  } catch (error) {
    return failed(error)
  }
}

/** Open until the response has been sent. If the caller has gone away, until the handler ends the response anyway. */
function openUntilSent(response: ResponseLike): OpenRequest {
  let isClosed = response.destroyed === true
  response.on('close', () => (isClosed = true))
  return {
    get isOpen() {
      return !isClosed || !response.writableEnded
    },
  }
}

const NO_HEADERS: Headers = {}
const BEARER = /^bearer[ \t]+(?<token>.*)$/iu

/** Whatever stands after the scheme: whether that is a token is for the verifier to say. */
function bearerToken(headers: Headers): string | undefined {
  const read = () => GETTER.get(headers, 'authorization')
  const value = guarded('edge', 'the headers cannot be read', read, undefined)
  return typeof value === 'string' ? BEARER.exec(value.trim())?.groups?.['token'] : undefined
}

const GETTER: TextMapGetter<Headers> = {
  get: (headers, name) => {
    if (isWeb(headers)) return headers.get(name) ?? undefined
    const value = Object.hasOwn(headers, name) ? headers[name] : undefined
    return typeof value === 'string' || value === undefined ? value : [...value]
  },
  keys: (headers) => (isWeb(headers) ? [...(headers.keys?.() ?? [])] : Object.keys(headers)),
}

function isWeb(headers: Headers): headers is WebHeaders {
  return typeof headers.get === 'function'
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as Partial<PromiseLike<unknown>> | null | undefined)?.then === 'function'
}

import { context, createContextKey } from '@opentelemetry/api'
import { PointError } from './point-error.ts'

/** Headers of a request, or what makes them when they are needed, such as a token that is renewed. */
export type HeadersOf =
  | Readonly<Record<string, string>>
  | (() => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>)

/** Where a decision point is, and how it's asked. */
export interface RemoteOptions {
  /** `http:` or `https:`, without a user and a password. */
  readonly url: string | URL
  /** For example `Authorization`. A function is called for each request. Default: none. */
  readonly headers?: HeadersOf
  /** How long it may take, in milliseconds. Default: 1,000. */
  readonly timeoutMs?: number
  /** An answer that is larger isn't read, in bytes. Default: 65,536. */
  readonly maxBytes?: number
  /** What is asked instead of `fetch`, for example through a proxy. Default: the global `fetch`. */
  readonly fetch?: typeof fetch
}

/** Where requests go, checked once. Throws a `TypeError` that doesn't repeat the URL, which may hold a password. */
export function endpointOf(given: string | URL, by: string): URL {
  let url: URL
  try {
    url = new URL(given)
  } catch {
    throw new TypeError(`${by}: url has to be a whole URL`)
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new TypeError(`${by}: url has to be http or https`)
  if (url.username !== '' || url.password !== '') {
    throw new TypeError(`${by}: url must hold no user and no password. Pass them in headers.`)
  }
  return url
}

/** Checks the numbers. Throws a `TypeError`. */
export function checkLimits({ timeoutMs, maxBytes }: Omit<RemoteOptions, 'url'>, by: string): void {
  for (const [name, value] of Object.entries({ timeoutMs, maxBytes })) {
    if (value !== undefined && !(Number.isFinite(value) && value > 0)) {
      throw new TypeError(`${by}: ${name} has to be a number above 0`)
    }
  }
  // A longer timer of Node fires immediately, and nothing would be allowed any more.
  if (timeoutMs !== undefined && timeoutMs > LONGEST_MS) {
    throw new TypeError(`${by}: timeoutMs has to be at most ${LONGEST_MS}`)
  }
}

/** The longest that a timer of Node waits, in milliseconds. */
export const LONGEST_MS = 2_147_483_647

/**
 * Posts JSON and reads the JSON that comes back. Follows no redirect, and reads no more than it may. Throws a
 * `PointError` that says what was wrong and repeats neither question nor answer.
 */
export async function postJson(
  url: URL,
  body: unknown,
  {
    name,
    signal,
    options,
  }: { readonly name: string; readonly signal: AbortSignal; readonly options: Omit<RemoteOptions, 'url'> },
): Promise<unknown> {
  const given = typeof options.headers === 'function' ? await options.headers() : (options.headers ?? {})
  const headers = new Headers(given)
  for (const name of ['accept', 'content-type']) headers.set(name, 'application/json')
  const send = options.fetch ?? fetch
  const request: RequestInit = { method: 'POST', headers, body: JSON.stringify(body), redirect: 'manual', signal }
  const response = await reached(() => context.with(untraced(), () => send(url, request)), name)
  try {
    if (response.status >= 300 && response.status < 400)
      throw new PointError(`${name} redirects, and no redirect is followed`)
    if (response.status !== 200) throw new PointError(`${name} answered with status ${response.status}`)
    return parsed(await textOf(response, options.maxBytes ?? MAX_BYTES, name), name)
  } finally {
    // What isn't read would keep the connection.
    await response.body?.cancel().catch(() => undefined)
  }
}

const MAX_BYTES = 65_536

/** A question is no effect of the agent. The key is the one of `suppressTracing` in the SDK, which needn't be there. */
function untraced() {
  return context.active().setValue(SUPPRESSED, true)
}
const SUPPRESSED = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING')

async function reached(work: () => Promise<Response>, name: string): Promise<Response> {
  try {
    return await work()
  } catch (error) {
    const code = codeOf(error)
    throw new PointError(`${name} could not be reached${code === undefined ? '' : ` (${code})`}`)
  }
}

/** Node says why in a code, such as `ECONNREFUSED`. */
function codeOf(error: unknown): string | undefined {
  const cause: unknown = (error as { readonly cause?: unknown } | null)?.cause
  const code: unknown = (cause as { readonly code?: unknown } | null | undefined)?.code
  return typeof code === 'string' && /^[A-Z0-9_]{1,40}$/u.test(code) ? code : undefined
}

async function textOf(response: Response, maxBytes: number, name: string): Promise<string> {
  const reader = response.body?.getReader()
  if (reader === undefined) return ''
  try {
    const chunks: Uint8Array[] = []
    let size = 0
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return Buffer.concat(chunks).toString('utf8')
      size += value.byteLength
      if (size > maxBytes) throw new PointError(`${name} answered with more than ${maxBytes} bytes`)
      chunks.push(value)
    }
  } catch (error) {
    if (error instanceof PointError) throw error
    throw new PointError(`${name} broke off its answer`)
  } finally {
    await reader.cancel().catch(() => undefined)
    reader.releaseLock()
  }
}

function parsed(text: string, name: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new PointError(`${name} answered with something else than JSON`)
  }
}

/** A JSON object, or undefined. */
export function objectIn(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? (value as Readonly<Record<string, unknown>>) : undefined
}

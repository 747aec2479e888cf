import { printable } from '../terminal/text.ts'
import { networkReason } from '../terminal/network-reason.ts'
import { BAD_USER, plainUrlOf } from '../terminal/url.ts'
import { UsageError } from '../terminal/usage-error.ts'

/** Where a Jaeger query service is, and how to ask it. */
export interface JaegerAddress {
  /** Includes the base path. Has no slash at the end, and no user and password. */
  readonly base: string
  readonly headers: Headers
  /** For one request, including its whole answer, in milliseconds. */
  readonly timeout: number
}

/** A failed request. `status` is 0 if there was no answer. */
export class JaegerError extends UsageError {
  readonly status: number

  constructor(message: string, status: number) {
    super(message)
    this.status = status
  }
}

/** Reads the address from what the user passed. Throws a `UsageError`, which never has a header's value. */
export function jaegerAddress(url: string, headers: readonly string[], timeoutSeconds: string): JaegerAddress {
  const parsed = plainUrlOf(url)
  if (parsed === undefined) {
    const takes = '--jaeger takes the URL of a Jaeger query service, such as http://localhost:16686'
    throw new UsageError(`${takes}; ${BAD_USER}`)
  }
  // The paths of the service follow, so that a token there would be lost.
  if (parsed.url.search !== '') throw new UsageError('--jaeger takes a URL without a query; pass a token with --header')
  const timeout = Number(timeoutSeconds)
  if (!(timeout > 0 && timeout <= MAX_TIMEOUT_SECONDS)) {
    throw new UsageError(`--timeout takes seconds, more than 0 and at most ${MAX_TIMEOUT_SECONDS}`)
  }
  const given = headersOf(headers)
  if (parsed.basic !== undefined && !given.has('authorization')) given.set('authorization', parsed.basic)
  const base = `${parsed.url.origin}${parsed.url.pathname.replace(/\/+$/u, '')}`
  return { base, headers: given, timeout: timeout * 1_000 }
}

/**
 * Asks for `path` and returns the pieces of the answer's text. Undefined if Jaeger says that there is nothing. Throws
 * a `JaegerError` that says what to do.
 */
export async function askJaeger(
  address: JaegerAddress,
  path: string,
  parameters: Readonly<Record<string, string>> = {},
): Promise<AsyncIterable<string> | undefined> {
  const query = new URLSearchParams(parameters).toString()
  const signal = AbortSignal.timeout(address.timeout)
  const response = await fetched(address, `${path}${query === '' ? '' : `?${query}`}`, signal)
  const pieces = textOf(response, address)
  if (response.ok && isPage(response)) {
    await response.body?.cancel()
    throw new JaegerError(
      `${address.base} answered ${path} with a web page instead of data: it isn't a Jaeger query service that knows this path, or the URL lacks its base path`,
      response.status,
    )
  }
  if (response.ok) return pieces
  const said = await messageIn(pieces)
  if (response.status === 404 && said.isJaegers) return undefined
  throw new JaegerError(refusal(address, path, response, said.text), response.status)
}

const MAX_TIMEOUT_SECONDS = 3_600

/** An environment variable with headers separated by commas. */
export const HEADERS_VARIABLE = 'ONBEHALF_JAEGER_HEADERS'

function headersOf(lines: readonly string[]): Headers {
  const headers = new Headers({ accept: 'application/json' })
  for (const [index, line] of lines.entries()) {
    const colon = line.indexOf(':')
    try {
      if (colon < 1) throw new TypeError('no colon')
      headers.set(line.slice(0, colon).trim(), line.slice(colon + 1).trim())
    } catch {
      // The line may hold a secret, so the text only has its position.
      throw new UsageError(`header ${index + 1} cannot be read; --header and ${HEADERS_VARIABLE} take NAME: VALUE`)
    }
  }
  return headers
}

async function fetched({ base, headers, timeout }: JaegerAddress, path: string, signal: AbortSignal) {
  try {
    // Redirects aren't followed: they lead to a login page, and other hosts must not get the headers.
    return await fetch(`${base}${path}`, { headers, signal, redirect: 'manual' })
  } catch (error) {
    throw unanswered(base, timeout, error)
  }
}

function unanswered(base: string, timeout: number, error: unknown): JaegerError {
  if (error instanceof JaegerError) return error
  if ((error as Error).name === 'TimeoutError') {
    return new JaegerError(`${base} did not answer in ${timeout / 1_000} s; raise --timeout to wait longer`, 0)
  }
  return new JaegerError(`${base} cannot be reached: ${networkReason(error)}`, 0)
}

async function* textOf(response: Response, { base, timeout }: JaegerAddress): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  try {
    for await (const chunk of response.body ?? []) yield decoder.decode(chunk as Uint8Array, { stream: true })
  } catch (error) {
    throw unanswered(base, timeout, error)
  }
  yield decoder.decode()
}

/** Jaeger answers each path it doesn't know with its user interface and status 200. */
function isPage(response: Response): boolean {
  return response.headers.get('content-type')?.includes('text/html') === true
}

/** Longer than any message of Jaeger's. */
const MAX_MESSAGE = 4_096

/** Jaeger reports errors as JSON, whatever the content type. Anything else isn't from Jaeger. */
async function messageIn(
  pieces: AsyncIterable<string>,
): Promise<{ readonly isJaegers: boolean; readonly text: string }> {
  let text = ''
  for await (const piece of pieces) {
    text += piece
    if (text.length > MAX_MESSAGE) break
  }
  try {
    const { error, errors, message } = JSON.parse(text) as Refusal
    const isJaegers = error?.httpCode !== undefined || errors?.[0]?.code !== undefined
    return { isJaegers, text: String(error?.message ?? errors?.[0]?.msg ?? message ?? '') }
  } catch {
    return { isJaegers: false, text: /^\s*</u.test(text) ? '' : text.trim().slice(0, 200) }
  }
}

/** `/api/v3` uses `error`, and the older API `errors`. `message` is what others use. */
interface Refusal {
  readonly error?: { readonly httpCode?: unknown; readonly message?: unknown }
  readonly errors?: readonly { readonly code?: unknown; readonly msg?: unknown }[]
  readonly message?: unknown
}

function refusal({ base }: JaegerAddress, path: string, { status, headers }: Response, said: string): string {
  const answer = `${base} answered ${path} with ${status}${said === '' ? '' : `: ${printable(said)}`}`
  if (status === 401 || status === 403) {
    return `${answer}; pass what it asks for with --header "authorization: Bearer ..." or ${HEADERS_VARIABLE}`
  }
  if (status >= 300 && status < 400) {
    const to = URL.parse(headers.get('location') ?? '', base)
    return `${answer}, a redirect to ${to === null ? 'nowhere' : printable(to.origin + to.pathname)}; give the URL of the query service itself`
  }
  if (status === 404) return `${answer}: is this a Jaeger query service, and does the URL include its base path?`
  return answer
}

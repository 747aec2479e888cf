import { guarded } from '../runtime/health/fault.ts'
import { Edge } from './edge.ts'
import type { HeaderRecord, Serving } from './edge.ts'
import type { EdgeOptions } from './options.ts'

/** A request of express, Connect, Polka, restify or Nest. Annotate the parameter of your functions to have its types. */
export interface ExpressRequest {
  readonly headers: HeaderRecord
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly [key: string]: any
}

export interface ExpressResponse {
  readonly headersSent: boolean
  readonly writableEnded: boolean
  readonly destroyed?: boolean
  statusCode: number
  setHeader(name: string, value: string): unknown
  end(): unknown
  on(event: 'close', listener: () => void): unknown
}

/**
 * Middleware that runs what comes after it on behalf of whoever asks: the rest of the request, and the response while it
 * is being sent. Put it after authentication and the parsers of bodies.
 *
 * A request that names nobody is served unbound, and its spans say `missing_principal`. With `required: true`, it's
 * answered with 401 instead. An option that throws, or that returns something unusable, counts a fault, and that facet is
 * left out.
 *
 * Throws `AttributionConfigError` if an option can't be used, and nothing after that.
 *
 * @example
 * ```ts
 * import { attributed } from 'onbehalf/express'
 *
 * app.use(attributed({ principal: (request) => request.user?.id, intent: (request) => String(request.body) }))
 * ```
 */
export function attributed<R extends ExpressRequest = ExpressRequest>(
  options: EdgeOptions<R> = {},
): (request: R, response: ExpressResponse, next: (error?: unknown) => void) => void | Promise<void> {
  const edge = new Edge<R>(options, ({ headers }) => headers)
  return (request, response, next) => {
    const serve = ({ challenge, run }: Serving) => {
      if (challenge === undefined) run(() => next())
      else guarded('edge', 'the answer 401 could not be sent', () => refuse(response, challenge), undefined)
    }
    const serving = edge.serving(request, response)
    // The promise tells express what went wrong further on, as if this middleware had thrown it.
    return serving instanceof Promise ? serving.then(serve) : serve(serving)
  }
}

function refuse(response: ExpressResponse, challenge: string): void {
  if (response.headersSent || response.writableEnded) return
  response.statusCode = 401
  response.setHeader('www-authenticate', challenge)
  response.end()
}

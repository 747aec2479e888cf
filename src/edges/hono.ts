import { Edge } from './edge.ts'
import type { ResponseLike, WebHeaders } from './edge.ts'
import type { EdgeOptions } from './options.ts'

interface HonoRequest {
  readonly raw: { readonly headers: WebHeaders }
  query(name: string): string | undefined
  // oxlint-disable-next-line typescript/no-explicit-any
  json(): Promise<any>
}

/** The context of a request in Hono. Annotate the parameter of your functions to have its own types. */
export interface HonoContext {
  readonly req: HonoRequest
  // oxlint-disable-next-line typescript/no-explicit-any
  get(key: string): any
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly [key: string]: any
}

/**
 * Middleware that runs what comes after it on behalf of whoever asks: the rest of the request, and the response while it
 * is being streamed. Put it after authentication. Hono keeps what it knows about a request in its context, so that is
 * what the functions get.
 *
 * A request that names nobody is served unbound, and its spans say `missing_principal`. With `required: true`, it's
 * answered with 401 instead. An option that throws, or that returns something unusable, counts a fault, and that facet is
 * left out.
 *
 * Throws `AttributionConfigError` if an option can't be used, and nothing after that.
 *
 * @example
 * ```ts
 * import { attributed } from 'onbehalf/hono'
 *
 * app.use(attributed({ principal: (c) => c.get('jwtPayload')?.sub, intent: (c) => c.req.query('q') }))
 * ```
 */
export function attributed<C extends HonoContext = HonoContext>(
  options: EdgeOptions<C> = {},
): (context: C, next: () => Promise<void>) => Promise<Response | undefined> {
  const edge = new Edge<C>(options, ({ req }) => req.raw.headers)
  return async (context, next) => {
    const response = nodeResponseOf(context)
    const { challenge, run } = await edge.serving(context, response)
    const refusal = challenge === undefined ? undefined : refuse(context, challenge)
    if (refusal !== undefined) return refusal
    await run(async () => {
      await next()
      // Where nothing shows when the response has been sent, its body is bound.
      return response === undefined && context['finalized'] === true ? (context['res'] as unknown) : undefined
    })
    return undefined
  }
}

function refuse(context: HonoContext, challenge: string): Response {
  return context['body'](null, 401, { 'www-authenticate': challenge }) as Response
}

/** On `@hono/node-server`. */
function nodeResponseOf(context: HonoContext): ResponseLike | undefined {
  const { outgoing } = (context['env'] ?? {}) as { readonly outgoing?: Partial<ResponseLike> }
  return typeof outgoing?.on === 'function' ? (outgoing as ResponseLike) : undefined
}

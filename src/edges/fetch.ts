import { Edge } from './edge.ts'
import type { WebHeaders } from './edge.ts'
import type { EdgeOptions } from './options.ts'

/** A `Request` of the web, or one that a framework derived from it. */
export interface FetchRequest {
  readonly headers: WebHeaders
}

/**
 * Wraps a handler that takes a `Request` and returns a `Response`: a route of Next.js, or the `fetch` of Bun, Deno or
 * Workers. It runs on behalf of whoever asks, and so does the body of its response while it is being read. Other
 * arguments, `this`, results and errors pass through.
 *
 * A request that names nobody is served unbound, and its spans say `missing_principal`. With `required: true`, it's
 * answered with 401 instead. An option that throws, or that returns something unusable, counts a fault, and that facet is
 * left out.
 *
 * Throws `AttributionConfigError` if an option can't be used, and nothing after that.
 *
 * @example
 * ```ts
 * import { attributed } from 'onbehalf/fetch'
 *
 * export const POST = attributed({ principal: async () => (await auth())?.user.email }, async (request: Request) => {
 *   return Response.json(await runAssistant(await request.text()))
 * })
 * ```
 */
export function attributed<R extends FetchRequest, A extends readonly unknown[], T>(
  options: EdgeOptions<R>,
  handler: (request: R, ...more: A) => T,
): (request: R, ...more: A) => Promise<Awaited<T>> {
  const edge = new Edge<R>(options, ({ headers }) => headers)
  return async function (this: unknown, request, ...more): Promise<Awaited<T>> {
    const { challenge, run } = await edge.serving(request)
    if (challenge !== undefined) return refusal(challenge) as Awaited<T>
    return await run(() => Reflect.apply(handler, this, [request, ...more]))
  }
}

function refusal(challenge: string): Response {
  return new Response(null, { status: 401, headers: { 'www-authenticate': challenge } })
}

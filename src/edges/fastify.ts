import { guarded } from '../runtime/health/fault.ts'
import { Edge } from './edge.ts'
import type { HeaderRecord, ResponseLike, Serving } from './edge.ts'
import type { EdgeOptions } from './options.ts'

/** A request of Fastify. Annotate the parameter of your functions to have its own types. */
export interface FastifyRequest {
  readonly headers: HeaderRecord
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly [key: string]: any
}

export interface FastifyReply {
  readonly raw: ResponseLike
  readonly sent: boolean
  code(status: number): unknown
  header(name: string, value: string): unknown
  send(): unknown
}

/**
 * A hook that runs what comes after it on behalf of whoever asks: later hooks, the handler, and the response while it is
 * being sent. As `preHandler` it sees the parsed body. Add it after the hooks that authenticate.
 *
 * A request that names nobody is served unbound, and its spans say `missing_principal`. With `required: true`, it's
 * answered with 401 instead. An option that throws, or that returns something unusable, counts a fault, and that facet is
 * left out.
 *
 * Throws `AttributionConfigError` if an option can't be used, and nothing after that.
 *
 * @example
 * ```ts
 * import { attributed } from 'onbehalf/fastify'
 *
 * app.addHook('preHandler', attributed({ principal: (request) => request.user?.id }))
 * ```
 */
export function attributed<R extends FastifyRequest = FastifyRequest>(
  options: EdgeOptions<R> = {},
): (request: R, reply: FastifyReply, done: (error?: Error) => void) => void {
  const edge = new Edge<R>(options, ({ headers }) => headers)
  return (request, reply, done) => {
    const serve = ({ challenge, run }: Serving) => {
      if (challenge === undefined) run(() => done())
      else guarded('edge', 'the answer 401 could not be sent', () => refuse(reply, challenge), undefined)
    }
    const serving = edge.serving(request, reply.raw)
    // A hook that returns a promise is over when it settles, and the handler would then run outside.
    if (serving instanceof Promise) void serving.then(serve)
    else serve(serving)
  }
}

function refuse(reply: FastifyReply, challenge: string): void {
  if (reply.sent) return
  reply.code(401)
  reply.header('www-authenticate', challenge)
  reply.send()
}

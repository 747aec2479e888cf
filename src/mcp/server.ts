import { context, isSpanContextValid, trace } from '@opentelemetry/api'
import type { Link, Span } from '@opentelemetry/api'
import { currentBinding, forNobody, runChanged } from '../runtime/binding/binding.ts'
import { runIncoming } from '../runtime/crossing/hop.ts'
import { spanContextFrom } from '../runtime/crossing/trace-context.ts'
import { guarded } from '../runtime/health/fault.ts'
import type { LazySpan } from '../runtime/span/lazy-span.ts'
import { bindOpenSpan, forgetEnd } from '../runtime/span/span-state.ts'
import { callOf, hasSpan, isUpkeep, metaOf } from './call.ts'
import type { McpCall } from './call.ts'
import { endCallSpan, isPerRequest, startCallSpan } from './call-span.ts'
import { isInstrumented, noteOwn } from './instrumented.ts'
import { isMcpRequest, isRecord, wrapHandlers } from './shapes.ts'
import type { Code, McpRequest, McpServer } from './shapes.ts'

/** What instrumentations open around the handlers is active in there. */
export function attributeServer(server: McpServer, handlers: Map<unknown, unknown>): void {
  wrapHandlers(server, handlers, (handler) => attributed(server, handler))
}

function attributed(server: McpServer, handler: Code): Code {
  return function (...args) {
    const handle = () => Reflect.apply(handler, this, args)
    const request = args[0]
    if (!isMcpRequest(request) || isUpkeep(request.method)) return handle()
    const plan = guarded('mcp', 'a request could not be read', () => planFor(server, request, args[1]), undefined)
    return plan === undefined ? handle() : served(plan, handle)
  }
}

interface Plan {
  readonly meta: Readonly<Record<string, unknown>>
  readonly call: McpCall
  readonly transport: unknown
  readonly isInstrumented: boolean
  /** Whether the active span, of an instrumentation, is in the caller's trace. Some begin one of their own. */
  readonly isContinued: boolean
  /** Whether what is active where a message comes in has nothing to do with who sent it. */
  readonly isNobodys: boolean
  readonly around: Span | undefined
}

function planFor(server: McpServer, request: McpRequest, extra: unknown): Plan {
  const call = callOf({ ...request, id: idIn(extra) ?? request.id })
  const { transport } = server
  const instrumented = isInstrumented('server', call)
  const meta = metaOf(request)
  const around = trace.getSpan(context.active())
  const caller = spanContextFrom(meta['traceparent'], meta['tracestate'])
  return {
    meta,
    call,
    transport,
    isInstrumented: instrumented,
    isContinued: instrumented && (caller === undefined || caller.traceId === around?.spanContext().traceId),
    isNobodys: !instrumented && !isPerRequest(transport),
    around,
  }
}

function idIn(extra: unknown): unknown {
  if (!isRecord(extra)) return undefined
  return extra['requestId'] ?? (isRecord(extra['mcpReq']) ? extra['mcpReq']['id'] : undefined)
}

function served(plan: Plan, handle: () => unknown): unknown {
  const { meta, call, isNobodys } = plan
  let result: unknown
  const work = () => {
    if (plan.isInstrumented) noteBrought(plan.around)
    result = plan.isInstrumented || !hasSpan(call.method) ? handle() : inCallSpan(plan, handle)
    return workOf(result)
  }
  const incoming = () => runIncoming(meta, work, { traceContext: !plan.isContinued })
  // With a reader, whether it is over is known without a look at it.
  void (isNobodys ? forNobody(incoming) : incoming()).then(noop)
  return result
}

/** The instrumentation opened its span before anyone had read who asks. */
function noteBrought(span: Span | undefined): void {
  const binding = currentBinding()
  if (span === undefined || binding === undefined) return
  guarded('mcp', 'the span of an instrumentation could not be bound', () => bindOpenSpan(span, binding), undefined)
}

function inCallSpan({ call, transport, around }: Plan, handle: () => unknown): unknown {
  const start = () => {
    const span = startCallSpan('server', call, { transport, links: linksTo(around) })
    noteOwn(span)
    return span
  }
  const span = guarded('mcp', 'the span of a call could not be started', start, undefined)
  if (span === undefined) return handle()
  let result: unknown
  try {
    result = runChanged((outer) => outer, handle, span)
  } catch (error) {
    endCallSpan('server', span, { error })
    throw error
  }
  if (!(result instanceof Promise)) endCallSpan('server', span, { result })
  else {
    // The SDK handles a rejection itself.
    void result.then(
      (value: unknown) => answered(span, value),
      (error: unknown) => endCallSpan('server', span, { error }),
    )
  }
  return result
}

function answered(span: Span, result: unknown): void {
  endCallSpan('server', span, { result })
  if (isTask(result)) guarded('mcp', 'that a task goes on could not be noted', () => forgetEnd(span), undefined)
}

/** To the request that carries the call, which is beside it in the trace, if it isn't the parent anyway. */
function linksTo(around: Span | undefined): Link[] {
  if (around === undefined || (around as Partial<LazySpan>).isStarted === false) return []
  const linked = around.spanContext()
  const isParent = trace.getSpanContext(context.active())?.spanId === linked.spanId
  return isParent || !isSpanContextValid(linked) ? [] : [{ context: linked }]
}

/** What is bound lasts until this settles. A task goes on after the response that says it has been created. */
async function workOf(result: unknown): Promise<void> {
  if (await Promise.resolve(result).then(isTask, () => false)) await NEVER
}

function isTask(result: unknown): boolean {
  return isRecord(result) && isRecord(result['task'])
}

function noop(): void {}

const NEVER = new Promise<never>(() => {})

import { context, isSpanContextValid, trace } from '@opentelemetry/api'
import type { Link, Span, SpanContext } from '@opentelemetry/api'
import { currentBinding, forNobody, runChanged } from '../runtime/binding/binding.ts'
import { runIncoming } from '../runtime/crossing/hop.ts'
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
  /** The span that an instrumentation has made of the call. */
  readonly theirs: Span | undefined
  /** Whether what is active where a message comes in has nothing to do with who sent it. */
  readonly isNobodys: boolean
  readonly around: Span | undefined
}

function planFor(server: McpServer, request: McpRequest, extra: unknown): Plan {
  const call = callOf({ ...request, id: idIn(extra) ?? request.id })
  const { transport } = server
  const around = trace.getSpan(context.active())
  return {
    meta: metaOf(request),
    call,
    transport,
    theirs: isInstrumented('server', call) ? around : undefined,
    isNobodys: !isPerRequest(transport),
    around,
  }
}

function idIn(extra: unknown): unknown {
  if (!isRecord(extra)) return undefined
  return extra['requestId'] ?? (isRecord(extra['mcpReq']) ? extra['mcpReq']['id'] : undefined)
}

function served(plan: Plan, handle: () => unknown): unknown {
  const { meta, call, isNobodys, theirs } = plan
  let result: unknown
  const work = () => {
    if (theirs !== undefined) result = inTheirSpan(theirs, handle)
    else result = hasSpan(call.method) ? inCallSpan(plan, handle) : handle()
    return workOf(result)
  }
  // What a signature says is for the caller's trace, also where theirs is another.
  const incoming = () => runIncoming(meta, work)
  // With a reader, whether it is over is known without a look at it.
  void (isNobodys ? forNobody(incoming) : incoming()).then(noop)
  return result
}

/** An instrumentation opened its span before anyone had read who asks, and perhaps in a trace of its own. */
function inTheirSpan(theirs: Span, handle: () => unknown): unknown {
  const caller = trace.getSpanContext(context.active())
  guarded('mcp', 'the span of an instrumentation could not be bound', () => bind(theirs, caller), undefined)
  return runChanged((outer) => outer, handle, theirs)
}

function bind(theirs: Span, caller: SpanContext | undefined): void {
  const binding = currentBinding()
  if (binding !== undefined) bindOpenSpan(theirs, binding)
  if (caller !== undefined && caller.traceId !== theirs.spanContext().traceId) theirs.addLink({ context: caller })
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
  // One promise for all would hold what each of them brought.
  if (await Promise.resolve(result).then(isTask, () => false)) await new Promise<never>(noop)
}

function isTask(result: unknown): boolean {
  return isRecord(result) && isRecord(result['task'])
}

function noop(): void {}

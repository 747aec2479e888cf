import { createContextKey, trace } from '@opentelemetry/api'
import type { Context, Span } from '@opentelemetry/api'
import type { AgentSpanKind } from '../../model/attribution.ts'
import { ATTR } from '../../model/names.ts'
import { SPAN_KIND } from '../../model/span.ts'
import type { SpanShape } from '../../model/span.ts'
import { letsThrough } from '../../resolve/decision.ts'
import { lineageFrom, surenessIn } from '../../resolve/lineage.ts'
import type { Execution, Lineage } from '../../resolve/lineage.ts'
import type { KeyScan } from '../../recognize/key-scan.ts'
import type { Policy } from '../../policy/policy.ts'
import { isOutgoing, passedOn, resolveSpan } from '../../resolve/resolved-span.ts'
import type { ResolvedSpan } from '../../resolve/resolved-span.ts'
import { noteCorrelation, noteInTree, spokenIn, tellFrom } from '../../resolve/tree-ledger.ts'
import { weightOf, weightOfBinding, weightOfExecution } from '../../resolve/weight.ts'
import { processState } from '../health/process-state.ts'
import { SpanSnapshot } from './span-snapshot.ts'
import { markHearsay, settleKind, withoutCopies } from './hearsay.ts'
import type { Baggage, Copies } from './hearsay.ts'
import { knownResource } from './known-resource.ts'
import { EMPTY_BINDING, isBoundAs } from '../scope/live-binding.ts'
import type { BindingAtStart, LiveBinding, ToolCall } from '../scope/live-binding.ts'
import type { LiveSpan } from './live-span.ts'
import { createPrivateSlot } from '../../base/private-slot.ts'
import { RecentSpans } from './recent-spans.ts'
import type { Request } from '../scope/scope.ts'
import { limitsOf } from './span-limits.ts'

/**
 * What is known about one span of this process. After its end it doesn't hold any ended span, neither its own nor its
 * ancestors', so that descendants only keep a few facts alive.
 */
export interface SpanState {
  readonly traceId: string
  readonly spanId: string
  /** The processor that took up the span. Our other processors leave it alone. */
  readonly owner: object
  /** The number of ancestors that are open too, at most `MAX_OPEN_DEPTH`. */
  readonly depth: number
  /** What the topmost open span in this line gets from above. */
  readonly inherited: Lineage
  /** What was bound where the span started. */
  binding: LiveBinding | undefined
  /** What was bound or refused while the span was active; it counts where the span is a tool's or an effect's. */
  execution: Execution | undefined
  /** The call of a wrapped tool that it may be the span of. What is bound in the call is then kept there. */
  readonly call: ToolCall | undefined
  /** The request that the span is part of, or serves. */
  readonly request: OpenRequest | undefined
  /** Whether this is the span of the request itself. */
  readonly isRequest: boolean
  /** Whether the span was started in a context that belongs to other work, or to work that is over. */
  isStale: boolean
  /** Whether the bound function settled in the turn in which the span started, and didn't wait for it. */
  isLeftBehind: boolean
  /**
   * Whether it was an agent, a workflow or a tool, and has ended: code that starts a span below it later didn't wait.
   */
  isEndedAct: boolean
  open: OpenSpan | undefined
  /** What the span hands down, set when it ends. */
  childLineage: Lineage | undefined
  /** For an ended span with nothing to say: what its handed-down facets are worked out from when needed. */
  deferred: Deferred | undefined
  /** Whether it has its stamp. */
  judged: boolean
  /** Its place among the spans that are found by id. */
  place: number
}

/** A span of a kind that is judged. */
export type JudgeableSpan = ResolvedSpan & { readonly kind: AgentSpanKind }

export function isJudgedKind(resolved: ResolvedSpan): resolved is JudgeableSpan {
  return resolved.kind !== undefined
}

interface OpenRequest extends Request {
  isOpen: boolean
}

/** What a span with nothing to say needs to work out what it hands down. */
type Deferred = Pick<OpenSpan, 'parent' | 'policy'> & Pick<SpanState, 'binding'> & Pick<LiveSpan, 'resource'>

export interface OpenSpan {
  readonly span: LiveSpan
  readonly parent: SpanState | undefined
  readonly policy: Policy
  readonly diverged: boolean
  /** What stood on the span right after its start, if any of it is attribution. */
  atStart: SpanSnapshot | undefined
  /** What the span said right after we wrote on it at its start. */
  ownWrites: SpanSnapshot | undefined
  /** The baggage that a later processor may copy onto the span, until the first look at it. */
  baggage: Baggage | undefined
  /** Whether its kind may be a caller's word. */
  isKindHeard: boolean
  /** What was copied from baggage under the names of other conventions. */
  copies: Copies | undefined
  /** The result of the last look at the span. */
  look: Look | undefined
}

interface Look {
  readonly lineage: Lineage
  readonly snapshot: SpanSnapshot
  /** The number of recorded decisions on other spans' acts at that time. */
  readonly told: number
  readonly execution: Execution | undefined
  readonly resolved: ResolvedSpan
}

const ACTS: ReadonlySet<AgentSpanKind> = new Set<AgentSpanKind>(['agent', 'workflow', 'tool'])

/** Open ancestors that are resolved again each time. Further up, the state at the span's start counts. */
const MAX_OPEN_DEPTH = 64
/** The most acts per tree whose decisions, recorded elsewhere, are kept. */
const MAX_DECIDED = 256

const STATES = createPrivateSlot<SpanState>()
const spans = processState('spans', () => ({
  /** For parents that are wrapped by other code. */
  recent: new RecentSpans<SpanState>(),
  /** Judged spans without a state: no processor saw them, or they are copies. */
  judged: new WeakSet<object>(),
}))

/** What is known of a span at its start. */
export interface Started {
  readonly span: LiveSpan
  /** The state of its parent, if that is a span of this process. */
  readonly above: SpanState | undefined
  readonly policy: Policy
  readonly bound: BindingAtStart
  readonly owner: object
}

export function openState({ span, above, policy, bound, owner }: Started): SpanState {
  const isDeep = above?.open !== undefined && above.depth >= MAX_OPEN_DEPTH
  const parent = isDeep ? undefined : above
  const { traceId, spanId } = span.spanContext()
  const isRequest = span.kind === SPAN_KIND.server
  const state: SpanState = {
    traceId,
    spanId,
    owner,
    depth: parent?.open === undefined ? 0 : parent.depth + 1,
    inherited: baseOf(span, above),
    binding: bound.binding,
    execution: undefined,
    call: bound.isStale || isOutgoing(span) ? undefined : bound.binding?.opening,
    request: isRequest ? { isOpen: true } : above?.request,
    isRequest,
    isStale: bound.isStale,
    isLeftBehind: above?.isLeftBehind === true && isBoundAs(bound.binding, above.binding),
    isEndedAct: false,
    open: {
      span,
      parent,
      policy,
      diverged: bound.diverged,
      atStart: undefined,
      ownWrites: undefined,
      baggage: undefined,
      isKindHeard: false,
      copies: undefined,
      look: undefined,
    },
    childLineage: undefined,
    deferred: undefined,
    judged: false,
    place: 0,
  }
  STATES.put(span, state)
  joinCall(state, span)
  state.place = spans.recent.add(state)
  if (bound.binding !== undefined && bound.binding !== above?.binding) {
    spans.recent.weigh(state.place, state, weightOfBinding(bound.binding))
  }
  return state
}

/** The state of a span's parent, if that is a span of this process. */
export function parentOf(span: LiveSpan, parentContext: Context): SpanState | undefined {
  const above = span.parentSpanContext
  if (above === undefined || above.isRemote === true) return undefined
  const parent = trace.getSpan(parentContext)
  const state = parent === undefined ? spans.recent.find(above.traceId, above.spanId) : findState(parent)
  return state?.traceId === above.traceId ? state : undefined
}

/** A request that is known without a span of it, and the request of the span that was active around it. */
interface Served {
  readonly request: Request
  readonly around: Request | undefined
}

/** A registered symbol, so that two copies of this package know the same requests. */
const SERVED = createContextKey('onbehalf.served.v1')

/** A context in which `request` is being served, whether or not an instrumentation made a span for it. */
export function withRequest(ctx: Context, request: Request): Context {
  const served: Served = { request, around: recordAt(ctx)?.request }
  return ctx.setValue(SERVED, served)
}

/** The request that is being served in a context. */
export function requestAt(ctx: Context): Request | undefined {
  const ofSpan = recordAt(ctx)?.request
  const served = ctx.getValue(SERVED) as Served | undefined
  if (served === undefined) return ofSpan
  // A server that was started while a request was being served hands that context to its own requests.
  return ofSpan === undefined || ofSpan === served.around ? served.request : ofSpan
}

/** Whether the active span of a context has ended. */
export function hasEndedSpan(ctx: Context): boolean {
  const state = recordAt(ctx)
  return state !== undefined && state.open === undefined
}

function recordAt(ctx: Context): SpanState | undefined {
  const span = trace.getSpan(ctx)
  return span === undefined ? undefined : recordOf(span)
}

export function recordOf(span: object): SpanState | undefined {
  return STATES.of(span)
}

/** Has `alias` stand for a span of this process wherever that is looked for. */
export function standFor(alias: object, span: object): void {
  const state = STATES.of(span)
  if (state !== undefined) STATES.put(alias, state)
}

/** What starts below this ended act later is judged by its binding alone. */
export function forgetEnd(span: Span): void {
  const state = findState(span)
  if (state !== undefined) state.isEndedAct = false
}

/** The state of a span that may be a wrapper around the one that we saw. */
export function findState(span: LiveIds): SpanState | undefined {
  const known = recordOf(span)
  if (known !== undefined) return known
  // To look for one that nobody has started must not start it.
  if (span.isStarted === false) return undefined
  const { traceId, spanId, isRemote } = span.spanContext()
  return isRemote === true ? undefined : spans.recent.find(traceId, spanId)
}

/** What a span gets from its ancestors, based on what they say now. */
export function lineageInto({ parent }: Pick<OpenSpan, 'parent'>, base: Lineage): Lineage {
  return parent === undefined ? base : childLineageOf(parent)
}

/** What a span hands down to a span that starts now. */
export function childLineageOf(state: SpanState): Lineage {
  const { open, deferred, inherited } = state
  if (open !== undefined) return resolveOpenSpan(state, open, lineageInto(open, inherited)).childLineage
  if (deferred === undefined) return state.childLineage ?? inherited
  state.deferred = undefined
  const resource = knownResource(deferred.resource)
  const below = passedOn({ ...deferred, resource, lineage: lineageInto(deferred, inherited) })
  noteInTree({ childLineage: below, takes: [] })
  return (state.childLineage = below)
}

/**
 * Resolves an open span from what it says now. Only does so again if the span, or what it gets from above, has changed.
 * `keyScan`: what its keys are about, if already known.
 */
export function resolveOpenSpan(state: SpanState, open: OpenSpan, lineage: Lineage, keyScan?: KeyScan): ResolvedSpan {
  noteHearsay(open)
  const { look } = open
  const { binding } = state
  const execution = executionOf(state)
  const resource = knownResource(open.span.resource)
  const isCurrent = look?.lineage === lineage && look.execution === execution && look.told === toldIn(lineage)
  if (look !== undefined && isCurrent) {
    if (look.snapshot.matches(open.span, resource)) return look.resolved
  }
  const { span, policy, ownWrites } = open
  const valueLimit = limitsOf(span).valueLength
  const resolved = resolveSpan({
    span: ownPart(open),
    lineage,
    policy,
    keyScan,
    live: { binding, execution, ownWrites, resource, valueLimit },
  })
  noteInTree(resolved)
  open.look = { lineage, snapshot: new SpanSnapshot(span, resource), told: toldIn(lineage), execution, resolved }
  return resolved
}

/** What a span says, but for what a caller sent to hide it. */
export function ownPart({ span, copies, policy }: OpenSpan): SpanShape {
  return withoutCopies(span, copies, policy.appKeys)
}

/** Makes claims of what processors that come after ours copied onto a span when it started. */
export function noteHearsay(open: OpenSpan): void {
  if (open.baggage === undefined) return
  const { isKindHeard, copies } = markHearsay(open.span, open.baggage, open.ownWrites)
  open.baggage = undefined
  open.copies = copies
  if (!isKindHeard) return
  open.isKindHeard = true
  settleKind(open.span, open.policy.appKeys, copies)
}

export function toldIn({ tree }: Lineage): number {
  return tree.spoken?.times ?? 0
}

/** Keeps the decision that an ending span records on an act that isn't below it. */
export function keepDecision(resolved: ResolvedSpan): void {
  const { tree } = resolved.lineage
  tellFrom(resolved, () => spokenIn(tree, MAX_DECIDED))
}

/** Closes the state of a span that said nothing and wasn't an effect. */
export function passRecord(state: SpanState, { parent, policy, span }: OpenSpan): void {
  const { binding } = state
  state.deferred = { parent, policy, binding, resource: span.resource }
  noteCorrelation(state.inherited.tree, binding?.bound.correlationId ?? surelyCarried(binding))
  close(state)
}

function surelyCarried(binding: LiveBinding | undefined): string | undefined {
  const carried = binding?.carried
  if (carried === undefined || surenessIn(carried, 'correlation').assurance === 'claimed') return undefined
  return carried.attribution.correlationId
}

export function closeRecord(state: SpanState, below: Lineage, kind?: AgentSpanKind): void {
  state.childLineage = below
  state.isEndedAct = kind !== undefined && ACTS.has(kind)
  const inside = weightOfExecution(executionOf(state), state.call?.resource)
  spans.recent.weigh(state.place, state, weightOf(below, state.inherited) + inside)
  close(state)
}

function close(state: SpanState): void {
  if (state.open !== undefined) state.call?.spans.delete(state.open.span as unknown as Span)
  state.open = undefined
  if (state.isRequest && state.request !== undefined) state.request.isOpen = false
}

/** From now on, what was bound doesn't count for this span. */
export function markStale(state: SpanState): void {
  const { open, binding = EMPTY_BINDING } = state
  state.isStale = true
  state.binding = { ...binding, stale: true }
  if (open !== undefined) open.look = undefined
}

/** From now on, what came in with a call counts for the span that an instrumentation had opened for that call. */
export function bindOpenSpan(span: LiveIds, binding: LiveBinding): void {
  const state = findState(span)
  if (state?.open === undefined) return
  state.binding = binding
  // What was bound where it started says nothing of it anymore.
  state.isStale = false
  state.isLeftBehind = false
  state.open.look = undefined
  spans.recent.weigh(state.place, state, weightOfBinding(binding))
}

/**
 * The tool that runs here: the nearest one that is open, up to an agent or a model call. What is bound here is noted on
 * it and on the spans that are the same act: the client's own span of it, and spans that may turn out to be a tool's.
 */
export function toolRunningAt(ctx: Context): ToolRunning {
  const act: SpanState[] = []
  let tool: SpanState | undefined
  const active = trace.getSpan(ctx)
  for (const { state, open } of openFrom(active === undefined ? undefined : findState(active))) {
    const { kind, sameAction, facts } = lookAt(state, open)
    if (kind === 'agent' || kind === 'llm') break
    if (kind === undefined || kind === 'tool' || (kind === 'effect' && !facts.isConnecting)) act.push(state)
    if (kind === 'tool') tool ??= state
    if (kind === 'tool' && !sameAction) break
  }
  return { tool, act }
}

export interface ToolRunning {
  readonly tool: SpanState | undefined
  /** The spans of its act, the tool's own among them. */
  readonly act: readonly SpanState[]
}

/** Spans between a tool's span and what is bound in its execution. */
const MAX_BETWEEN = 16

/** What was bound or refused while the span was active, or in the call of the wrapped tool that it is of. */
export function executionOf({ call, execution }: SpanState): Execution | undefined {
  return call === undefined ? execution : call.execution
}

/** Has a span say what was bound or refused in the execution of its tool. */
export function noteExecution(state: SpanState, execution: Execution): void {
  ;(state.call ?? state).execution = execution
}

/** The open spans of a call's tool that have started: one of each instrumentation. */
export function toolsOf(call: ToolCall): readonly SpanState[] {
  return [...call.spans].flatMap((span) => openTool(recordOf(span)) ?? [])
}

/** The same state, if it is an open tool's. */
export function openTool(state: SpanState | undefined): SpanState | undefined {
  return state?.open !== undefined && lookAt(state, state.open).kind === 'tool' ? state : undefined
}

function joinCall({ call }: SpanState, span: LiveSpan): void {
  if (call === undefined) return
  call.spans.add(span as unknown as Span)
  if (call.resource !== undefined) span.setAttribute(ATTR.resourceId, call.resource)
}

/** A span below a tool did what was not let through, so that nobody may say that the tool was held back. */
export function noteOverridden(parent: SpanState | undefined): void {
  for (const { state, open } of openFrom(parent)) {
    const execution = executionOf(state)
    if (execution === undefined) continue
    noteExecution(state, { ...execution, isOverridden: true })
    // The other spans of the act hold the note too.
    const { kind, sameAction } = lookAt(state, open)
    if (kind === 'tool' && !sameAction) return
  }
}

/** What a client sends below the span of an act isn't judged: it shows that the act was done. */
export function noteSent({ open: sent, binding }: SpanState): void {
  const decision = binding?.bound.decision
  if (decision === undefined || letsThrough(decision) || binding?.asksFor !== undefined) return
  for (const { state, open } of openFrom(sent?.parent)) {
    const { kind, childLineage } = lookAt(state, open)
    if (kind === undefined) continue
    const isInside = childLineage.inTransport && state.binding?.bound.decision !== decision
    if (isInside && executionOf(state) !== undefined) noteOverridden(state)
    return
  }
}

/** A span and those above it, the innermost first, as far as they are open and an act may reach. */
function* openFrom(
  innermost: SpanState | undefined,
): Generator<{ readonly state: SpanState; readonly open: OpenSpan }> {
  let state = innermost
  for (let above = 0; state?.open !== undefined && above < MAX_BETWEEN; above++) {
    const open: OpenSpan = state.open
    yield { state, open }
    state = open.parent
  }
}

function lookAt(state: SpanState, open: OpenSpan): ResolvedSpan {
  return resolveOpenSpan(state, open, lineageInto(open, state.inherited))
}

/** The open span that is active in a context, with the facets it would be judged by now. Not if it's stale. */
export function resolvedAt(ctx: Context): ResolvedSpan | undefined {
  const span = trace.getSpan(ctx)
  const state = span === undefined ? undefined : findState(span)
  return state?.open === undefined || state.isStale ? undefined : lookAt(state, state.open)
}

/** The chain of actors at a span of this process, however its agents were named. */
export function chainAt(span: LiveIds): readonly string[] | undefined {
  const state = findState(span)
  return state === undefined ? undefined : childLineageOf(state).actors.chain
}

/** Marks a span object as judged in this process, whatever its attributes claim. */
export function markJudged(span: object): void {
  const state = recordOf(span)
  if (state === undefined) spans.judged.add(span)
  else state.judged = true
}

export function isJudged(span: object): boolean {
  return recordOf(span)?.judged ?? spans.judged.has(span)
}

interface LiveIds {
  /** Of a `LazySpan`. */
  readonly isStarted?: boolean
  spanContext(): { readonly traceId: string; readonly spanId: string; readonly isRemote?: boolean | undefined }
}

function baseOf(span: LiveSpan, above: SpanState | undefined): Lineage {
  if (above === undefined) return lineageFrom(span.parentSpanContext === undefined ? 'root' : 'elsewhere')
  return above.open === undefined || above.depth >= MAX_OPEN_DEPTH ? childLineageOf(above) : above.inherited
}

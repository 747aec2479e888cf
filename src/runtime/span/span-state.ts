import { trace } from '@opentelemetry/api'
import type { Context } from '@opentelemetry/api'
import type { AgentSpanKind } from '../../model/attribution.ts'
import type { FindingCode } from '../../model/finding.ts'
import { SPAN_KIND } from '../../model/span.ts'
import { lineageFrom } from '../../resolve/lineage.ts'
import type { Judgement } from '../../judge/judge.ts'
import type { Lineage } from '../../resolve/lineage.ts'
import type { KeyScan } from '../../recognize/key-scan.ts'
import type { Policy } from '../../policy/policy.ts'
import { passedOn, resolveSpan, tellFrom } from '../../resolve/resolved-span.ts'
import type { ResolvedSpan } from '../../resolve/resolved-span.ts'
import { Spoken } from '../../resolve/recorded-decision.ts'
import { weightOf, weightOfBinding } from '../../resolve/weight.ts'
import { SpanSnapshot } from './span-snapshot.ts'
import { knownResource } from './known-resource.ts'
import { EMPTY_BINDING, isBoundAs } from '../scope/live-binding.ts'
import type { BindingAtStart, LiveBinding } from '../scope/live-binding.ts'
import type { LiveSpan } from './live-span.ts'
import { createPrivateSlot } from '../../base/private-slot.ts'
import { RecentSpans } from './recent-spans.ts'
import type { Request } from '../scope/scope.ts'
import { limitsOf } from './span-limits.ts'
import { NO_IDENTITIES } from './stated-identities.ts'
import type { Identities } from './stated-identities.ts'

/**
 * What is known of one span of this process. Once it ended it holds no span that ended, neither its own nor one of its
 * ancestors, so that descendants keep nothing alive but a few facts.
 */
export interface SpanRecord {
  readonly traceId: string
  readonly spanId: string
  /** The processor that took the span up; another one of ours leaves it alone. */
  readonly taker: object
  /** Ancestors that are open too, at most `MAX_OPEN_DEPTH`. */
  readonly depth: number
  /** What the topmost open span of this line gets from above. */
  readonly base: Lineage
  /** What was bound where the span started. */
  binding: LiveBinding | undefined
  /** The request that the span is part of, or serves. */
  readonly request: OpenRequest | undefined
  /** Whether this is the span of the request itself. */
  readonly isRequest: boolean
  /** Whether the span was started in a context that belongs to other work, or to work that is over. */
  isStale: boolean
  /** Whether the bound function settled in the turn in which the span started, and did not wait for it. */
  isLeftBehind: boolean
  /** Whether it was a tool, and ended. */
  isEndedTool: boolean
  open: OpenSpan | undefined
  /** What the span hands down, fixed when it ended. */
  childLineage: Lineage | undefined
  /** Of a span that ended and had nothing to say: what it hands down, worked out when somebody asks. */
  passing: Passing | undefined
  /** Whether it has had its stamp. */
  judged: boolean
  /** From its stamp to its end. */
  finished: Finished | undefined
  /** Among those that are found by id. */
  place: number
}

/** What the stamp was made of, so that it can be told whether somebody wrote over it. */
export interface Finished {
  readonly resolved: ResolvedSpan & { readonly kind: AgentSpanKind }
  readonly live: readonly FindingCode[]
  readonly judgement: Judgement
  readonly identities: Identities
}

interface OpenRequest extends Request {
  isOpen: boolean
}

/** Of what a span that had nothing to say makes what it hands down. */
type Passing = Pick<OpenSpan, 'parent' | 'policy'> & Pick<SpanRecord, 'binding'> & Pick<LiveSpan, 'resource'>

export interface OpenSpan {
  readonly span: LiveSpan
  readonly parent: SpanRecord | undefined
  readonly policy: Policy
  readonly diverged: boolean
  /** The identities that stood on the span when it had started. */
  atStart: Identities
  /** What the span said once we had written on it when it started. */
  ownWrites: SpanSnapshot | undefined
  /** What was made of the span when it was last looked at. */
  look: Look | undefined
}

interface Look {
  readonly lineage: Lineage
  readonly snapshot: SpanSnapshot
  /** How many decisions on acts elsewhere had been recorded. */
  readonly told: number
  readonly resolved: ResolvedSpan
}

/** Open ancestors that are looked at anew each time; what is further up is taken as it is when the span starts. */
const MAX_OPEN_DEPTH = 64
/** Acts of one tree of which decisions are kept that are recorded elsewhere. */
const MAX_DECIDED = 256

const RECORDS = createPrivateSlot<SpanRecord>()
/** For parents that something wrapped. */
const RECENT = new RecentSpans<SpanRecord>()
/** Spans that are judged and have no record: no processor saw them, or they are copies. */
const judged = new WeakSet<object>()

/** What is settled of a span when it starts. */
export interface Started {
  readonly span: LiveSpan
  /** The record of its parent, where that is a span of this process. */
  readonly above: SpanRecord | undefined
  readonly policy: Policy
  readonly bound: BindingAtStart
  readonly taker: object
}

export function openRecord({ span, above, policy, bound, taker }: Started): SpanRecord {
  const isDeep = above?.open !== undefined && above.depth >= MAX_OPEN_DEPTH
  const parent = isDeep ? undefined : above
  const { traceId, spanId } = span.spanContext()
  const isRequest = span.kind === SPAN_KIND.server
  const record: SpanRecord = {
    traceId,
    spanId,
    taker,
    depth: parent?.open === undefined ? 0 : parent.depth + 1,
    base: baseOf(span, above),
    binding: bound.binding,
    request: isRequest ? { isOpen: true } : above?.request,
    isRequest,
    isStale: bound.isStale,
    isLeftBehind: above?.isLeftBehind === true && isBoundAs(bound.binding, above.binding),
    isEndedTool: false,
    open: {
      span,
      parent,
      policy,
      diverged: bound.diverged,
      atStart: NO_IDENTITIES,
      ownWrites: undefined,
      look: undefined,
    },
    childLineage: undefined,
    passing: undefined,
    judged: false,
    finished: undefined,
    place: 0,
  }
  RECORDS.put(span, record)
  record.place = RECENT.add(record)
  if (bound.binding !== undefined && bound.binding !== above?.binding) {
    RECENT.weigh(record.place, record, weightOfBinding(bound.binding))
  }
  return record
}

/** The record of the span that a span of this process is the child of. */
export function parentOf(span: LiveSpan, parentContext: Context): SpanRecord | undefined {
  const above = span.parentSpanContext
  if (above === undefined || above.isRemote === true) return undefined
  const parent = trace.getSpan(parentContext)
  const record = parent === undefined ? RECENT.find(above.traceId, above.spanId) : findRecord(parent)
  return record?.traceId === above.traceId ? record : undefined
}

/** The request that is being served where a context is active. */
export function requestAt(ctx: Context): Request | undefined {
  return recordAt(ctx)?.request
}

/** Whether the span has ended that a context has as its active one. */
export function hasEndedSpan(ctx: Context): boolean {
  const record = recordAt(ctx)
  return record !== undefined && record.open === undefined
}

function recordAt(ctx: Context): SpanRecord | undefined {
  const span = trace.getSpan(ctx)
  return span === undefined ? undefined : recordOf(span)
}

export function recordOf(span: object): SpanRecord | undefined {
  return RECORDS.of(span)
}

/** The record of a span that may be a wrapper around the one that we saw. */
export function findRecord(span: LiveIds): SpanRecord | undefined {
  const known = recordOf(span)
  if (known !== undefined) return known
  const { traceId, spanId, isRemote } = span.spanContext()
  return isRemote === true ? undefined : RECENT.find(traceId, spanId)
}

/** What a span gets from its ancestors, by what they say now. */
export function lineageInto({ parent }: Pick<OpenSpan, 'parent'>, base: Lineage): Lineage {
  return parent === undefined ? base : childLineageOf(parent)
}

/** What a span hands down to one that started now. */
export function childLineageOf(record: SpanRecord): Lineage {
  const { open, passing, base } = record
  if (open !== undefined) return resolveOpenSpan(record, open, lineageInto(open, base)).childLineage
  if (passing === undefined) return record.childLineage ?? base
  record.passing = undefined
  const resource = knownResource(passing.resource)
  return (record.childLineage = passedOn({ ...passing, resource, lineage: lineageInto(passing, base) }))
}

/**
 * An open span by what it says now. It is looked at anew only where it, or what it gets from above, has changed.
 * `keyScan`, where it is known already what its keys speak of.
 */
export function resolveOpenSpan(
  { binding }: SpanRecord,
  open: OpenSpan,
  lineage: Lineage,
  keyScan?: KeyScan,
): ResolvedSpan {
  const { look } = open
  const resource = knownResource(open.span.resource)
  if (look !== undefined && look.lineage === lineage && look.told === toldIn(lineage)) {
    if (look.snapshot.matches(open.span, resource)) return look.resolved
  }
  const { span, policy, ownWrites } = open
  const valueLimit = limitsOf(span).valueLength
  const resolved = resolveSpan({ span, resource, lineage, ownWrites, policy, binding, keyScan, valueLimit })
  open.look = { lineage, snapshot: new SpanSnapshot(span, resource), told: toldIn(lineage), resolved }
  return resolved
}

export function toldIn({ tree }: Lineage): number {
  return tree.spoken?.times ?? 0
}

/** Keeps what a span that ends says of a decision on an act that is not below it. */
export function keepDecision(resolved: ResolvedSpan): void {
  const { tree } = resolved.input.lineage
  tellFrom(resolved, () => (tree.spoken ??= new Spoken(MAX_DECIDED)))
}

/** Closes the record of a span that said nothing and was no effect. */
export function passRecord(record: SpanRecord, { parent, policy, span }: OpenSpan): void {
  const { binding } = record
  record.passing = { parent, policy, binding, resource: span.resource }
  record.base.tree.correlationId ??= binding?.bound.correlationId ?? binding?.carried?.attribution.correlationId
  close(record)
}

export function closeRecord(record: SpanRecord, below: Lineage, kind?: AgentSpanKind): void {
  record.childLineage = below
  record.isEndedTool = kind === 'tool'
  RECENT.weigh(record.place, record, weightOf(below, record.base))
  close(record)
}

function close(record: SpanRecord): void {
  record.open = undefined
  if (record.isRequest && record.request !== undefined) record.request.isOpen = false
}

/** From now on what was bound counts as nobody's word for this span. */
export function markStale(record: SpanRecord): void {
  const { open, binding = EMPTY_BINDING } = record
  record.isStale = true
  record.binding = { ...binding, stale: true }
  if (open !== undefined) open.look = undefined
}

/** The chain of actors at a span of this process, however its agents were named. */
export function chainAt(span: LiveIds): readonly string[] | undefined {
  const record = findRecord(span)
  return record === undefined ? undefined : childLineageOf(record).actors.chain
}

/** Marks a span object as judged in this process, whatever its attributes claim. */
export function markJudged(span: object): void {
  const record = recordOf(span)
  if (record === undefined) judged.add(span)
  else record.judged = true
}

export function isJudged(span: object): boolean {
  return recordOf(span)?.judged ?? judged.has(span)
}

interface LiveIds {
  spanContext(): { readonly traceId: string; readonly spanId: string; readonly isRemote?: boolean | undefined }
}

function baseOf(span: LiveSpan, above: SpanRecord | undefined): Lineage {
  if (above === undefined) return lineageFrom(span.parentSpanContext === undefined ? 'root' : 'elsewhere')
  return above.open === undefined || above.depth >= MAX_OPEN_DEPTH ? childLineageOf(above) : above.base
}

import type { AgentSpanKind, Outcome } from '../model/attribution.ts'
import { SPAN_KIND, startMillis, STATUS } from '../model/span.ts'
import type { SpanShape } from '../model/span.ts'
import { resolveChain } from './actor-chain.ts'
import { Facts, isMcpClient } from '../recognize/facts.ts'
import { isHeldBack, isRefused, recordedFor, recordedOfOther, takenBy } from './decision.ts'
import { childLineage } from './child-lineage.ts'
import { canonicalId } from '../identity/identity.ts'
import type { Binding, Lineage } from './lineage.ts'
import { SUBJECT, scanKeys } from '../recognize/key-scan.ts'
import type { KeyScan } from '../recognize/key-scan.ts'
import { mayBeRecognized, recognize } from '../recognize/recognize.ts'
import type { Recognition } from '../recognize/recognize.ts'
import { resolve } from './resolve.ts'
import type { Facets, LiveKnowledge, SpanInput } from './resolve.ts'
import type { SpanFacts } from './span-facts.ts'
import { NOTHING_STATED, readResource, readStated } from './stated.ts'
import type { Stated } from './stated.ts'
import type { RecordedDecision } from './recorded-decision.ts'

/**
 * Everything known about one span, without a reference to the span itself: whatever a rule needs is a field. `kind` is
 * left out if the span isn't judged.
 */
export interface ResolvedSpan {
  readonly traceId: string
  readonly kind: AgentSpanKind | undefined
  /** `none` for an effect that only its place in the trace shows. */
  readonly dialect: string
  /** An agent is created, not run. */
  readonly creation: boolean
  readonly tool: string | undefined
  /** The MCP span of a call that the tool span above already counts. */
  readonly sameAction: boolean
  readonly facets: Facets
  readonly outcome: Outcome
  readonly stated: Stated
  readonly facts: Facts
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number
  /** What the span's parent handed down to it. */
  readonly lineage: Lineage
  /** What the process knew when the span started. Undefined for a recorded span. */
  readonly binding: Binding | undefined
  /** The app's limit on the length of the span's attribute values. */
  readonly valueLimit: number | undefined
  /** The decision it records on another act. The caller adds it to the tree once the span has ended. */
  readonly ofOther: RecordedDecision | undefined
  /** The decisions that spans around it recorded about it. The caller notes them in the tree. */
  readonly takes: readonly RecordedDecision[]
  /** What this span hands down to its children. */
  readonly childLineage: Lineage
}

/** Recognizes a span and resolves its facets from what it states, what was bound and what its ancestors hand down. */
export function resolveSpan(input: SpanInput): ResolvedSpan {
  const { span, lineage, live = NOT_LIVE } = input
  const keyScan = input.keyScan ?? scanKeys(span.attributes, live.ownWrites, input.policy.appKeys)
  const recognition = recognize(span, keyScan)
  const known = knownOf(input, live, keyScan, recognition)
  const facets = resolve(known)
  return {
    traceId: span.spanContext().traceId,
    kind: known.kind,
    dialect: recognition?.dialect ?? 'none',
    creation: recognition?.creation ?? false,
    tool: known.tool,
    sameAction: known.sameAction,
    facets,
    outcome: outcomeOf(known, facets),
    stated: known.stated,
    facts: known.facts,
    startedAt: startMillis(span),
    lineage,
    binding: live.binding,
    valueLimit: live.valueLimit,
    ofOther: known.ofOther,
    takes: known.takes,
    childLineage: childLineage(known, facets),
  }
}

/** What is known about a span before its facets are resolved. */
function knownOf(
  { span, lineage, policy }: SpanInput,
  live: LiveKnowledge,
  keyScan: KeyScan,
  recognition: Recognition | undefined,
): SpanFacts {
  const { binding, execution, ownWrites, resource = span.resource } = live
  const isLive = live !== NOT_LIVE
  const isStated = (keyScan.subjects & SUBJECT.attribution) !== 0
  const stated = isStated ? readStated(span.attributes, ownWrites, isLive) : NOTHING_STATED
  const facts = new Facts(span, recognition, keyScan, policy.appKeys)
  const kind = recognition?.kind ?? kindByPlace(span, lineage, binding, facts)
  const tool = kind === 'tool' ? facts.tool : undefined
  const sameAction = kind === 'tool' && isSameAction(lineage, facts, tool)
  const place = { span, lineage, keyScan, kind, tool, sameAction }
  const takes = takenBy(place)
  return {
    span,
    lineage,
    binding,
    execution: kind === 'tool' || kind === 'effect' ? execution : undefined,
    facts,
    stated,
    resource: readResource(resource.attributes),
    resourceAttributes: resource.attributes,
    kind,
    tool,
    sameAction,
    line: resolveChain({ above: lineage.actors, binding, stated, agentSpan: facts.ownAgent, alias: policy.alias }),
    takes,
    recorded: recordedFor(place, takes),
    ofOther: recordedOfOther(place),
  }
}

const NOT_LIVE: LiveKnowledge = {}

/** Whether nothing on a span matters here: no name, no attribute, no place in a protocol. Most spans are like this. */
export function isInert(span: SpanShape, keyScan: KeyScan): boolean {
  return keyScan.subjects === 0 && !mayBeRecognized(span, keyScan) && !isMcpClient(span)
}

/** Whether a call that isn't an agent's own would be an effect here. */
export function mayAct({ inTransport, recognized }: Lineage, binding: Binding | undefined): boolean {
  if (inTransport) return false
  return binding?.acting === true || (recognized !== undefined && OWNERS_OF_EFFECTS.has(recognized.kind))
}

export function isOutgoing({ kind }: SpanShape): boolean {
  return kind === SPAN_KIND.client || kind === SPAN_KIND.producer
}

/** What a span hands down that says nothing and isn't an effect. */
export function passedOn({ resource, lineage, policy, binding }: Passing): Lineage {
  return resolveSpan({ span: { ...SILENT, resource }, lineage, policy, live: { binding } }).childLineage
}

interface Passing extends Pick<SpanInput, 'lineage' | 'policy'>, Pick<SpanShape, 'resource'> {
  readonly binding: Binding | undefined
}

const SILENT: Omit<SpanShape, 'resource'> = {
  name: '',
  kind: SPAN_KIND.internal,
  spanContext: () => ({ traceId: '', spanId: '' }),
  startTime: [0, 0],
  status: { code: STATUS.unset },
  attributes: {},
  instrumentationScope: { name: '' },
}

/** The name of a span as one action: the tool it runs or, for an effect, the tool it is part of. */
export function toolNameAround(resolved: ResolvedSpan): string | undefined {
  return resolved.tool ?? (resolved.kind === 'effect' ? resolved.lineage.tool?.name : undefined)
}

const OWNERS_OF_EFFECTS: ReadonlySet<string> = new Set(['agent', 'tool', 'workflow', 'retriever'])

function outcomeOf(known: SpanFacts, { decision }: Facets): Outcome {
  const { span, stated } = known
  if (stated.outcome !== undefined) return stated.outcome
  if (isHeldBack(known.execution)) return 'denied'
  if (span.status.code === STATUS.error) return 'failure'
  return isRefused(decision, known) ? 'denied' : 'success'
}

function kindByPlace(
  span: SpanShape,
  lineage: Lineage,
  binding: Binding | undefined,
  facts: Facts,
): AgentSpanKind | undefined {
  if (!isOutgoing(span) || !mayAct(lineage, binding) || facts.isMcpSession) return undefined
  return lineage.connecting && facts.isConnecting ? undefined : 'effect'
}

function isSameAction(lineage: Lineage, facts: Facts, tool: string | undefined): boolean {
  const outer = lineage.recognized?.kind === 'tool' ? lineage.tool?.name : undefined
  if (tool === undefined || outer === undefined || !facts.isMcpCall) return false
  return canonicalId(tool) === canonicalId(outer)
}

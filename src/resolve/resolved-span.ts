import type { AgentSpanKind, Outcome } from '../model/attribution.ts'
import { SPAN_KIND, STATUS } from '../model/span.ts'
import type { SpanShape } from '../model/span.ts'
import { resolveChain } from './actor-chain.ts'
import { agentOf, isMcpCall, isMcpClient, isMcpSession, toolNameOf } from '../recognize/facts.ts'
import { isRefused, recordedFor, takenBy, tell } from './decision.ts'
import { childLineage } from './child-lineage.ts'
import { isConnecting } from '../recognize/connecting.ts'
import { canonicalId } from '../identity/identity.ts'
import type { ActorChain, Binding, Lineage } from './lineage.ts'
import { SUBJECT, scanKeys } from '../recognize/key-scan.ts'
import type { KeyScan } from '../recognize/key-scan.ts'
import { mayBeRecognized, recognize } from '../recognize/recognize.ts'
import type { Recognition } from '../recognize/recognize.ts'
import { resolve } from './resolve.ts'
import type { Facets, SpanFacts, SpanInput } from './resolve.ts'
import { NOTHING_STATED, readResource, readStated } from './stated.ts'
import type { Stated } from './stated.ts'
import type { RecordedDecision, Spoken } from './recorded-decision.ts'

/** One span with everything that is known of it. `kind` is left out where the span is not judged. */
export interface ResolvedSpan {
  readonly kind: AgentSpanKind | undefined
  /** `none` for an effect that only its place in the trace shows. */
  readonly dialect: string
  /** An agent is made, not run. */
  readonly creation: boolean
  readonly tool: string | undefined
  /** The MCP span of a call that the tool span above it stands for already. */
  readonly sameAction: boolean
  readonly facets: Facets
  readonly outcome: Outcome
  readonly stated: Stated
  readonly keyScan: KeyScan
  readonly input: SpanInput
  /** The decisions that spans around it recorded of it: whoever drives notes them in the tree. */
  readonly takes: readonly RecordedDecision[]
  /** What this span hands down to its children. */
  readonly childLineage: Lineage
}

/** Recognizes a span and resolves its facets from what it states, what was bound and what its ancestors hand down. */
export function resolveSpan(input: SpanInput): ResolvedSpan {
  const { span } = input
  const keyScan = input.keyScan ?? scanKeys(span.attributes, input.ownWrites)
  const states = (keyScan.subjects & SUBJECT.attribution) !== 0
  const stated = states ? readStated(span.attributes, input.ownWrites) : NOTHING_STATED
  const recognition = recognize(span, keyScan)
  const kind = kindOf(input, recognition)
  const tool = kind === 'tool' ? toolNameOf(span, recognition) : undefined
  const sameAction = kind === 'tool' && isSameAction(input, tool)
  const line = lineOf(input, stated, recognition, kind)
  const resource = readResource((input.resource ?? span.resource).attributes)
  const place = { span, lineage: input.lineage, keyScan, kind, tool, sameAction }
  const takes = takenBy(place)
  const recorded = recordedFor(place, takes)
  const facts: SpanFacts = { keyScan, stated, resource, kind, tool, sameAction, line, recorded }
  const facets = resolve(input, facts)
  return {
    kind,
    dialect: recognition?.dialect ?? 'none',
    creation: recognition?.creation ?? false,
    tool,
    sameAction,
    facets,
    outcome: outcomeOf(input, facts, facets),
    stated,
    keyScan,
    input,
    takes,
    childLineage: childLineage(input, facts, facets),
  }
}

/** Notes what a resolved span says of an act that is not below it. */
export function tellFrom({ input, ...seen }: ResolvedSpan, spoken: () => Spoken): void {
  tell({ ...seen, span: input.span, lineage: input.lineage }, spoken)
}

/** Whether nothing on a span matters here: no name, no attribute, no place in a protocol. Most spans are such. */
export function isInert(span: SpanShape, keyScan: KeyScan): boolean {
  return keyScan.subjects === 0 && !mayBeRecognized(span, keyScan) && !isMcpClient(span)
}

/** Whether a call that is no agent's own would be an effect here. */
export function mayAct({ inTransport, recognized }: Lineage, binding: Binding | undefined): boolean {
  if (inTransport) return false
  return binding?.acting === true || (recognized !== undefined && OWNERS_OF_EFFECTS.has(recognized.kind))
}

export function isOutgoing({ kind }: SpanShape): boolean {
  return kind === SPAN_KIND.client || kind === SPAN_KIND.producer
}

/** What a span hands down that says nothing and is no effect. */
export function passedOn({ resource, ...place }: Omit<SpanInput, 'span'> & Pick<SpanShape, 'resource'>): Lineage {
  return resolveSpan({ ...place, span: { ...SILENT, resource } }).childLineage
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

/** What a span is called as one action: the tool it runs or, for an effect, the tool that it belongs to. */
export function toolNameAround(resolved: ResolvedSpan): string | undefined {
  return resolved.tool ?? (resolved.kind === 'effect' ? resolved.input.lineage.tool?.name : undefined)
}

const OWNERS_OF_EFFECTS: ReadonlySet<string> = new Set(['agent', 'tool', 'workflow', 'retriever'])

function outcomeOf({ span }: SpanInput, facts: SpanFacts, { decision }: Facets): Outcome {
  if (facts.stated.outcome !== undefined) return facts.stated.outcome
  if (span.status.code === STATUS.error) return 'failure'
  return isRefused(decision, facts) ? 'denied' : 'success'
}

function kindOf(
  { span, lineage, binding }: SpanInput,
  recognition: Recognition | undefined,
): AgentSpanKind | undefined {
  if (recognition !== undefined) return recognition.kind
  if (!isOutgoing(span) || !mayAct(lineage, binding) || isMcpSession(span)) return undefined
  return lineage.connecting && isConnecting(span) ? undefined : 'effect'
}

function isSameAction({ span, lineage }: SpanInput, tool: string | undefined): boolean {
  const outer = lineage.recognized?.kind === 'tool' ? lineage.tool?.name : undefined
  if (tool === undefined || outer === undefined || !isMcpCall(span)) return false
  return canonicalId(tool) === canonicalId(outer)
}

function lineOf(
  { span, lineage, binding, policy }: SpanInput,
  stated: Stated,
  recognition: Recognition | undefined,
  kind: AgentSpanKind | undefined,
): ActorChain {
  const agentSpan = kind === 'agent' && recognition !== undefined ? agentOf(span, recognition) : undefined
  return resolveChain({ above: lineage.actors, binding, stated, agentSpan, alias: policy.alias })
}

import type { AgentSpanKind, Decision, DecisionOutcome } from '../model/attribution.ts'
import { startMillis } from '../model/span.ts'
import type { SpanShape } from '../model/span.ts'
import { isAtLeast } from '../policy/policy.ts'
import { isTentative } from './actor-chain.ts'
import {
  CALL_KEYS,
  DECIDED_TOOL_KEYS,
  DECISION_WORDS,
  DECISIONS,
  NOT_THE_ACT,
} from '../recognize/dialects/decisions.ts'
import type { DecisionRow } from '../recognize/dialects/decisions.ts'
import { spelled } from '../recognize/dialects/marker.ts'
import { canonicalId, isPlaceholder } from '../identity/identity.ts'
import { EXECUTION, UNSEEN_TOOL } from './lineage.ts'
import type { Binding, Execution, Sourced, Lineage } from './lineage.ts'
import { SUBJECT } from '../recognize/key-scan.ts'
import type { KeyScan } from '../recognize/key-scan.ts'
import type { RecordedDecision } from './recorded-decision.ts'
import { factOf, listOf, present } from '../base/attribute-value.ts'
import type { Stated } from './stated.ts'

/**
 * The decision on a span: what it states, what the process bound, what the tool passes on, and only then what others
 * recorded in their own conventions, which is inferred and never overrides the rest.
 */
export function heldDecision(
  { lineage, stated, kind, sameAction, recorded, execution }: Deciding,
  binding: Binding | undefined,
): Sourced<Decision> | undefined {
  const own = stated.decision
  if (stated.isDecisionUnknown) return undefined
  const inside = execution?.decision
  const isClaim = own?.assurance === 'claimed'
  if (own !== undefined && !isTentative(stated, own) && !isClaim) return own
  if (inside !== undefined) return withDetails({ value: inside, assurance: 'asserted', source: EXECUTION }, stated)
  const asksFor = kind === 'effect' ? binding?.asksFor : undefined
  const asks = asksFor !== undefined && (asksFor === lineage.tool?.spanId || asksFor === UNSEEN_TOOL)
  const bound = asks ? undefined : binding?.bound.decision
  if (bound !== undefined) return withDetails({ value: bound, assurance: 'asserted' }, stated)
  const passed = kind === 'effect' || sameAction ? lineage.tool?.decision : undefined
  if (isClaim && !isAtLeast(passed?.assurance ?? 'inferred', 'asserted')) return own
  if (passed !== undefined && passed.assurance !== 'inferred') return withDetails(passed, stated)
  const said = inForce(recorded)
  if (said !== undefined) return withDetails({ value: said.decision, assurance: 'inferred' }, stated)
  return withDetails(passed, stated) ?? own
}

/** What the span states of a decision without its outcome overrides what is inferred, but nothing else. */
function withDetails(held: Sourced<Decision> | undefined, { details }: Stated): Sourced<Decision> | undefined {
  if (held === undefined || details.decision === undefined) return held
  const [less, more] = held.assurance === 'inferred' ? [held.value, details.decision] : [details.decision, held.value]
  const policy = { ...less.policy, ...more.policy }
  const { outcome } = held.value
  return { ...held, value: { ...less, ...more, outcome, ...(Object.keys(policy).length === 0 ? {} : { policy }) } }
}

/** Whether it is an escalation that nobody has approved yet. A placeholder is nobody. */
export function isOpen(decision: Decision): boolean {
  if (decision.outcome !== 'escalate') return false
  // Not someone whom other code put on the prototype of every object.
  return !Object.hasOwn(decision, 'approver') || isPlaceholder(decision.approver?.id ?? '')
}

/** Whether policy let an act through. */
export function letsThrough(decision: Decision): boolean {
  return decision.outcome === 'escalate' ? !isOpen(decision) : LETS_THROUGH.has(decision.outcome)
}

const LETS_THROUGH: ReadonlySet<DecisionOutcome> = new Set(['allow', 'modify', 'not_required'])

/** Whether what was decided or refused inside a tool's execution kept the act of the tool from being done. */
export function isHeldBack(execution: Execution | undefined): boolean {
  if (execution === undefined || execution.isOverridden === true) return false
  const { decision, isRefused: isGuarded } = execution
  return isGuarded === true || (decision !== undefined && !letsThrough(decision))
}

/** Whether the tool never ran: what refused it lets nothing through. */
export function isRefused(decision: Sourced<Decision> | undefined, { kind, stated, recorded }: Deciding): boolean {
  if (kind !== 'tool' || decision === stated.decision || decision?.assurance !== 'inferred') return false
  if (decision.value.outcome !== 'deny') return false
  return inForce(recorded)?.isEnforced === true
}

interface Deciding extends Pick<Place, 'lineage' | 'kind' | 'sameAction'> {
  readonly execution: Execution | undefined
  readonly stated: Stated
  /** The result of `recordedFor`. */
  readonly recorded: readonly RecordedDecision[]
}

/** What is known of a span that a decision may be recorded on or be about. */
export interface Place {
  readonly span: SpanShape
  readonly lineage: Lineage
  readonly keyScan: KeyScan
  readonly kind: AgentSpanKind | undefined
  readonly tool: string | undefined
  readonly sameAction: boolean
}

/** The decisions on spans around an act that are about it, so it takes them. */
export function takenBy(place: Place): readonly RecordedDecision[] {
  const { lineage, kind } = place
  if (kind === undefined || kind === 'guardrail' || lineage.awaiting.length === 0) return NONE
  return lineage.awaiting.filter((said) => concerns(said, place))
}

/**
 * What others recorded about this act: on its own span, on spans around it (those it takes), and on their own spans
 * that name it.
 */
export function recordedFor(place: Place, takes: readonly RecordedDecision[]): readonly RecordedDecision[] {
  const { kind, sameAction } = place
  if (kind === undefined || kind === 'guardrail') return NONE
  const own = recordedOn(place, (row) => row.of === 'act' || ACTS.has(kind))
  const told = kind === 'tool' ? toldOf(place) : NONE
  const passed = kind === 'effect' || sameAction ? passedTo(place) : NONE
  const all = [...(own === undefined ? [] : [own]), ...takes, ...told, ...passed]
  if (all.length < 2) return all
  return all.filter(({ spanId }, index) => all.findIndex((said) => said.spanId === spanId) === index)
}

const ACTS: ReadonlySet<string> = new Set(['tool', 'effect'])
const NONE: readonly RecordedDecision[] = []

/** The decision that a span records on an act that is another span. */
export function recordedOfOther(place: Place): RecordedDecision | undefined {
  const { kind } = place
  return kind === undefined || kind === 'guardrail' ? recordedOn(place, () => true) : undefined
}

/** The decisions that a span hands down because their act has not begun yet. `ofOther` is what it records itself. */
export function awaitingBelow(
  { lineage, kind }: Pick<Place, 'lineage' | 'kind'>,
  ofOther: RecordedDecision | undefined,
): readonly RecordedDecision[] {
  if (ofOther !== undefined) return [...lineage.awaiting.slice(1 - MAX_AWAITING), ofOther]
  if (kind === undefined || kind === 'guardrail') return lineage.awaiting
  return kind === 'workflow' || kind === 'effect' ? lineage.awaiting : NONE
}

/** Thousands of nested policies must not take memory by the square. */
const MAX_AWAITING = 64

/** The tool in a decision that is recorded below this span and that nothing below takes. */
export function askedOfBelow({ span, lineage, kind }: Pick<Place, 'span' | 'lineage' | 'kind'>): string | undefined {
  if (kind === undefined || kind === 'guardrail') return lineage.askedOf
  return kind === 'tool' ? span.spanContext().spanId : undefined
}

function toldOf(place: Place): readonly RecordedDecision[] {
  const { span, lineage } = place
  const { spoken } = lineage.tree
  if (spoken === undefined) return NONE
  const call = firstOf(span, CALL_KEYS)
  const told = [...spoken.of(span.spanContext().spanId), ...(call === undefined ? NONE : spoken.of(call))]
  return told.filter((said) => concerns(said, place))
}

/**
 * What was decided after an effect had begun wasn't about it. Clocks often only have milliseconds: within the same one,
 * the effect counts as the first.
 */
function passedTo({ span, lineage }: Place): readonly RecordedDecision[] {
  const startedAt = startMillis(span)
  return (lineage.tool?.recorded ?? NONE).filter(({ isApart, at }) => !isApart || at < startedAt)
}

function concerns({ of, tool, call }: RecordedDecision, { span, kind, tool: name }: Place): boolean {
  if (kind !== 'tool') return of === 'act' && (kind === 'agent' || kind === 'retriever')
  const ownCall = firstOf(span, CALL_KEYS)
  if (call !== undefined && ownCall !== undefined && call !== ownCall) return false
  return tool === undefined || name === undefined || isSameTool(tool, name)
}

/** A server's name often comes before the tool's. */
function isSameTool(one: string, other: string): boolean {
  const [a, b] = [canonicalId(one), canonicalId(other)]
  return a.endsWith(b) || b.endsWith(a)
}

/** The decision that counts: the last one of each policy, and of all policies, or of one moment, the strictest. */
function inForce(recorded: readonly RecordedDecision[]): RecordedDecision | undefined {
  if (recorded.length < 2) return recorded[0]
  const words = new Map<string, RecordedDecision>()
  for (const said of recorded.toSorted((a, b) => a.at - b.at || strictness(a) - strictness(b))) {
    const isApproval = said.decision.outcome === 'allow' && said.decision.approver !== undefined
    for (const [policy, before] of words) if (isApproval && isOpen(before.decision)) words.delete(policy)
    words.set(said.policy, said)
  }
  return [...words.values()].reduce((a, b) => (strictness(b) > strictness(a) ? b : a))
}

function strictness({ decision }: RecordedDecision): number {
  return decision.outcome === 'escalate' && !isOpen(decision) ? STRICTNESS.allow : STRICTNESS[decision.outcome]
}

const STRICTNESS: Readonly<Record<DecisionOutcome, number>> = {
  not_required: 0,
  allow: 1,
  modify: 2,
  escalate: 3,
  deny: 4,
}

function recordedOn({ span, keyScan }: Place, isMeant: (row: DecisionRow) => boolean): RecordedDecision | undefined {
  if ((keyScan.subjects & SUBJECT.decision) === 0) return undefined
  for (const row of DECISIONS) {
    const outcome = isMeant(row) ? outcomeIn(row, span) : undefined
    if (outcome !== undefined) return recordedIn(row, span, outcome)
  }
  return undefined
}

function outcomeIn(row: DecisionRow, { name, attributes }: SpanShape): DecisionOutcome | undefined {
  const word = attributes[row.key]
  if (typeof word !== 'string' || row.named?.test(name) === false) return undefined
  if (row.trial !== undefined && attributes[row.trial.key] === row.trial.value) return undefined
  const target = row.target === undefined ? undefined : factOf(attributes[row.target])
  return target !== undefined && NOT_THE_ACT.test(target) ? undefined : OUTCOME_OF.get(spelled(word))
}

const OUTCOME_OF: ReadonlyMap<string, DecisionOutcome> = new Map(
  (Object.entries(DECISION_WORDS) as [DecisionOutcome, readonly string[]][]).flatMap(([outcome, words]) =>
    words.map((word) => [word, outcome] as const),
  ),
)

function recordedIn(row: DecisionRow, span: SpanShape, outcome: DecisionOutcome): RecordedDecision {
  const { attributes } = span
  const id = firstOf(span, row.policy ?? [])
  const version = firstOf(span, row.version ?? [])
  const approver = firstOf(span, row.approver ?? [])
  const policy = { ...present('id', id), ...present('version', version) }
  const { enforced } = row
  return {
    decision: {
      outcome,
      ...(Object.keys(policy).length === 0 ? {} : { policy }),
      ...(approver === undefined ? {} : { approver: { id: approver } }),
    },
    policy: id ?? row.key,
    of: row.of,
    isEnforced: enforced === 'always' || (enforced !== undefined && attributes[enforced.key] === enforced.value),
    tool: firstOf(span, DECIDED_TOOL_KEYS),
    call: firstOf(span, row.call === undefined ? CALL_KEYS : [row.call, ...CALL_KEYS]),
    spanId: span.spanContext().spanId,
    isApart: false,
    at: startMillis(span),
  }
}

function firstOf({ attributes }: SpanShape, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const text = namedIn(attributes[key])
    if (text !== undefined) return text
  }
  return undefined
}

/** The first of a list: several policies may have decided. */
function namedIn(value: unknown): string | undefined {
  const text = factOf(listOf(value)?.[0])
  return text === undefined || isPlaceholder(text) ? undefined : text
}

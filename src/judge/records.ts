import { SKEW_MS } from '../base/iso-time.ts'
import { canonicalId } from '../identity/identity.ts'
import type { Verdict } from '../model/attribution.ts'
import { mayRepeat, otherRecordsOf, repeatedIn } from '../model/other-records.ts'
import { SPAN_KIND, startMillis } from '../model/span.ts'
import type { Attributes, SpanShape } from '../model/span.ts'
import { SpanTree } from '../model/span-tree.ts'
import type { Policy } from '../policy/policy.ts'
import { lineageFrom } from '../resolve/lineage.ts'
import type { Lineage } from '../resolve/lineage.ts'
import { resolveSpan } from '../resolve/resolved-span.ts'
import type { Judgement } from './judge.ts'

/** The spans of a trace of which a recording says two things, and every way to read the trace. */
export interface Readings {
  /** Trees with the same spans in the same order, each with one record of each span. */
  readonly trees: readonly SpanTree[]
  /** The spans whose records disagree. */
  readonly conflicts: ReadonlySet<SpanShape>
  /** Whether there are more ways to read the trace than are tried, so that no verdict is certain. */
  readonly isCut: boolean
}

/** Undefined if no span was recorded twice, or if what was recorded twice says the same to attribution. */
export function readingsOf(tree: SpanTree, policy: Policy): Readings | undefined {
  if (!mayRepeat()) return undefined
  const records = new Map<SpanShape, readonly SpanShape[]>()
  const conflicts = new Set<SpanShape>()
  let isCut = false
  for (const span of tree.spans) {
    const all = recordsOf(span)
    const [first, ...others] = all.length < 2 ? all : differing(all, policy)
    if (first === undefined || others.length === 0) continue
    records.set(span, [first, ...others])
    if (all.length > MAX_RECORDS) isCut = true
    if (others.some((other) => !areTwoHalves(first, other))) conflicts.add(span)
  }
  if (records.size === 0) return undefined
  const { choices, isWhole } = choicesOf([...records.values()], tree.spans.length)
  const trees = choices.map((choice) => {
    const chosen = new Map([...records.keys()].map((span, at) => [span, choice[at] as SpanShape]))
    return new SpanTree(tree.spans.map((span) => chosen.get(span) ?? span))
  })
  return { trees, conflicts, isCut: isCut || !isWhole }
}

/** The worst of what is judged of one span under several readings: everything found in any of them. */
export function worstOf<T extends { readonly judgement: Judgement }>(readings: readonly T[], isCut: boolean): T {
  const worst = readings.reduce((a, b) => (severityOf(b) > severityOf(a) ? b : a))
  const all = readings.map(({ judgement }) => judgement)
  const findings = union(all.map((judgement) => judgement.findings))
  const judgement: Judgement = {
    ...worst.judgement,
    findings,
    allowed: union(all.map(({ allowed }) => allowed)).filter((code) => !findings.includes(code)),
    verdict: isCut && severityOf(worst) < BAD.indexOf('unknown') ? 'unknown' : worst.judgement.verdict,
    complete: all.every(({ complete }) => complete),
    missing: [...new Set(all.flatMap(({ missing }) => missing))],
  }
  return { ...worst, judgement }
}

function severityOf({ judgement }: { readonly judgement: Judgement }): number {
  return BAD.indexOf(judgement.verdict)
}

/** From the best to the worst. */
const BAD: readonly Verdict[] = ['separated', 'declared', 'unknown', 'collapsed']

function union<T>(lists: readonly (readonly T[])[]): readonly T[] {
  return [...new Set(lists.flat())].toSorted()
}

/** With more records of one span, the verdict is uncertain anyway. */
const MAX_RECORDS = 16
/** How many ways to read a trace are tried, and how many spans are resolved for that. */
const MAX_READINGS = 32
const MAX_RESOLVED = 400_000

/** Every combination, or, if there are too many, the first record of each span, then the second of each, and so on. */
function choicesOf(
  records: readonly (readonly SpanShape[])[],
  spans: number,
): { readonly choices: readonly (readonly SpanShape[])[]; readonly isWhole: boolean } {
  const most = Math.max(2, Math.min(MAX_READINGS, Math.floor(MAX_RESOLVED / spans)))
  const count = records.reduce((product, { length }) => Math.min(product * length, most + 1), 1)
  if (count <= most) return { choices: combinations(records), isWhole: true }
  const rows = Math.min(most, Math.max(...records.map(({ length }) => length)))
  const choices = Array.from({ length: rows }, (_, row) =>
    records.map((ofOne) => ofOne[Math.min(row, ofOne.length - 1)] as SpanShape),
  )
  return { choices, isWhole: false }
}

function combinations<T>(lists: readonly (readonly T[])[]): readonly (readonly T[])[] {
  return lists.reduce<readonly (readonly T[])[]>(
    (chosen, list) => chosen.flatMap((before) => list.map((one) => [...before, one])),
    [[]],
  )
}

/** All records of one span, with each value of an attribute that was given twice. One more than are looked at at most. */
function recordsOf(span: SpanShape): readonly SpanShape[] {
  const records = [span, ...otherRecordsOf(span)]
  return records
    .slice(0, MAX_RECORDS + 1)
    .flatMap(withEachValue)
    .slice(0, MAX_RECORDS + 1)
}

function withEachValue(span: SpanShape): readonly SpanShape[] {
  const [own, ofResource] = [repeatedIn(span.attributes), repeatedIn(span.resource.attributes)]
  if (own === undefined && ofResource === undefined) return [span]
  const resources = eachValueOf(span.resource.attributes, ofResource).map((attributes) => ({ attributes }))
  return eachValueOf(span.attributes, own).flatMap((attributes) =>
    resources.map((resource) => recordWith(span, attributes, resource)),
  )
}

function eachValueOf(
  attributes: Attributes,
  repeated: ReadonlyMap<string, readonly unknown[]> | undefined,
): readonly Attributes[] {
  let all: readonly Attributes[] = [attributes]
  for (const [key, values] of repeated ?? []) {
    if (all.length > MAX_RECORDS) return all
    all = all.flatMap((one) => [one, ...values.map((value) => ({ ...one, [key]: value }))])
  }
  return all
}

function recordWith(span: SpanShape, attributes: Attributes, resource: SpanShape['resource']): SpanShape {
  const { name, kind, status, startTime, endTime, parentSpanContext, instrumentationScope } = span
  const context = span.spanContext()
  return {
    name,
    kind,
    status,
    startTime,
    endTime,
    attributes,
    resource,
    instrumentationScope,
    ...(parentSpanContext === undefined ? {} : { parentSpanContext }),
    spanContext: () => context,
  }
}

/** The records that say different things to attribution, the first one first. */
function differing(records: readonly SpanShape[], policy: Policy): readonly SpanShape[] {
  const read = records.slice(0, MAX_RECORDS).map((record) => ({ record, said: saidBy(record, policy) }))
  return read
    .filter(({ said, record }, at) => !read.slice(0, at).some((before) => isSame(before, { said, record })))
    .map(({ record }) => record)
}

interface Read {
  readonly record: SpanShape
  readonly said: string
}

/** Forms of recordings differ in how precise a start is, and clocks in more than that. */
function isSame(a: Read, b: Read): boolean {
  return a.said === b.said && Math.abs(startMillis(a.record) - startMillis(b.record)) <= SKEW_MS
}

/** Everything that attribution reads of a record, wherever it stands: as an effect, if it may be one. */
function saidBy(span: SpanShape, policy: Policy): string {
  const { kind, creation, tool, facets, outcome, stated, facts, ofOther } = resolveSpan({
    span,
    lineage: BELOW_AN_AGENT,
    policy,
  })
  const { user, rivalUser, userStandIn, namedAgent, agentUsers, conversation, mcpServer, isMcpCall } = facts
  const dialect = [user, rivalUser, userStandIn, namedAgent, agentUsers, conversation, mcpServer, isMcpCall]
  const place = [span.parentSpanContext?.spanId, facts.isMcpClient, facts.isMcpSession, facts.isConnecting]
  const decision = ofOther === undefined ? undefined : { ...ofOther, at: 0 }
  return JSON.stringify([kind, creation, tool, facets, outcome, stated, dialect, place, decision], canonicalText)
}

const BELOW_AN_AGENT: Lineage = {
  ...lineageFrom('elsewhere'),
  hasWorkflowAbove: true,
  recognized: {
    kind: 'agent',
    principal: undefined,
    intent: undefined,
    authority: undefined,
    correlation: undefined,
    chain: [],
  },
}

function canonicalText(_: string, value: unknown): unknown {
  return typeof value === 'string' ? canonicalId(value) : value
}

/**
 * Whether two records are the two sides of one call, which share an id where the client is instrumented for Zipkin.
 * What both of them say has to be the same.
 */
function areTwoHalves(a: SpanShape, b: SpanShape): boolean {
  const [serviceOfA, serviceOfB] = [a, b].map((span) => span.resource.attributes['service.name'])
  if (serviceOfA === serviceOfB || !SIDES.has(`${a.kind} ${b.kind}`)) return false
  if (a.parentSpanContext?.spanId !== b.parentSpanContext?.spanId) return false
  return Object.keys(a.attributes).every((key) => {
    const [one, other] = [a.attributes[key], b.attributes[key]]
    return other === undefined || JSON.stringify(one) === JSON.stringify(other)
  })
}

const SIDES: ReadonlySet<string> = new Set(
  [
    [SPAN_KIND.client, SPAN_KIND.server],
    [SPAN_KIND.producer, SPAN_KIND.consumer],
  ].flatMap(([one, other]) => [`${one} ${other}`, `${other} ${one}`]),
)

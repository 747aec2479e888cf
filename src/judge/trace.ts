import type { FindingCode } from '../model/finding.ts'
import { UNREADABLE_PARENT } from '../model/span.ts'
import type { SpanShape } from '../model/span.ts'
import { SpanTree } from '../model/span-tree.ts'
import { ProcessEdges } from '../resolve/process-edge.ts'
import type { Judge, Judgement } from './judge.ts'
import { lineageFrom } from '../resolve/lineage.ts'
import type { Lineage } from '../resolve/lineage.ts'
import type { Policy } from '../policy/policy.ts'
import { resolveSpan } from '../resolve/resolved-span.ts'
import type { ResolvedSpan } from '../resolve/resolved-span.ts'
import { Spoken } from '../resolve/recorded-decision.ts'
import { noteInTree, tellFrom } from '../resolve/tree-ledger.ts'
import { lookAlikes } from './look-alikes.ts'
import { readingsOf, worstOf } from './records.ts'
import type { Readings } from './records.ts'

/** A span of a recorded trace, with what was resolved for it. Reports show the span, but rules don't see it. */
export interface SpanInTrace {
  readonly span: SpanShape
  readonly resolved: ResolvedSpan
}

export interface JudgedSpan extends SpanInTrace {
  readonly judgement: Judgement
}

/**
 * Judges the recorded spans of one trace, in any order, and returns the judged ones by start time. Missing parents make
 * orphans, unless the spans are `late`: then the rest of the trace was there before.
 */
export function judgeTrace(
  spans: readonly SpanShape[],
  policy: Policy,
  judge: Judge,
  options: { readonly late?: boolean } = {},
): JudgedSpan[] {
  return judgeTree(treeOf(spans), policy, judge, options)
}

/** Like `judgeTrace`, for a tree made by `treeOf`. */
export function judgeTree(
  tree: SpanTree,
  policy: Policy,
  judge: Judge,
  options: { readonly late?: boolean } = {},
): JudgedSpan[] {
  const origin = options.late === true ? 'elsewhere' : 'missing'
  const readings = readingsOf(tree, policy)
  if (readings !== undefined) return judgeReadings(tree, readings, policy, judge, origin)
  return judgeResolved(resolveTree(tree, policy, origin), policy, judge).filter((one) => one !== undefined)
}

/** Judges the spans that are to be judged; the others are undefined. `conflicts` are those whose records disagree. */
function judgeResolved(
  all: readonly SpanInTrace[],
  policy: Policy,
  judge: Judge,
  conflicts?: ReadonlySet<number>,
): (JudgedSpan | undefined)[] {
  const alike = lookAlikes(
    all.map(({ resolved }) => resolved),
    policy,
  )
  return all.map(({ span, resolved }, at) => {
    if (resolved.kind === undefined) return undefined
    const found: FindingCode[] = alike.has(resolved) ? ['confusable_identity'] : []
    if (conflicts?.has(at) === true) found.push('record_conflict')
    return { span, resolved, judgement: judge(resolved, found) }
  })
}

/** Judges a trace in every way in which it can be read, and takes the worst for each span. */
function judgeReadings(
  tree: SpanTree,
  { trees, conflicts, isCut }: Readings,
  policy: Policy,
  judge: Judge,
  origin: 'missing' | 'elsewhere',
): JudgedSpan[] {
  const resolved = trees.map((one) => resolveTree(one, policy, origin))
  const isJudged = tree.spans.map((_, at) => resolved.some((all) => all[at]?.resolved.kind !== undefined))
  const told = toldConflicts(tree, conflicts, isJudged)
  const judged = resolved.map((all) => judgeResolved(all, policy, judge, told))
  return tree.spans.flatMap((span, at) => {
    const ofOne = judged.flatMap((all) => all[at] ?? [])
    return ofOne.length === 0 ? [] : [{ ...worstOf(ofOne, isCut && told.has(at)), span }]
  })
}

/** Where a conflict is told: on the span itself, or, if it isn't judged, on the nearest spans below that are. */
function toldConflicts(
  tree: SpanTree,
  conflicts: ReadonlySet<SpanShape>,
  isJudged: readonly boolean[],
): ReadonlySet<number> {
  const places = new Map(tree.spans.map((span, at) => [span, at]))
  const told = new Set<number>()
  for (const span of tree.parentsFirst()) {
    const [at, above] = [placeIn(places, span), tree.parentOf(span)]
    const aboveAt = above === undefined ? -1 : placeIn(places, above)
    if (conflicts.has(span) || (told.has(aboveAt) && isJudged[aboveAt] === false)) told.add(at)
  }
  return told
}

function placeIn(places: ReadonlyMap<SpanShape, number>, span: SpanShape): number {
  return places.get(span) ?? -1
}

/** The spans of one trace by start time, the order in which they are judged. */
export function treeOf(spans: readonly SpanShape[]): SpanTree {
  return new SpanTree(inOrder(spans))
}

/** Resolves every span of a trace, each after its parent. Sorted by start time. */
export function resolveTrace(
  spans: readonly SpanShape[],
  policy: Policy,
  orphanOrigin: 'missing' | 'elsewhere',
): readonly SpanInTrace[] {
  return resolveTree(treeOf(spans), policy, orphanOrigin)
}

function resolveTree(tree: SpanTree, policy: Policy, orphanOrigin: 'missing' | 'elsewhere'): readonly SpanInTrace[] {
  const all = resolveInOrder(tree, policy, orphanOrigin)
  let spoken: Spoken | undefined
  for (const { resolved } of all) tellFrom(resolved, () => (spoken ??= new Spoken()))
  // A decision may be recorded on a span that begins after the act that waits for it.
  return spoken === undefined ? all : resolveInOrder(tree, policy, orphanOrigin, spoken)
}

function resolveInOrder(
  tree: SpanTree,
  policy: Policy,
  orphanOrigin: 'missing' | 'elsewhere',
  spoken?: Spoken,
): readonly SpanInTrace[] {
  const resolvedBySpan = new Map<SpanShape, ResolvedSpan>()
  const edges = new ProcessEdges(policy, tree)
  for (const span of tree.parentsFirst()) {
    const parent = tree.parentOf(span)
    const above = parent === undefined ? undefined : resolvedBySpan.get(parent)
    const lineage =
      parent === undefined || above === undefined
        ? lineageFrom(originOf(span, orphanOrigin), spoken)
        : edges.inherited(span, parent, above)
    const resolved = resolveSpan({ span, lineage, policy })
    noteInTree(resolved)
    resolvedBySpan.set(span, resolved)
  }
  return tree.spans.map((span) => ({ span, resolved: resolvedBySpan.get(span) as ResolvedSpan }))
}

/** A recording usually is in order already. */
function inOrder(spans: readonly SpanShape[]): readonly SpanShape[] {
  const isOrdered = spans.every((span, index) => index === 0 || byStart(spans[index - 1] as SpanShape, span) <= 0)
  return isOrdered ? spans : spans.toSorted(byStart)
}

function originOf(span: SpanShape, orphanOrigin: 'missing' | 'elsewhere'): Lineage['origin'] {
  if (span.parentSpanContext === undefined) return 'root'
  return span.parentSpanContext.spanId === UNREADABLE_PARENT ? 'unreadable' : orphanOrigin
}

/** Spans with no time or equal times are sorted by id and content, so the order of arrival doesn't matter. */
function byStart(a: SpanShape, b: SpanShape): number {
  const [aStart, bStart] = [a.startTime, b.startTime]
  if (aStart[0] !== bStart[0]) return aStart[0] - bStart[0]
  if (aStart[1] !== bStart[1]) return aStart[1] - bStart[1]
  const [aId, bId] = [a.spanContext().spanId, b.spanContext().spanId]
  return order(aId, bId) || (a === b ? 0 : order(contentOf(a), contentOf(b)))
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** What distinguishes two spans with the same id and start. */
function contentOf({ name, kind, status, parentSpanContext, attributes, resource }: SpanShape): string {
  const said = [name, kind, status.code, parentSpanContext?.spanId, attributes, resource.attributes]
  try {
    return JSON.stringify(said, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
  } catch {
    return name
  }
}

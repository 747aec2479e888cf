import type { SpanShape } from '../model/span.ts'
import type { Judge, Judgement } from './judge.ts'
import { lineageFrom } from '../resolve/lineage.ts'
import type { Lineage } from '../resolve/lineage.ts'
import type { Policy } from '../policy/policy.ts'
import { resolveSpan } from '../resolve/resolved-span.ts'
import type { ResolvedSpan } from '../resolve/resolved-span.ts'
import { Spoken } from '../resolve/recorded-decision.ts'
import { noteInTree, tellFrom } from '../resolve/tree-ledger.ts'

/** A span of a recorded trace, beside what was resolved of it: no rule sees it, a report shows it. */
export interface SpanInTrace {
  readonly span: SpanShape
  readonly resolved: ResolvedSpan
}

export interface JudgedSpan extends SpanInTrace {
  readonly judgement: Judgement
}

/**
 * Judges the recorded spans of one trace, whatever their order, and gives back those that are judged, by start time.
 * Parents that are missing make orphans, unless the spans are `late`: then the rest of the trace was there once.
 */
export function judgeTrace(
  spans: readonly SpanShape[],
  policy: Policy,
  judge: Judge,
  options: { readonly late?: boolean } = {},
): JudgedSpan[] {
  const all = resolveTrace(spans, policy, options.late === true ? 'elsewhere' : 'missing')
  const judged: JudgedSpan[] = []
  for (const { span, resolved } of all) {
    if (resolved.kind !== undefined) judged.push({ span, resolved, judgement: judge(resolved) })
  }
  return judged
}

/** Resolves every span of a trace, each after its parent; sorted by start time. */
export function resolveTrace(
  spans: readonly SpanShape[],
  policy: Policy,
  orphanOrigin: 'missing' | 'elsewhere',
): readonly SpanInTrace[] {
  const ordered = inOrder(spans)
  const all = resolveInOrder(ordered, policy, orphanOrigin)
  let spoken: Spoken | undefined
  for (const { resolved } of all) tellFrom(resolved, () => (spoken ??= new Spoken()))
  // A decision may be recorded on a span that begins after the act, as what it waits for.
  return spoken === undefined ? all : resolveInOrder(ordered, policy, orphanOrigin, spoken)
}

function resolveInOrder(
  ordered: readonly SpanShape[],
  policy: Policy,
  orphanOrigin: 'missing' | 'elsewhere',
  spoken?: Spoken,
): readonly SpanInTrace[] {
  const byId = new Map<string, SpanShape>()
  for (const span of ordered) byId.set(span.spanContext().spanId, span)
  const resolvedBySpan = new Map<SpanShape, ResolvedSpan>()
  const beginning = (origin: Lineage['origin']) => lineageFrom(origin, spoken)
  const resolveNext = (span: SpanShape) => {
    const lineage = lineageOf(span, byId, resolvedBySpan) ?? beginning(originOf(span, orphanOrigin))
    const resolved = resolveSpan({ span, lineage, policy })
    noteInTree(resolved)
    resolvedBySpan.set(span, resolved)
  }
  for (const span of ordered) {
    const parent = parentOf(span, byId)
    // Most spans start after their parent.
    if (parent === undefined || resolvedBySpan.has(parent)) {
      if (!resolvedBySpan.has(span)) resolveNext(span)
    } else for (const next of unresolvedAncestry(span, byId, resolvedBySpan).toReversed()) resolveNext(next)
  }
  return ordered.map((span) => ({ span, resolved: resolvedBySpan.get(span) as ResolvedSpan }))
}

/** A recording mostly is in order already. */
function inOrder(spans: readonly SpanShape[]): readonly SpanShape[] {
  const isOrdered = spans.every((span, index) => index === 0 || byStart(spans[index - 1] as SpanShape, span) <= 0)
  return isOrdered ? spans : spans.toSorted(byStart)
}

/** The span and those of its ancestors that wait to be resolvedBySpan, the span first; a cycle is cut where it closes. */
function unresolvedAncestry(
  span: SpanShape,
  byId: ReadonlyMap<string, SpanShape>,
  resolvedBySpan: ReadonlyMap<SpanShape, ResolvedSpan>,
): readonly SpanShape[] {
  const path = new Set<SpanShape>()
  let next: SpanShape | undefined = span
  while (next !== undefined && !resolvedBySpan.has(next) && !path.has(next)) {
    path.add(next)
    next = parentOf(next, byId)
  }
  return [...path]
}

function lineageOf(
  span: SpanShape,
  byId: ReadonlyMap<string, SpanShape>,
  resolvedBySpan: ReadonlyMap<SpanShape, ResolvedSpan>,
): Lineage | undefined {
  const parent = parentOf(span, byId)
  return parent === undefined ? undefined : resolvedBySpan.get(parent)?.childLineage
}

function originOf(span: SpanShape, orphanOrigin: 'missing' | 'elsewhere'): Lineage['origin'] {
  return span.parentSpanContext === undefined ? 'root' : orphanOrigin
}

function parentOf(span: SpanShape, byId: ReadonlyMap<string, SpanShape>): SpanShape | undefined {
  return span.parentSpanContext === undefined ? undefined : byId.get(span.parentSpanContext.spanId)
}

/** Spans without times, or with equal ones, are told apart by id and content, so that no order of arrival shows. */
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

/** What tells two spans apart that share their id and their start. */
function contentOf({ name, kind, status, parentSpanContext, attributes, resource }: SpanShape): string {
  const said = [name, kind, status.code, parentSpanContext?.spanId, attributes, resource.attributes]
  try {
    return JSON.stringify(said, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
  } catch {
    return name
  }
}

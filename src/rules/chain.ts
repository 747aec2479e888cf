import type { SpanShape } from '../model/span.ts'
import type { JudgedSpan } from './trace.ts'

/** A judged span in its place. */
export interface ChainLink {
  readonly judged: JudgedSpan
  /** The nearest judged span above, in whatever process. */
  readonly above: ChainLink | undefined
  readonly depth: number
  /** Whether its parent, or that of a span between, was not recorded. */
  readonly isCutOff: boolean
  /** The spans of the resource and scope between it and the root: where a facet that it did not state came from. */
  readonly ancestors: readonly SpanShape[]
  /** The outermost tool or effect that this one is a part of, itself included; an agent between begins anew. */
  readonly action: ChainLink | undefined
}

/**
 * The judged spans as a tree, each followed by what happened in it, siblings by start time. Spans that are not judged
 * are passed over: what stands below them stands below the nearest judged span above.
 */
export function chainOf(spans: readonly SpanShape[], judged: readonly JudgedSpan[]): readonly ChainLink[] {
  const bySpan = new Map(judged.map((one) => [one.span, one]))
  const byId = new Map(spans.map((span) => [keyOf(span.spanContext()), span]))
  const below = new Map<JudgedSpan | undefined, JudgedSpan[]>()
  const paths = new Map<JudgedSpan, Path>()
  for (const one of judged) {
    const path = pathOf(one.span, byId, bySpan)
    paths.set(one, path)
    const siblings = below.get(path.above)
    if (siblings === undefined) below.set(path.above, [one])
    else siblings.push(one)
  }
  return walk(below, paths)
}

interface Path {
  readonly above: JudgedSpan | undefined
  readonly ancestors: readonly SpanShape[]
  readonly isCutOff: boolean
}

/** A cycle of parents is cut: its spans then have no judged span above. */
function pathOf(
  span: SpanShape,
  byId: ReadonlyMap<string, SpanShape>,
  bySpan: ReadonlyMap<SpanShape, JudgedSpan>,
): Path {
  const ancestors = new Set<SpanShape>([span])
  let above: JudgedSpan | undefined
  let next = parentOf(span, byId)
  while (next !== undefined && !ancestors.has(next)) {
    ancestors.add(next)
    above ??= bySpan.get(next)
    next = parentOf(next, byId)
  }
  const isCycle = next !== undefined
  const path = [...ancestors]
  const isCutOff = !isCycle && path.at(-1)?.parentSpanContext !== undefined
  return { above: isCycle ? undefined : above, ancestors: path.slice(1), isCutOff }
}

function parentOf({ parentSpanContext }: SpanShape, byId: ReadonlyMap<string, SpanShape>): SpanShape | undefined {
  return parentSpanContext === undefined ? undefined : byId.get(keyOf(parentSpanContext))
}

function keyOf({ traceId, spanId }: { readonly traceId: string; readonly spanId: string }): string {
  return `${traceId}:${spanId}`
}

/** Depth first without recursion: a trace may be deeper than the stack. */
function walk(
  below: ReadonlyMap<JudgedSpan | undefined, readonly JudgedSpan[]>,
  paths: ReadonlyMap<JudgedSpan, Path>,
): readonly ChainLink[] {
  const links: ChainLink[] = []
  const waiting: { readonly judged: JudgedSpan; readonly above: ChainLink | undefined }[] = []
  const push = (children: readonly JudgedSpan[], above: ChainLink | undefined) => {
    for (const judged of children.toSorted(byStart).toReversed()) waiting.push({ judged, above })
  }
  push(below.get(undefined) ?? [], undefined)
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const link = linkOf(next.judged, next.above, paths.get(next.judged) as Path)
    links.push(link)
    push(below.get(next.judged) ?? [], link)
  }
  return links
}

function linkOf(judged: JudgedSpan, above: ChainLink | undefined, { ancestors, isCutOff }: Path): ChainLink {
  const { kind } = judged.sighting
  const outer = kind === 'agent' ? undefined : above?.action
  const link = { judged, above, depth: above === undefined ? 0 : above.depth + 1, isCutOff, ancestors, action: outer }
  if (outer === undefined && (kind === 'tool' || kind === 'effect')) link.action = link
  return link
}

function byStart({ span: { startTime: a } }: JudgedSpan, { span: { startTime: b } }: JudgedSpan): number {
  return a[0] - b[0] || a[1] - b[1]
}

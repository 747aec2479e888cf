import type { SpanShape } from '../model/span.ts'
import { keyAcrossTraces, SpanTree } from '../model/span-tree.ts'
import { isConnecting } from '../recognize/connecting.ts'
import type { JudgedSpan } from '../judge/trace.ts'
import { Witnesses } from './witnesses.ts'

/** A judged span and its place in the chain. */
export interface ChainLink {
  readonly judged: JudgedSpan
  /** The nearest judged span above, in any process. */
  readonly above: ChainLink | undefined
  readonly depth: number
  /** No judged span is above, and an ancestor that could tell more was not recorded. */
  readonly isCutOff: boolean
  /** The outermost tool or effect that this span is part of, possibly itself. An agent in between starts a new one. */
  readonly action: ChainLink | undefined
  /** The span and its recorded ancestors, judged or not, the nearest first. */
  lineage(): Iterable<SpanShape>
  /** Finds the ancestor that has a value, for the whole chain. */
  readonly witnesses: Witnesses
}

/** One thing that was done: a tool call with everything beneath it, or an effect without a tool. */
export interface Action {
  readonly outer: ChainLink
  readonly parts: readonly ChainLink[]
}

/**
 * The judged spans as a tree, each followed by what happened in it, siblings by start time. Spans that aren't judged
 * are skipped: what is below them moves up to the nearest judged span above.
 */
export function chainOf(spans: readonly SpanShape[], judged: readonly JudgedSpan[]): readonly ChainLink[] {
  const tree = new SpanTree(spans, keyAcrossTraces)
  const bySpan = new Map(judged.map((one) => [one.span, one]))
  const judgedAbove = aboveIn(tree, bySpan)
  const below = new Map<JudgedSpan, JudgedSpan[]>()
  const roots: JudgedSpan[] = []
  for (const one of judged.toSorted(byStart)) {
    const above = judgedAbove(one)
    const siblings = above === undefined ? roots : (below.get(above) ?? [])
    siblings.push(one)
    if (above !== undefined) below.set(above, siblings)
  }
  const links = new Map<JudgedSpan, ChainLink>()
  const whole = { tree, witnesses: new Witnesses(tree) }
  // Parents that form a circle have no root: the circle is cut at the span that started first.
  for (const root of [...roots, ...judged]) walk(root, below, whole, links)
  return [...links.values()]
}

/** Finds the nearest judged span above another. Looks at each span once, however deep the trace is. */
function aboveIn(
  tree: SpanTree,
  bySpan: ReadonlyMap<SpanShape, JudgedSpan>,
): (judged: JudgedSpan) => JudgedSpan | undefined {
  const known = new Map<SpanShape, JudgedSpan | undefined>()
  return (judged) => {
    for (const next of tree.pathTo(judged.span, known)) {
      const parent = tree.parentOf(next)
      known.set(next, parent === undefined ? undefined : (bySpan.get(parent) ?? known.get(parent)))
    }
    const above = known.get(judged.span)
    return above === judged ? undefined : above
  }
}

/** Depth first without recursion: a trace may be deeper than the stack. */
function walk(
  root: JudgedSpan,
  below: ReadonlyMap<JudgedSpan, readonly JudgedSpan[]>,
  whole: Whole,
  links: Map<JudgedSpan, ChainLink>,
): void {
  const waiting: { readonly judged: JudgedSpan; readonly above: ChainLink | undefined }[] = [
    { judged: root, above: undefined },
  ]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { judged, above } = next
    if (links.has(judged)) continue
    const link = linkOf(judged, above, whole)
    links.set(judged, link)
    for (const child of (below.get(judged) ?? []).toReversed()) waiting.push({ judged: child, above: link })
  }
}

interface Whole {
  readonly tree: SpanTree
  readonly witnesses: Witnesses
}

function linkOf(judged: JudgedSpan, above: ChainLink | undefined, { tree, witnesses }: Whole): ChainLink {
  const { kind } = judged.resolved
  const outer = kind === 'agent' ? undefined : actionAround(above)
  const link = {
    judged,
    above,
    depth: above === undefined ? 0 : above.depth + 1,
    isCutOff: above === undefined && tree.isCutOff(judged.span),
    action: outer,
    lineage: () => tree.lineageOf(judged.span),
    witnesses,
  }
  if (outer === undefined && (kind === 'tool' || kind === 'effect')) link.action = link
  return link
}

/** What is below a span that only leads to a connection is an action of its own. */
function actionAround(above: ChainLink | undefined): ChainLink | undefined {
  const action = above?.action
  return action !== undefined && isWayToConnection(action) ? undefined : action
}

/** Whether an effect only leads to a connection and isn't yet what the connection was for. */
export function isWayToConnection({ judged: { resolved, span } }: ChainLink): boolean {
  return resolved.kind === 'effect' && isConnecting(span)
}

function byStart({ span: { startTime: a } }: JudgedSpan, { span: { startTime: b } }: JudgedSpan): number {
  return a[0] - b[0] || a[1] - b[1]
}

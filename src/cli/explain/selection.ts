import type { SpanShape } from '../../model/span.ts'
import { withoutSecrets } from '../../base/secret.ts'
import { canonicalId, isSameIdentity, principalKey } from '../../identity/identity.ts'
import { createJudge } from '../../judge/judge.ts'
import type { Judge } from '../../judge/judge.ts'
import type { Policy } from '../../policy/policy.ts'
import { judgeTrace } from '../../judge/trace.ts'
import type { JudgedSpan } from '../../judge/trace.ts'
import { printable } from '../terminal/text.ts'
import { statedTargetOf } from '../terminal/target.ts'
import { isInside } from '../terminal/time.ts'
import type { TimeRange } from '../terminal/time.ts'
import { NearIds } from './near-ids.ts'
import { UsageError } from '../terminal/usage-error.ts'
import { originWeight, weightOf, windowBytes } from '../../recording/span-weight.ts'
import { createWindow } from '../../recording/trace-window.ts'
import type { TraceGroup } from '../../recording/trace-window.ts'

/** What an investigator knows about the work to find. */
export type Selector =
  | { readonly by: 'trace'; readonly traceId: string }
  /** One span has to match all of them. Without any, the time range alone decides. */
  | Filtered

export interface Filtered {
  readonly by: 'filters'
  readonly filters: readonly Filter[]
}

export interface Filter {
  readonly by: (typeof FILTERS)[number]
  readonly id: string
}

/** Those that fewest spans match come first. */
export const FILTERS = ['correlation', 'resource', 'principal'] as const

/** Whether a workflow is asked for, which is explained as one however many traces it has. */
export function isWorkflow(selector: Selector): boolean {
  return selector.by === 'filters' && selector.filters.some(({ by }) => by === 'correlation')
}

/** The spans of one trace. */
export interface FoundTrace {
  readonly traceId: string
  readonly spans: readonly SpanShape[]
}

/** The matching traces, in order of time. */
export interface Selection {
  readonly traces: readonly FoundTrace[]
  /** Whether later ones match too. */
  readonly isCut: boolean
  /** The judge of every trace in the source. Undefined if not all of them were judged. */
  readonly judge: Judge | undefined
  /** Ids like those that were asked for, such as `principal kai@contoso.com`, where nothing matches. */
  readonly near: readonly string[]
}

/** The order of a source's spans. */
export interface SpanOrder {
  /** The spans of a trace come together, and all of them. */
  readonly isByTrace: boolean
  /** Traces also come in order of time, so the first ones found are the earliest. */
  readonly isByTime: boolean
}

/** Spans to hold until it is known whether their trace matches. */
const WINDOW_SPANS = 200_000
/** A question with more matching traces must be narrowed. */
const MAX_FOUND = 50
/** One workflow may have this many traces. They are explained as one. */
const MAX_STITCHED = 1_000

/** As many traces are found at most. */
function limitOf(selector: Selector): number {
  return isWorkflow(selector) ? MAX_STITCHED : MAX_FOUND
}

/** What to do if nothing has the id. */
export const LIST_INSTEAD = '--since 7d instead lists what was done in that time'

/** Explaining part of a trace would say of the whole what isn't so. */
function tooLarge(what: string): string {
  return `${what} hold more than fits in memory: give Node more, as with NODE_OPTIONS=--max-old-space-size=8192, or judge them with onbehalf audit`
}

/** What may have been meant, for the message that nothing was found. */
export function nearText(near: readonly string[]): string {
  return near.length === 0 ? '' : `; did you mean ${near.map(printable).join(', or ')}?`
}

/** Finds the trace whose id begins as given. Throws a `UsageError` where there is none, or more than one. */
export async function findTrace(
  spans: AsyncIterable<SpanShape>,
  traceId: string,
  range: TimeRange,
): Promise<FoundTrace> {
  const wanted = traceId.toLowerCase()
  const seen = new Set<string>()
  // A span that is in two files, or was sent twice, counts once.
  const window = createWindow(Infinity, windowBytes())
  const near = new NearIds(wanted)
  for await (const span of spans) {
    const id = span.spanContext().traceId
    near.see(id, id.slice(0, wanted.length))
    if (!id.startsWith(wanted) || (!seen.has(id) && seen.size === MAX_FOUND)) continue
    seen.add(id)
    if (window.add(span).length > 0) throw new UsageError(tooLarge(`the traces that begin with ${wanted}`))
  }
  const found = new Map([...window.end()].map(({ spans }) => [spans[0]?.spanContext().traceId, spans]))
  const traces = [...seen].map((id) => [id, found.get(id) ?? []] as const)
  const [first, ...others] = traces.filter(([, trace]) => trace.some((span) => isInside(span, range)))
  if (first === undefined)
    throw new UsageError(`no span of a trace ${wanted} was found${nearText(near.nearest)}; ${LIST_INSTEAD}`)
  if (others.length === 0) return { traceId: first[0], spans: first[1] }
  const ids = [first, ...others].map(([id]) => `  ${id}`).join('\n')
  throw new UsageError(`several trace ids begin with ${wanted}; give more of the one that you mean:\n${ids}`)
}

/** Finds traces with a judged span that matches: the earliest ones, up to the selector's `limitOf`. */
export async function findTraces(
  spans: AsyncIterable<SpanShape>,
  order: SpanOrder,
  selector: Filtered,
  range: TimeRange,
  policy: Policy,
): Promise<Selection> {
  const judge = createJudge(policy)
  const matches = matcher(selector, policy)
  const isWanted = (judged: JudgedSpan) => isInside(judged.span, range) && matches(judged)
  const earliest = new EarliestTraces(limitOf(selector))
  const near = new NearFilters(selector.filters)
  for await (const { spans: group, late } of groupsOf(spans, order)) {
    const traceId = group[0]?.spanContext().traceId ?? ''
    const isKnown = earliest.has(traceId)
    const judged = isKnown ? [] : judgeTrace(group, policy, judge, { late })
    if (isKnown || judged.some(isWanted)) earliest.add(traceId, group)
    else if (earliest.isEmpty) near.see(judged)
    if (earliest.isCut && order.isByTime) break
  }
  return { ...earliest.selection, judge: order.isByTrace ? undefined : judge, near: earliest.isEmpty ? near.found : [] }
}

/** A judge that has judged every trace of a source, as in the audit. */
export async function informedJudge(spans: AsyncIterable<SpanShape>, policy: Policy): Promise<Judge> {
  const judge = createJudge(policy)
  for await (const { spans: group, late } of groupsOf(spans, { isByTrace: false, isByTime: false })) {
    judgeTrace(group, policy, judge, { late })
  }
  return judge
}

async function* groupsOf(spans: AsyncIterable<SpanShape>, { isByTrace }: SpanOrder): AsyncGenerator<TraceGroup> {
  const window = createWindow(WINDOW_SPANS, windowBytes())
  let last = ''
  for await (const span of spans) {
    const { traceId } = span.spanContext()
    if (isByTrace && traceId !== last) yield* window.end()
    last = traceId
    yield* window.add(span)
  }
  yield* window.end()
}

/** What spans have in place of the ids that are looked for. */
class NearFilters {
  readonly #filters: readonly { readonly by: Filter['by']; readonly ids: NearIds }[]

  constructor(filters: readonly Filter[]) {
    this.#filters = filters.map(({ by, id }) => ({ by, ids: new NearIds(id, by === 'correlation') }))
  }

  see(judged: readonly JudgedSpan[]): void {
    for (const { by, ids } of this.#filters) {
      for (const one of judged) for (const id of idsOf(by, one)) ids.see(id)
    }
  }

  get found(): readonly string[] {
    return this.#filters.flatMap(({ by, ids }) => ids.nearest.map((id) => `${by} ${id}`))
  }
}

/** The ids of a span by which it can be looked for. */
function idsOf(by: Filter['by'], judged: JudgedSpan): readonly string[] {
  const { facets, stated } = judged.resolved
  const ids = {
    correlation: [facets.correlation?.value],
    resource: [stated.resourceId, statedTargetOf(judged)],
    principal: [facets.principal?.value.id],
  }[by]
  return ids.filter((id) => id !== undefined)
}

/** Which traces are kept does not depend on the order in which they are found. */
class EarliestTraces {
  isCut = false
  readonly #limit: number
  readonly #traces = new Map<string, { start: number; bytes: number; readonly spans: SpanShape[] }>()
  #bytes = 0
  readonly #maxBytes = windowBytes()

  constructor(limit: number) {
    this.#limit = limit
  }

  get isEmpty(): boolean {
    return this.#traces.size === 0
  }

  get selection(): Omit<Selection, 'judge' | 'near'> {
    const traces = this.#inOrder().map(([traceId, { spans }]) => ({ traceId, spans }))
    return { traces, isCut: this.isCut }
  }

  has(traceId: string): boolean {
    return this.#traces.has(traceId)
  }

  /** Throws a `UsageError` if even the earliest trace takes too much memory. */
  add(traceId: string, spans: readonly SpanShape[]): void {
    const bytes = spans.reduce((sum, span) => sum + weightOf(span), originWeight(spans[0] as SpanShape))
    const known = this.#traces.get(traceId)
    if (known === undefined) this.#traces.set(traceId, { start: startSeconds(spans), bytes, spans: [...spans] })
    else {
      for (const span of spans) known.spans.push(span)
      known.start = Math.min(known.start, startSeconds(spans))
      known.bytes += bytes
    }
    this.#bytes += bytes
    while (this.#traces.size > this.#limit || (this.#bytes > this.#maxBytes && this.#traces.size > 1))
      this.#dropLatest()
    if (this.#bytes > this.#maxBytes) throw new UsageError(tooLarge(`the spans of trace ${traceId}`))
  }

  #dropLatest(): void {
    this.isCut = true
    const latest = this.#inOrder().at(-1)
    if (latest === undefined) return
    this.#bytes -= latest[1].bytes
    this.#traces.delete(latest[0])
  }

  /** Traces with the same start are in order of id, however they were found. */
  #inOrder() {
    return [...this.#traces].toSorted(([aId, a], [bId, b]) => a.start - b.start || (aId < bId ? -1 : 1))
  }
}

function matcher({ filters }: Filtered, policy: Policy): (judged: JudgedSpan) => boolean {
  const matchers = filters.map((filter) => filterMatcher(filter, policy))
  return (judged) => matchers.every((matches) => matches(judged))
}

function filterMatcher({ by, id: given }: Filter, { alias }: Policy): (judged: JudgedSpan) => boolean {
  const id = withoutSecrets(given)
  if (by === 'correlation') return ({ resolved }) => resolved.facets.correlation?.value === id.trim()
  if (by === 'resource') {
    const wanted = canonicalId(id)
    return (judged) => idsOf(by, judged).some((text) => canonicalId(text) === wanted)
  }
  const wanted = principalKey(id, undefined, alias)
  return ({ resolved }) => {
    const principal = resolved.facets.principal?.value
    return principal !== undefined && isSameIdentity(principalKey(principal.id, principal.issuer, alias), wanted)
  }
}

/** In seconds. */
export function startSeconds(spans: readonly SpanShape[]): number {
  return spans.reduce((first, { startTime: [seconds, nanos] }) => Math.min(first, seconds + nanos / 1e9), Infinity)
}

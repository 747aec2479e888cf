import type { SpanShape } from '../../model/span.ts'
import { canonicalId, isSameIdentity, principalKey } from '../../rules/identity.ts'
import { createJudge } from '../../rules/judge.ts'
import type { Policy } from '../../rules/policy.ts'
import { judgeTrace } from '../../rules/trace.ts'
import type { JudgedSpan } from '../../rules/trace.ts'
import { UsageError } from '../usage-error.ts'
import { createWindow } from '../reading/window.ts'

/** What an investigator knows of the work that is looked for. */
export type Selector =
  | { readonly by: 'trace'; readonly traceId: string }
  | { readonly by: 'correlation' | 'resource' | 'principal'; readonly id: string }

/** In milliseconds since the Unix epoch; both ends belong to it. */
export interface TimeRange {
  readonly since: number
  readonly until: number
}

/** The spans of one trace. */
export interface FoundTrace {
  readonly traceId: string
  readonly spans: readonly SpanShape[]
}

/** Spans that are held while it is not known yet whether their trace is one that is looked for. */
const WINDOW_SPANS = 200_000
/** More than this many traces are no answer but a question to be narrowed. */
export const MAX_FOUND = 50
/** One workflow may be so many: they are explained as one. */
const MAX_STITCHED = 1_000

/** As many traces are found at most. */
export function limitOf({ by }: Selector): number {
  return by === 'correlation' ? MAX_STITCHED : MAX_FOUND
}

/** Finds the trace whose id begins as given. Throws a `UsageError` where there is none, or more than one. */
export async function findTrace(
  spans: AsyncIterable<SpanShape>,
  traceId: string,
  range: TimeRange,
): Promise<FoundTrace> {
  const wanted = traceId.toLowerCase()
  const found = new Map<string, SpanShape[]>()
  for await (const span of spans) {
    const id = span.spanContext().traceId
    if (!id.startsWith(wanted)) continue
    const trace = found.get(id)
    if (trace !== undefined) trace.push(span)
    else if (found.size < MAX_FOUND) found.set(id, [span])
  }
  const [first, ...others] = [...found].filter(([, trace]) => trace.some((span) => isInside(span, range)))
  if (first === undefined) throw new UsageError(`no span of a trace ${wanted} was found`)
  if (others.length === 0) return { traceId: first[0], spans: first[1] }
  const ids = [first, ...others].map(([id]) => `  ${id}`).join('\n')
  throw new UsageError(`trace ids that begin with ${wanted}; give more of the one that you mean:\n${ids}`)
}

/** Finds the traces with a judged span that matches, at most `limitOf` the selector, in order of time. */
export async function findTraces(
  spans: AsyncIterable<SpanShape>,
  selector: Exclude<Selector, { by: 'trace' }>,
  range: TimeRange,
  policy: Policy,
): Promise<readonly FoundTrace[]> {
  const judge = createJudge(policy)
  const window = createWindow(WINDOW_SPANS)
  const limit = limitOf(selector)
  const found = new Map<string, SpanShape[]>()
  const take = (group: readonly SpanShape[], late: boolean) => {
    const traceId = group[0]?.spanContext().traceId ?? ''
    const known = found.get(traceId)
    if (known !== undefined) known.push(...group)
    else if (found.size < limit && judgeTrace(group, policy, judge, { late }).some(isWanted)) {
      found.set(traceId, [...group])
    }
  }
  const matches = matcher(selector, policy)
  const isWanted = (judged: JudgedSpan) => isInside(judged.span, range) && matches(judged)
  for await (const span of spans) for (const group of window.add(span)) take(group.spans, group.late)
  for (const group of window.end()) take(group.spans, group.late)
  const traces = [...found].map(([traceId, held]) => ({ traceId, spans: held }))
  return traces.toSorted((a, b) => startOf(a.spans) - startOf(b.spans))
}

function matcher({ by, id }: Exclude<Selector, { by: 'trace' }>, { alias }: Policy): (judged: JudgedSpan) => boolean {
  if (by === 'correlation') return ({ sighting }) => sighting.resolved.correlationId === id.trim()
  if (by === 'resource') {
    const wanted = canonicalId(id)
    return ({ sighting }) => {
      const { resourceId } = sighting.stated
      const target = sighting.resolved.context?.value.target
      return [resourceId, target].some((text) => text !== undefined && canonicalId(text) === wanted)
    }
  }
  const wanted = principalKey(id, undefined, alias)
  return ({ sighting }) => {
    const principal = sighting.resolved.principal?.value
    return principal !== undefined && isSameIdentity(principalKey(principal.id, principal.issuer, alias), wanted)
  }
}

function isInside({ startTime: [seconds, nanos] }: SpanShape, { since, until }: TimeRange): boolean {
  const at = seconds * 1_000 + nanos / 1e6
  return at >= since && at <= until
}

function startOf(spans: readonly SpanShape[]): number {
  return spans.reduce((first, { startTime: [seconds, nanos] }) => Math.min(first, seconds + nanos / 1e9), Infinity)
}

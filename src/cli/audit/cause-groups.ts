import { findingEntry, fixOf, SEVERITIES } from '../../model/finding.ts'
import type { FindingCode } from '../../model/finding.ts'
import type { Policy } from '../../policy/policy.ts'
import type { Cause } from '../../judge/cause.ts'
import type { JudgedSpan } from '../../judge/trace.ts'
import { targetOf } from '../terminal/target.ts'
import type { Baseline } from './baseline.ts'
import type { Place, SpanPlaces } from './span-places.ts'
import { languageOf, nameOfSpan, serviceOf } from '../terminal/service.ts'
import { weaknessText } from '../terminal/assurance-text.ts'

/** Where a finding was first seen. */
interface Example {
  readonly traceId: string
  readonly spanId: string
  readonly name: string
  readonly service: string
}

/** What went wrong at one place in the code, however many traces show it. */
export interface CauseGroup {
  readonly code: FindingCode
  readonly service: string
  /** The name of the span at which it began, by `nameOf` where that's judged. */
  readonly name: string
  /** The spans that have the finding and aren't in the baseline. */
  spans: number
  /** Whether the span where it began isn't one of them, so all of them are below it. */
  readonly isAbove: boolean
  /** The facet that is there but not sure enough, if that is the problem on all of them. */
  weakness: string | undefined
  readonly example: Example
  readonly fix: string
  /** Whether the parent of the span where it began is missing. */
  readonly isParentMissing: boolean
  /** Where the span where it began was read, if known. */
  readonly place: Place | undefined
}

/** Places are told apart by name, and an app that puts ids into names would have no end of them. */
const MAX_GROUPS = 10_000
/** Their names, in UTF-16 code units. */
const MAX_TEXT = 8 * 1024 * 1024

/** Counts causes by place, over a bounded number of places. */
export class CauseGroups {
  /** Spans whose place was not counted, because there are too many places. */
  uncounted = 0
  readonly #groups = new Map<string, CauseGroup>()
  #length = 0

  add({ code, origin, judged, spans, isParentMissing }: Cause, baseline: Baseline, places?: SpanPlaces): void {
    const fresh = spans.filter((one) => !baseline.has(code, one))
    const [first] = fresh
    if (first === undefined) return
    const [service, name] = [serviceOf(origin), judged === undefined ? nameOfSpan(origin) : nameOf(judged)]
    const isAbove = spans.every(({ span }) => span !== origin)
    const isCut = isParentMissing && findingEntry(code).fixWithoutParent !== undefined
    const key = JSON.stringify([code, service, name, isAbove, isCut])
    const weakness = weaknessText(code, fresh)
    const known = this.#groups.get(key)
    if (known !== undefined) {
      known.spans += fresh.length
      if (known.weakness !== weakness) known.weakness = undefined
    } else if (this.#groups.size >= MAX_GROUPS || this.#length > MAX_TEXT) this.uncounted += fresh.length
    else {
      const { traceId, spanId } = first.span.spanContext()
      const example = { traceId, spanId, name: nameOf(first), service: serviceOf(first.span) }
      const place = places?.of(origin)
      const fix = fixOf(code, { language: languageOf(origin), isParentMissing })
      const spans = fresh.length
      this.#length += key.length
      this.#groups.set(key, {
        code,
        service,
        name,
        spans,
        isAbove,
        weakness,
        example,
        fix,
        isParentMissing: isCut,
        place,
      })
    }
  }

  /** The most severe first. Within a severity, the ones with the most spans first. */
  rankedBy({ severities }: Policy): readonly CauseGroup[] {
    const rank = ({ code }: CauseGroup) => SEVERITIES.indexOf(severities[code])
    return [...this.#groups.values()].toSorted(
      (a, b) =>
        rank(b) - rank(a) ||
        b.spans - a.spans ||
        compare(a.code, b.code) ||
        compare(a.service, b.service) ||
        compare(a.name, b.name),
    )
  }
}

/** A tool by its own name: frameworks call the span of each `ai.toolCall`. A call by its target, where it has no name. */
function nameOf(judged: JudgedSpan): string {
  const { span, resolved } = judged
  if (resolved.tool !== undefined) return resolved.tool
  return resolved.kind === 'effect' && METHODS.has(span.name) ? targetOf(judged) : nameOfSpan(span)
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

import type { AttributeValue } from '@opentelemetry/api'
import { ATTR, setAttribute } from '../../model/names.ts'
import type { SpanShape } from '../../model/span.ts'
import type { Judgement } from '../../judge/judge.ts'
import type { ResolvedSpan } from '../../resolve/resolved-span.ts'
import { fitted } from '../../judge/fitted.ts'
import type { StampValue } from '../../judge/fitted.ts'
import { facetsOf, putFacets, putVerdict } from '../../judge/stamp.ts'
import type { StampOptions, StampTarget } from '../../judge/stamp.ts'
import { SpanSnapshot } from '../span/span-snapshot.ts'
import type { LiveSpan } from '../span/live-span.ts'
import { limitsOf } from '../span/span-limits.ts'
import type { SpanLimits } from '../span/span-limits.ts'

/** Writes the facets of a span that has just started, where it states none itself. Returns what it says then. */
export function writeEarly(span: LiveSpan, resource: SpanShape['resource'], resolved: ResolvedSpan): SpanSnapshot {
  const facets = new Added(span, limitsOf(span))
  try {
    putFacets(facets, resolved)
  } catch {
    // Frozen; what it has to say is said when it ends.
  }
  return new SpanSnapshot(span, resource, facets.count)
}

/** What is written on a judged span. */
export interface Stamping {
  readonly resolved: ResolvedSpan
  readonly judgement: Judgement
  readonly options: StampOptions
  readonly limits: SpanLimits
}

/**
 * Stamps a span: directly, because `setAttribute` drops new keys at the attribute limit and everything once the span
 * ended; where that fails, because the attributes are frozen or a copy, with `setAttribute`. Returns whether it stands.
 */
export function writeStamp(span: LiveSpan, stamping: Stamping): boolean {
  if (writeDirectly(span, stamping)) return true
  putWhole(new Asking(span, stamping.limits), stamping)
  return stands(span, stamping)
}

/** Stamps a span, directly or not at all. Returns whether it stands. */
export function writeDirectly(span: SpanShape, stamping: Stamping): boolean {
  try {
    putWhole(new Differing(span, stamping.limits), stamping)
  } catch {
    return false
  }
  return stands(span, stamping)
}

/** Writes what is known of a span when it has ended, where it is not there or somebody wrote over it. */
export function writeVerdict(span: SpanShape, { resolved, judgement, options, limits }: Stamping): void {
  putVerdict(new Differing(span, limits), resolved, judgement, options)
}

/** Takes back what we wrote early and what does not hold of `resolved`, unless the app has replaced it. */
export function takeBack(span: SpanShape, ownWrites: SpanSnapshot, resolved?: ResolvedSpan): void {
  const attributes = span.attributes as Record<string, unknown>
  const kept = resolved === undefined ? {} : facetsOf(resolved)
  for (const key of ownWrites.ours()) {
    if (kept[key] === undefined && ownWrites.isOurs(key, attributes[key])) delete attributes[key]
  }
}

function putWhole(to: StampTarget, { resolved, judgement, options }: Stamping): void {
  putFacets(to, resolved)
  putVerdict(to, resolved, judgement, options)
}

/** The judge is put last: where it stands, the rest does. */
function stands({ attributes }: SpanShape, { options, limits }: Stamping): boolean {
  return attributes[ATTR.judge] === fitted(ATTR.judge, options.judgeName, limits.valueLength)
}

/** Writes within the limits of the app on the length of values; its limit on their number is ours to exceed. */
abstract class Fitting implements StampTarget {
  protected readonly attributes: Record<string, unknown>
  readonly #limit: number | undefined

  constructor({ attributes }: SpanShape, { valueLength }: SpanLimits) {
    this.attributes = attributes as Record<string, unknown>
    this.#limit = valueLength
  }

  at(key: string): unknown {
    return this.attributes[key]
  }

  put(key: string, value: StampValue | undefined): void {
    if (value === undefined) return
    const fit = this.#limit === undefined ? value : fitted(key, value, this.#limit)
    if (fit !== undefined) this.write(key, fit)
  }

  protected abstract write(key: string, value: StampValue): void
}

/** Has the span write. */
class Asking extends Fitting {
  readonly #span: LiveSpan

  constructor(span: LiveSpan, limits: SpanLimits) {
    super(span, limits)
    this.#span = span
  }

  protected write(key: string, value: StampValue): void {
    this.#span.setAttribute(key, value as AttributeValue)
  }
}

/** Writes what a span does not say yet. */
class Differing extends Fitting {
  protected write(key: string, value: StampValue): void {
    if (this.attributes[key] !== value) setAttribute(this.attributes, key, value)
  }
}

/** Writes what a span does not speak of yet, and counts it. */
class Added extends Fitting {
  count = 0

  protected write(key: string, value: StampValue): void {
    if (key in this.attributes) return
    setAttribute(this.attributes, key, value)
    this.count += 1
  }
}

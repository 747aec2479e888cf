import type { AttributeValue } from '@opentelemetry/api'
import { fitted } from '../../judge/fitted.ts'
import type { StampValue } from '../../judge/fitted.ts'
import type { StampTarget } from '../../judge/stamp.ts'
import { setAttribute } from '../../model/names.ts'
import type { SpanShape } from '../../model/span.ts'
import type { LiveSpan } from '../span/live-span.ts'
import type { SpanLimits } from '../span/span-limits.ts'

/** Keeps to the app's limit on the length of values. Its limit on their number doesn't apply to us. */
abstract class FittingTarget implements StampTarget {
  protected readonly attributes: Record<string, unknown>
  readonly #limit: number | undefined

  constructor({ attributes }: Pick<SpanShape, 'attributes'>, { valueLength }: SpanLimits) {
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

  drop(key: string): void {
    if (this.attributes[key] !== undefined) delete this.attributes[key]
  }

  protected abstract write(key: string, value: StampValue): void
}

/** Writes through the span's own method. */
export class AskingTarget extends FittingTarget {
  readonly #span: LiveSpan

  constructor(span: LiveSpan, limits: SpanLimits) {
    super(span, limits)
    this.#span = span
  }

  protected write(key: string, value: StampValue): void {
    this.#span.setAttribute(key, value as AttributeValue)
  }

  /** A span has no method that removes an attribute. */
  override drop(key: string): void {
    if (this.attributes[key] !== undefined) this.#span.setAttribute(key, '')
  }
}

/** Writes what the span doesn't say yet. */
export class DifferingTarget extends FittingTarget {
  protected write(key: string, value: StampValue): void {
    if (this.attributes[key] !== value) setAttribute(this.attributes, key, value)
  }
}

/** Writes and counts attributes that the span doesn't have yet. */
export class AddedTarget extends FittingTarget {
  count = 0

  protected write(key: string, value: StampValue): void {
    if (key in this.attributes) return
    setAttribute(this.attributes, key, value)
    this.count += 1
  }

  /** It only adds. */
  override drop(): void {}
}

import { STATUS, UNREADABLE_STATUS } from '../model/span.ts'
import type { Attributes, SpanShape } from '../model/span.ts'
import { intern } from '../base/intern.ts'
import { textOf } from './recorded-attributes.ts'

/** What is read of a span, whatever form it was recorded in. */
export interface RecordedParts {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly name: string
  readonly kind: number
  /** One of `STATUS`, or `UNREADABLE_STATUS`. */
  readonly status: number
  readonly startTime: readonly [number, number]
  /** Default: not known. */
  readonly endTime?: readonly [number, number] | undefined
  /** Whether the parent was named by a header or message. Default: not known. */
  readonly isParentRemote?: boolean | undefined
  readonly attributes: Attributes
  readonly resource: SpanShape['resource']
  readonly scope: SpanShape['instrumentationScope']
}

/** A window holds many of these, so anything that can be rebuilt from less is only built when it's asked for. */
export class RecordedSpan implements SpanShape {
  readonly name: string
  readonly kind: number
  readonly status: { readonly code: number }
  readonly attributes: Attributes
  readonly resource: SpanShape['resource']
  readonly instrumentationScope: SpanShape['instrumentationScope']
  readonly #traceId: string
  readonly #spanId: string
  readonly #parentSpanId: string | undefined
  readonly #seconds: number
  readonly #nanoseconds: number
  readonly #endSeconds: number
  readonly #endNanoseconds: number
  readonly #isParentRemote: boolean | undefined

  constructor(parts: RecordedParts) {
    this.name = textOf(parts.name)
    this.kind = parts.kind
    this.status = STATUS_OBJECTS[parts.status] ?? UNREADABLE
    this.attributes = parts.attributes
    this.resource = parts.resource
    this.instrumentationScope = parts.scope
    this.#traceId = parts.traceId
    this.#spanId = parts.spanId
    this.#parentSpanId = parts.parentSpanId
    this.#seconds = parts.startTime[0]
    this.#nanoseconds = parts.startTime[1]
    const [endSeconds, endNanoseconds] = parts.endTime ?? NO_TIME
    this.#endSeconds = endSeconds
    this.#endNanoseconds = endNanoseconds
    this.#isParentRemote = parts.isParentRemote
  }

  get parentSpanContext(): SpanShape['parentSpanContext'] {
    if (this.#parentSpanId === undefined) return undefined
    return { traceId: this.#traceId, spanId: this.#parentSpanId, isRemote: this.#isParentRemote }
  }

  get startTime(): readonly [number, number] {
    return [this.#seconds, this.#nanoseconds]
  }

  get endTime(): readonly [number, number] {
    return [this.#endSeconds, this.#endNanoseconds]
  }

  spanContext(): { readonly traceId: string; readonly spanId: string } {
    return { traceId: this.#traceId, spanId: this.#spanId }
  }
}

/** Shared by thousands of spans. */
const STATUS_OBJECTS: readonly { readonly code: number }[] = [STATUS.unset, STATUS.ok, STATUS.error].map((code) => ({
  code,
}))
const UNREADABLE = { code: UNREADABLE_STATUS }

/** For a span without a time. */
export const NO_TIME: readonly [number, number] = [0, 0]

interface IdForm {
  readonly digits: number
  readonly hex: RegExp
  readonly zeros: string
}

const TRACE_ID: IdForm = { digits: 32, hex: /^[\da-f]{32}$/u, zeros: '0'.repeat(32) }
const SPAN_ID: IdForm = { digits: 16, hex: /^[\da-f]{16}$/u, zeros: '0'.repeat(16) }

/**
 * 32 hex digits that aren't all zeros, in lower case. The id may be in capitals or in base64. Undefined if it isn't
 * one.
 */
export function traceIdOf(value: unknown): string | undefined {
  return idOf(value, TRACE_ID)
}

/** Like `traceIdOf`, with 16 digits. */
export function spanIdOf(value: unknown): string | undefined {
  return idOf(value, SPAN_ID)
}

/** Why a span with such an id isn't valid. */
export const NO_TRACE_ID = 'is not 32 hex digits other than zeros'
export const NO_SPAN_ID = 'is not 16 hex digits other than zeros'

/** Whether it says that there is no parent: absent, empty, or zeros, in hex or in base64. */
export function isNoParent(id: unknown): boolean {
  return id === undefined || id === null || id === '' || NO_PARENT.has(id)
}

const NO_PARENT: ReadonlySet<unknown> = new Set(['0000000000000000', 'AAAAAAAAAAA='])

function idOf(value: unknown, form: IdForm): string | undefined {
  if (typeof value !== 'string') return undefined
  const hex = form.hex.test(value) ? value : hexOf(value, form)
  return hex === undefined || hex === form.zeros ? undefined : intern(hex)
}

const BASE64 = /^[\w+/-]+={1,2}$/u

/** For an id in capitals or in base64. */
function hexOf(id: string, { digits, hex }: IdForm): string | undefined {
  // Any text of a fitting length could be taken for base64 without its padding.
  const isPadded = id.endsWith('=') && BASE64.test(id)
  const text = isPadded ? Buffer.from(id, 'base64').toString('hex') : id.length === digits ? id.toLowerCase() : ''
  return hex.test(text) ? text : undefined
}

/**
 * Seconds and nanoseconds of a number of microseconds, which may have a fraction. Undefined if it isn't such a number.
 */
export function timeOfMicroseconds(value: unknown): readonly [number, number] | undefined {
  const micros = typeof value === 'number' || (typeof value === 'string' && value !== '') ? Number(value) : Number.NaN
  if (!Number.isFinite(micros) || micros < 0) return undefined
  const seconds = Math.floor(micros / MICROS)
  return [seconds, Math.min(Math.round((micros - seconds * MICROS) * 1_000), MAX_NANOS)]
}

/** The end of a span that began then and took so many microseconds. Undefined if it can't be read. */
export function endOf(start: unknown, duration: unknown): readonly [number, number] | undefined {
  const [began, took] = [timeOfMicroseconds(start), timeOfMicroseconds(duration)]
  if (began === undefined || took === undefined) return undefined
  const nanoseconds = began[1] + took[1]
  return [began[0] + took[0] + Math.floor(nanoseconds / NANOS), nanoseconds % NANOS]
}

const NANOS = 1_000_000_000
const MICROS = 1_000_000
const MAX_NANOS = 999_999_999

const ISO = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)?$/u

/** Seconds and nanoseconds of a time in ISO 8601. Undefined if it isn't one. Without a zone it's UTC. */
export function timeOfIsoText(text: unknown): readonly [number, number] | undefined {
  const [, day, clock, fraction = '', zone = 'Z'] = ISO.exec(typeof text === 'string' ? text : '') ?? []
  const seconds = Date.parse(`${day}T${clock}${zone}`) / 1_000
  return Number.isFinite(seconds) ? [seconds, Number(fraction.padEnd(NANO_DIGITS, '0'))] : undefined
}

/** Nanoseconds since the Unix epoch, in digits, as OTLP JSON writes a time. */
export function nanosOf([seconds, nanoseconds]: readonly [number, number]): string {
  return `${seconds}${String(nanoseconds).padStart(NANO_DIGITS, '0')}`
}

const NANO_DIGITS = 9

import type {
  Attributes,
  AttributeValue,
  Exception,
  Link,
  Span,
  SpanContext,
  SpanStatus,
  TimeInput,
} from '@opentelemetry/api'
import { standFor } from './span-state.ts'

/**
 * A span that starts when somebody asks for it: when another span starts below it, or something is written on it. Work
 * in which nothing is traced has none.
 */
export class LazySpan implements Span {
  readonly #start: () => Span
  #span: Span | undefined

  constructor(start: () => Span) {
    this.#start = start
  }

  /** Undefined while nobody has asked for it. */
  get started(): Span | undefined {
    return this.#span
  }

  /** Whether `spanContext` is one of a span, and asking for it starts none. */
  get isStarted(): boolean {
    return this.#span !== undefined
  }

  spanContext(): SpanContext {
    return this.#asked().spanContext()
  }

  setAttribute(key: string, value: AttributeValue): this {
    this.#asked().setAttribute(key, value)
    return this
  }

  setAttributes(attributes: Attributes): this {
    this.#asked().setAttributes(attributes)
    return this
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    this.#asked().addEvent(name, attributesOrTime, time)
    return this
  }

  addLink(link: Link): this {
    this.#asked().addLink(link)
    return this
  }

  addLinks(links: Link[]): this {
    this.#asked().addLinks(links)
    return this
  }

  setStatus(status: SpanStatus): this {
    this.#asked().setStatus(status)
    return this
  }

  updateName(name: string): this {
    this.#asked().updateName(name)
    return this
  }

  isRecording(): boolean {
    return this.#asked().isRecording()
  }

  recordException(exception: Exception, time?: TimeInput): void {
    this.#asked().recordException(exception, time)
  }

  /** Whoever ends the active span means one that it started itself. */
  end(): void {}

  #asked(): Span {
    if (this.#span === undefined) {
      this.#span = this.#start()
      standFor(this, this.#span)
    }
    return this.#span
  }
}

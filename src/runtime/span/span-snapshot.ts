import { endMillis } from '../../model/span.ts'
import type { Attributes, SpanShape } from '../../model/span.ts'
import { isSaidToBeRecord } from '../../recognize/recognize.ts'
import { isSameValue } from '../../base/attribute-value.ts'
import type { OwnWrites } from '../../model/own-writes.ts'

/** All that a span said at one moment, to tell whether it still says the same, and which part we had written. */
export class SpanSnapshot implements OwnWrites {
  readonly #name: string
  readonly #status: number
  readonly #resource: Attributes
  readonly #keys: readonly string[]
  readonly #values: readonly unknown[]
  readonly #firstOfOurs: number
  /** Whether the end of the span will tell more than what it says. */
  readonly #awaitsEnd: boolean
  #next = 0

  /** `ours`: how many of the attributes, counted from the end, we wrote. */
  constructor({ name, status, attributes }: SpanShape, resource: SpanShape['resource'], ours = 0) {
    this.#name = name
    this.#status = status.code
    this.#resource = resource.attributes
    this.#keys = Object.keys(attributes)
    this.#values = this.#keys.map((key) => attributes[key])
    this.#firstOfOurs = this.#keys.length - ours
    this.#awaitsEnd = isSaidToBeRecord(attributes)
  }

  matches(span: SpanShape, resource: SpanShape['resource']): boolean {
    const { name, status, attributes } = span
    if (this.#awaitsEnd && endMillis(span) !== undefined) return false
    if (name !== this.#name || status.code !== this.#status || resource.attributes !== this.#resource) return false
    let at = 0
    for (const key in attributes) {
      if (this.#keys[at] !== key || this.#values[at] !== attributes[key]) return false
      at += 1
    }
    return at === this.#keys.length
  }

  /** The names of the attributes that no longer have the value that they had. */
  differingFrom(attributes: Attributes): readonly string[] {
    return this.#keys.filter((key, at) => attributes[key] !== this.#values[at])
  }

  /** The value that an attribute had. */
  at(key: string): unknown {
    return this.#values[this.#keys.indexOf(key)]
  }

  /** The names of the attributes that we had written. */
  ours(): readonly string[] {
    return this.#keys.slice(this.#firstOfOurs)
  }

  /** Whether we wrote this attribute, and it still has our value. */
  isOurs(key: string, value: unknown): boolean {
    const at = this.#indexOf(key)
    return at >= this.#firstOfOurs && isSameValue(this.#values[at], value)
  }

  /** Names are mostly looked up in their order. */
  #indexOf(key: string): number {
    const at = this.#keys[this.#next] === key ? this.#next : this.#keys.indexOf(key)
    this.#next = at + 1
    return at
  }
}

import { ACTOR, AUTHORITY, CONTEXT, identifyingNames, PRINCIPAL } from '../../model/facet-fields.ts'
import { ATTR, ATTR_PREFIX, setAttribute } from '../../model/names.ts'
import type { Attributes } from '../../model/span.ts'
import { isSameValue, listOf, textOf } from '../../base/attribute-value.ts'
import { mayBeOne } from '../../base/shortened.ts'
import { canonicalId } from '../../identity/identity.ts'
import type { Policy } from '../../policy/policy.ts'
import type { SpanSnapshot } from './span-snapshot.ts'

/** What a span says at one moment, to tell later what of its `attribution.*` was replaced or removed, and restore it. */
export class Standing {
  readonly #names: readonly string[]
  readonly #values: readonly unknown[]
  /** A list could be changed in place. */
  readonly #lists: readonly List[]

  constructor(attributes: Attributes) {
    this.#names = Object.keys(attributes)
    this.#values = this.#names.map((name) => attributes[name])
    const lists: List[] = []
    for (const value of this.#values)
      if (Array.isArray(value)) lists.push({ value, entries: [...(value as unknown[])] })
    this.#lists = lists
  }

  /** Whether everything is as it was. Names that are read in their order are found fast. */
  isUntouched(attributes: Attributes): boolean {
    let at = 0
    for (const name in attributes) {
      if (this.#names[at] !== name || this.#values[at] !== attributes[name]) return false
      at += 1
    }
    return at === this.#names.length && this.#lists.every(({ value, entries }) => isSameValue(value, entries))
  }

  /** The names of what no longer stands. Another way to write the same identity is no other identity. */
  replacedIn(attributes: Attributes, policy: Policy): readonly string[] {
    return this.#names.filter((name, at) => isOurs(name) && !isSame(name, this.#valueAt(at), attributes[name], policy))
  }

  /** The `attribution.*` names that were not there. */
  addedTo(attributes: Attributes): readonly string[] {
    return Object.keys(attributes).filter((name) => isOurs(name) && !this.#names.includes(name))
  }

  /** Whether anything of a facet stood. */
  hasOf(facet: string): boolean {
    return this.#names.some((name) => isOurs(name) && facetOf(name) === facet)
  }

  /** Puts back what stood under these names, and removes what did not stand. */
  restore(attributes: Record<string, unknown>, names: readonly string[]): void {
    for (const name of names) {
      const at = this.#names.indexOf(name)
      if (at === -1) delete attributes[name]
      else setAttribute(attributes, name, this.#valueAt(at))
    }
  }

  #valueAt(at: number): unknown {
    const value = this.#values[at]
    return this.#lists.find((list) => list.value === value)?.entries ?? value
  }
}

interface List {
  readonly value: readonly unknown[]
  readonly entries: readonly unknown[]
}

function isOurs(name: string): boolean {
  return name.startsWith(ATTR_PREFIX)
}

/**
 * The names of what stood on a span at its start and was replaced since: what we wrote, or an identity that the app
 * states. What was only inferred, or what a caller claimed there, isn't a statement, and a first value that comes later is an addition.
 */
export function replacedSince(
  start: SpanSnapshot | undefined,
  attributes: Attributes,
  policy: Policy,
): readonly string[] {
  if (start === undefined) return NONE
  return start.differingFrom(attributes).filter((name) => {
    const before = start.at(name)
    const isWritten = start.isOurs(name, before)
    if (!isOurs(name) || !(isWritten || IDENTITIES.has(name))) return false
    const assurance = start.at(`${ATTR_PREFIX}${facetOf(name)}.assurance`)
    if (assurance === 'inferred' || (assurance === 'claimed' && !isWritten)) return false
    return !isSame(name, before, attributes[name], policy)
  })
}

const NONE: readonly string[] = []

/** The facet that an attribute is part of. */
export function facetOf(name: string): string {
  return name.split('.', 2)[1] ?? ''
}

/** The ids of users, software and credentials. They are compared as identities. */
const IDS: ReadonlySet<string> = new Set([
  ATTR.principal.id,
  ATTR.actor.id,
  ATTR.actor.chain,
  ATTR.context.id,
  ATTR.context.credentialId,
  ATTR.context.credentialSubject,
  ATTR.decision.approverId,
])

/** The attributes that say who, why and by what right. If one is replaced, the span says something else. */
const IDENTITIES: ReadonlySet<string> = new Set([
  ...IDS,
  ...[PRINCIPAL, ACTOR, CONTEXT, AUTHORITY].flatMap(identifyingNames),
  ATTR.principal.issuer,
  ATTR.actor.issuer,
  ATTR.intent.id,
  ATTR.correlation.id,
])

function isSame(name: string, before: unknown, now: unknown, policy: Policy): boolean {
  if (!Array.isArray(before)) return isSameText(name, before, now, policy)
  // Some code writes a list as its JSON text.
  const list = now === undefined ? undefined : listOf(now)
  if (list === undefined || list.length !== before.length) return false
  return before.every((entry, at) => isSameText(name, entry, list[at], policy))
}

function isSameText(name: string, before: unknown, now: unknown, { alias }: Policy): boolean {
  const [a, b] = [textOf(before), textOf(now)]
  if (a === undefined || b === undefined) return a === b
  // The SDK may have shortened further what we shortened.
  if (a === b || mayBeOne(a, b)) return true
  return IDS.has(name) && alias(canonicalId(a)) === alias(canonicalId(b))
}

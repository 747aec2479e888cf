import { ASSURANCES, OUTCOMES } from '../model/attribution.ts'
import type {
  Actor,
  Assurance,
  Authority,
  Decision,
  Declaration,
  ExecutionContext,
  Intent,
  Outcome,
  Principal,
} from '../model/attribution.ts'
import {
  ACTOR,
  AUTHORITY,
  CONTEXT,
  DECISION,
  DECLARATION,
  INTENT,
  isIdentified,
  PRINCIPAL,
  readFields,
} from '../model/facet-fields.ts'
import type { FacetField, FacetFields } from '../model/facet-fields.ts'
import { isFindingCode } from '../model/finding.ts'
import type { FindingCode } from '../model/finding.ts'
import { ATTR, ATTR_PREFIX } from '../model/names.ts'
import type { Attributes } from '../model/span.ts'
import { boundedChain, boundedList, MAX_ACTORS } from '../base/bounded-chain.ts'
import type { Sourced } from './lineage.ts'
import { factOf, isUnreadable, listOf, nameIn, present, textOf } from '../base/attribute-value.ts'
import type { OwnWrites } from '../model/own-writes.ts'
import { MAX_ENTRIES } from '../base/shortened.ts'

/** The facets that a span (or a resource) states itself, in `attribution.*`. */
export interface Stated {
  readonly principal: Sourced<Principal> | undefined
  readonly actor: Sourced<Actor> | undefined
  readonly chain: readonly string[] | undefined
  readonly context: Sourced<ExecutionContext> | undefined
  readonly intent: Sourced<Intent> | undefined
  readonly authority: Authority | undefined
  readonly decision: Sourced<Decision> | undefined
  readonly outcome: Outcome | undefined
  readonly resourceId: string | undefined
  readonly correlationId: string | undefined
  readonly declaration: Declaration | undefined
  readonly details: Details
  /** What a live process found and recorded. */
  readonly findings: readonly FindingCode[]
  /** Whether a live process judged this span. What it only inferred then gives way to what the trace shows. */
  readonly judged: boolean
  /** Whether it states a decision whose outcome can't be read. */
  readonly isDecisionUnreadable: boolean
}

/**
 * What is stated about a facet without its identity: who approved, but not what was decided. It makes no facet. It
 * completes one that another source brings, because readers of the stamped span find both.
 */
export interface Details {
  readonly principal?: Partial<Principal>
  readonly intent?: Partial<Intent>
  readonly decision?: Partial<Decision>
}

/**
 * Reads the `attribution.*` of a span. Blank values and values of the wrong form count as absent. Skips what we wrote
 * ourselves, which isn't a statement of the app.
 */
export function readStated(attributes: Attributes, ownWrites?: OwnWrites): Stated {
  const read = new Reader(attributes, ownWrites)
  const chain = chainIn(read)
  const principal = read.facet(PRINCIPAL, ATTR.principal)
  const intent = read.facet(INTENT, ATTR.intent)
  const decision = read.facet(DECISION, ATTR.decision)
  return {
    principal: principal.held,
    actor: actorIn(read, chain),
    chain,
    context: read.facet(CONTEXT, ATTR.context).held,
    intent: intent.held,
    authority: identified(AUTHORITY, read.fields(AUTHORITY)),
    decision: decision.held,
    outcome: read.word(ATTR.outcome, OUTCOMES),
    resourceId: read.text(ATTR.resourceId),
    correlationId: read.name(ATTR.correlationId),
    declaration: identified(DECLARATION, read.fields(DECLARATION)),
    details: {
      ...some('principal', principal.details),
      ...some('intent', intent.details),
      ...some('decision', decision.details),
    },
    findings: read.list(ATTR.findings)?.filter(isFindingCode) ?? [],
    judged: read.text(ATTR.judge) !== undefined,
    isDecisionUnreadable: read.isUnreadable(ATTR.decision.outcome),
  }
}

/** Like `readStated`. Read once per resource, because thousands of spans share it. */
export function readResource(attributes: Attributes): Stated {
  const known = RESOURCES.get(attributes)
  if (known !== undefined) return known
  const stated = statesAny(attributes) ? readStated(attributes) : NOTHING_STATED
  RESOURCES.set(attributes, stated)
  return stated
}

function statesAny(attributes: Attributes): boolean {
  for (const key in attributes) if (key.startsWith(ATTR_PREFIX)) return true
  return false
}

const RESOURCES = new WeakMap<Attributes, Stated>()

/** Like `present`, for an object that must not be empty. */
function some<K extends string, T extends object>(key: K, value: T | undefined): { [P in K]?: T } {
  return value === undefined || Object.keys(value).length === 0 ? {} : present(key, value)
}

interface SurenessNames {
  readonly assurance: string
  readonly source: string
}

class Reader {
  readonly #attributes: Attributes
  readonly #ownWrites: OwnWrites | undefined

  constructor(attributes: Attributes, ownWrites: OwnWrites | undefined) {
    this.#attributes = attributes
    this.#ownWrites = ownWrites
  }

  text(key: string): string | undefined {
    return factOf(this.#value(key))
  }

  /** Like `text`, but what can't be read isn't absent. */
  name(key: string): string | undefined {
    return nameIn(this.#value(key))
  }

  isUnreadable(key: string): boolean {
    return isUnreadable(this.#value(key))
  }

  word<T extends string>(key: string, words: readonly T[]): T | undefined {
    const text = textOf(this.#value(key))?.toLowerCase()
    return words.find((word) => word === text)
  }

  /** If nothing states its identity, the rest is `details`. */
  facet<F>(of: FacetFields<F>, names: SurenessNames): { readonly held?: Sourced<F>; readonly details?: Partial<F> } {
    const found = this.fields(of)
    return isIdentified(of, found) ? { held: this.held(found, names) } : { details: found }
  }

  fields<F>(of: FacetFields<F>): Partial<F> {
    return readFields(of, this.#field)
  }

  /** An array, the JSON text of one (as some stores return it), or a single string. */
  list(key: string, most = MAX_ENTRIES): readonly string[] | undefined {
    const texts = boundedList(this.#entries(key) ?? [], most)
      .map(nameIn)
      .filter((text) => text !== undefined)
    return texts.length === 0 ? undefined : texts
  }

  /** An unknown word counts only as a claim. */
  held<T>(value: T, names: SurenessNames): Sourced<T> {
    const stated = textOf(this.#value(names.assurance))?.toLowerCase()
    const known = ASSURANCES.find((assurance) => assurance === stated)
    const assurance: Assurance = known ?? (stated === undefined ? 'asserted' : 'claimed')
    return { value, assurance, ...present('source', this.text(names.source)) }
  }

  readonly #field = ({ name, form, words, mayBeEmpty }: FacetField) => {
    if (form === 'word') return this.word(name, words)
    if (form !== 'list') return this.name(name)
    return mayBeEmpty && this.#entries(name)?.length === 0 ? [] : this.list(name)
  }

  #entries(key: string): readonly unknown[] | undefined {
    const value = this.#value(key)
    return Array.isArray(value) || !isUnreadable(value) ? listOf(value) : [value]
  }

  #value(key: string): unknown {
    const value = this.#attributes[key]
    return value === undefined || this.#ownWrites?.isOurs(key, value) === true ? undefined : value
  }
}

/** The result for most spans. */
export const NOTHING_STATED = readStated({})

function chainIn(read: Reader): Stated['chain'] {
  const chain = read.list(ATTR.actor.chain, MAX_ACTORS)
  return chain === undefined ? undefined : boundedChain(chain)
}

function actorIn(read: Reader, chain: Stated['chain']): Stated['actor'] {
  const { held, details } = read.facet(ACTOR, ATTR.actor)
  const last = chain?.at(-1)
  if (held !== undefined || last === undefined) return held
  // An entry of a chain may be an id or a name, and no rule may treat it as an id.
  return read.held({ ...details, name: last }, ATTR.actor)
}

/** Undefined if no field that identifies it is stated. */
function identified<F>(of: FacetFields<F>, found: Partial<F>): F | undefined {
  return isIdentified(of, found) ? found : undefined
}

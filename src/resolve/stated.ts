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
  wordsOf,
} from '../model/facet-fields.ts'
import type { FacetField, FacetFields } from '../model/facet-fields.ts'
import { isFindingCode } from '../model/finding.ts'
import type { FindingCode } from '../model/finding.ts'
import { ATTR, ATTR_PREFIX } from '../model/names.ts'
import type { SurenessNames } from '../model/names.ts'
import type { Attributes } from '../model/span.ts'
import { boundedChain, boundedList, MAX_ACTORS } from '../base/bounded-chain.ts'
import type { Sourced } from './lineage.ts'
import { factOf, isNoWord, isUnreadable, listOf, nameIn, present, wordIn } from '../base/attribute-value.ts'
import type { OwnWrites } from '../model/own-writes.ts'
import { MAX_ENTRIES } from '../base/shortened.ts'

/** The facets that a span (or a resource) states itself, in `attribution.*`. */
export interface Stated {
  readonly principal: Sourced<Principal> | undefined
  readonly actor: Sourced<Actor> | undefined
  readonly chain: readonly string[] | undefined
  readonly context: Sourced<ExecutionContext> | undefined
  readonly intent: Sourced<Intent> | undefined
  readonly authority: Sourced<Authority> | undefined
  readonly decision: Sourced<Decision> | undefined
  readonly outcome: Outcome | undefined
  readonly resourceId: string | undefined
  readonly correlation: Sourced<string> | undefined
  readonly declaration: Sourced<Declaration> | undefined
  /** The call that was made, as a hash. */
  readonly actionBinding: string | undefined
  /** Whether a dry run let it through. */
  readonly wouldDeny: boolean
  readonly details: Details
  /** Whether any facet is only claimed. */
  readonly claims: boolean
  /** What a live process found and recorded. */
  readonly findings: readonly FindingCode[]
  /** Whether a live process judged this span. What it only inferred then gives way to what the trace shows. */
  readonly judged: boolean
  /** Whether it states a decision whose outcome can't be read. */
  readonly isDecisionUnreadable: boolean
  /** Whether it states a decision and its outcome is no word that we know, or can't be read. No other one stands for it. */
  readonly isDecisionUnknown: boolean
  /** The same of how it ended. */
  readonly isOutcomeUnknown: boolean
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
 * ourselves, which isn't a statement of the app. What a live span says is never `verified`: whatever is checked here
 * isn't read from there.
 */
export function readStated(attributes: Attributes, ownWrites?: OwnWrites, isLive = false): Stated {
  const read = new Reader(attributes, ownWrites, isLive)
  const chain = chainIn(read)
  const principal = read.facet(PRINCIPAL, ATTR.principal)
  const intent = read.facet(INTENT, ATTR.intent)
  const decision = read.facet(DECISION, ATTR.decision)
  const facets = {
    principal: principal.held,
    actor: actorIn(read, chain),
    context: read.facet(CONTEXT, ATTR.context).held,
    intent: intent.held,
    authority: read.facet(AUTHORITY, ATTR.authority).held,
    decision: decision.held,
    correlation: correlationIn(read),
    declaration: read.facet(DECLARATION, ATTR.declaration).held,
  }
  return {
    ...facets,
    chain,
    claims: Object.values(facets).some((held) => held?.assurance === 'claimed'),
    outcome: read.word(ATTR.outcome, OUTCOMES),
    resourceId: read.text(ATTR.resourceId),
    actionBinding: read.name(ATTR.action.binding),
    wouldDeny: read.flag(ATTR.wouldDeny) === true,
    details: {
      ...some('principal', principal.details),
      ...some('intent', intent.details),
      ...some('decision', decision.details),
    },
    findings: read.list(ATTR.findings)?.filter(isFindingCode) ?? [],
    judged: JUDGE_FORM.test(read.text(ATTR.judge) ?? ''),
    isDecisionUnreadable: read.isUnreadable(ATTR.decision.outcome),
    isDecisionUnknown: read.isNoWord(ATTR.decision.outcome, DECIDED),
    isOutcomeUnknown: read.isNoWord(ATTR.outcome, OUTCOMES),
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

class Reader {
  readonly #attributes: Attributes
  readonly #ownWrites: OwnWrites | undefined
  readonly #isLive: boolean

  constructor(attributes: Attributes, ownWrites: OwnWrites | undefined, isLive: boolean) {
    this.#attributes = attributes
    this.#ownWrites = ownWrites
    this.#isLive = isLive
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

  /** Whether a value is there, and is none of the words. */
  isNoWord(key: string, words: readonly string[]): boolean {
    return isNoWord(this.#value(key), words)
  }

  word<T extends string>(key: string, words: readonly T[]): T | undefined {
    return wordIn(this.#value(key), words)
  }

  /** A boolean, or its text. */
  flag(key: string): boolean | undefined {
    const word = this.word(key, FLAGS)
    return word === undefined ? undefined : word === 'true'
  }

  /** If nothing states its identity, the rest is `details`. */
  facet<F>(of: FacetFields<F>, names: SurenessNames): { readonly held?: Sourced<F>; readonly details?: Partial<F> } {
    const found = this.fields(of)
    if (isIdentified(of, found)) return { held: this.held(found, names) }
    return this.#assurance(names) === 'claimed' ? {} : { details: found }
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
    return { value, assurance: this.#assurance(names), ...present('source', this.text(names.source)) }
  }

  #assurance(names: SurenessNames): Assurance {
    const stated = this.#value(names.assurance)
    const assurance = wordIn(stated, ASSURANCES) ?? (isNoWord(stated, ASSURANCES) ? 'claimed' : 'asserted')
    return this.#isLive && assurance === 'verified' ? 'asserted' : assurance
  }

  readonly #field = ({ name, form, words, mayBeEmpty }: FacetField) => {
    if (form === 'word') return this.word(name, words)
    if (form === 'flag') return this.flag(name)
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

const FLAGS = ['true', 'false'] as const
const DECIDED = wordsOf(ATTR.decision.outcome)

/** `attribution.judge` as we write it. Anything else there judged nothing. */
const JUDGE_FORM = /^onbehalf(?:-collector)?\/\S+ \S+$/u

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

function correlationIn(read: Reader): Stated['correlation'] {
  const id = read.name(ATTR.correlation.id)
  return id === undefined ? undefined : read.held(id, ATTR.correlation)
}

import {
  ASSURANCES,
  AUTHORITY_TYPES,
  CONTEXT_TYPES,
  CREDENTIAL_TYPES,
  DECISION_OUTCOMES,
  DECLARATION_TYPES,
  OUTCOMES,
  PRINCIPAL_TYPES,
} from '../model/attribution.ts'
import type {
  Actor,
  Assurance,
  Authority,
  Credential,
  Decision,
  Declaration,
  ExecutionContext,
  Intent,
  Outcome,
  Principal,
} from '../model/attribution.ts'
import { isFindingCode } from '../model/finding.ts'
import type { FindingCode } from '../model/finding.ts'
import { ATTR, ATTR_PREFIX } from '../model/names.ts'
import type { Attributes } from '../model/span.ts'
import { boundedChain, boundedList, MAX_ACTORS } from '../base/bounded-chain.ts'
import type { Sourced } from './lineage.ts'
import { factOf, listOf, present, textOf } from '../base/attribute-value.ts'
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
  /** Whether a live process judged this span: what it merely inferred then gives way to what the trace shows. */
  readonly judged: boolean
}

/**
 * What is stated of a facet without saying which: who approved, and not what was decided. It makes no facet, and
 * completes one that another source brings, as whoever reads the stamped span finds both.
 */
export interface Details {
  readonly principal?: Omit<Principal, 'id'>
  readonly intent?: Pick<Intent, 'parentId'>
  readonly decision?: Omit<Decision, 'outcome'>
}

/**
 * Reads the `attribution.*` of a span. Blank is absent; a value of the wrong form is absent too. What we wrote
 * ourselves is no statement of the app, and is passed over.
 */
export function readStated(attributes: Attributes, ownWrites?: OwnWrites): Stated {
  const read = new Reader(attributes, ownWrites)
  const chain = chainIn(read)
  const [principal, intent, decision] = [principalIn(read), intentIn(read), decisionIn(read)]
  return {
    principal,
    actor: actorIn(read, chain),
    chain,
    context: contextIn(read),
    intent,
    authority: authorityIn(read),
    decision,
    outcome: read.word(ATTR.outcome, OUTCOMES),
    resourceId: read.text(ATTR.resourceId),
    correlationId: read.text(ATTR.correlationId),
    declaration: declarationIn(read),
    details: {
      ...(principal === undefined ? some('principal', principalDetailsIn(read)) : {}),
      ...(intent === undefined ? some('intent', intentDetailsIn(read)) : {}),
      ...(decision === undefined ? some('decision', decisionDetailsIn(read)) : {}),
    },
    findings: read.list(ATTR.findings)?.filter(isFindingCode) ?? [],
    judged: read.text(ATTR.judge) !== undefined,
  }
}

/** As `readStated`; thousands of spans share one resource, so that it is read once. */
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

/** As `present`, of an object in which something has to be. */
function some<K extends string, T extends object>(key: K, value: T): { [P in K]?: T } {
  return Object.keys(value).length === 0 ? {} : present(key, value)
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

  word<T extends string>(key: string, words: readonly T[]): T | undefined {
    const text = textOf(this.#value(key))?.toLowerCase()
    return words.find((word) => word === text)
  }

  /** An array, the JSON text of one (as some stores give it back), or a single string. */
  list(key: string, most = MAX_ENTRIES): readonly string[] | undefined {
    const texts = boundedList(this.#entries(key) ?? [], most)
      .map(factOf)
      .filter((text) => text !== undefined)
    return texts.length === 0 ? undefined : texts
  }

  /** As `list`, where an empty array is an answer: OpenTelemetry keeps it apart from none, and it says "nothing". */
  listOrEmpty(key: string): readonly string[] | undefined {
    return this.#entries(key)?.length === 0 ? [] : this.list(key)
  }

  /** An unknown word is no more than a claim. */
  held<T>(value: T, assuranceKey: string, sourceKey: string): Sourced<T> {
    const stated = textOf(this.#value(assuranceKey))?.toLowerCase()
    const known = ASSURANCES.find((assurance) => assurance === stated)
    const assurance: Assurance = known ?? (stated === undefined ? 'asserted' : 'claimed')
    return { value, assurance, ...present('source', this.text(sourceKey)) }
  }

  #entries(key: string): readonly unknown[] | undefined {
    return listOf(this.#value(key))
  }

  #value(key: string): unknown {
    const value = this.#attributes[key]
    return value === undefined || this.#ownWrites?.isOurs(key, value) === true ? undefined : value
  }
}

/** What most spans state. */
export const NOTHING_STATED = readStated({})

function chainIn(read: Reader): Stated['chain'] {
  const chain = read.list(ATTR.actor.chain, MAX_ACTORS)
  return chain === undefined ? undefined : boundedChain(chain)
}

function principalIn(read: Reader): Stated['principal'] {
  const id = read.text(ATTR.principal.id)
  if (id === undefined) return undefined
  return read.held({ id, ...principalDetailsIn(read) }, ATTR.principal.assurance, ATTR.principal.source)
}

function principalDetailsIn(read: Reader): Omit<Principal, 'id'> {
  return {
    ...present('type', read.word(ATTR.principal.type, PRINCIPAL_TYPES)),
    ...present('issuer', read.text(ATTR.principal.issuer)),
  }
}

function actorIn(read: Reader, chain: Stated['chain']): Stated['actor'] {
  const id = read.text(ATTR.actor.id)
  const name = read.text(ATTR.actor.name)
  if (id === undefined && name === undefined && chain === undefined) return undefined
  const actor: Actor = {
    ...present('id', id),
    // An entry of a chain may be an id or a name, and no rule may take it for an id.
    ...present('name', name ?? (id === undefined ? chain?.at(-1) : undefined)),
    ...present('version', read.text(ATTR.actor.version)),
    ...present('issuer', read.text(ATTR.actor.issuer)),
  }
  return read.held(actor, ATTR.actor.assurance, ATTR.actor.source)
}

function contextIn(read: Reader): Stated['context'] {
  const id = read.text(ATTR.context.id)
  const credential = credentialIn(read)
  if (id === undefined && credential === undefined) return undefined
  const context: ExecutionContext = {
    ...present('id', id),
    ...present('type', read.word(ATTR.context.type, CONTEXT_TYPES)),
    ...present('target', read.text(ATTR.context.target)),
    ...present('credential', credential),
  }
  return read.held(context, ATTR.context.assurance, ATTR.context.source)
}

function credentialIn(read: Reader): Credential | undefined {
  const credential: Credential = {
    ...present('id', read.text(ATTR.context.credentialId)),
    ...present('type', read.word(ATTR.context.credentialType, CREDENTIAL_TYPES)),
    ...present('subject', read.text(ATTR.context.credentialSubject)),
  }
  return Object.keys(credential).length === 0 ? undefined : credential
}

function intentIn(read: Reader): Stated['intent'] {
  const said = {
    ...present('id', read.text(ATTR.intent.id)),
    ...present('summary', read.text(ATTR.intent.summary)),
    ...present('purpose', read.text(ATTR.intent.purpose)),
    ...present('hash', read.text(ATTR.intent.hash)),
  }
  if (Object.keys(said).length === 0) return undefined
  return read.held({ ...said, ...intentDetailsIn(read) }, ATTR.intent.assurance, ATTR.intent.source)
}

function intentDetailsIn(read: Reader): Pick<Intent, 'parentId'> {
  return present('parentId', read.text(ATTR.intent.parentId))
}

function authorityIn(read: Reader): Authority | undefined {
  const authority: Authority = {
    ...present('id', read.text(ATTR.authority.id)),
    ...present('type', read.word(ATTR.authority.type, AUTHORITY_TYPES)),
    ...present('scopes', read.listOrEmpty(ATTR.authority.scopes)),
    ...present('expiresAt', read.text(ATTR.authority.expiresAt)),
  }
  return Object.keys(authority).length === 0 ? undefined : authority
}

function decisionIn(read: Reader): Stated['decision'] {
  const outcome = read.word(ATTR.decision.outcome, DECISION_OUTCOMES)
  if (outcome === undefined) return undefined
  return read.held({ outcome, ...decisionDetailsIn(read) }, ATTR.decision.assurance, ATTR.decision.source)
}

function decisionDetailsIn(read: Reader): Omit<Decision, 'outcome'> {
  const id = read.text(ATTR.decision.policyId)
  const version = read.text(ATTR.decision.policyVersion)
  const approver = read.text(ATTR.decision.approverId)
  return {
    ...(id === undefined && version === undefined
      ? {}
      : { policy: { ...present('id', id), ...present('version', version) } }),
    ...(approver === undefined ? {} : { approver: { id: approver } }),
    ...present('at', read.text(ATTR.decision.at)),
  }
}

function declarationIn(read: Reader): Declaration | undefined {
  const type = read.word(ATTR.declaration.type, DECLARATION_TYPES)
  if (type === undefined) return undefined
  return {
    type,
    ...present('owner', read.text(ATTR.declaration.owner)),
    ...present('trigger', read.text(ATTR.declaration.trigger)),
    ...present('merges', read.list(ATTR.declaration.merges)),
  }
}

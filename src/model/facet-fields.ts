import {
  AUTHORITY_TYPES,
  CONTEXT_TYPES,
  CREDENTIAL_TYPES,
  DECISION_OUTCOMES,
  DECLARATION_TYPES,
  PRINCIPAL_TYPES,
} from './attribution.ts'
import type {
  Actor,
  Authority,
  Credential,
  Decision,
  DecisionTerms,
  Declaration,
  ExecutionContext,
  Intent,
  Principal,
} from './attribution.ts'
import { ATTR } from './names.ts'

/**
 * `text` is an id or a name, `words` is free text (cut if it's long, never refused), `word` is one of a list, `time` is
 * ISO 8601, `flag` is true or false.
 */
export type FieldForm = 'text' | 'words' | 'word' | 'list' | 'time' | 'flag'

/** Everything about one field of a facet, wherever it's read or written. */
export interface FacetField {
  readonly key: string
  /** The attribute. Empty for a field that consists of parts. */
  readonly name: string
  readonly form: FieldForm
  /** The allowed values of a `word`. */
  readonly words: readonly string[]
  /** The fields of a field that is an object. */
  readonly parts: readonly FacetField[] | undefined
  /** A facet has at least one of the fields that identify it. Without them, nothing says which one it is. */
  readonly identifies: boolean
  /** A caller's argument must have it. */
  readonly required: boolean
  /** Computed from the other fields. Never read from a caller or a carrier. */
  readonly derived: boolean
  /** It means nothing once it is cut. */
  readonly whole: boolean
  /** An empty list is an answer. OpenTelemetry distinguishes it from an absent one, and it means "nothing". */
  readonly mayBeEmpty: boolean
  /** What it holds, for the docs. */
  readonly meaning: string
}

export interface FacetFields<F, Name extends string = string> {
  readonly facet: Name
  readonly fields: readonly FacetField[]
  /** Never set. Ties the rows to the type that they make up. */
  readonly makes?: F
}

type Row = Omit<FacetField, 'key'>
/** Every key of a facet, so that a field without a row doesn't compile. */
type Rows<F> = { readonly [K in keyof F]-?: Row }

const IDENTIFIES = { identifies: true }
const PLAIN = {
  words: [],
  parts: undefined,
  identifies: false,
  required: false,
  derived: false,
  whole: false,
  mayBeEmpty: false,
}
const REQUIRED = { identifies: true, required: true }

/** What a binding is. */
export const HASH_OF_CALL =
  '`sha-256:` and base64url over the JCS form (RFC 8785) of `{principal, actor, action, resource, arguments}`'

export const PRINCIPAL = facet<Principal>()('principal', {
  id: row(ATTR.principal.id, 'text', 'who requested, approved or benefits', REQUIRED),
  type: word(ATTR.principal.type, PRINCIPAL_TYPES),
  issuer: row(ATTR.principal.issuer, 'text', 'the namespace in which the id is unique, for example an OpenID issuer'),
})

export const ACTOR = facet<Actor>()('actor', {
  id: row(ATTR.actor.id, 'text', 'what decided and executed', IDENTIFIES),
  name: row(ATTR.actor.name, 'text', 'its name, where it has no id or another one', IDENTIFIES),
  version: row(ATTR.actor.version, 'text', 'its version'),
  issuer: row(ATTR.actor.issuer, 'text', 'the namespace in which the id is unique'),
  owner: row(ATTR.actor.owner, 'text', 'who answers for the agent, apart from who asked and who approved'),
})

export const CONTEXT = facet<ExecutionContext>()('context', {
  id: row(ATTR.context.id, 'text', 'through which connector, API client or credential it was done', IDENTIFIES),
  type: word(ATTR.context.type, CONTEXT_TYPES),
  target: row(ATTR.context.target, 'text', 'what it was done to, for example a host or a table'),
  credential: part<Credential>(
    {
      id: row(ATTR.context.credentialId, 'text', 'a fingerprint or key id, never the secret'),
      type: word(ATTR.context.credentialType, CREDENTIAL_TYPES),
      subject: row(ATTR.context.credentialSubject, 'text', 'whom the credential logs in as'),
    },
    IDENTIFIES,
  ),
})

export const INTENT = facet<Intent>()('intent', {
  id: row(ATTR.intent.id, 'text', 'names the intent', IDENTIFIES),
  summary: row(ATTR.intent.summary, 'words', 'what was asked for, in words', IDENTIFIES),
  purpose: row(ATTR.intent.purpose, 'words', 'a purpose code', IDENTIFIES),
  parentId: row(ATTR.intent.parentId, 'text', 'the intent that this one was derived from'),
  hash: row(
    ATTR.intent.hash,
    'text',
    '`sha-256:` and base64url over the JCS form (RFC 8785) of `{id, summary, purpose}`',
    { identifies: true, derived: true, whole: true },
  ),
})

export const AUTHORITY = facet<Authority>()('authority', {
  id: row(ATTR.authority.id, 'text', 'the grant under which it was done', IDENTIFIES),
  type: word(ATTR.authority.type, AUTHORITY_TYPES, '', IDENTIFIES),
  scopes: row(ATTR.authority.scopes, 'list', 'what the grant covers', { identifies: true, mayBeEmpty: true }),
  expiresAt: row(ATTR.authority.expiresAt, 'time', '', IDENTIFIES),
})

export const DECISION = facet<Omit<Decision, keyof DecisionTerms>>()('decision', {
  outcome: word(ATTR.decision.outcome, DECISION_OUTCOMES, 'what policy said', REQUIRED),
  policy: part<NonNullable<Decision['policy']>>({
    id: row(ATTR.decision.policyId, 'text', 'the policy that decided'),
    version: row(ATTR.decision.policyVersion, 'text', 'its version'),
  }),
  approver: part<NonNullable<Decision['approver']>>({
    id: row(ATTR.decision.approverId, 'text', 'who approved', { required: true }),
  }),
  at: row(ATTR.decision.at, 'time', ''),
  binding: row(ATTR.decision.binding, 'text', `the call that was decided on: ${HASH_OF_CALL}`, { whole: true }),
  principalAllowed: row(ATTR.decision.principalAllowed, 'flag', 'whether the principal may do it without the agent'),
  unevaluated: row(ATTR.decision.unevaluated, 'words', 'why policy was not evaluated; then there is no outcome'),
})

export const DECLARATION = facet<Declaration>()('declaration', {
  type: word(ATTR.declaration.type, DECLARATION_TYPES, 'a stated merge or autonomous run', REQUIRED),
  owner: row(ATTR.declaration.owner, 'text', 'who answers for it'),
  trigger: row(ATTR.declaration.trigger, 'text', 'what set it off'),
  merges: row(ATTR.declaration.merges, 'list', 'the finding codes that it allows'),
})

export const FACET_FIELDS = [PRINCIPAL, ACTOR, CONTEXT, INTENT, AUTHORITY, DECISION, DECLARATION] as const

/** The fields that have an attribute. The fields of the parts take the place of their object. */
export function plainFields({ fields }: { readonly fields: readonly FacetField[] }): readonly FacetField[] {
  return fields.flatMap((field) => field.parts ?? [field])
}

/** The words that an attribute may hold. Empty if it may hold anything. */
export function wordsOf(name: string): readonly string[] {
  return FACET_FIELDS.flatMap(plainFields).find((field) => field.name === name)?.words ?? []
}

/** Every attribute of a facet. */
export function namesOf(of: { readonly fields: readonly FacetField[] }): readonly string[] {
  return plainFields(of).map(({ name }) => name)
}

/** The attributes that say which one it is. An object does with any of its parts. */
export function identifyingNames({ fields }: { readonly fields: readonly FacetField[] }): readonly string[] {
  return plainFields({ fields: fields.filter(({ identifies }) => identifies) }).map(({ name }) => name)
}

/** The fields that `read` returns a value for. An object is included if one of its fields has a value. */
export function readFields<F>({ fields }: FacetFields<F>, read: (field: FacetField) => unknown): Partial<F> {
  return fieldsRead(fields, read) as Partial<F>
}

/** Whether at least one field says which one it is. */
export function isIdentified<F>({ fields }: FacetFields<F>, found: Partial<F>): found is F {
  return fields.some(({ key, identifies }) => identifies && (found as Found)[key] !== undefined)
}

type Found = Record<string, unknown>

function fieldsRead(fields: readonly FacetField[], read: (field: FacetField) => unknown): Found {
  const found: Found = {}
  for (const field of fields) {
    const value = field.parts === undefined ? read(field) : some(fieldsRead(field.parts, read))
    if (value !== undefined) found[field.key] = value
  }
  return found
}

function some(found: Found): Found | undefined {
  return Object.keys(found).length === 0 ? undefined : found
}

function facet<F>(): <Name extends string>(name: Name, rows: Rows<F>) => FacetFields<F, Name> {
  return (name, rows) => ({ facet: name, fields: keyed(rows) })
}

function keyed(rows: object): readonly FacetField[] {
  return Object.entries(rows as Readonly<Record<string, Row>>).map(([key, given]) => ({ key, ...given }))
}

type Traits = Partial<Pick<FacetField, 'identifies' | 'required' | 'derived' | 'whole' | 'mayBeEmpty'>>

function row(name: string, form: FieldForm, meaning: string, traits: Traits = {}): Row {
  return { ...PLAIN, name, form, meaning, ...traits }
}

function word(name: string, words: readonly string[], meaning = '', traits: Traits = {}): Row {
  return { ...row(name, 'word', meaning, traits), words }
}

function part<F>(rows: Rows<F>, traits: Traits = {}): Row {
  return { ...row('', 'text', '', traits), parts: keyed(rows) }
}

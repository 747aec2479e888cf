import {
  AUTHORITY_TYPES,
  CONTEXT_TYPES,
  CREDENTIAL_TYPES,
  DECISION_OUTCOMES,
  PRINCIPAL_TYPES,
} from '../../model/attribution.ts'
import type {
  Actor,
  Authority,
  Credential,
  Decision,
  ExecutionContext,
  Intent,
  Principal,
} from '../../model/attribution.ts'
import { intentHash } from '../../identity/intent-hash.ts'
import { alone, MAX_ENTRIES, MAX_TEXT, shortened } from '../../base/shortened.ts'
import { fault } from '../health/fault.ts'
import { isIntentInForce } from './intent-in-force.ts'

/** An argument that is no facet. The text names the field, never its value. */
export class BadFacet extends Error {
  override readonly name = 'BadFacet'
}

/**
 * These make a facet of what a caller passed: checked, and copied field by field, so that nothing else is recorded and
 * a later change of the argument changes nothing. They throw `BadFacet`.
 */
export function principalFrom(input: unknown): Principal {
  if (typeof input === 'string') return { id: text(input, 'principal') }
  const from = state(input, 'principal')
  return {
    id: text(from['id'], 'principal.id'),
    ...optional('type', from['type'], (value) => word(value, PRINCIPAL_TYPES, 'principal.type')),
    ...optional('issuer', from['issuer'], (value) => text(value, 'principal.issuer')),
  }
}

export function actorFrom(input: unknown): Actor {
  if (typeof input === 'string') return { id: text(input, 'actor') }
  const from = state(input, 'actor')
  const actor: Actor = texts(from, 'actor', ['id', 'name', 'version', 'issuer'])
  if (actor.id === undefined && actor.name === undefined) throw new BadFacet('actor has neither id nor name')
  return actor
}

export function contextFrom(input: unknown): ExecutionContext {
  if (typeof input === 'string') return { id: text(input, 'context') }
  const from = state(input, 'context')
  const context: ExecutionContext = {
    ...texts(from, 'context', ['id', 'target']),
    ...optional('type', from['type'], (value) => word(value, CONTEXT_TYPES, 'context.type')),
    ...optional('credential', from['credential'], credentialFrom),
  }
  if (context.id === undefined && context.credential === undefined) {
    throw new BadFacet('context has neither id nor credential')
  }
  return context
}

/**
 * A string is text, whatever stands in it. An object says more, and has to be made by the app: what a caller sent may
 * give words, but neither the id of an intent nor the one that it is derived from.
 */
export function intentFrom(input: unknown): Intent {
  if (typeof input === 'string') return hashed({ summary: words(input, 'intent') })
  const from = state(input, 'intent')
  const { id, parentId } = referencesIn(from)
  const intent: Intent = {
    ...optional('id', id, (value) => text(value, 'intent.id')),
    ...optional('summary', from['summary'], (value) => words(value, 'intent.summary')),
    ...optional('purpose', from['purpose'], (value) => words(value, 'intent.purpose')),
  }
  if (Object.keys(intent).length === 0) throw new BadFacet('intent has neither id, summary nor purpose')
  return hashed({ ...intent, ...optional('parentId', parentId, parentFrom) })
}

const INTENT_KEYS: ReadonlySet<string> = new Set(['id', 'summary', 'purpose', 'parentId', 'hash'])

/** An object with other keys was made for something else, as the body of a request is: then these are not the app's. */
function referencesIn(from: Readonly<Record<string, unknown>>): { readonly id?: unknown; readonly parentId?: unknown } {
  if (Object.keys(from).every((key) => INTENT_KEYS.has(key))) return { id: from['id'], parentId: from['parentId'] }
  fault(
    'binding',
    'intent is an object with other keys than id, summary, purpose and parentId: its words alone are bound',
  )
  return {}
}

/** The app may derive an intent from the one that it works on. Any other one could be named by a caller. */
function parentFrom(input: unknown): string | undefined {
  const parentId = text(input, 'intent.parentId')
  if (isIntentInForce(parentId)) return parentId
  fault('binding', 'intent.parentId is neither id nor hash of the intent that is in force here, and was left out')
  return undefined
}

export function authorityFrom(input: unknown): Authority {
  const from = state(input, 'authority')
  const authority: Authority = {
    ...texts(from, 'authority', ['id', 'expiresAt']),
    ...optional('type', from['type'], (value) => word(value, AUTHORITY_TYPES, 'authority.type')),
    ...optional('scopes', from['scopes'], (value) => textList(value, 'authority.scopes')),
  }
  if (Object.keys(authority).length === 0) throw new BadFacet('authority is empty')
  return authority
}

export function decisionFrom(input: unknown): Decision {
  const from = state(input, 'decision')
  return {
    outcome: word(from['outcome'], DECISION_OUTCOMES, 'decision.outcome'),
    ...optional('policy', from['policy'], (value) =>
      texts(state(value, 'decision.policy'), 'decision.policy', ['id', 'version']),
    ),
    ...optional('approver', from['approver'], (value) => ({
      id: text(state(value, 'decision.approver')['id'], 'decision.approver.id'),
    })),
    ...optional('at', from['at'], (value) => text(value, 'decision.at')),
  }
}

/** A string with something in it that is not too long. */
export function text(value: unknown, field: string): string {
  if (typeof value !== 'string') throw new BadFacet(`${field} is not a string`)
  if (value.length > MAX_TEXT) throw new BadFacet(`${field} is longer than ${MAX_TEXT}`)
  return said(value, field)
}

/** Text that says something, and no id: of a longer one the beginning is kept, with a mark. */
function words(value: unknown, field: string): string {
  if (typeof value !== 'string') throw new BadFacet(`${field} is not a string`)
  return shortened(said(value, field))
}

function said(value: string, field: string): string {
  const trimmed = value.trim()
  if (trimmed === '') throw new BadFacet(`${field} is blank`)
  return trimmed.length > MAX_TEXT ? trimmed : alone(trimmed)
}

export function textList(value: unknown, field: string): readonly string[] {
  if (!Array.isArray(value)) throw new BadFacet(`${field} is not an array`)
  if (value.length > MAX_ENTRIES) throw new BadFacet(`${field} has more than ${MAX_ENTRIES} entries`)
  return value.map((entry) => text(entry, `${field}[]`))
}

export function state(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new BadFacet(`${field} is not an object`)
  return value as Readonly<Record<string, unknown>>
}

export function word<T extends string>(value: unknown, words: readonly T[], field: string): T {
  const found = words.find((known) => known === value)
  if (found === undefined) throw new BadFacet(`${field} is none of ${words.join(', ')}`)
  return found
}

function credentialFrom(input: unknown): Credential {
  const from = state(input, 'context.credential')
  return {
    ...texts(from, 'context.credential', ['id', 'subject']),
    ...optional('type', from['type'], (value) => word(value, CREDENTIAL_TYPES, 'context.credential.type')),
  }
}

function hashed(intent: Intent): Intent {
  const hash = intentHash(intent)
  return hash === undefined ? intent : { ...intent, hash }
}

function texts<K extends string>(
  from: Readonly<Record<string, unknown>>,
  facet: string,
  keys: readonly K[],
): { [P in K]?: string } {
  const found: { [P in K]?: string } = {}
  for (const key of keys) {
    const value = from[key]
    if (value !== undefined && value !== null) found[key] = text(value, `${facet}.${key}`)
  }
  return found
}

function optional<K extends string, T>(
  key: K,
  value: unknown,
  read: (value: unknown) => T,
): { [P in K]?: Exclude<T, undefined> } {
  const found = value === undefined || value === null ? undefined : read(value)
  return found === undefined ? {} : ({ [key]: found } as { [P in K]?: Exclude<T, undefined> })
}

import {
  AUTHORITY_TYPES,
  CONTEXT_TYPES,
  CREDENTIAL_TYPES,
  DECISION_OUTCOMES,
  PRINCIPAL_TYPES,
} from '../model/attribution.ts'
import type {
  Actor,
  Authority,
  Credential,
  Decision,
  ExecutionContext,
  Intent,
  Principal,
} from '../model/attribution.ts'
import { intentHash } from '../rules/intent-hash.ts'

/** The longest string that a facet takes, in UTF-16 code units. */
export const MAX_LENGTH = 1_024
/** The most entries that a list of a facet takes. */
export const MAX_ENTRIES = 64

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
  const from = record(input, 'principal')
  return {
    id: text(from['id'], 'principal.id'),
    ...optional('type', from['type'], (value) => word(value, PRINCIPAL_TYPES, 'principal.type')),
    ...optional('issuer', from['issuer'], (value) => text(value, 'principal.issuer')),
  }
}

export function actorFrom(input: unknown): Actor {
  if (typeof input === 'string') return { id: text(input, 'actor') }
  const from = record(input, 'actor')
  const actor: Actor = texts(from, 'actor', ['id', 'name', 'version', 'issuer'])
  if (actor.id === undefined && actor.name === undefined) throw new BadFacet('actor has neither id nor name')
  return actor
}

export function contextFrom(input: unknown): ExecutionContext {
  if (typeof input === 'string') return { id: text(input, 'context') }
  const from = record(input, 'context')
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

export function intentFrom(input: unknown): Intent {
  if (typeof input === 'string') return hashed({ summary: text(input, 'intent') })
  const intent: Intent = texts(record(input, 'intent'), 'intent', ['id', 'summary', 'purpose', 'parentId'])
  if (intent.id === undefined && intent.summary === undefined && intent.purpose === undefined) {
    throw new BadFacet('intent has neither id, summary nor purpose')
  }
  return hashed(intent)
}

export function authorityFrom(input: unknown): Authority {
  const from = record(input, 'authority')
  const authority: Authority = {
    ...texts(from, 'authority', ['id', 'expiresAt']),
    ...optional('type', from['type'], (value) => word(value, AUTHORITY_TYPES, 'authority.type')),
    ...optional('scopes', from['scopes'], (value) => textList(value, 'authority.scopes')),
  }
  if (Object.keys(authority).length === 0) throw new BadFacet('authority is empty')
  return authority
}

export function decisionFrom(input: unknown): Decision {
  const from = record(input, 'decision')
  return {
    outcome: word(from['outcome'], DECISION_OUTCOMES, 'decision.outcome'),
    ...optional('policy', from['policy'], (value) =>
      texts(record(value, 'decision.policy'), 'decision.policy', ['id', 'version']),
    ),
    ...optional('approver', from['approver'], (value) => ({
      id: text(record(value, 'decision.approver')['id'], 'decision.approver.id'),
    })),
    ...optional('at', from['at'], (value) => text(value, 'decision.at')),
  }
}

/** A string with something in it that is not too long. */
export function text(value: unknown, field: string): string {
  if (typeof value !== 'string') throw new BadFacet(`${field} is not a string`)
  if (value.length > MAX_LENGTH) throw new BadFacet(`${field} is longer than ${MAX_LENGTH}`)
  const trimmed = value.trim()
  if (trimmed === '') throw new BadFacet(`${field} is blank`)
  return trimmed
}

export function textList(value: unknown, field: string): readonly string[] {
  if (!Array.isArray(value)) throw new BadFacet(`${field} is not an array`)
  if (value.length > MAX_ENTRIES) throw new BadFacet(`${field} has more than ${MAX_ENTRIES} entries`)
  return value.map((entry) => text(entry, `${field}[]`))
}

export function record(value: unknown, field: string): Readonly<Record<string, unknown>> {
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
  const from = record(input, 'context.credential')
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

function optional<K extends string, T>(key: K, value: unknown, read: (value: unknown) => T): { [P in K]?: T } {
  return value === undefined || value === null ? {} : ({ [key]: read(value) } as { [P in K]?: T })
}

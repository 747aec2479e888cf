import { isUnknownTime } from '../../base/known-time.ts'
import type {
  Actor,
  Authority,
  Decision,
  DecisionTerms,
  ExecutionContext,
  Intent,
  Principal,
} from '../../model/attribution.ts'
import { ACTOR, AUTHORITY, CONTEXT, DECISION, INTENT, isIdentified, PRINCIPAL } from '../../model/facet-fields.ts'
import type { FacetField, FacetFields } from '../../model/facet-fields.ts'
import { intentHash } from '../../identity/intent-hash.ts'
import { withoutSecrets } from '../../base/secret.ts'
import { alone, MAX_ENTRIES, MAX_TEXT, shortened } from '../../base/shortened.ts'
import { fault } from '../health/fault.ts'
import { isIntentInForce } from './intent-in-force.ts'

/** A bad facet. The text names the field, never its value. */
export class BadFacet extends Error {
  override readonly name = 'BadFacet'
}

/**
 * These make a facet from an argument. They check it and copy it field by field, so that nothing else is recorded and a
 * later change of the argument has no effect. They throw `BadFacet`.
 */
export function principalFrom(input: unknown): Principal {
  return typeof input === 'string' ? { id: text(input, 'principal') } : facetFrom(PRINCIPAL, input)
}

export function actorFrom(input: unknown): Actor {
  return typeof input === 'string' ? { id: text(input, 'actor') } : facetFrom(ACTOR, input)
}

export function contextFrom(input: unknown): ExecutionContext {
  return typeof input === 'string' ? { id: text(input, 'context') } : facetFrom(CONTEXT, input)
}

export function authorityFrom(input: unknown): Authority {
  return facetFrom(AUTHORITY, input)
}

export function decisionFrom(input: unknown): Decision {
  return { ...facetFrom(DECISION, input), ...termsFrom(state(input, 'decision')) }
}

/** What limits a decision has to be readable: one without them would let more through. */
function termsFrom(from: Readonly<Record<string, unknown>>): DecisionTerms {
  const [id, expiresAt, uses] = ['id', 'expiresAt', 'uses'].map((key) => givenIn(from, key))
  return {
    ...(isGiven(id) ? { id: text(id, 'decision.id') } : {}),
    ...(isGiven(expiresAt) ? { expiresAt: time(expiresAt, 'decision.expiresAt') } : {}),
    ...(isGiven(uses) ? { uses: count(uses, 'decision.uses') } : {}),
  }
}

function time(value: unknown, field: string): string {
  const given = text(value, field)
  if (isUnknownTime(given)) throw new BadFacet(`${field} is not a time in ISO 8601`)
  return given
}

function count(value: unknown, field: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) {
    throw new BadFacet(`${field} is not a whole number above zero`)
  }
  return value
}

/**
 * A string is only text, whatever it says. An object says more, so the app must make it: an object from a caller may
 * provide words, but neither the id of an intent nor the one that it is derived from.
 */
export function intentFrom(input: unknown): Intent {
  if (typeof input === 'string') return hashed({ summary: words(input, 'intent') })
  // A body of five megabytes has as many keys.
  if (ArrayBuffer.isView(input)) throw new BadFacet('intent is bytes: decode them')
  const { parentId, ...intent } = facetFrom(INTENT, ownPart(state(input, 'intent')))
  return hashed(parentId === undefined || !isParent(parentId) ? intent : { ...intent, parentId })
}

const INTENT_KEYS: ReadonlySet<string> = new Set(INTENT.fields.map(({ key }) => key))

/** An object with other keys, such as a request body, was made for something else. Its ids are not the app's. */
function ownPart(from: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (Object.keys(from).every((key) => INTENT_KEYS.has(key))) return from
  fault(
    'binding',
    'intent is an object with other keys than id, summary, purpose and parentId: its words alone are bound',
  )
  return { summary: from['summary'], purpose: from['purpose'] }
}

/** The app may derive an intent only from the one that is in force. A caller could name any other. */
function isParent(parentId: string): boolean {
  if (isIntentInForce(parentId)) return true
  fault('binding', 'intent.parentId is neither id nor hash of the intent that is in force here, and was left out')
  return false
}

function facetFrom<F>(of: FacetFields<F>, input: unknown): F {
  const found = fieldsFrom(of.fields, state(input, of.facet), of.facet) as Partial<F>
  if (isIdentified(of, found)) return found
  throw new BadFacet(`${of.facet} ${lackOf(of.fields)}`)
}

function lackOf(fields: readonly FacetField[]): string {
  const keys = fields.filter(({ identifies, derived }) => identifies && !derived).map(({ key }) => key)
  return keys.length === fields.length ? 'is empty' : `has neither ${keys.slice(0, -1).join(', ')} nor ${keys.at(-1)}`
}

function fieldsFrom(fields: readonly FacetField[], from: Readonly<Record<string, unknown>>, path: string): object {
  const found: Record<string, unknown> = {}
  for (const field of fields) {
    const value = field.derived ? undefined : givenIn(from, field.key)
    if ((value === undefined || value === null) && !field.required) continue
    found[field.key] = valueFrom(field, value, `${path}.${field.key}`)
  }
  return found
}

/** Not what someone put on the prototype of every object. A class may have it on its own. */
export function givenIn(from: object, key: string): unknown {
  return key in Object.prototype && !Object.hasOwn(from, key) ? undefined : (Reflect.get(from, key) as unknown)
}

function valueFrom({ form, words: known, parts }: FacetField, value: unknown, path: string): unknown {
  if (parts !== undefined) return fieldsFrom(parts, state(value, path), path)
  if (form === 'word') return word(value, known, path)
  if (form === 'list') return textList(value, path)
  if (form === 'flag') return flag(value, path)
  return form === 'words' ? words(value, path) : text(value, path)
}

/** What `read` makes of an argument. Undefined, and a fault, if it can't be read. */
export function attempt<T>(facet: string, read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    fault('binding', error instanceof BadFacet ? error.message : `${facet} cannot be read`, error)
    return undefined
  }
}

export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null
}

/** A string that isn't blank or too long, without secrets: apps have keys and connection strings to name a context. */
export function text(value: unknown, field: string): string {
  if (typeof value !== 'string') throw new BadFacet(`${field} is not a string`)
  const clean = withoutSecrets(value)
  if (clean.length > MAX_TEXT) throw new BadFacet(`${field} is longer than ${MAX_TEXT}`)
  return said(clean, field)
}

/** Text that isn't blank and isn't an id, without secrets. A text that is too long is shortened and marked. */
function words(value: unknown, field: string): string {
  if (typeof value !== 'string') throw new BadFacet(`${field} is not a string`)
  if (NO_WORDS.test(value)) throw new BadFacet(`${field} is an object, or nothing, that was turned into text`)
  return shortened(said(withoutSecrets(value), field))
}

/** What `String()` makes of a parsed body, or of none. */
const NO_WORDS = /^\s*(?:\[object \w+\]|undefined|null)\s*$/u

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

function flag(value: unknown, field: string): boolean {
  if (typeof value !== 'boolean') throw new BadFacet(`${field} is neither true nor false`)
  return value
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

function hashed(intent: Intent): Intent {
  const hash = intentHash(intent)
  return hash === undefined ? intent : { ...intent, hash }
}

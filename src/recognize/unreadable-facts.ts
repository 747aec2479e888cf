import { withoutSecrets } from '../base/secret.ts'
import { isNoWord, isUnreadable, textOf } from '../base/attribute-value.ts'
import { isUnknownTime } from '../base/known-time.ts'
import { ASSURANCES, OUTCOMES } from '../model/attribution.ts'
import { FACET_FIELDS, plainFields, wordsOf } from '../model/facet-fields.ts'
import { ATTR } from '../model/names.ts'
import type { Attributes } from '../model/span.ts'
import type { AppKeys } from '../policy/policy.ts'
import {
  AGENT_ID_KEYS,
  AGENT_NAME_KEYS,
  CONVERSATION_KEYS,
  MCP_SERVER_KEYS,
  TOOL_KEYS,
  USER_KEYS,
  USER_STAND_IN_KEYS,
} from './dialects/fact-keys.ts'

/**
 * The attributes that name something, such as `attribution.actor.id` or `user.id`, but hold a list or an object instead
 * of text, those that a policy names among them; and lists that hold anything but text. They count as placeholders.
 */
export function unreadableFacts(attributes: Attributes, appKeys?: AppKeys): readonly string[] {
  let found: string[] | undefined
  for (const key in attributes) {
    const value = attributes[key]
    if (typeof value === 'string') continue
    const isName = NAMING.has(key) || appKeys?.factOf.has(key) === true
    if (isName ? isUnreadable(value) : LISTING.has(key) && isUnreadableList(value)) (found ??= []).push(key)
  }
  return found ?? NONE
}

/** The attributes that facets are read from and that hold what looks like a secret. Facets have its fingerprint. */
export function secretFacts(attributes: Attributes, appKeys?: AppKeys): readonly string[] {
  let found: string[] | undefined
  for (const key in attributes) {
    if ((READ.has(key) || appKeys?.factOf.has(key) === true) && holdsSecret(attributes[key])) (found ??= []).push(key)
  }
  return found ?? NONE
}

function holdsSecret(value: unknown): boolean {
  if (typeof value === 'string') return withoutSecrets(value) !== value
  return Array.isArray(value) && value.some(holdsSecret)
}

/** The attributes that hold a time in no known form. Nothing can be compared with it. */
export function unreadableTimes(attributes: Attributes): readonly string[] {
  return TIMES.filter((key) => isUnknownTime(textOf(attributes[key])))
}

/** The attributes that hold none of the words that they may, where another word would pass for none at all. */
export function unknownWords(attributes: Attributes): readonly string[] {
  return [...WORDS.keys()].filter((key) => isNoWord(attributes[key], WORDS.get(key) ?? []))
}

const WORDS: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  [ATTR.decision.outcome, wordsOf(ATTR.decision.outcome)],
  [ATTR.outcome, OUTCOMES],
  ...[ATTR.principal, ATTR.actor, ATTR.context, ATTR.intent, ATTR.authority, ATTR.decision].map(
    ({ assurance }) => [assurance, ASSURANCES] as const,
  ),
  ...[ATTR.correlation, ATTR.declaration].map(({ assurance }) => [assurance, ASSURANCES] as const),
])

function isUnreadableList(value: unknown): boolean {
  return Array.isArray(value) ? value.some(isUnreadable) : isUnreadable(value)
}

const NONE: readonly string[] = []

const FIELDS = FACET_FIELDS.flatMap(plainFields)
const TIMES = FIELDS.flatMap(({ name, form }) => (form === 'time' ? [name] : []))
const LISTING: ReadonlySet<string> = new Set([
  ...FIELDS.flatMap(({ name, form }) => (form === 'list' ? [name] : [])),
  ATTR.actor.chain,
])
const NAMING: ReadonlySet<string> = new Set([
  ...FIELDS.flatMap(({ name, form }) => (form === 'list' ? [] : [name])),
  ATTR.correlation.id,
  ...[AGENT_ID_KEYS, AGENT_NAME_KEYS, TOOL_KEYS, MCP_SERVER_KEYS, USER_STAND_IN_KEYS].flat(),
  ...USER_KEYS.keys(),
  ...CONVERSATION_KEYS.keys(),
])

const READ: ReadonlySet<string> = new Set([
  ...NAMING,
  ...FACET_FIELDS.flatMap(plainFields).map(({ name }) => name),
  ATTR.actor.chain,
  ATTR.resourceId,
])

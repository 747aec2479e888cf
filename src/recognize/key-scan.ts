import { ATTR_PREFIX } from '../model/names.ts'
import type { Attributes } from '../model/span.ts'
import {
  ACCOUNT_KEYS,
  AGENT_FUNCTION_KEYS,
  AGENT_ID_KEYS,
  AGENT_NAME_KEYS,
  AGENT_VERSION_KEYS,
  LOGIN_KEY,
  METADATA_KEYS,
  SHARED_AGENT_ID_KEYS,
  SHARED_AGENT_NAME_KEYS,
  SHARED_AGENT_VERSION_KEYS,
  USER_KEYS,
  USER_STAND_IN_KEYS,
} from './dialects/fact-keys.ts'
import { DECISIONS } from './dialects/decisions.ts'
import { MARKERS } from './dialects/table.ts'
import type { Early } from '../model/own-writes.ts'

/** What a key can speak of: attribution, a user, an agent, a decision. */
export const MENTION = { attribution: 1, user: 2, agent: 4, decision: 8 } as const

export interface Mentions {
  /** Those of `MENTION`, added up. */
  readonly of: number
  /** The rows of the table of dialects that speak of one of the keys, in its order. */
  readonly rows: readonly number[]
}

/**
 * Everything that the keys of a span speak of, found in one pass. Most spans of an app speak of nothing, and need not
 * be asked for each of some two hundred keys. Attribution that we wrote ourselves is passed over.
 */
export function mentionsOf(attributes: Attributes, early?: Early): Mentions {
  let of = 0
  let rows: number[] | undefined
  for (const key in attributes) {
    const known = BY_KEY.get(key)
    if (known !== undefined) {
      of |= known.of
      if (known.rows.length > 0) (rows ??= []).push(...known.rows)
    } else if (key.startsWith(ATTR_PREFIX) && early?.isOurs(key, attributes[key]) !== true) {
      of |= MENTION.attribution
    }
  }
  if (rows === undefined) return of === 0 ? NOTHING : { of, rows: NO_ROWS }
  return { of, rows: rows.sort((one, other) => one - other) }
}

const NO_ROWS: readonly number[] = []
const NOTHING: Mentions = { of: 0, rows: NO_ROWS }

const BY_KEY: ReadonlyMap<string, Mentions> = byKey([
  [MENTION.user, [...USER_KEYS.keys(), ...USER_STAND_IN_KEYS, ...METADATA_KEYS, ...ACCOUNT_KEYS, LOGIN_KEY]],
  [
    MENTION.agent,
    [
      ...AGENT_ID_KEYS,
      ...AGENT_NAME_KEYS,
      ...AGENT_VERSION_KEYS,
      ...AGENT_FUNCTION_KEYS,
      ...SHARED_AGENT_ID_KEYS,
      ...SHARED_AGENT_NAME_KEYS,
      ...SHARED_AGENT_VERSION_KEYS,
    ],
  ],
  [MENTION.decision, DECISIONS.map(({ key }) => key)],
])

function byKey(lists: readonly (readonly [mention: number, keys: readonly string[]])[]): ReadonlyMap<string, Mentions> {
  const known = new Map<string, Mentions>()
  const add = (key: string, mention: number, rows: readonly number[]) => {
    const before = known.get(key) ?? NOTHING
    known.set(key, { of: before.of | mention, rows: [...before.rows, ...rows] })
  }
  for (const [mention, keys] of lists) for (const key of keys) add(key, mention, NO_ROWS)
  for (const [row, { key }] of MARKERS.entries()) add(key, 0, [row])
  return known
}

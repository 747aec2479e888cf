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
import type { AppFact, AppKeys } from '../policy/policy.ts'
import type { OwnWrites } from '../model/own-writes.ts'

/** What a key can be about: attribution, a user, an agent, a decision. */
export const SUBJECT = { attribution: 1, user: 2, agent: 4, decision: 8 } as const

export interface KeyScan {
  /** The `SUBJECT` bits of all keys, combined. */
  readonly subjects: number
  /** The rows of the table of dialects that one of the keys occurs in, in table order. */
  readonly rows: readonly number[]
}

/**
 * Everything that the keys of a span are about, found in one pass. Most spans of an app have no such key, and needn't
 * be checked for each of some 200 keys. Skips attribution that we wrote ourselves. `appKeys` are those of the policy.
 */
export function scanKeys(attributes: Attributes, ownWrites?: OwnWrites, appKeys?: AppKeys): KeyScan {
  let subjects = 0
  let rows: number[] | undefined
  for (const key in attributes) {
    const known = BY_KEY.get(key)
    if (known !== undefined) {
      subjects |= known.subjects
      if (known.rows.length > 0) (rows ??= []).push(...known.rows)
    } else if (key.startsWith(ATTR_PREFIX) && ownWrites?.isOurs(key, attributes[key]) !== true) {
      subjects |= SUBJECT.attribution
    }
    if (appKeys !== undefined) subjects |= subjectOf(appKeys.factOf.get(key))
  }
  if (rows === undefined) return subjects === 0 ? NOTHING : { subjects, rows: NO_ROWS }
  return { subjects, rows: rows.sort((one, other) => one - other) }
}

function subjectOf(fact: AppFact | undefined): number {
  if (fact === 'user') return SUBJECT.user
  return fact === 'agent' ? SUBJECT.agent : 0
}

const NO_ROWS: readonly number[] = []
const NOTHING: KeyScan = { subjects: 0, rows: NO_ROWS }

const BY_KEY: ReadonlyMap<string, KeyScan> = byKey([
  [SUBJECT.user, [...USER_KEYS.keys(), ...USER_STAND_IN_KEYS, ...METADATA_KEYS, ...ACCOUNT_KEYS, LOGIN_KEY]],
  [
    SUBJECT.agent,
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
  [SUBJECT.decision, DECISIONS.map(({ key }) => key)],
])

function byKey(lists: readonly (readonly [subject: number, keys: readonly string[]])[]): ReadonlyMap<string, KeyScan> {
  const known = new Map<string, KeyScan>()
  const add = (key: string, subject: number, rows: readonly number[]) => {
    const before = known.get(key) ?? NOTHING
    known.set(key, { subjects: before.subjects | subject, rows: [...before.rows, ...rows] })
  }
  for (const [subject, keys] of lists) for (const key of keys) add(key, subject, NO_ROWS)
  for (const [row, { key }] of MARKERS.entries()) add(key, 0, [row])
  return known
}

import { ATTR_PREFIX } from '../model/names.ts'
import type { Attributes } from '../model/span.ts'
import {
  AGENT_FUNCTION_KEYS,
  AGENT_ID_KEYS,
  AGENT_NAME_KEYS,
  AGENT_VERSION_KEYS,
  METADATA_KEYS,
  SHARED_AGENT_ID_KEYS,
  SHARED_AGENT_NAME_KEYS,
  SHARED_AGENT_VERSION_KEYS,
  USER_KEYS,
  USER_STAND_IN_KEYS,
} from './dialects/fact-keys.ts'
import { MARKERS } from './dialects/table.ts'

/** What the keys of a span speak of: attribution, the mark of a dialect, a user, an agent. */
export const MENTION = { attribution: 1, mark: 2, user: 4, agent: 8 } as const

/**
 * Everything that the keys speak of, found in one pass. Most spans of an app speak of nothing, and need not be asked
 * for each of some two hundred keys.
 */
export function mentionsOf(attributes: Attributes): number {
  let mentions = 0
  for (const key in attributes) {
    const known = BY_KEY.get(key)
    if (known !== undefined) mentions |= known
    else if (key.startsWith(ATTR_PREFIX)) mentions |= MENTION.attribution
  }
  return mentions
}

const BY_KEY: ReadonlyMap<string, number> = byKey([
  [MENTION.mark, MARKERS.map(({ key }) => key)],
  [MENTION.user, [...USER_KEYS.keys(), ...USER_STAND_IN_KEYS, ...METADATA_KEYS]],
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
])

function byKey(lists: readonly (readonly [mention: number, keys: readonly string[]])[]): ReadonlyMap<string, number> {
  const mentions = new Map<string, number>()
  for (const [mention, keys] of lists) {
    for (const key of keys) mentions.set(key, (mentions.get(key) ?? 0) | mention)
  }
  return mentions
}

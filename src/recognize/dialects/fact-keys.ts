import { FIRST, vendorsFor } from './index.ts'
import type { FactKeys, Vendor } from './vendor.ts'

/**
 * Where dialects state the facts that attribution needs. In each list, the first key that holds something decides.
 * Deliberately in none of them: `langsmith.trace.session_id` (a project), tenants, client addresses, a bare `user_id`
 * (often the user that the act is about), `thread.id` (an operating system thread), a metadata key that names an API
 * key's owner.
 */
type Keys = readonly string[]

/** Keys by their position in a list, for lists that are longer than most spans have attributes. */
export type Places = ReadonlyMap<string, number>

/** Where an app's own metadata is, as one JSON text or an object. */
export const METADATA_KEYS: Keys = vendorsFor('metadata').flatMap(({ metadata }) => metadata ?? [])

/** The spellings of a user seen in associations and metadata. */
export const USER_SPELLINGS: Keys = ['user_id', 'userId', 'user.id', 'userID', 'enduser.id', 'end_user_id', 'endUserId']

export const USER_KEYS: Places = places(keysOf('user', USER_SPELLINGS))

/**
 * What stands in for a user, with an address before any pseudonym. It may differ from the id of the same user, so it
 * doesn't contradict the id but gives way to it.
 */
export const USER_STAND_IN_KEYS: Keys = keysOf('userStandIn')

/** The person who is logged in to a program that writes its own installation, hashed, where the user's id belongs. */
export const ACCOUNT_KEYS: Keys = keysOf('account')
export const INSTALLATION_KEY = 'user.id'
/** Which program's spans those are, by span name or scope. */
export const OF_INSTALLATION = {
  named: anyOf(({ installation }) => installation?.named),
  scope: anyOf(({ installation }) => installation?.scope),
} as const

/** A login isn't an identity, except in a program that only one person works with. */
export const LOGIN_KEY = 'user.name'
export const OF_ONE_USER = anyOf(({ oneUser }) => oneUser)

export const AGENT_NAME_KEYS: Keys = keysOf('agentName')
export const AGENT_VERSION_KEYS: Keys = keysOf('agentVersion')
export const AGENT_ID_KEYS: Keys = keysOf('agentId')
/** Only on an agent's own span: elsewhere, `agent.id` and `agent.name` often mean a monitoring agent. */
export const SHARED_AGENT_NAME_KEYS: Keys = keysOf('ownAgentName')
export const SHARED_AGENT_VERSION_KEYS: Keys = keysOf('ownAgentVersion')
export const SHARED_AGENT_ID_KEYS: Keys = keysOf('ownAgentId')
/** What is called there, whether that's an agent or the function that runs one. */
export const AGENT_FUNCTION_KEYS: Keys = keysOf('agentFunction')
/** Next to one of these, an agent name means an agent on any span. */
export const AGENT_NAME_BESIDE: Keys = vendorsFor().flatMap(({ agentNameBeside }) => agentNameBeside ?? [])
/** What is written instead of an agent's id or a tool's name if none is known. */
export const NO_AGENT_IDS: ReadonlySet<string> = new Set(vendorsFor().flatMap(({ noAgentIds }) => noAgentIds ?? []))
export const NO_TOOL_NAMES: ReadonlySet<string> = new Set(vendorsFor().flatMap(({ noToolNames }) => noToolNames ?? []))

export const TOOL_KEYS: Keys = keysOf('tool')
/** Only on a tool's own span. */
export const SHARED_TOOL_KEYS: Keys = keysOf('ownTool')

export const CONVERSATION_KEYS: Places = places(
  keysOf('conversation', [
    'session_id',
    'sessionId',
    'session.id',
    'thread_id',
    'threadId',
    'conversation_id',
    'conversationId',
  ]),
)

export const MCP_SERVER_KEYS: Keys = keysOf('mcpServer')

/** The agent's own directory accounts. */
export const AGENT_USER_KEYS: Keys = keysOf('agentUser')

/** The keys of one fact, from all vendors. `spellings` are the ones that apps choose for it in their associations. */
export function keysOf(fact: keyof FactKeys, spellings: Keys = []): Keys {
  const vendors = vendorsFor(hasOrder(fact) ? fact : undefined)
  return [
    ...vendors.flatMap(({ keys }) => keys?.[fact] ?? []),
    ...associated(spellings),
    ...vendors.flatMap(({ lateKeys }) => lateKeys?.[fact] ?? []),
    ...vendors.flatMap(({ lastKeys }) => lastKeys?.[fact] ?? []),
  ]
}

function hasOrder(fact: string): fact is keyof typeof FIRST {
  return fact in FIRST
}

function associated(spellings: Keys): Keys {
  const prefixes = vendorsFor('associations').flatMap(({ associations }) => associations ?? [])
  return prefixes.flatMap((before) => spellings.map((spelling) => before + spelling))
}

function places(keys: Keys): Places {
  return new Map(keys.map((key, place) => [key, place]))
}

/** One expression that covers those of all vendors. */
function anyOf(of: (vendor: Vendor) => RegExp | undefined): RegExp {
  return new RegExp(
    vendorsFor()
      .flatMap((vendor) => of(vendor)?.source ?? [])
      .join('|'),
    'u',
  )
}

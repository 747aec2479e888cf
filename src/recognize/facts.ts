import type { Actor } from '../model/attribution.ts'
import type { AppFact, AppKeys } from '../policy/policy.ts'
import type { SpanShape } from '../model/span.ts'
import { SPAN_KIND } from '../model/span.ts'
import {
  ACCOUNT_KEYS,
  AGENT_FUNCTION_KEYS,
  AGENT_ID_KEYS,
  AGENT_NAME_BESIDE,
  AGENT_NAME_KEYS,
  AGENT_USER_KEYS,
  AGENT_VERSION_KEYS,
  CONVERSATION_KEYS,
  INSTALLATION_KEY,
  LOGIN_KEY,
  MCP_SERVER_KEYS,
  METADATA_KEYS,
  NO_AGENT_IDS,
  NO_TOOL_NAMES,
  OF_INSTALLATION,
  OF_ONE_USER,
  SHARED_AGENT_ID_KEYS,
  SHARED_AGENT_NAME_KEYS,
  SHARED_AGENT_VERSION_KEYS,
  SHARED_TOOL_KEYS,
  TOOL_KEYS,
  USER_KEYS,
  USER_SPELLINGS,
  USER_STAND_IN_KEYS,
} from './dialects/fact-keys.ts'
import type { Places } from './dialects/fact-keys.ts'
import { ENTITIES } from './dialects/entity.ts'
import { memberOf } from './dialects/marker.ts'
import { MCP_CALL, MCP_KIND_KEYS } from './dialects/mcp.ts'
import { agentInName, toolInName } from './dialects/name-facts.ts'
import { isPlaceholder } from '../identity/identity.ts'
import { isConnecting } from './connecting.ts'
import { SUBJECT } from './key-scan.ts'
import { likelyUser } from './likely-user.ts'
import type { KeyScan } from './key-scan.ts'
import type { Recognition } from './recognize.ts'
import { factOf, isUnreadable, textOf, UNREADABLE } from '../base/attribute-value.ts'

/**
 * Everything that a span's own attributes say in the words of dialects. Each fact is read on first use, and at most
 * once even if several callers ask: on a live span, most are never needed.
 */
export class Facts {
  readonly #span: SpanShape
  readonly #recognition: Recognition | undefined
  readonly #subjects: number
  readonly #appKeys: AppKeys | undefined
  /** Null if it hasn't been read yet. */
  #user: string | undefined | null = null
  #namedAgent: Actor | undefined

  constructor(
    span: SpanShape,
    recognition: Recognition | undefined,
    { subjects }: KeyScan,
    appKeys: AppKeys | undefined,
  ) {
    this.#span = span
    this.#appKeys = appKeys
    this.#recognition = recognition
    this.#subjects = subjects
  }

  /** The user that the span names by id. */
  get user(): string | undefined {
    if (this.#user === null) this.#user = this.#mentionsUser ? (this.#inApp('user') ?? userOf(this.#span)) : undefined
    return this.#user
  }

  /** The end user, if the span names someone else as user: an administrator who works as a customer, for example. */
  get rivalUser(): string | undefined {
    if (this.user === undefined) return undefined
    const [user, endUser] = [
      plainText(this.#span.attributes['user.id']),
      plainText(this.#span.attributes['enduser.id']),
    ]
    return user === this.#user && endUser !== user ? endUser : undefined
  }

  /** Who is meant if no id is given, here or above. */
  get userStandIn(): string | undefined {
    return this.#mentionsUser ? userStandInOf(this.#span) : undefined
  }

  /** Who is likely to be the user, by a key that no vendor is known for. Only on an agent's own span. */
  get likelyUser(): string | undefined {
    return this.#recognition?.kind === 'agent' ? likelyUser(this.#span.attributes) : undefined
  }

  /** The pseudonym of the machine that the program ran on. */
  get installation(): string | undefined {
    return this.#mentionsUser ? installationOf(this.#span) : undefined
  }

  /** The agent that this span is. Undefined if it isn't one. */
  get ownAgent(): Actor | undefined {
    return this.#recognition?.kind === 'agent' ? this.#agentOf(this.#recognition) : undefined
  }

  /** The agent that the span names with keys that mean an agent on any span. */
  get namedAgent(): Actor {
    if ((this.#subjects & SUBJECT.agent) === 0) return NOBODY
    return (this.#namedAgent ??= this.#agentOf(undefined))
  }

  /** The agent's own directory accounts. */
  get agentUsers(): readonly string[] {
    return agentUsersOf(this.#span)
  }

  /** The tool that the span calls. */
  get tool(): string | undefined {
    const own = this.#recognition?.kind === 'tool' ? this.#inApp('tool') : undefined
    return own ?? toolNameOf(this.#span, this.#recognition)
  }

  get conversation(): string | undefined {
    return this.#inApp('conversation') ?? conversationOf(this.#span)
  }

  get mcpServer(): string | undefined {
    return mcpServerOf(this.#span)
  }

  get isMcpCall(): boolean {
    return isMcpCall(this.#span)
  }

  get isMcpClient(): boolean {
    return isMcpClient(this.#span)
  }

  get isMcpSession(): boolean {
    return isMcpSession(this.#span)
  }

  get isConnecting(): boolean {
    return isConnecting(this.#span)
  }

  /** What the app states under keys of its own, as policy names them. */
  #inApp(fact: AppFact): string | undefined {
    return this.#appKeys === undefined ? undefined : firstText(this.#span, this.#appKeys.of[fact])
  }

  #agentOf(recognition: Recognition | undefined): Actor {
    const agent = agentOf(this.#span, recognition)
    const name = this.#inApp('agent')
    return name === undefined ? agent : { ...agent, name }
  }

  get #mentionsUser(): boolean {
    return (this.#subjects & SUBJECT.user) !== 0
  }
}

const NOBODY: Actor = {}

/** The user that a span names by id, whether or not it's an agent span: the `user.id` on an HTTP root counts. */
export function userOf(span: SpanShape): string | undefined {
  if (isOfInstallation(span)) return firstText(span, ACCOUNT_KEYS)
  return firstPlaced(span, USER_KEYS) ?? userInMetadata(span)
}

/** Who is meant if no id is given, here or above: an address, or the pseudonym that a model was told. */
export function userStandInOf(span: SpanShape): string | undefined {
  const person = firstText(span, USER_STAND_IN_KEYS)
  if (person !== undefined || !OF_ONE_USER.test(span.instrumentationScope.name)) return person
  return plainText(span.attributes[LOGIN_KEY])
}

/** The pseudonym of the machine that a program ran on. The same person has a different one at home. */
export function installationOf(span: SpanShape): string | undefined {
  return isOfInstallation(span) ? plainText(span.attributes[INSTALLATION_KEY]) : undefined
}

function isOfInstallation({ name, instrumentationScope }: SpanShape): boolean {
  return OF_INSTALLATION.named.test(name) || OF_INSTALLATION.scope.test(instrumentationScope.name)
}

/**
 * The agent that a span names. Its name, and keys that others use too, count only on an agent's own span. On any other
 * span, only a key that always means an agent counts.
 */
export function agentOf(span: SpanShape, recognition: Recognition | undefined): Actor {
  const own = recognition?.kind === 'agent' ? recognition : undefined
  const id = agentIdOf(span, own)
  const name = firstText(span, AGENT_NAME_KEYS) ?? sharedAgentName(span, own) ?? ownAgentName(span, own)
  const version = firstText(span, AGENT_VERSION_KEYS) ?? sharedText(span, own, SHARED_AGENT_VERSION_KEYS)
  return {
    ...(id === undefined ? {} : { id }),
    ...(name === undefined ? {} : { name }),
    ...(version === undefined ? {} : { version }),
  }
}

/** The tool that a span calls. */
export function toolNameOf(span: SpanShape, recognition: Recognition | undefined): string | undefined {
  const named = firstText(span, TOOL_KEYS)
  if (named !== undefined || recognition?.kind !== 'tool') return named
  const told =
    firstText(span, SHARED_TOOL_KEYS) ?? entityName(span, recognition) ?? toolInName(span, recognition.dialect)
  return told !== undefined && NO_TOOL_NAMES.has(told) ? undefined : told
}

/**
 * The conversation, thread or session of a span. An MCP connection's session is the last resort. Some vendors write a
 * fixed word if they don't know any, which would merge all conversations into one.
 */
export function conversationOf(span: SpanShape): string | undefined {
  return firstPlaced(span, CONVERSATION_KEYS, (id) => !isPlaceholder(id))
}

/** The name of the MCP server that a span calls, or is part of. */
export function mcpServerOf(span: SpanShape): string | undefined {
  return firstText(span, MCP_SERVER_KEYS)
}

/** Whether a span is a tool call over MCP, on either side. */
export function isMcpCall(span: SpanShape): boolean {
  const method = mcpMethodOf(span)
  if (method !== undefined) return MCP_CALL.test(method)
  const kindKey = mcpKindKey(span)
  return kindKey !== undefined && textOf(span.attributes[kindKey])?.toLowerCase() === 'tool'
}

/** Whether a span is the client side of MCP. Everything below it is transport. */
export function isMcpClient(span: SpanShape): boolean {
  return span.kind === SPAN_KIND.client && (mcpMethodOf(span) !== undefined || mcpKindKey(span) !== undefined)
}

/** A session is open as long as its client is connected. It holds acts of any caller, but isn't an act itself. */
export function isMcpSession(span: SpanShape): boolean {
  return mcpKindKey(span) !== undefined && span.name.endsWith('.session')
}

/** The agent's own directory accounts. They look like a user's but aren't. */
export function agentUsersOf(span: SpanShape): readonly string[] {
  const { attributes } = span
  let users = NO_USERS
  for (const key of AGENT_USER_KEYS) {
    const user = factOf(attributes[key])
    if (user !== undefined) users = [...users, user]
  }
  return users
}

const NO_USERS: readonly string[] = []

function firstText({ attributes }: SpanShape, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const text = plainText(attributes[key])
    if (text !== undefined) return text
  }
  return undefined
}

function firstPlaced(
  { attributes }: SpanShape,
  places: Places,
  counts: (text: string) => boolean = () => true,
): string | undefined {
  let first = places.size
  let found: string | undefined
  for (const key in attributes) {
    const place = places.get(key)
    if (place === undefined || place >= first) continue
    const text = plainText(attributes[key])
    if (text !== undefined && counts(text)) [first, found] = [place, text]
  }
  return found
}

/** Some vendors write every value as JSON, which puts text in quotes. */
function plainText(value: unknown): string | undefined {
  if (isUnreadable(value)) return UNREADABLE
  const text = textOf(value)
  const parsed = text?.startsWith('"') === true ? parsedJson(text) : undefined
  return factOf(typeof parsed === 'string' ? parsed : text)
}

function sharedText(span: SpanShape, own: Recognition | undefined, keys: readonly string[]): string | undefined {
  return own === undefined ? undefined : firstText(span, keys)
}

function agentIdOf(span: SpanShape, own: Recognition | undefined): string | undefined {
  const id = firstText(span, AGENT_ID_KEYS) ?? sharedText(span, own, SHARED_AGENT_ID_KEYS)
  return id !== undefined && NO_AGENT_IDS.has(id) ? undefined : id
}

function sharedAgentName(span: SpanShape, own: Recognition | undefined): string | undefined {
  const isMeant = own !== undefined || hasOneOf(span, AGENT_NAME_BESIDE)
  return isMeant ? firstText(span, SHARED_AGENT_NAME_KEYS) : undefined
}

function hasOneOf({ attributes }: SpanShape, keys: readonly string[]): boolean {
  for (const key of keys) if (attributes[key] !== undefined) return true
  return false
}

function ownAgentName(span: SpanShape, own: Recognition | undefined): string | undefined {
  if (own === undefined) return undefined
  return firstText(span, AGENT_FUNCTION_KEYS) ?? entityName(span, own) ?? agentInName(span, own.dialect)
}

/** The value of a key that names an agent or a tool. Only the dialect tells which one it is. */
function entityName({ attributes }: SpanShape, { dialect, kind }: Recognition): string | undefined {
  const entity = ENTITIES.get(dialect)
  if (entity === undefined || (entity.kind !== undefined && entity.kind !== kind)) return undefined
  const isMeant = entity.beside === undefined || attributes[entity.beside] !== undefined
  if (!isMeant) return undefined
  const value = attributes[entity.key]
  return factOf(entity.member === undefined ? value : memberOf(value, entity.member))
}

function mcpMethodOf({ attributes }: SpanShape): string | undefined {
  const method = textOf(attributes['mcp.method.name'])
  if (method !== undefined) return method
  return attributes['rpc.method'] === 'tools/call' ? 'tools/call' : undefined
}

/** The key of an MCP instrumentation that writes a kind but no method. */
function mcpKindKey({ instrumentationScope }: SpanShape): string | undefined {
  return MCP_KIND_KEYS.get(instrumentationScope.name)
}

function userInMetadata({ attributes }: SpanShape): string | undefined {
  for (const key of METADATA_KEYS) {
    const user = userIn(attributes[key])
    if (user !== undefined) return user
  }
  return undefined
}

function userIn(metadata: unknown): string | undefined {
  const parsed = typeof metadata === 'string' && MENTIONS_USER.test(metadata) ? parsedJson(metadata) : metadata
  if (typeof parsed !== 'object' || parsed === null) return undefined
  for (const spelling of USER_SPELLINGS) {
    const user = factOf((parsed as Record<string, unknown>)[spelling])
    if (user !== undefined) return user
  }
  return undefined
}

/** Most metadata doesn't mention a user, so parsing it would be a waste. */
const MENTIONS_USER = /user/iu

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

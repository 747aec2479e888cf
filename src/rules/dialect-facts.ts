import type { Actor } from '../model/attribution.ts'
import type { SpanShape } from '../model/span.ts'
import { SPAN_KIND } from '../model/span.ts'
import { agentInName, toolInName } from './dialects/name-facts.ts'
import type { Recognition } from './recognize.ts'
import { textOf } from './stated.ts'

/** The user that a span names, be it an agent's span or not: the `user.id` on an HTTP root counts. */
export function userOf(span: SpanShape): string | undefined {
  return firstText(span, USER_KEYS) ?? userInMetadata(span)
}

/**
 * The agent that a span names. Only on an agent's own span do its name and the keys that others use as well tell it;
 * anywhere else a key must speak of an agent.
 */
export function agentOf(span: SpanShape, recognition: Recognition | undefined): Actor {
  const own = recognition?.kind === 'agent' ? recognition : undefined
  const id = agentIdOf(span, own)
  const name = firstText(span, AGENT_NAME_KEYS) ?? sharedAgentName(span, own) ?? ownAgentName(span, own)
  const version = firstText(span, AGENT_VERSION_KEYS)
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
  return firstText(span, SHARED_TOOL_KEYS) ?? entityName(span, recognition) ?? toolInName(span, recognition)
}

/** The conversation, thread or session of a span; that of an MCP connection is the last resort. */
export function conversationOf(span: SpanShape): string | undefined {
  return firstText(span, CONVERSATION_KEYS)
}

/** The name of the MCP server that a span calls, or is part of. */
export function mcpServerOf(span: SpanShape): string | undefined {
  return firstText(span, MCP_SERVER_KEYS)
}

/** Whether a span is the call of a tool over MCP, on either side. */
export function isMcpCall(span: SpanShape): boolean {
  const method = mcpMethodOf(span)
  if (method !== undefined) return method.toLowerCase() === 'tools/call'
  return isTraceloopMcp(span) && textOf(span.attributes['traceloop.span.kind'])?.toLowerCase() === 'tool'
}

/** Whether a span is the client's side of MCP: what lies below it is transport. */
export function isMcpClient(span: SpanShape): boolean {
  return span.kind === SPAN_KIND.client && (mcpMethodOf(span) !== undefined || isTraceloopMcp(span))
}

/** A session is open for as long as its client is connected: it holds acts, of whoever calls, and is none itself. */
export function isMcpSession(span: SpanShape): boolean {
  return isTraceloopMcp(span) && span.name.endsWith('.session')
}

/** The agent's own accounts in a directory (Agent 365): they look like a user's and are not. */
export function agentUsersOf(span: SpanShape): readonly string[] {
  return AGENT_USER_KEYS.flatMap((key) => textOf(span.attributes[key]) ?? [])
}

/** The first that is there and not blank. `langsmith.trace.session_id` is a project, and no user's. */
export const USER_KEYS = [
  'user.id',
  'enduser.id',
  'langfuse.user.id',
  'langwatch.user.id',
  'traceloop.association.properties.user_id',
  'traceloop.association.properties.userId',
  'ai.settings.context.userId',
  'ai.settings.context.user_id',
  'ai.telemetry.metadata.userId',
  'ai.telemetry.metadata.user_id',
  'langsmith.metadata.user_id',
  'langsmith.metadata.userId',
  'mastra.metadata.userId',
  'mastra.metadata.user_id',
  'lmnr.association.properties.user_id',
  'ioa_observe.association.properties.user_id',
  'gen_ai.user.id',
  'gen_ai.request.user',
] as const

/** What an app told its telemetry, kept as one JSON text. */
export const METADATA_KEYS = ['metadata', 'ai.telemetry.metadata'] as const

export const AGENT_NAME_KEYS = ['gen_ai.agent.name'] as const
const AGENT_VERSION_KEYS = ['gen_ai.agent.version'] as const
/** `agent.id` and `agent.name` elsewhere often mean a monitoring agent. */
export const SHARED_AGENT_NAME_KEYS = ['agent.name', 'agent_name'] as const
export const AGENT_FUNCTION_KEYS = [
  'ai.telemetry.metadata.agent',
  'ai.telemetry.metadata.agentName',
  'ai.telemetry.functionId',
  'traceloop.entity.name',
  'ioa_observe.entity.name',
  'agentops.entity.name',
  'lk.agent_name',
  'genkit:name',
] as const

export const TOOL_KEYS = ['gen_ai.tool.name', 'ai.toolCall.name'] as const
export const SHARED_TOOL_KEYS = [
  'tool.name',
  'tool_name',
  'mcp.tool.name',
  'traceloop.entity.name',
  'ioa_observe.entity.name',
  'agentops.entity.name',
  'spring.ai.tool.definition.name',
  'haystack.tool.name',
  'lk.function_tool.name',
  'genkit:name',
] as const

const CONVERSATION_KEYS = [
  'gen_ai.conversation.id',
  'session.id',
  'langfuse.session.id',
  'langwatch.thread.id',
  'traceloop.association.properties.session_id',
  'traceloop.association.properties.sessionId',
  'ai.settings.context.sessionId',
  'ai.telemetry.metadata.sessionId',
  'ai.telemetry.metadata.threadId',
  'langsmith.metadata.session_id',
  'langsmith.metadata.thread_id',
  'langsmith.metadata.conversation_id',
  'microsoft.session.id',
  'gcp.vertex.agent.session_id',
  'mastra.metadata.threadId',
  'lmnr.association.properties.session_id',
  'spring.ai.chat.client.conversation.id',
  'gen_ai.session.id',
  'genkit:sessionId',
  'mcp.session.id',
] as const

export const MCP_SERVER_KEYS = ['mcp.server.name', 'fastmcp.server.name', 'mastra.mcp_tool_call.server_name'] as const

export const AGENT_USER_KEYS = [
  'microsoft.agent.user.id',
  'microsoft.agent.user.email',
  'microsoft.a365.caller.agent.user.id',
  'microsoft.a365.caller.agent.user.email',
] as const

function firstText({ attributes }: SpanShape, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const text = textOf(attributes[key])
    if (text !== undefined) return text
  }
  return undefined
}

/** OpenTelemetry's instrumentation of OpenAI Agents knows no id and writes the word `agent` on every one. */
function agentIdOf({ attributes }: SpanShape, own: Recognition | undefined): string | undefined {
  const id = textOf(attributes['gen_ai.agent.id']) ?? (own === undefined ? undefined : textOf(attributes['agent.id']))
  return id === 'agent' ? undefined : id
}

function sharedAgentName(span: SpanShape, own: Recognition | undefined): string | undefined {
  const isMeant = own !== undefined || span.attributes['openinference.span.kind'] !== undefined
  return isMeant ? firstText(span, SHARED_AGENT_NAME_KEYS) : undefined
}

function ownAgentName(span: SpanShape, own: Recognition | undefined): string | undefined {
  if (own === undefined) return undefined
  return firstText(span, AGENT_FUNCTION_KEYS) ?? entityName(span, own) ?? agentInName(span, own)
}

/** Keys that say what is called, and of which only the dialect says whether that is an agent or a tool. */
function entityName({ attributes }: SpanShape, { dialect }: Recognition): string | undefined {
  if (dialect === 'monocle') return textOf(attributes['entity.1.name'])
  const isTemplate = dialect === 'pydantic-logfire' && attributes['logfire.msg_template'] !== undefined
  return isTemplate ? textOf(attributes['name']) : undefined
}

function mcpMethodOf({ attributes }: SpanShape): string | undefined {
  const method = textOf(attributes['mcp.method.name'])
  if (method !== undefined) return method
  return attributes['rpc.method'] === 'tools/call' ? 'tools/call' : undefined
}

function isTraceloopMcp({ instrumentationScope }: SpanShape): boolean {
  return instrumentationScope.name === '@traceloop/instrumentation-mcp'
}

function userInMetadata({ attributes }: SpanShape): string | undefined {
  for (const key of METADATA_KEYS) {
    const user = userInJson(attributes[key])
    if (user !== undefined) return user
  }
  return undefined
}

function userInJson(value: unknown): string | undefined {
  if (typeof value !== 'string' || !value.includes('user')) return undefined
  try {
    const parsed: unknown = JSON.parse(value)
    if (typeof parsed !== 'object' || parsed === null) return undefined
    const { user_id: snake, userId: camel } = parsed as Record<string, unknown>
    return textOf(snake) ?? textOf(camel)
  } catch {
    return undefined
  }
}

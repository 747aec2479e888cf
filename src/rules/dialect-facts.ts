import type { Actor } from '../model/attribution.ts'
import type { SpanShape } from '../model/span.ts'
import { SPAN_KIND } from '../model/span.ts'
import { agentInName, toolInName } from './dialects/name-facts.ts'
import type { Recognition } from './recognize.ts'
import { textOf } from './stated.ts'

/** The user that a span names, be it an agent's or not: the `user.id` on an HTTP root counts. */
export function userOf(span: SpanShape): string | undefined {
  return firstText(span, USER_KEYS) ?? userInMetadata(span)
}

/**
 * The agent that a span names. Its own name tells it only on an agent span; anywhere else only a key that speaks of an
 * agent does.
 */
export function agentOf(span: SpanShape, recognition: Recognition | undefined): Actor {
  const isAgent = recognition?.kind === 'agent'
  const name =
    firstText(span, AGENT_NAME_KEYS) ??
    (isAgent || OPENINFERENCE_KIND in span.attributes ? firstText(span, AGENT_NAME_KEYS_OF_AGENTS) : undefined) ??
    (isAgent ? (firstText(span, FUNCTION_KEYS) ?? agentInName(span, recognition)) : undefined)
  const id = agentIdOf(span, name)
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
  return firstText(span, TOOL_KEYS_OF_TOOLS) ?? toolInName(span, recognition)
}

/** The conversation, thread or session of a span; the session of an MCP connection is the last resort. */
export function conversationOf(span: SpanShape): string | undefined {
  return firstText(span, CONVERSATION_KEYS)
}

/** The name of the MCP server that a span talks to, or is. */
export function mcpServerOf(span: SpanShape): string | undefined {
  return firstText(span, MCP_SERVER_KEYS)
}

/** Whether a span is the call of a tool over MCP, on either side. */
export function isMcpCall(span: SpanShape): boolean {
  const method = span.attributes[MCP_METHOD]
  if (typeof method === 'string') return method.trim().toLowerCase() === 'tools/call'
  return span.instrumentationScope.name === TRACELOOP_MCP && span.attributes['traceloop.span.kind'] === 'tool'
}

/** Whether a span is the client's side of MCP: what lies below it is transport. */
export function isMcpClient(span: SpanShape): boolean {
  if (span.kind !== SPAN_KIND.client) return false
  return textOf(span.attributes[MCP_METHOD]) !== undefined || span.instrumentationScope.name === TRACELOOP_MCP
}

/** The agent's own accounts in the directory (Agent 365): they look like a user's, and are not. */
export function agentUsersOf(span: SpanShape): readonly string[] {
  return AGENT_USER_KEYS.flatMap((key) => textOf(span.attributes[key]) ?? [])
}

const OPENINFERENCE_KIND = 'openinference.span.kind'
const MCP_METHOD = 'mcp.method.name'
const TRACELOOP_MCP = '@traceloop/instrumentation-mcp'

/** `langsmith.trace.session_id` is a project, and no user's. */
const USER_KEYS = [
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
  'gen_ai.user.id',
  'gen_ai.request.user',
] as const

const AGENT_NAME_KEYS = ['gen_ai.agent.name'] as const
/** `agent.name` elsewhere often names a monitoring agent. */
const AGENT_NAME_KEYS_OF_AGENTS = [
  'agent.name',
  'agent_name',
  'ai.telemetry.metadata.agent',
  'ai.telemetry.metadata.agentName',
] as const
const FUNCTION_KEYS = ['ai.telemetry.functionId', 'traceloop.entity.name', 'genkit:name'] as const
const AGENT_VERSION_KEYS = ['gen_ai.agent.version'] as const
const TOOL_KEYS = ['gen_ai.tool.name', 'ai.toolCall.name'] as const
const TOOL_KEYS_OF_TOOLS = ['tool.name', 'tool_name', 'mcp.tool.name', 'traceloop.entity.name', 'genkit:name'] as const

const CONVERSATION_KEYS = [
  'gen_ai.conversation.id',
  'session.id',
  'langfuse.session.id',
  'langwatch.thread.id',
  'traceloop.association.properties.session_id',
  'traceloop.association.properties.sessionId',
  'ai.settings.context.sessionId',
  'ai.telemetry.metadata.sessionId',
  'langsmith.metadata.session_id',
  'langsmith.metadata.thread_id',
  'langsmith.metadata.conversation_id',
  'microsoft.session.id',
  'gcp.vertex.agent.session_id',
  'genkit:sessionId',
  'mcp.session.id',
] as const

const MCP_SERVER_KEYS = ['mcp.server.name', 'fastmcp.server.name'] as const

const AGENT_USER_KEYS = [
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

/** An instrumentation that knows no id writes the word `agent` on every one. */
function agentIdOf(span: SpanShape, name: string | undefined): string | undefined {
  const id = textOf(span.attributes['gen_ai.agent.id'])
  return id === 'agent' && name !== undefined ? undefined : id
}

/** Some keep what the app told them as one JSON text. */
function userInMetadata({ attributes }: SpanShape): string | undefined {
  for (const key of ['metadata', 'ai.telemetry.metadata']) {
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

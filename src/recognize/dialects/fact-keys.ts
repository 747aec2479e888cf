/**
 * Where dialects state the facts that attribution needs. In each list the first key that holds something decides. What is
 * deliberately in none: `langsmith.trace.session_id` (a project), tenants, addresses of clients, a bare `user_id` (often
 * the user that is acted on), `thread.id` (of the operating system), a metadata key that names the owner of an API key.
 */
type Keys = readonly string[]

/** Keys by their place in a list, for lists that are longer than most spans have attributes. */
export type Places = ReadonlyMap<string, number>

/** What apps and conventions put before a key of their own choosing. */
const ASSOCIATIONS: Keys = [
  'traceloop.association.properties.',
  'ai.settings.context.',
  'ai.telemetry.metadata.',
  'langsmith.metadata.',
  'langfuse.trace.metadata.',
  'mastra.metadata.',
  'lmnr.association.properties.',
  'ioa_observe.association.properties.',
  'metadata.',
]

/** Where an app's own metadata is one JSON text, or an object. */
export const METADATA_KEYS: Keys = [
  'metadata',
  'ai.telemetry.metadata',
  'langfuse.trace.metadata',
  'langwatch.metadata',
  'traceloop.association.properties',
]

/** The spellings met of a user in associations and metadata. */
export const USER_SPELLINGS: Keys = ['user_id', 'userId', 'user.id', 'userID', 'enduser.id', 'end_user_id', 'endUserId']

export const USER_KEYS: Places = places([
  'user.id',
  'enduser.id',
  'langfuse.user.id',
  'langwatch.user.id',
  'ag.user.id',
  'trpc.go.agent.runner.user_id',
  'trpc_go_agent.user.id',
  'mlflow.trace.user',
  ...associated(USER_SPELLINGS),
  'gen_ai.user.id',
  'adk.user_id',
  'basalt.user.id',
  'confident.trace.user_id',
  'netra.user_id',
  'opik.user.id',
  'respan.customer_params.customer_identifier',
])

/**
 * What stands for a user, an address before any pseudonym: it may differ from the id of the same user, so it contradicts
 * nothing and gives way.
 */
export const USER_STAND_IN_KEYS: Keys = [
  'user.email',
  'gen_ai.request.user',
  'llm.user',
  'metadata.user_api_key_end_user_id',
  'enduser.pseudo.id',
  'user.hash',
]

/** The person who is logged in to a program that writes its own installation, hashed, where the user's id belongs. */
export const ACCOUNT_KEYS: Keys = ['user.account_uuid']
export const INSTALLATION_KEY = 'user.id'
/** Whose spans those are, by what they are called or by their scope. */
export const OF_INSTALLATION = {
  named: /^claude_code\./u,
  scope: /^com\.anthropic\.claude_code(?:\.|$)|^claude-code$/u,
} as const

/** A login is no identity, but of one who works with a program for a single user. */
export const LOGIN_KEY = 'user.name'
export const OF_ONE_USER = /^copilot-chat$/u

export const AGENT_NAME_KEYS: Keys = ['gen_ai.agent.name']
export const AGENT_VERSION_KEYS: Keys = ['gen_ai.agent.version']
export const AGENT_ID_KEYS: Keys = ['gen_ai.agent.id']
/** On an agent's own span alone: elsewhere `agent.id` and `agent.name` often mean a monitoring agent. */
export const SHARED_AGENT_NAME_KEYS: Keys = ['agent.name', 'agent_name']
export const SHARED_AGENT_VERSION_KEYS: Keys = ['agent.version', 'traceloop.entity.version']
export const SHARED_AGENT_ID_KEYS: Keys = ['agent.id', 'crewai.agent.id', 'agno.agent.id']
/** What is called there, be it an agent or the function that runs one. */
export const AGENT_FUNCTION_KEYS: Keys = [
  'ai.telemetry.metadata.agent',
  'ai.telemetry.metadata.agentName',
  'ai.telemetry.functionId',
  'traceloop.entity.name',
  'ioa_observe.entity.name',
  'agentops.entity.name',
  'crewai.agent.role',
  'crewai.task.agent',
  'crewai.crew.name',
  'haystack.component.name',
  'dify.node.title',
  'n8n.node.name',
  'lk.agent_name',
  'genkit:name',
  'entity.name',
]

export const TOOL_KEYS: Keys = ['gen_ai.tool.name', 'ai.toolCall.name']
/** On a tool's own span alone. */
export const SHARED_TOOL_KEYS: Keys = [
  'tool.name',
  'tool_name',
  'mcp.tool.name',
  'traceloop.entity.name',
  'ioa_observe.entity.name',
  'agentops.entity.name',
  'spring.ai.tool.definition.name',
  'haystack.tool.name',
  'dify.node.title',
  'n8n.node.name',
  'lk.function_tool.name',
  'genkit:name',
]

export const CONVERSATION_KEYS: Places = places([
  'gen_ai.conversation.id',
  'gen_ai.thread.id',
  'session.id',
  'langfuse.session.id',
  'langwatch.thread.id',
  'ag.session.id',
  'trpc.go.agent.runner.session_id',
  ...associated([
    'session_id',
    'sessionId',
    'session.id',
    'thread_id',
    'threadId',
    'conversation_id',
    'conversationId',
  ]),
  'microsoft.session.id',
  'gcp.vertex.agent.session_id',
  'mlflow.trace.session',
  'dify.conversation.id',
  'conversation.id',
  'wandb.thread_id',
  'spring.ai.chat.client.conversation.id',
  'gen_ai.session.id',
  'genkit:sessionId',
  'nat.conversation.id',
  'aiq.conversation.id',
  'copilot_chat.chat_session_id',
  'copilot_chat.session_id',
  'eve.session.id',
  'ai.settings.context.eve.session.id',
  'voltagent.conversation_id',
  'scope.agentic.session',
  '_ml_obs.session_id',
  'agentops.session.id',
  'basalt.session.id',
  'confident.trace.thread_id',
  'confident.trace.thread.id',
  'galileo.session.id',
  'honeyhive.session_id',
  'judgment.session_id',
  'langdb.thread_id',
  'netra.session_id',
  'opik.thread_id',
  'respan.threads.thread_identifier',
  'respan.sessions.session_identifier',
  'lk.session_id',
  'a2a.context_id',
  'mcp.session.id',
])

export const MCP_SERVER_KEYS: Keys = ['mcp.server.name', 'fastmcp.server.name', 'mastra.mcp_tool_call.server_name']

/** The agent's own accounts in a directory. */
export const AGENT_USER_KEYS: Keys = [
  'microsoft.agent.user.id',
  'microsoft.agent.user.email',
  'microsoft.a365.caller.agent.user.id',
  'microsoft.a365.caller.agent.user.email',
]

function places(keys: Keys): Places {
  return new Map(keys.map((key, place) => [key, place]))
}

function associated(spellings: Keys): Keys {
  return ASSOCIATIONS.flatMap((before) => spellings.map((spelling) => before + spelling))
}

import type { SpanShape } from '../../model/span.ts'
import { formOf } from './marker.ts'
import type { Pattern, Meaning } from './marker.ts'

/**
 * A dialect, or the part of one, that has nothing but names: its scope, what it calls itself, or an unmistakable prefix
 * is the marker.
 */
export interface NamedSpans {
  readonly dialect: string
  /** Whole names of scopes. */
  readonly scopes?: readonly string[]
  /** What the framework writes where the conventions want the model's provider, whatever the scope. */
  readonly systems?: readonly string[]
  /** What the name of every span begins with, whatever its scope; the forms stand for the rest of it. */
  readonly prefix?: string
  readonly forms: readonly Pattern[]
}

export const NAMED_SPANS: readonly NamedSpans[] = [
  {
    dialect: 'google-adk',
    scopes: ['gcp.vertex.agent'],
    systems: ['gcp.vertex.agent'],
    forms: [
      [/^invocation$/u, 'workflow'],
      [/^call_llm$/u, 'llm'],
      [/^(?:execute_tool|tool_call)\b/u, 'tool'],
      [/^(?:agent_run|invoke_agent)\b/u, 'agent'],
    ],
  },
  {
    // Strands before it followed the conventions.
    dialect: 'strands',
    scopes: ['strands.telemetry.tracer', 'strands-agents'],
    systems: ['strands-agents'],
    forms: [
      [/^Model invoke$/u, 'llm'],
      [/^Tool: /u, 'tool'],
    ],
  },
  {
    dialect: 'pydantic-logfire',
    scopes: ['pydantic-ai'],
    forms: [
      [/^running tool(?:$|: )/u, 'tool'],
      [/^running (?:\d+ |\{)?tools?(?:$|\W)/u, 'workflow'],
      [/^[^ ].* run(?: \{prompt=\})?$/u, 'agent'],
      [/^(?:chat |model request$)/u, 'llm'],
    ],
  },
  {
    dialect: 'coding-cli',
    prefix: 'claude_code.',
    forms: [
      [/^interaction$/u, 'agent'],
      [/^llm_request$/u, 'llm'],
      [/^tool(?:[._]execution)?$/u, 'tool'],
    ],
  },
  {
    // Codex calls its scope after the program.
    dialect: 'coding-cli',
    scopes: ['codex_cli_rs', 'codex_exec', 'codex-app-server', 'codex_app_server', 'codex_mcp_server', 'codex-tui'],
    forms: [
      [/^session_task\.(?:turn|review)$/u, 'agent'],
      [/^run_turn$/u, 'workflow'],
      [/^handle_tool_call$/u, 'tool'],
      [/^model_client\.stream_responses/u, 'llm'],
    ],
  },
  {
    dialect: 'haystack',
    prefix: 'haystack.',
    forms: [
      [/^(?:async_)?pipeline\.run$/u, 'workflow'],
      [/^agent\.run$/u, 'agent'],
      [/^agent\.step\.llm$/u, 'llm'],
      [/^agent\.step\.tool$/u, 'tool'],
      [/^agent\.step$/u, 'workflow'],
      [/^(?:component|chat_generator)\.run$/u, 'workflow'],
    ],
  },
  {
    dialect: 'ms-agent-framework',
    scopes: ['agent_framework', 'Microsoft.Agents.AI.Workflows', 'Experimental.Microsoft.Agents.AI.Workflows'],
    systems: ['microsoft.agent_framework'],
    forms: [[/^(?:workflow[._](?:run|invoke)|executor\.process)\b/u, 'workflow']],
  },
  {
    dialect: 'llamaindex',
    scopes: ['llamaindex.opentelemetry.tracer'],
    forms: [
      [/Retriever\.a?_?a?retrieve/u, 'retriever'],
      [/(?:Rerank\w*|Postprocessor)\.a?postprocess/u, 'retriever'],
      [/Tool\.a?call/u, 'tool'],
      [/Agent(?:Workflow|Runner)?\.(?:run|a?chat|astream_chat|stream_chat)\b/u, 'agent'],
      [/Embedding\w*\.a?_?get/u, 'llm'],
      [/\.a?(?:stream_)?(?:chat|complete|predict)\b/u, 'llm'],
      [/(?:Workflow\.run|QueryEngine\.a?query)\b/u, 'workflow'],
    ],
  },
  {
    dialect: 'livekit',
    scopes: ['livekit-agents'],
    forms: [
      [/^agent_turn$/u, 'agent'],
      [/^function_tool$/u, 'tool'],
      [/^llm_request(?:_run)?$/u, 'llm'],
    ],
  },
  {
    // A turn of the conversation is around what hears, thinks and speaks; those have operations.
    dialect: 'pipecat',
    scopes: ['pipecat.turn'],
    forms: [[/^turn$/u, 'workflow']],
  },
  {
    // What else CrewAI's own telemetry records (`Crew Created`, `Tool Usage Error`) is an event.
    dialect: 'crewai',
    scopes: ['crewai.telemetry'],
    forms: [
      [/^(?:Crew|Task|Flow) Execution$/u, 'workflow'],
      [/^Tool Usage$/u, 'tool'],
    ],
  },
  {
    // OpenLLMetry marks CrewAI's agents and tasks, and not the crew and the model.
    dialect: 'traceloop',
    scopes: ['opentelemetry.instrumentation.crewai.instrumentation', 'opentelemetry.instrumentation.crewai'],
    forms: [
      [/^crewai\.workflow$/u, 'workflow'],
      [/\.llm$/u, 'llm'],
    ],
  },
  {
    // AWS gives the chains and graph nodes of LangChain no operation.
    dialect: 'aws-distro',
    scopes: ['amazon.opentelemetry.distro.instrumentation.langchain'],
    forms: [[/^chain(?: |$)/u, 'workflow']],
  },
  {
    // Logfire's first instrumentation of the Claude Agent SDK; later ones have operations.
    dialect: 'pydantic-logfire',
    scopes: ['logfire.claude_agent_sdk'],
    forms: [
      [/^claude\.conversation$/u, 'agent'],
      [/^claude\.assistant\.turn$/u, 'llm'],
    ],
  },
  {
    dialect: 'quarkus-langchain4j',
    prefix: 'langchain4j.',
    forms: [
      [/^aiservices\./u, 'agent'],
      [/^tools\./u, 'tool'],
    ],
  },
  {
    // Mastra's bridge marks and renames its spans when they end, and until then tools run in them.
    dialect: 'mastra',
    scopes: ['@mastra/otel-bridge'],
    forms: [
      [/^agent run: /u, 'agent'],
      [/^(?:mcp_|client_|provider_)?tool: /u, 'tool'],
      [/^llm: /u, 'llm'],
      [/^(?:workflow run|workflow step|step): /u, 'workflow'],
    ],
  },
  {
    dialect: 'vllm',
    scopes: ['vllm.llm_engine'],
    forms: [[/^llm_request$/u, 'llm']],
  },
  {
    // Vercel's framework gave the turn of an agent a name and no operation.
    dialect: 'eve',
    scopes: ['eve'],
    forms: [[/^ai\.eve\.turn$/u, 'agent']],
  },
  // Asked whether something may be done: to ask is no act, though it often goes out to a policy engine.
  { dialect: 'cosai', prefix: 'identity.authz', forms: [[/^(?: |$)/u, 'guardrail']] },
  { dialect: 'agent-governance', prefix: 'agt.', forms: [[/^(?:policy\.evaluate|approval\.request)$/u, 'guardrail']] },
  { dialect: 'tenuo', prefix: 'tenuo.', forms: [[/^authorize$/u, 'guardrail']] },
  { dialect: 'bedrock-agentcore', prefix: 'AgentCore.Policy.', forms: [[/Authorize/u, 'guardrail']] },
  { dialect: 'bedrock-agentcore', prefix: 'AgentCore.Gateway.InvokeTool', forms: [[/^$/u, 'tool']] },
  // Effect names a span after the function, and the tracer after the app.
  {
    dialect: 'effect-ai',
    prefix: 'LanguageModel.',
    forms: [[/^(?:generateText|streamText|generateObject)$/u, 'llm']],
  },
  { dialect: 'effect-ai', prefix: 'EmbeddingModel.', forms: [[/^embed(?:Many)?$/u, 'llm']] },
  { dialect: 'effect-ai', prefix: 'Toolkit.', forms: [[/^handle$/u, 'tool']] },
]

export function meaningOfName(span: SpanShape): { readonly dialect: string; readonly meaning: Meaning } | undefined {
  const byOwner =
    meaningIn(BY_SCOPE.get(span.instrumentationScope.name), span.name) ?? meaningIn(bySystem(span), span.name)
  if (byOwner !== undefined) return byOwner
  for (const { dialect, prefix, forms } of PREFIXED) {
    if (!span.name.startsWith(prefix)) continue
    const meaning = formOf(forms, span.name.slice(prefix.length))
    return meaning === undefined ? undefined : { dialect, meaning }
  }
  return undefined
}

function meaningIn(
  row: NamedSpans | undefined,
  name: string,
): { readonly dialect: string; readonly meaning: Meaning } | undefined {
  const meaning = formOf(row?.forms, name)
  return row === undefined || meaning === undefined ? undefined : { dialect: row.dialect, meaning }
}

function bySystem({ attributes }: SpanShape): NamedSpans | undefined {
  const system = attributes[SYSTEM_KEYS[0]] ?? attributes[SYSTEM_KEYS[1]]
  return typeof system === 'string' ? BY_SYSTEM.get(system) : undefined
}

/** Where the conventions want the provider of the model: now, and before. */
export const SYSTEM_KEYS = ['gen_ai.provider.name', 'gen_ai.system'] as const

const BY_SYSTEM: ReadonlyMap<string, NamedSpans> = new Map(
  NAMED_SPANS.flatMap((row) => (row.systems ?? []).map((system) => [system, row] as const)),
)

const BY_SCOPE: ReadonlyMap<string, NamedSpans> = new Map(
  NAMED_SPANS.flatMap((row) => (row.scopes ?? []).map((scope) => [scope, row] as const)),
)

const PREFIXED = NAMED_SPANS.flatMap(({ prefix, ...row }) => (prefix === undefined ? [] : [{ ...row, prefix }]))

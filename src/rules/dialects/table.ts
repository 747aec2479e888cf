import { WORDS } from './marker.ts'
import type { Marker } from './marker.ts'
import { OPERATION, SENTRY_OPERATION } from './operations.ts'

/**
 * The ordered table of dialects. Where a span bears several marks, the first row decides that knows the value: an
 * operation before a kind, a kind before a type, and what a convention says before what an exporter made of it.
 */
export const MARKERS: readonly Marker[] = [
  {
    // Spring AI gives its tools, advisors and clients one operation, and its own key tells them apart.
    dialect: 'spring-ai',
    key: 'spring.ai.kind',
    values: { tool_call: 'tool', chat_client: 'workflow', advisor: 'workflow', vector_store: 'retriever' },
  },
  OPERATION,
  { dialect: 'openinference', key: 'openinference.span.kind', values: WORDS },
  { dialect: 'langfuse', key: 'langfuse.observation.type', values: { ...WORDS, generation: 'llm' } },
  {
    dialect: 'vercel-ai',
    key: 'ai.operationId',
    forms: [
      [/^(?:ai_)?tool_call$/u, 'tool'],
      [/^(?:ai_)?(?:generate|stream)_(?:text|object)$/u, 'agent'],
      [/rerank$/u, 'retriever'],
      [/_do_[a-z_]+$/u, 'llm'],
      [/^(?:ai_)?(?:embed|generate|stream|transcribe)/u, 'llm'],
    ],
  },
  { dialect: 'traceloop', key: 'traceloop.span.kind', values: WORDS },
  {
    dialect: 'traceloop',
    key: 'llm.request.type',
    values: { ...WORDS, chat: 'llm', completion: 'llm', rerank: 'retriever' },
  },
  { dialect: 'agntcy', key: 'ioa_observe.span.kind', values: { ...WORDS, graph: 'workflow' } },
  {
    dialect: 'langwatch',
    key: 'langwatch.span.type',
    values: { ...WORDS, rag: 'retriever', module: 'workflow', component: 'workflow', evaluation: 'guardrail' },
  },
  {
    dialect: 'langsmith',
    key: 'langsmith.span.kind',
    values: { ...WORDS, parser: 'workflow' },
  },
  // A traced function is a chain until its kind is known, which is at its end.
  { dialect: 'langsmith', key: 'langsmith.traceable', values: { true: 'workflow' } },
  {
    dialect: 'mastra',
    key: 'mastra.span.type',
    values: { model_generation: 'llm', model_inference: 'llm', llm_generation: 'llm', embedding: 'llm' },
    forms: [
      [/_chunk$/u, undefined],
      [/^agent_run$/u, 'agent'],
      [/tool_call$/u, 'tool'],
      [/^workflow_|_step$/u, 'workflow'],
    ],
  },
  {
    // Alibaba's ARMS and LoongSuite, Future AGI and others.
    dialect: 'otel-genai',
    key: 'gen_ai.span.kind',
    values: { ...WORDS, step: 'workflow', entry: 'workflow', vector_db: 'retriever' },
  },
  { dialect: 'future-agi', key: 'fi.span.kind', values: { ...WORDS, vector_db: 'retriever' } },
  {
    dialect: 'monocle',
    key: 'span.type',
    beside: { keys: ['monocle_apptrace.version', 'monocle_apptrace.language', 'entity.1.type'] },
    values: {
      workflow: 'workflow',
      retrieval: 'retriever',
      agentic_delegation: 'workflow',
      agentic_invocation: 'agent',
    },
    forms: [
      [/^agentic_(?:request|turn)$/u, 'agent'],
      [/^agentic_(?:tool|mcp)_invocation$/u, 'tool'],
      [/^(?:inference|embedding)/u, 'llm'],
    ],
  },
  {
    dialect: 'coding-cli',
    key: 'span.type',
    beside: { scopes: ['claude-code', 'com.anthropic.claude_code.tracing', 'com.anthropic.claude_code.traces'] },
    values: { interaction: 'agent', llm_request: 'llm', tool: 'tool', tool_execution: 'tool' },
  },
  {
    dialect: 'agentops',
    key: 'agentops.span.kind',
    values: { ...WORDS, operation: 'workflow', team: 'workflow', workflow_step: 'workflow', llm_call: 'llm' },
  },
  {
    dialect: 'laminar',
    key: 'lmnr.span.type',
    values: { ...WORDS, pipeline: 'workflow', executor: 'workflow', human_evaluator: 'guardrail' },
  },
  { dialect: 'fiddler', key: 'fiddler.span.type', values: WORDS },
  { dialect: 'deepeval', key: 'confident.span.type', values: WORDS },
  { dialect: 'judgment', key: 'judgment.span_kind', values: WORDS },
  { dialect: 'nemo-agent-toolkit', key: 'nat.span.kind', values: WORDS },
  {
    dialect: 'mlflow',
    key: 'mlflow.spanType',
    values: { ...WORDS, chat_model: 'llm', parser: 'workflow' },
  },
  {
    dialect: 'braintrust',
    key: 'braintrust.span_attributes',
    member: 'type',
    values: { llm: 'llm', tool: 'tool', task: 'workflow', score: 'guardrail' },
  },
  {
    dialect: 'braintrust',
    key: 'braintrust.span_attributes.type',
    values: { llm: 'llm', tool: 'tool', task: 'workflow', score: 'guardrail' },
  },
  {
    dialect: 'honeyhive',
    key: 'honeyhive_event_type',
    values: { model: 'llm', tool: 'tool', chain: 'workflow' },
  },
  {
    dialect: 'trulens',
    key: 'ai.observability.span_type',
    values: {
      ...WORDS,
      record_root: 'workflow',
      retrieval: 'retriever',
      reranking: 'retriever',
      generation: 'llm',
      tool_invocation: 'tool',
      agent_invocation: 'agent',
      eval: 'guardrail',
      eval_root: 'guardrail',
    },
  },
  {
    dialect: 'langtrace',
    key: 'langtrace.service.type',
    values: { llm: 'llm', framework: 'workflow', vectordb: 'retriever' },
  },
  SENTRY_OPERATION,
  {
    // Logfire names its spans with templates; those of its instrumentations of OpenAI, of agents and of MCP are known.
    dialect: 'pydantic-logfire',
    key: 'logfire.msg_template',
    beside: {
      keys: [
        'gen_ai.system',
        'gen_ai.provider.name',
        'gen_ai.request.model',
        'request_data',
        'sdk_span_type',
        'request',
      ],
      scopes: ['logfire.openai_agents', 'logfire.openai', 'logfire.anthropic', 'logfire.mcp'],
    },
    forms: [
      [/^mcp_(?:request|server_handle_request)_tools_call(?:_|$)/u, 'tool'],
      [/^agent_run_name/u, 'agent'],
      [/^function_name$/u, 'tool'],
      [/^(?:chat_completion|completion|responses_api|message|embedding_creation|image_generation)_with_/u, 'llm'],
      [/^(?:openai_agents_trace|task|turn_turn_for_agent|handoff)_/u, 'workflow'],
      [/^guardrail_/u, 'guardrail'],
    ],
  },
  { dialect: 'pydantic-logfire', key: 'pydantic_ai.all_messages', forms: [[/^/u, 'agent']] },
  {
    // Older Pydantic AI has neither operation nor kind, and some stores lose the scope.
    dialect: 'pydantic-logfire',
    key: 'logfire.msg',
    beside: { keys: ['gen_ai.tool.call.id', 'model_name', 'all_messages_events'], scopes: ['pydantic-ai'] },
    forms: [
      [/^running_tool(?:_|$)/u, 'tool'],
      [/^running_(?:\d+_)?tools?$/u, 'workflow'],
      [/_run$/u, 'agent'],
    ],
  },
  { dialect: 'mcp-semconv', key: 'mcp.method.name', values: { tools_call: 'tool' } },
  {
    dialect: 'genkit',
    key: 'genkit:metadata:subtype',
    values: { ...WORDS, embedder: 'llm', background_model: 'llm', model: 'llm', flow: 'workflow' },
    forms: [
      [/^tool_/u, 'tool'],
      [/prompt$/u, 'workflow'],
    ],
  },
  {
    dialect: 'genkit',
    key: 'genkit:type',
    values: { prompt_template: 'workflow', dotprompt: 'workflow', flow: 'workflow', flow_step: 'workflow' },
  },
  {
    // The name of such a span says that a component ran; its class says which sort of work that was.
    dialect: 'haystack',
    key: 'haystack.component.type',
    forms: [
      [/(?:generator|embedder|llm)$/u, 'llm'],
      [/(?:retriever|ranker)$/u, 'retriever'],
      [/(?:^|_)tool_invoker$/u, 'tool'],
      [/(?:^|_)agent$/u, 'agent'],
      [/^/u, 'workflow'],
    ],
  },
  // Koog's nodes, subgraphs and strategies have a key and no operation.
  { dialect: 'koog', key: 'koog.node.id', forms: [[/^/u, 'workflow']] },
  { dialect: 'koog', key: 'koog.subgraph.id', forms: [[/^/u, 'workflow']] },
  { dialect: 'koog', key: 'koog.strategy.name', forms: [[/^/u, 'workflow']] },
]

import type { Marker } from './marker.ts'
import { LITELLM_CALLS, OPERATION, SENTRY_OPERATION } from './operations.ts'
import { kinds } from './kind-words.ts'

/** What only a call of a model has. */
const MODEL_CALL_KEYS: readonly string[] = [
  'gen_ai.request.model',
  'gen_ai.response.model',
  'gen_ai.response.id',
  'gen_ai.response.finish_reasons',
  'gen_ai.usage.input_tokens',
  'gen_ai.usage.output_tokens',
  'gen_ai.usage.prompt_tokens',
  'gen_ai.usage.completion_tokens',
]

/** What the clients of HTTP, databases and queues write: some platforms lend them the keys of what is around them. */
const OTHER_CLIENT_KEYS: readonly string[] = [
  'http.request.method',
  'http.method',
  'db.system.name',
  'db.system',
  'messaging.system',
  'rpc.method',
]

/**
 * Many who follow the conventions halfway give a tool its name and no operation, or one of their own. It decides where
 * nothing else does, not even a name. Where it was lent to a model call, an agent, a policy that was asked of the tool or
 * another library's client, the span is no tool.
 */
export const TOOL_NAME: Marker = {
  dialect: 'otel-genai',
  key: 'gen_ai.tool.name',
  unless: {
    keys: [...MODEL_CALL_KEYS, ...OTHER_CLIENT_KEYS],
    named:
      /^(?:(?:invoke|create)_agent|agent[ _]run|chat|llm|text_completion|generate_content|embeddings?)(?:[\s.:/]|$)|^(?:[\w-]+[. ])*(?:authori[sz](?:e|ation)|authz|(?:policy|permission)[._ ]?(?:check|decision|evaluat\w*|request))(?:\W|$)/iu,
    operation:
      /^(?:list|get|create|register|update|remove|delete|load|submit|describe|discover)[_.\s/-]|[_.\s/-](?:list|results?|setup|session|event|chunk)$/iu,
  },
  forms: [[/^/u, 'tool']],
}

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
  // LangSmith knows no operation for a retriever or a prompt, and writes that of an embedding or a chat.
  { dialect: 'langsmith', key: 'langsmith.span.kind', values: { retriever: 'retriever', prompt: 'workflow' } },
  OPERATION,
  { dialect: 'openinference', key: 'openinference.span.kind', ...kinds() },
  { dialect: 'langfuse', key: 'langfuse.observation.type', ...kinds() },
  {
    dialect: 'vercel-ai',
    key: 'ai.operationId',
    forms: [
      [/^(?:ai_)?tool_call$/u, 'tool'],
      [/^(?:ai_)?(?:generate|stream)_(?:text|object)$/u, 'agent'],
      [/rerank$/u, 'retriever'],
      [/_do_[a-z_]+$/u, 'llm'],
      [/^(?:ai_)?(?:embed|generate|speech|stream|transcribe)/u, 'llm'],
    ],
  },
  { dialect: 'traceloop', key: 'traceloop.span.kind', ...kinds() },
  {
    dialect: 'traceloop',
    key: 'llm.request.type',
    ...kinds(LITELLM_CALLS),
  },
  { dialect: 'agntcy', key: 'ioa_observe.span.kind', ...kinds() },
  {
    dialect: 'langwatch',
    key: 'langwatch.span.type',
    ...kinds({ rag: 'retriever', module: 'workflow', component: 'workflow' }),
  },
  { dialect: 'langsmith', key: 'langsmith.span.kind', ...kinds({ parser: 'workflow' }) },
  // A traced function is a chain until its kind is known, which is at its end.
  { dialect: 'langsmith', key: 'langsmith.traceable', values: { true: 'workflow' } },
  {
    dialect: 'mastra',
    key: 'mastra.span.type',
    values: { model_generation: 'llm', model_inference: 'llm', llm_generation: 'llm' },
    forms: [
      [/_chunk$/u, undefined],
      [/^agent_run$/u, 'agent'],
      [/tool_call$/u, 'tool'],
      [/embedding$/u, 'llm'],
      [/^workflow_|_step$/u, 'workflow'],
    ],
  },
  // Alibaba's ARMS and LoongSuite, Dify, Future AGI and others.
  { dialect: 'otel-genai', key: 'gen_ai.span.kind', ...kinds({ entry: 'workflow', vector_db: 'retriever' }) },
  { dialect: 'future-agi', key: 'fi.span.kind', ...kinds({ vector_db: 'retriever' }) },
  {
    dialect: 'monocle',
    key: 'span.type',
    onlyWith: { keys: ['monocle_apptrace.version', 'monocle_apptrace.language', 'entity.1.type'] },
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
    onlyWith: { scopes: ['claude-code', 'com.anthropic.claude_code.tracing', 'com.anthropic.claude_code.traces'] },
    values: { interaction: 'agent', llm_request: 'llm', tool: 'tool', tool_execution: 'tool' },
  },
  {
    dialect: 'voltagent',
    key: 'span.type',
    onlyWith: { scopes: ['@voltagent/core'], keys: ['entity.type'] },
    ...kinds(),
  },
  // The run of an agent is the only span of VoltAgent that has a state and no type.
  {
    dialect: 'voltagent',
    key: 'voltagent.operation_id',
    onlyWith: { keys: ['agent.state'] },
    forms: [[/^/u, 'agent']],
  },
  { dialect: 'agentops', key: 'agentops.span.kind', ...kinds({ operation: 'workflow', team: 'workflow' }) },
  // AgentOps on the spans of its instrumentations of models, which have no kind.
  { dialect: 'agentops', key: 'gen_ai.request.type', ...kinds({ response: 'llm' }) },
  { dialect: 'laminar', key: 'lmnr.span.type', ...kinds({ executor: 'workflow' }) },
  {
    dialect: 'ag2',
    key: 'ag2.span.type',
    ...kinds({ conversation: 'workflow', multi_conversation: 'workflow', speaker_selection: 'workflow' }),
  },
  { dialect: 'weave', key: 'weave.span.kind', ...kinds() },
  { dialect: 'datadog', key: '_ml_obs.meta.span.kind', ...kinds() },
  { dialect: 'fiddler', key: 'fiddler.span.type', ...kinds() },
  { dialect: 'deepeval', key: 'confident.span.type', ...kinds() },
  { dialect: 'judgment', key: 'judgment.span_kind', ...kinds() },
  { dialect: 'nemo-agent-toolkit', key: 'nat.span.kind', ...kinds({ embedder: 'llm' }) },
  { dialect: 'agenta', key: 'ag.type.node', ...kinds({ query: 'retriever' }) },
  { dialect: 'agentuniverse', key: 'au.span.kind', ...kinds() },
  { dialect: 'traceroot', key: 'traceroot.span.type', ...kinds() },
  { dialect: 'netra', key: 'netra.span.type', ...kinds() },
  { dialect: 'basalt', key: 'basalt.span.kind', ...kinds() },
  { dialect: 'orq', key: 'orq.span.kind', ...kinds() },
  { dialect: 'respan', key: 'respan.entity.log_type', ...kinds({ response: 'llm', ...LITELLM_CALLS }) },
  { dialect: 'cozeloop', key: 'cozeloop.span_type', ...kinds({ model: 'llm', llmcall: 'llm', plugin: 'tool' }) },
  // AgentScope before it followed the conventions; elsewhere the key says which side of a call a span is on.
  { dialect: 'agentscope', key: 'span.kind', onlyWith: { keys: ['project.run_id'] }, ...kinds() },
  // What Latitude calls external is a model call that somebody else made.
  { dialect: 'latitude', key: 'latitude.type', ...kinds({ unresolved_external: 'llm' }) },
  { dialect: 'mlflow', key: 'mlflow.spanType', ...kinds({ parser: 'workflow' }) },
  {
    dialect: 'promptflow',
    key: 'span_type',
    onlyWith: { scopes: ['promptflow'], keys: ['framework'] },
    values: {
      flow: 'workflow',
      lang_chain: 'workflow',
      tool: 'tool',
      llm: 'llm',
      embedding: 'llm',
      retrieval: 'retriever',
    },
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
  { dialect: 'honeyhive', key: 'honeyhive_event_type', ...kinds({ model: 'llm' }) },
  {
    dialect: 'trulens',
    key: 'ai.observability.span_type',
    ...kinds({ record_root: 'workflow', agent_invocation: 'agent', eval: 'guardrail', eval_root: 'guardrail' }),
  },
  {
    dialect: 'trulens',
    key: 'trulens.span_type',
    ...kinds({ record_root: 'workflow', agent_invocation: 'agent', eval: 'guardrail', eval_root: 'guardrail' }),
  },
  {
    dialect: 'langtrace',
    key: 'langtrace.service.type',
    values: { llm: 'llm', framework: 'workflow', vectordb: 'retriever' },
  },
  SENTRY_OPERATION,
  {
    // Sentry before it followed the conventions: the library stands at the end.
    dialect: 'sentry',
    key: 'sentry.op',
    prefix: 'ai_',
    forms: [
      [/^(?:chat_completions|completions|embeddings|messages|responses)_/u, 'llm'],
      [/^(?:pipeline|run)(?:_|$)/u, 'workflow'],
      [/^tool(?:_|$)/u, 'tool'],
      [/^agent(?:_|$)/u, 'agent'],
    ],
  },
  {
    // Logfire names its spans with templates; those of its instrumentations of OpenAI, of agents and of MCP are known.
    dialect: 'pydantic-logfire',
    key: 'logfire.msg_template',
    onlyWith: {
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
      [/^(?:open_?ai_agents_trace|task|turn_turn_for_agent|handoff)_/u, 'workflow'],
      [/^guardrail_/u, 'guardrail'],
    ],
  },
  { dialect: 'pydantic-logfire', key: 'pydantic_ai.all_messages', forms: [[/^/u, 'agent']] },
  {
    // Older Pydantic AI has neither operation nor kind, and some stores lose the scope.
    dialect: 'pydantic-logfire',
    key: 'logfire.msg',
    onlyWith: { keys: ['gen_ai.tool.call.id', 'model_name', 'all_messages_events'], scopes: ['pydantic-ai'] },
    forms: [
      [/^running_tool(?:_|$)/u, 'tool'],
      [/^running_(?:\d+_)?tools?(?:_|$)/u, 'workflow'],
      [/_run$/u, 'agent'],
    ],
  },
  { dialect: 'mcp-semconv', key: 'mcp.method.name', values: { tools_call: 'tool' } },
  {
    // MCP over the conventions of JSON-RPC, as Logfire writes it.
    dialect: 'mcp-semconv',
    key: 'rpc.method',
    onlyWith: {
      keys: ['rpc.jsonrpc.version', 'rpc.jsonrpc.request_id', 'jsonrpc.protocol.version', 'jsonrpc.request.id'],
    },
    values: { tools_call: 'tool' },
  },
  {
    dialect: 'genkit',
    key: 'genkit:metadata:subtype',
    values: {
      agent: 'agent',
      tool: 'tool',
      model: 'llm',
      background_model: 'llm',
      embedder: 'llm',
      flow: 'workflow',
      session_flow: 'workflow',
      retriever: 'retriever',
      reranker: 'retriever',
      evaluator: 'guardrail',
    },
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
  {
    // A workflow of Dify is one of models; its nodes are those of a graph.
    dialect: 'dify',
    key: 'dify.node.type',
    values: {
      agent: 'agent',
      tool: 'tool',
      llm: 'llm',
      question_classifier: 'llm',
      parameter_extractor: 'llm',
      knowledge_retrieval: 'retriever',
    },
    forms: [[/^/u, 'workflow']],
  },
  {
    // n8n automates anything: only the nodes of its package for models are an agent's.
    dialect: 'n8n',
    key: 'n8n.node.type',
    forms: [
      [/_nodes_langchain_agent(?:_tool)?$/u, 'agent'],
      [/_nodes_langchain_(?:mcp_client_)?tool/u, 'tool'],
      [/_nodes_langchain_(?:lm|embeddings)_/u, 'llm'],
      [/_nodes_langchain_(?:retriever|reranker|vector_store)/u, 'retriever'],
      [/_nodes_langchain_chain_/u, 'workflow'],
    ],
  },
  // The loop around the tool calls of one answer, in Python; that of .NET has an operation.
  { dialect: 'semantic-kernel', key: 'sk.available_functions', forms: [[/^/u, 'workflow']] },
  // Koog's nodes, subgraphs and strategies have a key and no operation.
  { dialect: 'koog', key: 'koog.node.id', forms: [[/^/u, 'workflow']] },
  { dialect: 'koog', key: 'koog.subgraph.id', forms: [[/^/u, 'workflow']] },
  { dialect: 'koog', key: 'koog.strategy.name', forms: [[/^/u, 'workflow']] },
  TOOL_NAME,
]

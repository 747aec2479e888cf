import { describe, expect, it } from 'vitest'
import type { Attributes, SpanShape } from '../../src/model/span.ts'
import { MARKERS } from '../../src/recognize/dialects/table.ts'
import { NAMED_SPANS } from '../../src/recognize/dialects/named-spans.ts'
import { recognize } from '../../src/recognize/recognize.ts'

function span(attributes: Attributes, name = 'span', scope = ''): SpanShape {
  return {
    name,
    kind: 0,
    spanContext: () => ({ traceId: '', spanId: '' }),
    startTime: [0, 0],
    status: { code: 0 },
    attributes,
    resource: { attributes: {} },
    instrumentationScope: { name: scope },
  }
}

function said(attributes: Attributes, name?: string, scope?: string): string | undefined {
  const recognition = recognize(span(attributes, name, scope))
  if (recognition === undefined) return undefined
  return `${recognition.dialect} ${recognition.creation === true ? 'creation' : recognition.kind}`
}

const MONOCLE = { 'monocle_apptrace.version': '0.7.0' }
const OPENAI = { 'gen_ai.system': 'openai' }

describe('a span that a dialect marks with an attribute is recognized', () => {
  it.each<[Attributes, string]>([
    [{ 'gen_ai.operation.name': 'invoke_agent' }, 'otel-genai agent'],
    [{ 'gen_ai.operation.name': 'create_agent' }, 'otel-genai creation'],
    [{ 'gen_ai.operation.name': 'execute_tool' }, 'otel-genai tool'],
    [{ 'gen_ai.operation.name': 'embeddings' }, 'otel-genai llm'],
    [{ 'gen_ai.operation.name': 'apply_guardrail', 'microsoft.tenant.id': 't' }, 'agent365 guardrail'],
    [{ 'gen_ai.operation.name': 'chat', 'gen_ai.system': 'strands-agents' }, 'strands llm'],
    [{ 'openinference.span.kind': 'RERANKER' }, 'openinference retriever'],
    [{ 'openinference.span.kind': 'EVALUATOR' }, 'openinference guardrail'],
    [{ 'openinference.span.kind': 'Prompt' }, 'openinference workflow'],
    [{ 'langfuse.observation.type': 'generation' }, 'langfuse llm'],
    [{ 'ai.operationId': 'ai.generateText' }, 'vercel-ai agent'],
    [{ 'ai.operationId': 'ai.streamObject.doStream' }, 'vercel-ai llm'],
    [{ 'ai.operationId': 'ai.embedMany' }, 'vercel-ai llm'],
    [{ 'ai.operationId': 'ai.rerank.doRerank' }, 'vercel-ai retriever'],
    [{ 'ai.operationId': 'ai.toolCall' }, 'vercel-ai tool'],
    [{ 'traceloop.span.kind': 'task' }, 'traceloop workflow'],
    [{ 'llm.request.type': 'completion' }, 'traceloop llm'],
    [{ 'ioa_observe.span.kind': 'agent' }, 'agntcy agent'],
    [{ 'langwatch.span.type': 'rag' }, 'langwatch retriever'],
    [{ 'langsmith.span.kind': 'tool' }, 'langsmith tool'],
    [{ 'langsmith.traceable': 'true' }, 'langsmith workflow'],
    [{ 'mastra.span.type': 'mcp_tool_call' }, 'mastra tool'],
    [{ 'mastra.span.type': 'workflow_conditional' }, 'mastra workflow'],
    [{ 'gen_ai.span.kind': 'ENTRY' }, 'otel-genai workflow'],
    [{ 'fi.span.kind': 'VECTOR_DB' }, 'future-agi retriever'],
    [{ ...MONOCLE, 'span.type': 'agentic.mcp.invocation' }, 'monocle tool'],
    [{ ...MONOCLE, 'span.type': 'inference.framework' }, 'monocle llm'],
    [{ ...MONOCLE, 'span.type': 'agentic.turn' }, 'monocle agent'],
    [{ 'agentops.span.kind': 'operation' }, 'agentops workflow'],
    [{ 'gen_ai.request.type': 'chat', 'gen_ai.system': 'OpenAI' }, 'agentops llm'],
    [{ 'gen_ai.request.type': 'rerank' }, 'agentops retriever'],
    [{ 'ag.type.node': 'completion' }, 'agenta llm'],
    [{ 'ag.type.node': 'query' }, 'agenta retriever'],
    [{ 'au.span.kind': 'tool' }, 'agentuniverse tool'],
    [{ 'traceroot.span.type': 'agent' }, 'traceroot agent'],
    [{ 'span.type': 'agent', 'entity.type': 'agent' }, 'voltagent agent'],
    [{ 'span.type': 'tool', 'entity.type': 'agent', 'tool.name': 'get_weather' }, 'voltagent tool'],
    [{ 'voltagent.operation_id': 'o', 'agent.state': 'completed', 'entity.type': 'agent' }, 'voltagent agent'],
    [{ 'sentry.op': 'ai.chat_completions.create.langchain' }, 'sentry llm'],
    [{ 'sentry.op': 'ai.pipeline.langchain' }, 'sentry workflow'],
    [{ 'sentry.op': 'ai.tool.langchain' }, 'sentry tool'],
    [{ 'sentry.op': 'ai.agent.langchain' }, 'sentry agent'],
    [{ 'netra.span.type': 'GENERATION' }, 'netra llm'],
    [{ 'netra.span.type': 'AGENT' }, 'netra agent'],
    [{ 'basalt.span.kind': 'retrieval' }, 'basalt retriever'],
    [{ 'orq.span.kind': 'agent', 'gen_ai.operation.name': 'claude.turn.3' }, 'orq agent'],
    [{ 'respan.entity.log_type': 'response' }, 'respan llm'],
    [{ 'cozeloop.span_type': 'LLMCall' }, 'cozeloop llm'],
    [{ 'cozeloop.span_type': 'vector_retriever' }, 'cozeloop retriever'],
    [{ 'span.kind': 'TOOL', 'project.run_id': 'r' }, 'agentscope tool'],
    [{ 'latitude.type': 'completion' }, 'latitude llm'],
    [{ 'latitude.type': 'unresolved_external' }, 'latitude llm'],
    [{ 'lmnr.span.type': 'TOOL' }, 'laminar tool'],
    [{ 'mlflow.spanType': '"CHAT_MODEL"' }, 'mlflow llm'],
    [{ 'braintrust.span_attributes': '{"type":"task"}' }, 'braintrust workflow'],
    [{ 'braintrust.span_attributes.type': 'llm' }, 'braintrust llm'],
    [{ honeyhive_event_type: 'model' }, 'honeyhive llm'],
    [{ 'ai.observability.span_type': 'record_root' }, 'trulens workflow'],
    [{ 'langtrace.service.type': 'vectordb', 'db.operation': 'query' }, 'langtrace retriever'],
    [{ 'spring.ai.kind': 'tool_call', 'gen_ai.operation.name': 'framework' }, 'spring-ai tool'],
    [{ 'sentry.op': 'gen_ai.execute_tool' }, 'sentry tool'],
    [{ ...OPENAI, 'logfire.msg_template': 'Agent run: {name!r}' }, 'pydantic-logfire agent'],
    [{ ...OPENAI, 'logfire.msg_template': 'Function: {name}' }, 'pydantic-logfire tool'],
    [{ ...OPENAI, 'logfire.msg_template': 'OpenAI Agents trace: {name}' }, 'pydantic-logfire workflow'],
    [
      { request_data: '{}', 'logfire.msg_template': 'Chat Completion with {request_data[model]!r}' },
      'pydantic-logfire llm',
    ],
    [{ request: '{}', 'logfire.msg_template': 'MCP server handle request: tools/call' }, 'pydantic-logfire tool'],
    [{ 'logfire.msg': 'running tool: add', 'gen_ai.tool.call.id': 'c' }, 'pydantic-logfire tool'],
    [{ 'logfire.msg': 'triage run', model_name: 'm' }, 'pydantic-logfire agent'],
    [{ 'fiddler.span.type': 'chain' }, 'fiddler workflow'],
    [{ 'confident.span.type': 'retriever' }, 'deepeval retriever'],
    [{ 'judgment.span_kind': 'llm' }, 'judgment llm'],
    [{ 'nat.span.kind': 'WORKFLOW' }, 'nemo-agent-toolkit workflow'],
    [{ 'mcp.method.name': 'tools/call', 'gen_ai.operation.name': 'execute_tool' }, 'mcp-semconv tool'],
    [{ 'pydantic_ai.all_messages': '[]' }, 'pydantic-logfire agent'],
    [{ 'mcp.method.name': 'tools/call' }, 'mcp-semconv tool'],
    [{ 'genkit:type': 'action', 'genkit:metadata:subtype': 'model' }, 'genkit llm'],
    [{ 'genkit:type': 'promptTemplate' }, 'genkit workflow'],
    [{ 'haystack.component.type': 'OpenAIChatGenerator' }, 'haystack llm'],
    [{ 'koog.node.id': 'nodeCallLLM' }, 'koog workflow'],
    [{ 'langsmith.span.kind': 'retriever', 'gen_ai.operation.name': 'embeddings' }, 'langsmith retriever'],
    [{ 'langsmith.span.kind': 'prompt', 'gen_ai.operation.name': 'chat' }, 'langsmith workflow'],
    [{ 'langsmith.span.kind': 'llm', 'gen_ai.operation.name': 'embeddings' }, 'otel-genai llm'],
    [{ 'langsmith.span.kind': 'parser' }, 'langsmith workflow'],
    [{ 'llm.request.type': 'acompletion' }, 'traceloop llm'],
    [{ 'llm.request.type': 'arerank' }, 'traceloop retriever'],
    [{ 'llm.request.type': 'call_mcp_tool' }, 'traceloop tool'],
    [{ 'ai.operationId': 'ai.embed.doEmbed' }, 'vercel-ai llm'],
    [{ 'ai.operationId': 'ai.generateImage' }, 'vercel-ai llm'],
    [{ 'ai.operationId': 'ai.generateSpeech' }, 'vercel-ai llm'],
    [{ 'ai.operationId': 'ai.transcribe' }, 'vercel-ai llm'],
    [{ 'ai.operationId': 'ai.rerank' }, 'vercel-ai retriever'],
    [{ 'ai.operationId': 'ai.generateObject.doGenerate' }, 'vercel-ai llm'],
    [{ 'langwatch.span.type': 'component' }, 'langwatch workflow'],
    [{ 'langwatch.span.type': 'evaluation' }, 'langwatch guardrail'],
    [{ 'mastra.span.type': 'client_tool_call' }, 'mastra tool'],
    [{ 'mastra.span.type': 'rag_embedding' }, 'mastra llm'],
    [{ 'mastra.span.type': 'workflow_conditional_eval' }, 'mastra workflow'],
    [{ 'ag2.span.type': 'conversation', 'gen_ai.operation.name': 'conversation' }, 'ag2 workflow'],
    [{ 'ag2.span.type': 'speaker_selection', 'gen_ai.operation.name': 'speaker_selection' }, 'ag2 workflow'],
    [{ 'ag2.span.type': 'agent', 'gen_ai.operation.name': 'invoke_agent' }, 'ag2 agent'],
    [{ 'weave.span.kind': 'agent' }, 'weave agent'],
    [{ '_ml_obs.meta.span.kind': 'retrieval' }, 'datadog retriever'],
    [{ 'nat.span.kind': 'EMBEDDER' }, 'nemo-agent-toolkit llm'],
    [{ 'mlflow.spanType': '"RERANKER"' }, 'mlflow retriever'],
    [{ 'mlflow.spanType': 'AGENT' }, 'mlflow agent'],
    [{ span_type: 'Tool', framework: 'promptflow' }, 'promptflow tool'],
    [{ span_type: 'LangChain', framework: 'promptflow' }, 'promptflow workflow'],
    [{ span_type: 'Retrieval', framework: 'promptflow' }, 'promptflow retriever'],
    [{ 'trulens.span_type': 'tool_invocation' }, 'trulens tool'],
    [{ 'ai.observability.span_type': 'reranking' }, 'trulens retriever'],
    [{ honeyhive_event_type: 'chain' }, 'honeyhive workflow'],
    [{ 'lmnr.span.type': 'EVALUATION' }, 'laminar guardrail'],
    [{ 'agentops.span.kind': 'workflow.step' }, 'agentops workflow'],
    [{ 'agentops.span.kind': 'llm.call' }, 'agentops llm'],
    [{ 'gen_ai.span.kind': 'STEP', 'gen_ai.operation.name': 'react' }, 'otel-genai workflow'],
    [{ 'dify.node.type': 'knowledge-retrieval' }, 'dify retriever'],
    [{ 'dify.node.type': 'tool' }, 'dify tool'],
    [{ 'dify.node.type': 'if-else' }, 'dify workflow'],
    [{ 'n8n.node.type': '@n8n/n8n-nodes-langchain.agent' }, 'n8n agent'],
    [{ 'n8n.node.type': '@n8n/n8n-nodes-langchain.toolWorkflow' }, 'n8n tool'],
    [{ 'n8n.node.type': '@n8n/n8n-nodes-langchain.mcpClientTool' }, 'n8n tool'],
    [{ 'n8n.node.type': '@n8n/n8n-nodes-langchain.lmChatOpenAi' }, 'n8n llm'],
    [{ 'n8n.node.type': '@n8n/n8n-nodes-langchain.vectorStorePinecone' }, 'n8n retriever'],
    [{ 'genkit:type': 'action', 'genkit:metadata:subtype': 'tool.v2' }, 'genkit tool'],
    [{ 'genkit:type': 'action', 'genkit:metadata:subtype': 'executable-prompt' }, 'genkit workflow'],
    [{ 'genkit:type': 'action', 'genkit:metadata:subtype': 'agent' }, 'genkit agent'],
    [{ 'spring.ai.kind': 'vector_store', 'db.operation.name': 'query' }, 'spring-ai retriever'],
    [{ 'spring.ai.kind': 'chat_client', 'gen_ai.operation.name': 'framework' }, 'spring-ai workflow'],
    [{ 'sentry.op': 'gen_ai.invoke_agent' }, 'sentry agent'],
    [{ 'sentry.op': 'gen_ai.create_agent' }, 'sentry creation'],
    [{ 'sentry.op': 'gen_ai.generate_text' }, 'sentry llm'],
    [{ 'sentry.op': 'gen_ai.embed_many' }, 'sentry llm'],
    [{ 'sentry.op': 'gen_ai.rerank' }, 'sentry retriever'],
    [{ 'sentry.op': 'gen_ai.handoff' }, 'sentry workflow'],
    [{ 'sentry.op': 'mcp.server', 'mcp.method.name': 'tools/call' }, 'mcp-semconv tool'],
    [{ 'rpc.method': 'tools/call', 'rpc.jsonrpc.version': '2.0' }, 'mcp-semconv tool'],
    [{ 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.system': 'az.ai.agents' }, 'azure-ai-agents agent'],
    [{ 'gen_ai.operation.name': 'process_thread_run', 'gen_ai.system': 'az.ai.agents' }, 'azure-ai-agents agent'],
  ])('%j is a span of %s', (attributes, expected) => {
    expect(said(attributes)).toBe(expected)
  })
})

describe('a span that a dialect marks with its name is recognized', () => {
  it.each<[string, string, string]>([
    ['gcp.vertex.agent', 'invocation', 'google-adk workflow'],
    ['gcp.vertex.agent', 'call_llm', 'google-adk llm'],
    ['gcp.vertex.agent', 'execute_tool drop_table', 'google-adk tool'],
    ['gcp.vertex.agent', 'agent_run [root]', 'google-adk agent'],
    ['pydantic-ai', 'triage run', 'pydantic-logfire agent'],
    ['pydantic-ai', 'running tool', 'pydantic-logfire tool'],
    ['pydantic-ai', 'running 2 tools', 'pydantic-logfire workflow'],
    ['strands.telemetry.tracer', 'Tool: get_weather', 'strands tool'],
    ['', 'claude_code.tool', 'coding-cli tool'],
    ['', 'claude_code.tool.execution', 'coding-cli tool'],
    ['codex_cli_rs', 'session_task.turn', 'coding-cli agent'],
    ['codex_cli_rs', 'session_task.review', 'coding-cli agent'],
    ['', 'haystack.agent.step.llm', 'haystack llm'],
    ['agent_framework', 'executor.process writer', 'ms-agent-framework workflow'],
    ['llamaindex.opentelemetry.tracer', 'OpenAI.achat', 'llamaindex llm'],
    ['llamaindex.opentelemetry.tracer', 'FunctionTool.acall', 'llamaindex tool'],
    ['livekit-agents', 'function_tool', 'livekit tool'],
    ['crewai.telemetry', 'Crew Execution', 'crewai workflow'],
    ['crewai.telemetry', 'Tool Usage', 'crewai tool'],
    ['opentelemetry.instrumentation.crewai', 'crewai.workflow', 'traceloop workflow'],
    ['opentelemetry.instrumentation.crewai.instrumentation', 'crewai.workflow', 'traceloop workflow'],
    ['opentelemetry.instrumentation.crewai.instrumentation', 'gpt-4o-mini.llm', 'traceloop llm'],
    ['pipecat.turn', 'turn', 'pipecat workflow'],
    ['amazon.opentelemetry.distro.instrumentation.langchain', 'chain tools', 'aws-distro workflow'],
    ['opentelemetry.instrumentation.crewai', 'gpt-4o-mini.llm', 'traceloop llm'],
    ['logfire.claude_agent_sdk', 'claude.conversation', 'pydantic-logfire agent'],
    ['io.quarkus.opentelemetry', 'langchain4j.tools.getWeather', 'quarkus-langchain4j tool'],
    ['@mastra/otel-bridge', "agent run: 'buyer'", 'mastra agent'],
    ['@mastra/otel-bridge', "llm: 'gpt-4o'", 'mastra llm'],
    ['@mastra/otel-bridge', 'step: 0', 'mastra workflow'],
    ['@mastra/otel-bridge', "tool: 'order'", 'mastra tool'],
    ['@mastra/otel-bridge', "mcp_tool: 'order' on 'shop'", 'mastra tool'],
    ['vllm.llm_engine', 'llm_request', 'vllm llm'],
    ['gcp.vertex.agent', 'tool_call [get_weather]', 'google-adk tool'],
    ['pydantic-ai', 'running {tools=}', 'pydantic-logfire workflow'],
    ['pydantic-ai', '{agent_name} run {prompt=}', 'pydantic-logfire agent'],
    ['pydantic-ai', 'model request', 'pydantic-logfire llm'],
    ['', 'haystack.async_pipeline.run', 'haystack workflow'],
  ])('in the scope "%s", %s is a span of %s', (scope, name, expected) => {
    expect(said({}, name, scope)).toBe(expected)
  })
})

describe('the nearest innocent neighbor is not recognized', () => {
  it.each<[string, Attributes, string?, string?]>([
    ['an HTTP span that bears a conversation', { 'gen_ai.conversation.id': 'c', 'http.request.method': 'GET' }],
    ['a queue span that bears an agent and a task', { 'gen_ai.agent.id': 'a', 'gen_ai.task.id': 't' }],
    ['a span with a model and no operation', { 'gen_ai.request.model': 'm', 'gen_ai.system': 'openai' }],
    ['a function called create_agent', {}, 'create_agent'],
    ['an invocation in another scope', {}, 'invocation', 'aws.lambda'],
    ['a run in another scope', {}, 'nightly run', 'cron'],
    ['the preparation of a model', {}, 'preparing model and tools {run_step=}', 'pydantic-ai'],
    ['what is done with the answer of a model', {}, 'handle model response', 'pydantic-ai'],
    ['a crew called claude_code', {}, 'claude_code.kickoff'],
    [
      'waiting for the user',
      { 'span.type': 'tool.blocked_on_user' },
      'claude_code.tool.blocked_on_user',
      'claude-code',
    ],
    ['a span.type of somebody else', { 'span.type': 'tool' }],
    ['an operation of another product', { 'sentry.op': 'http.client' }],
    ['an unmarked Sentry task', { 'sentry.op': 'queue.task' }],
    ['another MCP method', { 'mcp.method.name': 'tools/list' }],
    ['an MCP sampling request', { 'mcp.method.name': 'sampling/createMessage' }],
    [
      'an MCP method that a bridge calls a tool',
      { 'mcp.method.name': 'tools/list', 'gen_ai.operation.name': 'execute_tool' },
    ],
    ['an MCP session', { 'traceloop.span.kind': 'session' }, 'mcp.client.session'],
    ['a message of an MCP client', {}, 'initialize.mcp', '@traceloop/instrumentation-mcp'],
    ['a Langfuse span', { 'langfuse.observation.type': 'SPAN' }],
    ['a Langfuse event', { 'langfuse.observation.type': 'event' }],
    ['a Genkit action of no sort', { 'genkit:type': 'action' }],
    ['an OpenInference span of unknown kind', { 'openinference.span.kind': 'UNKNOWN' }],
    ['a chunk of a stream', { 'gen_ai.operation.name': 'model_chunk', 'mastra.span.type': 'model_chunk' }],
    ['a loop cycle without a marker', { 'agent_loop.cycle_id': '1' }, 'execute_agent_loop_cycle', 'strands-agents'],
    ['a log record of a model call', { ...OPENAI, 'gen_ai.operation.name': 'chat', 'logfire.span_type': 'log' }],
    ['a message that ends in run', { 'logfire.msg': 'nightly run' }],
    ['a template without a model', { 'logfire.msg_template': 'Function: {name}' }],
    ['a write to a vector store', { 'langtrace.service.type': 'vectordb', 'db.operation': 'upsert' }],
    ['an HTTP span of Monocle', { ...MONOCLE, 'span.type': 'http.process' }],
    ['a Braintrust span without a type', { 'braintrust.span_attributes': '{"name":"x"}' }],
    ['a Braintrust span cut off', { 'braintrust.span_attributes': '{"type":"ll' }],
    ['other attributes of ours', { 'attribution.principal.id': 'kai', 'attribution.actor.id': 'a' }],
    ['a message between runtimes', { 'messaging.operation': 'publish' }, 'autogen publish', 'autogen-core'],
    ['a web server that bears a session and a user', { 'session.id': 's', 'user.id': 'kai' }, 'POST /chat', 'http'],
    [
      'a database client of vectors',
      { 'db.system': 'Pinecone' },
      'pinecone.query',
      'opentelemetry.instrumentation.pinecone',
    ],
    ['a database client of vectors', { 'db.system': 'chroma', 'db.operation': 'query' }, 'chroma.query'],
    ['a session of Traceloop', { 'traceloop.span.kind': 'server' }, 'mcp.server'],
    ['an unknown kind of Traceloop', { 'traceloop.span.kind': 'unknown' }],
    ['an unknown request of Traceloop', { 'llm.request.type': 'unknown' }],
    ['a session of AgentOps', { 'agentops.span.kind': 'session' }],
    ['an HTTP span of AgentOps', { 'agentops.span.kind': 'http' }],
    ['a count of tokens', { 'gen_ai.request.type': 'token_count' }],
    ['a segment of Latitude', { 'latitude.type': 'segment' }],
    ['a span of Netra', { 'netra.span.type': 'SPAN' }],
    ['what VoltAgent does in an operation', { 'voltagent.operation_id': 'o', 'entity.type': 'agent' }],
    ['a memory of VoltAgent', { 'span.type': 'memory', 'entity.type': 'agent' }, 'memory.read', '@voltagent/core'],
    ['an exit of an application', { 'span.type': 'external', 'entity.type': 'SERVICE' }],
    ['a prompt that Basalt fetches', { 'basalt.span.kind': 'prompt_fetch' }],
    ['a custom span of CozeLoop', { 'cozeloop.span_type': 'custom' }],
    ['the side of a call', { 'span.kind': 'client', 'project.run_id': 'r' }],
    ['a kind of nobody in particular', { 'span.kind': 'agent' }],
    ['an HTTP span of Latitude', { 'latitude.type': 'http' }],
    ['a conversation by voice', { 'conversation.type': 'voice' }, 'conversation', 'pipecat.turn'],
    ['a turn of another scope', {}, 'turn', 'game'],
    ['a chain of another scope', {}, 'chain tools', 'blocks'],
    ['a session of HoneyHive', { honeyhive_event_type: 'session' }],
    ['a client span of LangWatch', { 'langwatch.span.type': 'client' }],
    ['a generic span of Mastra', { 'mastra.span.type': 'generic' }],
    ['waiting for a human in AG2', { 'ag2.span.type': 'human_input', 'gen_ai.operation.name': 'await_human_input' }],
    ['an MLflow span of unknown type', { 'mlflow.spanType': '"UNKNOWN"' }],
    ['a function of promptflow', { span_type: 'Function', framework: 'promptflow' }],
    ['a span_type of somebody else', { span_type: 'Tool' }],
    ['a default span of Laminar', { 'lmnr.span.type': 'DEFAULT' }],
    ['a node of n8n that calls no model', { 'n8n.node.type': 'n8n-nodes-base.httpRequest' }],
    ['a memory of n8n', { 'n8n.node.type': '@n8n/n8n-nodes-langchain.memoryBufferWindow' }],
    ['an HTTP operation of Sentry with a tempting name', { 'sentry.op': 'http.client', 'sentry.origin': 'auto.ai' }],
    ['a task of Sentry', { 'sentry.op': 'queue.process' }, 'agent'],
    ['an MCP notification in Sentry', { 'sentry.op': 'mcp.notification', 'mcp.method.name': 'notifications/progress' }],
    [
      'an MCP prompt that a bridge calls a prompt',
      { 'mcp.method.name': 'prompts/get', 'openinference.span.kind': 'PROMPT' },
    ],
    ['a gRPC method of that name', { 'rpc.method': 'tools/call', 'rpc.system': 'grpc' }],
    ['a session of Codex', {}, 'session_init', 'codex_cli_rs'],
    ['another method of JSON-RPC', { 'rpc.method': 'tools/list', 'rpc.jsonrpc.version': '2.0' }],
    ['data sent to a live agent', { 'gen_ai.operation.name': 'send_data' }, 'send_data', 'gcp.vertex.agent'],
    ['a crew that is made', {}, 'Crew Created', 'crewai.telemetry'],
    ['a tool error that is recorded', {}, 'Tool Usage Error', 'crewai.telemetry'],
    ['a workflow that is built', {}, 'workflow.build', 'agent_framework'],
    ['a message between executors', {}, 'message.send', 'agent_framework'],
    ['a process of a runtime', {}, 'autogen process writer', 'autogen SingleThreadedAgentRuntime'],
    ['a request of another engine', {}, 'llm_request', 'gateway'],
    ['a model file', {}, 'model.llm', 'storage'],
    ['a proxy around a model', { 'llm.provider': 'openai' }, 'raw_gen_ai_request', 'litellm'],
    ['a workflow of Temporal', { temporalWorkflowID: 'w' }, 'RunWorkflow:AgentWorkflow', 'temporalio'],
    ['a collection that is made', { 'gen_ai.operation.name': 'vectordb', 'db.operation.name': 'create_collection' }],
    ['a collection that is looked up', { 'gen_ai.operation.name': 'vectordb', 'db.operation.name': 'get_collection' }],
    ['an object in the place of a kind', { 'gen_ai.operation.name': { name: 'chat' } }],
    ['a blank node', { 'koog.node.id': ' ' }],
    ['a blank kind', { 'openinference.span.kind': '  ' }],
    ['an inherited property', { 'openinference.span.kind': 'constructor' }],
  ])('%s', (_what, attributes, name?, scope?) => {
    expect(said(attributes, name, scope)).toBeUndefined()
  })
})

describe('an operation that nobody has listed is decided by rule', () => {
  it.each([
    ['Chat', 'llm'],
    ['TextCompletion', 'llm'],
    ['GenerateContent', 'llm'],
    ['chat.streaming_completions', 'llm'],
    ['call_llm', 'llm'],
    ['model_generation', 'llm'],
    ['rerank', 'retriever'],
    ['search_memory', 'retriever'],
    ['update_memory', 'tool'],
    ['mcp_tool_call', 'tool'],
    ['agent_call', 'agent'],
    ['invoke_subagent', 'agent'],
    ['invoke_swarm', 'workflow'],
    ['agent_step', 'workflow'],
    ['execute_node', 'workflow'],
    ['execute_task', 'workflow'],
    ['execute_event_loop_cycle', 'workflow'],
    ['mapping', 'workflow'],
    ['handoff', 'workflow'],
    ['guard', 'guardrail'],
    ['evaluate', 'guardrail'],
    ['delete_agent', undefined],
    ['list_tools', undefined],
    ['create_thread', undefined],
    ['output_messages', undefined],
    ['some_random_op', undefined],
    ['function', undefined],
    // The rest of what the conventions list, and what frameworks write.
    ['create_memory', 'tool'],
    ['upsert_memory', 'tool'],
    ['delete_memory', 'tool'],
    ['memory_search', 'retriever'],
    ['create_memory_store', undefined],
    ['invoke_node', 'workflow'],
    ['invoke_workflow', 'workflow'],
    ['orchestrate_tools', 'workflow'],
    ['plan', 'workflow'],
    ['create_plan', 'workflow'],
    ['transfer_to_agent', 'workflow'],
    ['agent_turn', 'agent'],
    ['Agent.run', 'agent'],
    ['research_agent', 'agent'],
    ['llm_call', 'llm'],
    ['model.invoke', 'llm'],
    ['ChatModel', 'llm'],
    ['generate_object', 'llm'],
    ['similarity_search', 'retriever'],
    ['tool.execute', 'tool'],
    ['execute_code', 'tool'],
    ['guardrail_check', 'guardrail'],
    ['"execute_tool"', 'tool'],
    ['submit_tool_outputs', undefined],
    ['create_conversation', undefined],
    ['list_conversation_items', undefined],
    ['list_run_steps', undefined],
    ['get_thread_run', undefined],
    ['stop_agent', undefined],
    ['terminate_agent', undefined],
    ['cancel_task', undefined],
    ['compile_graph', undefined],
    ['pause_workflow', undefined],
    // A model's proxy keeps answers, counts and checks.
    ['list_chat_completions', undefined],
    ['delete_chat_completion', undefined],
    ['responses.retrieve', undefined],
    ['models.retrieve', undefined],
    ['retrieve_thread', undefined],
    ['chat_history', undefined],
    ['llm_health_check', undefined],
    ['embedding_cache_get', undefined],
    ['workflow.list', undefined],
    ['create_chat_completion', 'llm'],
    ['subagent', 'agent'],
    ['mcp.tools.call', 'tool'],
    ['get_embeddings', 'llm'],
    ['retrieve_documents', 'retriever'],
    ['memory_list', 'retriever'],
    ['register_tool', undefined],
    ['tools/list', undefined],
    ['event_stream', undefined],
    ['chat_session', undefined],
    ['send_data', undefined],
    ['await_human_input', undefined],
    ['processor_run', undefined],
    // Pipecat's realtime services: what sets a session up or hands a result over is no call of the model.
    ['llm_setup', undefined],
    ['llm_request', 'llm'],
    ['llm_response', 'llm'],
    ['llm_tool_call', 'tool'],
    ['llm_tool_result', undefined],
    ['judge', 'guardrail'],
    ['run_runner', 'workflow'],
    ['synthesize', 'workflow'],
    ['invoke_generic_function', undefined],
    ['format', undefined],
    // LiteLLM writes its call as the operation.
    ['acompletion', 'llm'],
    ['aanthropic_messages', 'llm'],
    ['arerank', 'retriever'],
    ['retrieve_batch', undefined],
    ['avector_store_file_retrieve', undefined],
    ['avideo_retrieve_job', undefined],
    ['list_mcp_tools', undefined],
    ['memory_get', 'retriever'],
    ['mcp_tool_list', undefined],
    ['video', 'llm'],
    ['batch_embed_contents', 'llm'],
  ])('%s is %s', (operation, kind) => {
    expect(recognize(span({ 'gen_ai.operation.name': operation }))?.kind).toBe(kind)
  })
})

describe('a kind that nobody has listed is decided by the same rule', () => {
  it.each([
    ['agent_executor', undefined],
    ['TOOL_CALL', 'tool'],
    ['"Tool"', 'tool'],
    ['rag_chain', 'workflow'],
    ['sub_agent', 'agent'],
    ['LLM_CALL', 'llm'],
    ['chat', 'llm'],
    ['embeddings', 'llm'],
    ['retrieval', 'retriever'],
    ['function', undefined],
    ['span', undefined],
    ['session', undefined],
    ['UNKNOWN', undefined],
  ])('%s is %s', (kind, expected) => {
    expect(recognize(span({ 'openinference.span.kind': kind }))?.kind).toBe(expected)
    expect(recognize(span({ 'traceloop.span.kind': kind }))?.kind).toBe(expected)
  })
})

describe('a span that says only which tool it is', () => {
  const TOOL = { 'gen_ai.tool.name': 'read_file' }

  it.each<[name: string, attributes: Attributes, scope: string, expected: string]>([
    // A Rust agent, of kind CLIENT.
    ['tool.read_file', { 'gen_ai.tool.call.id': 'c-1' }, 'agent', 'otel-genai tool'],
    ['execute_tool search', { 'gen_ai.provider.name': 'anthropic' }, '', 'otel-genai tool'],
    ['tool.HelloTool', { 'gen_ai.tool.description': 'says hello' }, 'ai.koog', 'koog tool'],
    ['read_file', { 'gen_ai.agent.name': 'coder', 'gen_ai.conversation.id': 'c' }, '', 'otel-genai tool'],
    ['mcp', { 'mcp.method.name': 'tools/call' }, '', 'mcp-semconv tool'],
    ['read_file', { 'gen_ai.operation.name': 'do_it' }, '', 'otel-genai tool'],
  ])('%s %j of %j is %s', (name, attributes, scope, expected) => {
    expect(said({ ...TOOL, ...attributes }, name, scope)).toBe(expected)
    expect(recognize({ ...span({ ...TOOL, ...attributes }, name, scope), kind: 2 })?.kind).toBe('tool')
  })

  it.each<[what: string, name: string, attributes: Attributes, expected: string | undefined]>([
    ['a model call', 'chat gpt-5', { 'gen_ai.operation.name': 'chat' }, 'otel-genai llm'],
    ['a model call without an operation', 'completion', { 'gen_ai.request.model': 'gpt-5' }, undefined],
    ['a model call that only its usage shows', 'completion', { 'gen_ai.usage.output_tokens': 7 }, undefined],
    ['a model call by name', 'chat gpt-5', {}, undefined],
    ['an agent', 'invoke_agent', { 'gen_ai.operation.name': 'invoke_agent' }, 'otel-genai agent'],
    ['an agent by name', 'invoke_agent coder', {}, undefined],
    ['an agent by its dialect', 'a', { 'openinference.span.kind': 'AGENT' }, 'openinference agent'],
    ['another MCP method', 'tools/list', { 'mcp.method.name': 'tools/list' }, undefined],
    ['an MCP session', 'initialize', { 'mcp.method.name': 'initialize' }, undefined],
    ['what manages tools', 'register_tool', { 'gen_ai.operation.name': 'register_tool' }, undefined],
    ['what hands a result over', 'x', { 'gen_ai.operation.name': 'llm_tool_result' }, undefined],
    ['an HTTP call to which it was lent', 'POST', { 'http.request.method': 'POST' }, undefined],
    ['a query to which it was lent', 'SELECT', { 'db.system.name': 'postgresql' }, undefined],
    ['a message to which it was lent', 'send', { 'messaging.system': 'kafka' }, undefined],
    ['a record of a log', 'x', { 'logfire.span_type': 'log' }, undefined],
    ['a tool without a name', 'x', { 'gen_ai.tool.name': ' ' }, undefined],
  ])('where it is %s, that is no tool', (_, name, attributes, expected) => {
    expect(said({ ...TOOL, ...attributes }, name)).toBe(expected)
  })

  it('is what the name of its framework says, where it says something', () => {
    expect(said(TOOL, 'session_task.turn', 'codex_exec')).toBe('coding-cli agent')
    expect(said({ ...TOOL, 'gen_ai.system': 'gcp.vertex.agent' }, 'agent_run [x]')).toBe('google-adk agent')
  })
})

describe('a span that its framework names is recognized whatever its scope', () => {
  const httpx = 'opentelemetry.instrumentation.httpx'
  it.each<[name: string, attributes: Attributes, scope: string, expected: string | undefined]>([
    ['call_llm', { 'gen_ai.system': 'gcp.vertex.agent' }, httpx, 'google-adk llm'],
    ['call_llm', { 'gen_ai.system': 'gcp.vertex.agent' }, '', 'google-adk llm'],
    ['call_llm', { 'gen_ai.provider.name': 'gcp.vertex.agent' }, '', 'google-adk llm'],
    ['execute_tool roll_die', { 'gen_ai.system': 'gcp.vertex.agent' }, '', 'google-adk tool'],
    ['tool_call [roll_die]', { 'gen_ai.system': 'gcp.vertex.agent' }, httpx, 'google-adk tool'],
    ['agent_run [dice]', { 'gen_ai.system': 'gcp.vertex.agent' }, '', 'google-adk agent'],
    ['invocation', { 'gen_ai.system': 'gcp.vertex.agent' }, '', 'google-adk workflow'],
    ['send_data', { 'gen_ai.system': 'gcp.vertex.agent' }, httpx, undefined],
    ['POST', { 'gen_ai.system': 'gcp.vertex.agent' }, httpx, undefined],
    ['call_llm', { 'gen_ai.system': 'gemini' }, httpx, undefined],
    ['call_llm', {}, '', undefined],
    ['Model invoke', { 'gen_ai.system': 'strands-agents' }, '', 'strands llm'],
    ['Tool: search', { 'gen_ai.system': 'strands-agents' }, httpx, 'strands tool'],
    ['executor.process', { 'gen_ai.provider.name': 'microsoft.agent_framework' }, '', 'ms-agent-framework workflow'],
    ['AutoFunctionInvocationLoop', { 'sk.available_functions': 'mail-send' }, '', 'semantic-kernel workflow'],
    ['LanguageModel.streamText', { concurrency: 2 }, 'my-app', 'effect-ai llm'],
    ['EmbeddingModel.embed', {}, 'my-app', 'effect-ai llm'],
    ['Toolkit.handle', { tool: 'search' }, 'my-app', 'effect-ai tool'],
    ['LanguageModel.reload', {}, 'my-app', undefined],
    ['ai.eve.turn', {}, 'eve', 'eve agent'],
  ])('%s with %j of scope %j is %s', (name, attributes, scope, expected) => {
    expect(said(attributes, name, scope)).toBe(expected)
  })
})

describe('where a span has several marks', () => {
  it('the operation decides over the kind, and an unknown operation leaves it to the kind', () => {
    const kind = { 'traceloop.span.kind': 'workflow' }
    expect(said({ ...kind, 'gen_ai.operation.name': 'execute_tool' })).toBe('traceloop tool')
    expect(said({ ...kind, 'gen_ai.operation.name': 'some_random_op' })).toBe('traceloop workflow')
  })

  it('the order of the table decides, whatever the order of the attributes', () => {
    const marks: readonly [key: string, value: string, said: string][] = [
      ['gen_ai.operation.name', 'chat', 'llm'],
      ['openinference.span.kind', 'TOOL', 'tool'],
      ['langfuse.observation.type', 'agent', 'agent'],
      ['ai.operationId', 'ai.toolCall', 'tool'],
      ['traceloop.span.kind', 'task', 'workflow'],
      ['mlflow.spanType', 'RETRIEVER', 'retriever'],
      ['genkit:metadata:subtype', 'model', 'llm'],
    ]
    for (const [at, [, , expected]] of marks.entries()) {
      const later = marks.slice(at).map(([key, value]) => [key, value] as const)
      expect(recognize(span(Object.fromEntries(later)))?.kind).toBe(expected)
      expect(recognize(span(Object.fromEntries(later.toReversed())))?.kind).toBe(expected)
    }
  })

  it('the producer is told from its scope', () => {
    expect(said({ 'gen_ai.operation.name': 'invoke_agent' }, 'x', 'gcp.vertex.agent')).toBe('google-adk agent')
    expect(said({ 'gen_ai.operation.name': 'workflow' }, 'x', '@traceloop/instrumentation-langchain')).toBe(
      'traceloop workflow',
    )
  })

  it('the kind that a span states itself decides over every dialect, in any case', () => {
    const marked = { 'gen_ai.operation.name': 'chat' }
    expect(said({ ...marked, 'attribution.span.kind': ' Tool ' })).toBe('otel-genai tool')
    expect(said({ ...marked, 'attribution.span.kind': 'tool', 'attribution.span.dialect': 'own' })).toBe('own tool')
    expect(said({ ...marked, 'attribution.span.kind': 'cluster' })).toBe('otel-genai llm')
    expect(said({ 'attribution.span.kind': 'effect' })).toBe('none effect')
    expect(said({ 'attribution.span.kind': 'agent', 'attribution.span.dialect': ' ' })).toBe('attribution agent')
    expect(said({ 'attribution.span.kind': 'agent', 'gen_ai.operation.name': 'create_agent' })).toBe(
      'otel-genai creation',
    )
  })
})

it('the forms of the table are known to RE2: none looks around or back', () => {
  const forms = [...MARKERS, ...NAMED_SPANS].flatMap((row) => (row.forms ?? []).map(([form]) => form))
  const exceptions = MARKERS.flatMap(({ unless }) => (unless === undefined ? [] : [unless.named, unless.operation]))
  for (const form of [...forms, ...exceptions]) expect(form.source).not.toMatch(/\(\?[=!<]|\\[1-9]|\\k/u)
})

describe('gateways, and agents of other languages', () => {
  it.each<[name: string, attributes: Attributes, scope: string, expected: string | undefined]>([
    ['mcp.tool.call', { 'mcp.tool.name': 'search' }, 'github.com/docker/mcp-gateway', 'docker-mcp-gateway tool'],
    ['mcp.initialize', { 'mcp.client.name': 'claude' }, 'github.com/docker/mcp-gateway', undefined],
    ['mcp.list.tools', { 'mcp.list.type': 'tools' }, 'github.com/docker/mcp-gateway', undefined],
    ['mcp.prompt.get', { 'mcp.prompt.name': 'p' }, 'github.com/docker/mcp-gateway', undefined],
    [
      'POST /mcp',
      { 'mcp.tool.name': 'echo', 'mcp.tool.target': 'mail', 'http.method': 'POST' },
      'agentgateway',
      'agentgateway tool',
    ],
    [
      'POST /mcp',
      { 'mcp.method': 'tools/call', 'mcp.target': 'mail', 'http.method': 'POST' },
      'agentgateway',
      'agentgateway tool',
    ],
    [
      'POST /mcp',
      { 'mcp.method': 'initialize', 'mcp.target': 'mail', 'http.method': 'POST' },
      'agentgateway',
      undefined,
    ],
    ['tools/call', { 'mcp.tool.name': 'echo' }, 'a server of its own', 'mcp-semconv tool'],
    ['POST', { 'mcp.tool.name': 'echo', 'http.request.method': 'POST' }, 'a client', undefined],
    ['mcp.tool.register', { 'mcp.tool.name': 'echo' }, 'a server of its own', undefined],
    ['policy.check', { 'mcp.tool.name': 'echo' }, 'a server of its own', undefined],
    ['tool.invoke', { 'tool.name': 'search', 'tool.integration_type': 'REST' }, '', 'contextforge tool'],
    ['tool.gateway_call', { 'tool.name': 'search', 'tool.integration_type': 'REST' }, '', undefined],
    ['tool.lookup', { 'tool.name': 'search' }, '', undefined],
    ['reply', { 'session.id': 's' }, 'goose', 'goose agent'],
    ['reply', { 'session.id': 's' }, 'a mail server', undefined],
    ['complete_with_model', {}, 'goose', 'goose llm'],
    ['get_prefixed_tools', {}, 'goose', undefined],
    ['openclaw.harness.run', {}, '', 'openclaw agent'],
    ['openclaw.run', {}, '', 'openclaw agent'],
    ['openclaw.model.call', {}, '', 'openclaw llm'],
    ['openclaw.message.processed', {}, '', undefined],
    ['openclaw.tool.loop', {}, '', undefined],
    ['qwen-code.subagent', {}, '', 'qwen-code agent'],
    ['qwen-code.tool.blocked_on_user', {}, '', undefined],
    ['qwen-code.hook', {}, '', undefined],
    ['react', { 'runinfo.component': 'ToolsNode', 'gen_ai.span.kind': 'toolsnode' }, '', 'eino workflow'],
    ['gpt', { 'runinfo.component': 'ChatModel', 'gen_ai.span.kind': 'chatmodel' }, '', 'eino llm'],
    ['OpenAIChatModel', {}, 'github.com/cloudwego/eino-ext/callbacks/opentelemetry', 'eino llm'],
    [
      'search',
      { 'gen_ai.operation.name': 'execute_tool' },
      'github.com/cloudwego/eino-ext/callbacks/otel',
      'eino tool',
    ],
    ['guardrails.action', { 'action.name': 'self_check_input' }, '', 'nemo-guardrails guardrail'],
    ['guardrails.config', {}, '', undefined],
    [
      'governance.before_tool',
      { span_type: 'agentRun', 'uipath.custom_instrumentation': true, 'uipath_governance.hook': 'BEFORE_TOOL' },
      'uipath.governance',
      'uipath guardrail',
    ],
    ['load', { span_type: 'toolCall' }, '', undefined],
    ['mcp.tool.call', { 'mcp.operation': 'tool.call', 'mcp.tool.name': 'search' }, 'litellm', 'mcp-semconv tool'],
    ['mcp.list_tools', { 'mcp.operation': 'list_tools', 'mcp.server.name': 'mail' }, 'litellm', undefined],
    ['SqlExecution_nightly', {}, '', undefined],
    ['ListTools', { toolkit_name: 'Gmail' }, 'arcade_serve.core.components', undefined],
    ['user message', { 'dagger.io/llm.role': 'user' }, '', undefined],
    ['mcp.tools/list', { 'mcp.method': 'tools/list', 'mcp.request.id': '1' }, '', undefined],
    ['call', { 'mcp.method': 'tools/call' }, 'nobody', undefined],
    ['policy.check', { 'mcp.tool.name': 'add', 'mcp.server.id': 'math' }, '', undefined],
    ['harness.run', {}, 'a factory', undefined],
    ['tool.execution', {}, 'a machine', undefined],
    ['openclaw.model.usage', { 'openclaw.tokens.total': 7 }, '', undefined],
    ['index', { 'runinfo.component': 'Indexer' }, '', undefined],
    ['firehose.process_batch', {}, 'goose', undefined],
    ['qwen-code.tool_call', { function_name: 'ls' }, 'qwen-code', undefined],
    ['goal:MyGoal', { 'embabel.event.type': 'goal_achieved' }, '', undefined],
    ['permission.ask', { 'tool.call_id': 'c' }, '', undefined],
    ['runtime.tool.handler.shell', { 'tool.call_id': 'c', agent: 'root' }, '', undefined],
    ['main', {}, 'griptape', undefined],
    ['list_tools', { 'apollo.mcp.request_id': '1' }, '', undefined],
    [
      'mcp-router.process',
      { 'gen_ai.operation.name': 'tools/list', 'mcp.method.name': 'tools/list', 'mcp.server': 'mail' },
      '',
      undefined,
    ],
    ['mcp-router.tool-call', { 'gen_ai.tool.name': 'send', 'mcp.session.id': 's' }, '', 'otel-genai tool'],
    ['mcp-router.session-init', { 'mcp.session.id': 's', 'mcp.server': 'mail' }, '', undefined],
    ['build', { 'mcp.tool': 'gcc' }, '', undefined],
    ['WebAgent.run()', {}, 'shop', undefined],
    ['task', { actor_name: 'kai' }, '', undefined],
    ['pipeline.execute', { 'upsonic.pipeline.total_steps': 3 }, '', undefined],
    ['chat', { 'kagent.user_id': 'kai', 'bifrost.user.id': 'kai', 'archestra.user.id': 'kai' }, '', undefined],
  ])('%s with %j of "%s" is %s', (name, attributes, scope, expected) => {
    expect(said(attributes, name, scope)).toBe(expected)
  })
})

describe('a span that only names a tool', () => {
  const named = (key: string, tool: string, more: Attributes = {}) => ({ [key]: tool, ...more })

  it.each([
    'authenticate',
    'auth.check',
    'cache.lookup',
    'get_tool_schema',
    'initialize',
    'listTools',
    'load_tools',
    'mcp.list_tools',
    'mcp.session',
    'mcp-router.session-cache.get',
    'mcp-router.session-init',
    'mcp.tool.register',
    'mcp.tool.result',
    'ping',
    'policy-check',
    'prompts/get greet',
    'rate_limit',
    'register_tool',
    'resources/read',
    'token.exchange',
    'tool cache get',
    'tool.input.validation',
    'tool_lookup',
    'tools/list',
  ])('is around a call, and not a call, where it is called %s', (name) => {
    for (const key of ['mcp.tool.name', 'gen_ai.tool.name']) expect(said(named(key, 'search'), name)).toBeUndefined()
  })

  it.each([
    ['tools/call list', 'list'],
    ['list_issues', 'list_issues'],
    ['execute_tool list_issues', 'list_issues'],
    ['mcp.tool.call describe_instances', 'describe_instances'],
    ['tool.check_balance', 'check_balance'],
    ['policy.check', 'policy.check'],
    ['chat.postMessage', 'chat.postMessage'],
    ['authorize payment', 'authorize payment'],
    ['call_tool load-file', 'load-file'],
    ['mcp.tool.call', 'search'],
    ['list_files', 'read'],
  ])('is a call where it is called %s and the tool %s', (name, tool) => {
    expect(said(named('mcp.tool.name', tool), name)).toBe('mcp-semconv tool')
    expect(said(named('gen_ai.tool.name', tool), name)).toBe('otel-genai tool')
  })

  it.each<Attributes>([
    { 'mcp.method': 'tools/list' },
    { 'mcp.method': 'resources/read' },
    { 'mcp.request.method': 'initialize' },
    { 'rpc.method': 'prompts/get' },
    { 'feature_flag.key': 'new-search' },
  ])('is none where %j says so', (more) => {
    for (const key of ['mcp.tool.name', 'gen_ai.tool.name'])
      expect(said(named(key, 'search', more), 'x')).toBeUndefined()
  })

  it.each(['tools/call', 'Tools/Call', 'tools.call', 'call_tool', 'callTool', 'tools/call/search'])(
    'is a call where the method is %s',
    (method) => expect(said({ 'mcp.method.name': method, 'mcp.tool.name': 'search' }, 'x')).toBe('mcp-semconv tool'),
  )

  it.each(['tools/list', 'tools/call_history', 'completion/complete', 'recall_tools'])(
    'is none where the method is %s',
    (method) => expect(said({ 'mcp.method.name': method, 'mcp.tool.name': 'search' }, 'x')).toBeUndefined(),
  )

  it('is a call where JSON-RPC says so', () => {
    const call = { 'rpc.method': 'tools/call', 'rpc.system': 'jsonrpc' }
    expect(said(named('gen_ai.tool.name', 'search', call), 'POST')).toBe('mcp-semconv tool')
    expect(said(call, 'POST')).toBeUndefined()
  })
})

describe('a record that Logfire keeps as a span', () => {
  const call = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'refund' }
  it.each(['log', 'pending_span'])('of the type %s is no call, unless it took time', (type) => {
    const record = span({ ...call, 'logfire.span_type': type }, 'x')
    const at = (seconds: number) => recognize({ ...record, startTime: [1, 0], endTime: [seconds, 0] })?.kind
    expect([recognize(record)?.kind, at(0), at(1), at(2)]).toEqual([undefined, undefined, undefined, 'tool'])
  })
})

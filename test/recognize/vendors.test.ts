import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Attributes, SpanShape } from '../../src/model/span.ts'
import { FIRST, VENDORS } from '../../src/recognize/dialects/index.ts'
import { NAMED_SPANS } from '../../src/recognize/dialects/named-spans.ts'
import { MARKERS } from '../../src/recognize/dialects/table.ts'
import type { Vendor } from '../../src/recognize/dialects/vendor.ts'
import {
  agentOf,
  agentUsersOf,
  conversationOf,
  mcpServerOf,
  toolNameOf,
  userOf,
  userStandInOf,
} from '../../src/recognize/facts.ts'
import { scanKeys, SUBJECT } from '../../src/recognize/key-scan.ts'
import { recognize } from '../../src/recognize/recognize.ts'

const FOLDER = new URL('../../src/recognize/dialects/', import.meta.url)

/** By file: the value of a vendor and what the file says. */
const FILES = await Promise.all(
  readdirSync(FOLDER)
    .filter((file) => /^export const \w+: Vendor = /mu.test(readFileSync(new URL(file, FOLDER), 'utf8')))
    .map(async (file) => {
      const module = (await import(new URL(file, FOLDER).href)) as Record<string, Vendor>
      return { file: file.replace(/\.ts$/u, ''), values: Object.values(module) }
    }),
)

interface Made {
  readonly name?: string
  readonly scope?: string
  readonly attributes?: Attributes
}

const CHAT = { 'gen_ai.operation.name': 'chat' }

/** One span of each vendor, as it writes it, and what it says. */
const MADE: readonly (readonly [file: string, span: Made, says: string])[] = [
  ['a2a', { attributes: { 'a2a.context_id': 'c' } }, 'conversation c'],
  ['ag2', { attributes: { 'ag2.span.type': 'speaker_selection' } }, 'ag2 workflow'],
  ['agent-authorization', { attributes: { 'gen_ai.agent.authorization.outcome': 'deny' } }, 'decision'],
  ['agent-governance', { name: 'agt.policy.evaluate' }, 'agent-governance guardrail'],
  ['agent365', { attributes: { ...CHAT, 'microsoft.tenant.id': 't' } }, 'agent365 llm'],
  ['agenta', { attributes: { 'ag.type.node': 'query' } }, 'agenta retriever'],
  ['agentops', { attributes: { 'agentops.span.kind': 'operation' } }, 'agentops workflow'],
  ['agentscope', { attributes: { 'span.kind': 'TOOL', 'project.run_id': 'r' } }, 'agentscope tool'],
  ['agentuniverse', { attributes: { 'au.span.kind': 'tool' } }, 'agentuniverse tool'],
  ['agno', { attributes: { 'openinference.span.kind': 'AGENT', 'agno.agent.id': 'a' } }, 'agent a'],
  ['agntcy', { attributes: { 'ioa_observe.span.kind': 'agent' } }, 'agntcy agent'],
  ['autogen', { scope: 'autogen-core', attributes: CHAT }, 'autogen llm'],
  [
    'aws-distro',
    { name: 'chain tools', scope: 'amazon.opentelemetry.distro.instrumentation.langchain' },
    'aws-distro workflow',
  ],
  ['azure-ai-agents', { attributes: { ...CHAT, 'gen_ai.system': 'az.ai.agents' } }, 'azure-ai-agents llm'],
  ['basalt', { attributes: { 'basalt.span.kind': 'retrieval' } }, 'basalt retriever'],
  ['bedrock-agentcore', { name: 'AgentCore.Gateway.InvokeTool' }, 'bedrock-agentcore tool'],
  ['braintrust', { attributes: { 'braintrust.span_attributes': '{"type":"task"}' } }, 'braintrust workflow'],
  ['coding-cli', { name: 'claude_code.interaction' }, 'coding-cli agent'],
  ['conventions', { attributes: { 'user.id': 'kai' } }, 'user kai'],
  ['cosai', { name: 'identity.authz' }, 'cosai guardrail'],
  ['cozeloop', { attributes: { 'cozeloop.span_type': 'plugin' } }, 'cozeloop tool'],
  ['crewai', { name: 'Crew Execution', scope: 'crewai.telemetry' }, 'crewai workflow'],
  ['datadog', { attributes: { '_ml_obs.meta.span.kind': 'retrieval' } }, 'datadog retriever'],
  ['deepeval', { attributes: { 'confident.span.type': 'retriever' } }, 'deepeval retriever'],
  ['dify', { attributes: { 'dify.node.type': 'knowledge-retrieval' } }, 'dify retriever'],
  ['effect-ai', { name: 'Toolkit.handle', attributes: { tool: 'search' } }, 'effect-ai tool'],
  ['eve', { name: 'ai.eve.turn', scope: 'eve' }, 'eve agent'],
  ['fastmcp', { attributes: { 'fastmcp.server.name': 's' } }, 'server s'],
  ['fiddler', { attributes: { 'fiddler.span.type': 'chain' } }, 'fiddler workflow'],
  ['future-agi', { attributes: { 'fi.span.kind': 'VECTOR_DB' } }, 'future-agi retriever'],
  ['galileo', { attributes: { 'galileo.session.id': 'c' } }, 'conversation c'],
  ['genai-security', { attributes: { 'gen_ai.guardrail.verdict.type': 'deny' } }, 'decision'],
  ['genkit', { attributes: { 'genkit:type': 'action', 'genkit:metadata:subtype': 'model' } }, 'genkit llm'],
  ['google-adk', { name: 'call_llm', scope: 'gcp.vertex.agent' }, 'google-adk llm'],
  ['haystack', { attributes: { 'haystack.component.type': 'OpenAIChatGenerator' } }, 'haystack llm'],
  ['honeyhive', { attributes: { honeyhive_event_type: 'model' } }, 'honeyhive llm'],
  ['judgment', { attributes: { 'judgment.span_kind': 'llm' } }, 'judgment llm'],
  ['koog', { attributes: { 'koog.node.id': 'nodeCallLLM' } }, 'koog workflow'],
  ['laminar', { attributes: { 'lmnr.span.type': 'TOOL' } }, 'laminar tool'],
  ['langdb', { attributes: { 'langdb.thread_id': 'c' } }, 'conversation c'],
  ['langfuse', { attributes: { 'langfuse.observation.type': 'generation' } }, 'langfuse llm'],
  ['langsmith', { attributes: { 'langsmith.span.kind': 'parser' } }, 'langsmith workflow'],
  ['langtrace', { attributes: { 'langtrace.service.type': 'framework' } }, 'langtrace workflow'],
  ['langwatch', { attributes: { 'langwatch.span.type': 'rag' } }, 'langwatch retriever'],
  ['latitude', { attributes: { 'latitude.type': 'unresolved_external' } }, 'latitude llm'],
  ['litellm', { attributes: { 'metadata.user_api_key_end_user_id': 'kai' } }, 'stand-in kai'],
  ['livekit', { name: 'function_tool', scope: 'livekit-agents' }, 'livekit tool'],
  ['llamaindex', { name: 'OpenAI.achat', scope: 'llamaindex.opentelemetry.tracer' }, 'llamaindex llm'],
  [
    'logfire',
    { attributes: { 'gen_ai.system': 'openai', 'logfire.msg_template': 'Function: {name}', name: 'mail' } },
    'pydantic-logfire tool',
  ],
  ['loongsuite', { attributes: { 'gen_ai.span.kind': 'ENTRY' } }, 'otel-genai workflow'],
  ['mastra', { attributes: { 'mastra.span.type': 'mcp_tool_call' } }, 'mastra tool'],
  ['mcp-semconv', { attributes: { 'mcp.method.name': 'tools/call' } }, 'mcp-semconv tool'],
  ['mlflow', { attributes: { 'mlflow.spanType': '"CHAT_MODEL"' } }, 'mlflow llm'],
  ['monocle', { attributes: { 'monocle_apptrace.version': '1', 'span.type': 'agentic.turn' } }, 'monocle agent'],
  ['ms-agent-framework', { name: 'executor.process writer', scope: 'agent_framework' }, 'ms-agent-framework workflow'],
  ['n8n', { attributes: { 'n8n.node.type': '@n8n/n8n-nodes-langchain.agent' } }, 'n8n agent'],
  ['nemo-agent-toolkit', { attributes: { 'nat.span.kind': 'EMBEDDER' } }, 'nemo-agent-toolkit llm'],
  ['netra', { attributes: { 'netra.span.type': 'GENERATION' } }, 'netra llm'],
  ['openinference', { attributes: { 'openinference.span.kind': 'RERANKER' } }, 'openinference retriever'],
  ['openlit', { scope: 'openlit.otel.tracing', attributes: CHAT }, 'openlit llm'],
  ['opik', { attributes: { 'opik.thread_id': 'c' } }, 'conversation c'],
  ['orq', { attributes: { 'orq.span.kind': 'agent' } }, 'orq agent'],
  ['otel-genai', { attributes: { 'gen_ai.operation.name': 'invoke_agent' } }, 'otel-genai agent'],
  ['pipecat', { name: 'turn', scope: 'pipecat.turn' }, 'pipecat workflow'],
  ['promptflow', { attributes: { span_type: 'Tool', framework: 'promptflow' } }, 'promptflow tool'],
  ['pydantic-ai', { name: 'triage run', scope: 'pydantic-ai' }, 'pydantic-logfire agent'],
  ['quarkus-langchain4j', { name: 'langchain4j.tools.getWeather' }, 'quarkus-langchain4j tool'],
  ['respan', { attributes: { 'respan.entity.log_type': 'response' } }, 'respan llm'],
  ['semantic-kernel', { attributes: { 'sk.available_functions': 'mail' } }, 'semantic-kernel workflow'],
  ['sentry', { attributes: { 'sentry.op': 'ai.pipeline.langchain' } }, 'sentry workflow'],
  [
    'spring-ai',
    { attributes: { 'spring.ai.kind': 'advisor', 'gen_ai.operation.name': 'framework' } },
    'spring-ai workflow',
  ],
  ['strands', { name: 'Model invoke', scope: 'strands-agents' }, 'strands llm'],
  ['tenuo', { name: 'tenuo.authorize' }, 'tenuo guardrail'],
  ['traceloop', { attributes: { 'traceloop.span.kind': 'task' } }, 'traceloop workflow'],
  ['traceroot', { attributes: { 'traceroot.span.type': 'agent' } }, 'traceroot agent'],
  ['trpc-agent-go', { attributes: { 'trpc.go.agent.runner.user_id': 'kai' } }, 'user kai'],
  ['trulens', { attributes: { 'ai.observability.span_type': 'record_root' } }, 'trulens workflow'],
  ['vercel-ai', { attributes: { 'ai.operationId': 'ai.toolCall' } }, 'vercel-ai tool'],
  ['vllm', { name: 'llm_request', scope: 'vllm.llm_engine' }, 'vllm llm'],
  ['voltagent', { attributes: { 'span.type': 'agent', 'entity.type': 'agent' } }, 'voltagent agent'],
  ['weave', { attributes: { 'weave.span.kind': 'agent' } }, 'weave agent'],
  [
    'toolhive',
    {
      name: 'mcp.tools/call',
      attributes: { 'mcp.method': 'tools/call', 'mcp.tool.name': 'fetch', 'mcp.server.name': 's' },
    },
    'tool fetch',
  ],
  [
    'mcp-hangar',
    {
      name: 'mcp_server.invoke_tool',
      attributes: { 'mcp.server.id': 'math', 'mcp.tool.name': 'add', 'mcp_server.timeout': 30 },
    },
    'server math',
  ],
  [
    'opencode',
    {
      name: 'Tool.execute',
      attributes: { 'tool.name': 'bash', 'tool.call_id': 'c', 'session.id': 's', 'message.id': 'm' },
    },
    'tool bash',
  ],
  [
    'cagent',
    {
      name: 'runtime.tool.call',
      attributes: {
        'tool.name': 'shell',
        'tool.type': 'function',
        agent: 'root',
        'session.id': 's',
        'tool.call_id': 'c',
      },
    },
    'cagent tool',
  ],
  ['apollo-mcp-server', { name: 'call_tool', attributes: { 'apollo.mcp.tool_name': 'GetUser' } }, 'tool GetUser'],
  [
    'kuadrant-mcp-gateway',
    { name: 'mcp-router.process', attributes: { 'mcp.method.name': 'tools/call', 'mcp.server': 'mail' } },
    'server mail',
  ],
  ['mcp-fusion', { name: 'mcp.tool.users', attributes: { 'mcp.system': 'fusion', 'mcp.tool': 'users' } }, 'tool users'],
  ['griptape', { name: 'WebAgent.run()', scope: 'griptape' }, 'agent WebAgent'],
  ['autoagents', { name: 'autoagents.task', attributes: { actor_name: 'writer' } }, 'agent writer'],
  ['upsonic', { name: 'tool.execute', attributes: { 'upsonic.tool.name': 'search' } }, 'tool search'],
  ['arcade', { name: 'CallTool', attributes: { tool_name: 'SendEmail', toolkit_name: 'Gmail' } }, 'tool SendEmail'],
  [
    'dagger',
    { name: 'run tests', attributes: { 'dagger.io/llm.tool': 'test', 'dagger.io/llm.tool.server': 'go' } },
    'server go',
  ],
  ['elastic-inference', { attributes: { 'elastic.inference.span.kind': 'AGENT' } }, 'elastic-inference agent'],
  ['fast-agent', { name: 'MCP Tool: mail/send' }, 'tool mail/send'],
  ['snowflake-cortex', { name: 'CortexSearchService_docs' }, 'snowflake-cortex retriever'],
  ['uipath', { attributes: { span_type: 'toolCall', 'uipath.custom_instrumentation': true } }, 'uipath tool'],
  ['agentgateway', { attributes: { 'mcp.tool.name': 'echo', 'mcp.tool.target': 'mail' } }, 'server mail'],
  ['archestra', { attributes: { ...CHAT, 'archestra.user.id': 'kai' } }, 'user kai'],
  ['bifrost', { attributes: { ...CHAT, 'bifrost.user.id': 'kai' } }, 'user kai'],
  [
    'contextforge',
    { name: 'tool.invoke', attributes: { 'tool.name': 'search', 'tool.integration_type': 'MCP' } },
    'tool search',
  ],
  [
    'docker-mcp-gateway',
    { name: 'mcp.tool.call', scope: 'github.com/docker/mcp-gateway', attributes: { 'mcp.tool.name': 'search' } },
    'docker-mcp-gateway tool',
  ],
  [
    'eino',
    {
      name: 'weather',
      attributes: { 'gen_ai.span.kind': 'workflow', 'runinfo.component': 'Tool', 'runinfo.name': 'weather' },
    },
    'tool weather',
  ],
  [
    'embabel',
    {
      attributes: {
        'gen_ai.operation.name': 'agent',
        'embabel.agent.name': 'writer',
        'embabel.event.type': 'agent_process',
      },
    },
    'agent writer',
  ],
  [
    'goose',
    { name: 'dispatch_tool_call', scope: 'goose', attributes: { input: '{"tool":"developer__shell","arguments":{}}' } },
    'tool developer__shell',
  ],
  ['kagent', { attributes: { 'kagent.user_id': 'kai' } }, 'user kai'],
  ['nemo-guardrails', { name: 'guardrails.rail', attributes: { 'rail.type': 'input' } }, 'nemo-guardrails guardrail'],
  ['openclaw', { name: 'openclaw.tool.execution', attributes: { 'openclaw.toolName': 'exec' } }, 'tool exec'],
  ['qwen-code', { name: 'qwen-code.interaction' }, 'agent qwen-code'],
  ['spring-ai-alibaba', { attributes: { 'spring.ai.alibaba.kind': 'graph_node' } }, 'spring-ai-alibaba workflow'],
]

function spanOf({ name = 'span', scope = '', attributes = {} }: Made): SpanShape {
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

function saidBy(span: SpanShape): readonly string[] {
  const recognition = recognize(span)
  const agent = agentOf(span, recognition)
  const facts: readonly (readonly [what: string, value: string | undefined])[] = [
    ['user', userOf(span)],
    ['stand-in', userStandInOf(span)],
    ['conversation', conversationOf(span)],
    ['server', mcpServerOf(span)],
    ['tool', toolNameOf(span, recognition)],
    ['agent', agent.id ?? agent.name],
    ['account', agentUsersOf(span)[0]],
  ]
  return [
    ...(recognition === undefined ? [] : [`${recognition.dialect} ${recognition.kind}`]),
    ...facts.flatMap(([what, value]) => (value === undefined ? [] : [`${what} ${value}`])),
    ...((scanKeys(span.attributes).subjects & SUBJECT.decision) === 0 ? [] : ['decision']),
  ]
}

function fileOf(vendor: Vendor): string {
  return FILES.find(({ values }) => values.includes(vendor))?.file ?? vendor.name
}

describe('a vendor is a file', () => {
  it('with one value, which stands in the list once', () => {
    expect(FILES.length).toBeGreaterThan(70)
    expect(FILES.filter(({ values }) => values.length !== 1)).toEqual([])
    expect(VENDORS.map(fileOf).toSorted()).toEqual(FILES.map(({ file }) => file).toSorted())
    expect(new Set(VENDORS).size).toBe(VENDORS.length)
  })

  it.each(VENDORS.map((vendor) => [fileOf(vendor), vendor.defined] as const))(
    '%s says where its names are defined, or why it does not',
    (_, defined) => {
      const told = typeof defined === 'object' && 'unknown' in defined ? [defined.unknown] : [defined].flat()
      expect(told.length).toBeGreaterThan(0)
      for (const each of told) expect(each).toMatch(/^https:\/\/\S+$|^[A-Z][^:]+\.$/u)
    },
  )

  it('and a span of each', () => {
    expect(MADE.map(([file]) => file).toSorted()).toEqual(FILES.map(({ file }) => file).toSorted())
  })

  it.each(MADE)('a span of %s, %j, says: %s', (_, span, says) => {
    expect(saidBy(spanOf(span))).toContain(says)
  })
})

describe('the order of vendors', () => {
  it('puts a mark before the one that it names', () => {
    const early = VENDORS.flatMap(({ name, marks = [] }) => marks.map((mark) => ({ ...mark, name })))
    const named = early.filter(({ before }) => before !== undefined)
    expect(named.length).toBeGreaterThan(0)
    for (const { name, key, before } of named) {
      const places = [key, before?.key].map((each) => MARKERS.findIndex((marker) => marker.key === each))
      expect([name, places[0]]).not.toContain(-1)
      expect(places[0]).toBeLessThan(places[1] as number)
    }
  })

  it('decides nothing between names: no two rows speak of one span', () => {
    for (const by of ['scopes', 'systems'] as const) {
      const all = NAMED_SPANS.flatMap((row) => row[by] ?? [])
      expect(all).toEqual([...new Set(all)])
    }
    expectApart(NAMED_SPANS.flatMap(({ prefix }) => prefix ?? []))
  })

  it('decides nothing between the scopes and systems of producers', () => {
    for (const by of ['scopes', 'systems'] as const) {
      const all = VENDORS.flatMap(({ producer }) => producer?.[by] ?? [])
      expect(all).toEqual([...new Set(all)])
    }
    expectApart(VENDORS.flatMap(({ producer }) => producer?.scopePrefixes ?? []))
  })

  it('names nobody twice where one thing has its own', () => {
    for (const vendors of Object.values(FIRST)) expect(new Set<Vendor>(vendors).size).toBe(vendors.length)
  })
})

/** None begins with another one. */
function expectApart(prefixes: readonly string[]): void {
  expect(prefixes.length).toBeGreaterThan(1)
  const within = prefixes.filter((one, at) => prefixes.some((other, place) => place !== at && one.startsWith(other)))
  expect(within).toEqual([])
}

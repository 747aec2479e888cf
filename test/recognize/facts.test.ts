import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SPAN_KIND } from '../../src/model/span.ts'
import type { Attributes, SpanShape } from '../../src/model/span.ts'
import {
  agentOf,
  agentUsersOf,
  conversationOf,
  installationOf,
  isMcpCall,
  isMcpClient,
  mcpServerOf,
  toolNameOf,
  userOf,
  userStandInOf,
} from '../../src/recognize/facts.ts'
import { MARKERS } from '../../src/recognize/dialects/table.ts'
import { recognize } from '../../src/recognize/recognize.ts'

interface SpanDetails {
  readonly name?: string
  readonly scope?: string
  readonly kind?: number
}

function span(attributes: Attributes, { name = 'span', scope = '', kind = 0 }: SpanDetails = {}): SpanShape {
  return {
    name,
    kind,
    spanContext: () => ({ traceId: '', spanId: '' }),
    startTime: [0, 0],
    status: { code: 0 },
    attributes,
    resource: { attributes: { 'service.name': 'shop' } },
    instrumentationScope: { name: scope },
  }
}

function agent(attributes: Attributes, details?: SpanDetails): ReturnType<typeof agentOf> {
  const subject = span(attributes, details)
  return agentOf(subject, recognize(subject))
}

function tool(attributes: Attributes, details?: SpanDetails): string | undefined {
  const subject = span(attributes, details)
  return toolNameOf(subject, recognize(subject))
}

const RUN = { 'gen_ai.operation.name': 'invoke_agent' }
const CALL = { 'gen_ai.operation.name': 'execute_tool' }

describe('userOf', () => {
  it.each<[Attributes, string | undefined]>([
    [{ 'user.id': 'kai', 'enduser.id': 'other' }, 'kai'],
    [{ 'user.id': ' ', 'enduser.id': 'kai' }, 'kai'],
    [{ 'user.id': 17 }, '17'],
    [{ 'user.id': ['kai'] }, '[unreadable]'],
    [{ 'user.id': null, 'langfuse.user.id': 'kai' }, 'kai'],
    [{ 'langwatch.user.id': 'kai' }, 'kai'],
    [{ 'ag.user.id': 'kai' }, 'kai'],
    [{ 'trpc.go.agent.runner.user_id': 'kai' }, 'kai'],
    [{ 'traceloop.association.properties.userId': 'kai' }, 'kai'],
    [{ 'ai.telemetry.metadata.userId': 'kai' }, 'kai'],
    [{ 'ai.settings.context.userId': 'kai' }, 'kai'],
    [{ 'langsmith.metadata.user_id': 'kai' }, 'kai'],
    [{ 'mastra.metadata.userId': 'kai' }, 'kai'],
    [{ metadata: '{"user_id":"kai"}' }, 'kai'],
    [{ metadata: '{"user_id":{"id":"kai"}}' }, undefined],
    [{ metadata: '{"user_id":"ka…[truncated' }, undefined],
    [{ metadata: 'null user' }, undefined],
    [{ 'langsmith.trace.session_id': 'project' }, undefined],
    [{ 'microsoft.agent.user.id': 'agent-account' }, undefined],
    [{ 'mlflow.trace.user': '"kai"' }, 'kai'],
    [{ 'user.id': '"kai' }, '"kai'],
    [{ 'ai.telemetry.metadata.user.id': 'kai' }, 'kai'],
    [{ 'traceloop.association.properties.enduser.id': 'kai' }, 'kai'],
    [{ 'traceloop.association.properties.user_id': 17 }, '17'],
    [{ 'traceloop.association.properties.customer_id': 'acme' }, undefined],
    [{ 'langfuse.trace.metadata.userId': 'kai' }, 'kai'],
    [{ 'metadata.user_id': 'kai' }, 'kai'],
    [{ 'langsmith.metadata.user_id': 'second', 'ai.settings.context.userId': 'first' }, 'first'],
    [{ 'langsmith.metadata.user_id': 'second', 'user.id': 'first' }, 'first'],
    [{ metadata: '{"user.id":17}' }, '17'],
    [{ metadata: { userId: 'kai' } }, 'kai'],
    [{ 'traceloop.association.properties': '{"userId":"kai"}' }, 'kai'],
    [{ metadata: '["user_id"]' }, undefined],
    [{ 'microsoft.tenant.id': 't', 'langwatch.customer.id': 'acme' }, undefined],
    [{ 'client.address': '10.0.0.1', 'gen_ai.caller.client_ip': '10.0.0.1' }, undefined],
    [{ user_id: 'acted-on', userId: 'acted-on', 'http.route': '/users/{user_id}' }, undefined],
    [{ 'metadata.user_api_key_user_id': 'owner-of-a-key' }, undefined],
    [{ 'user.email': 'kai@contoso.com', 'gen_ai.request.user': 'hash' }, undefined],
    [{ 'user.id': 'kai', 'user.account_uuid': 'an-account' }, 'kai'],
    [{}, undefined],
  ])('%j names the user %j', (attributes, user) => {
    expect(userOf(span(attributes))).toBe(user)
  })

  it.each<[SpanDetails]>([
    [{ name: 'claude_code.interaction' }],
    [{ name: 'claude_code.tool.blocked_on_user' }],
    [{ scope: 'com.anthropic.claude_code.tracing' }],
    [{ scope: 'claude-code' }],
  ])('names an account on a span like %j, where the id is that of an installation', (details) => {
    const installed = { 'user.id': 'f00d'.repeat(16) }
    const account = { 'user.account_uuid': 'u-1', 'user.email': 'kai@contoso.com' }
    expect(userOf(span({ ...installed, ...account }, details))).toBe('u-1')
    expect(userOf(span({ ...installed, 'user.email': 'kai@contoso.com' }, details))).toBeUndefined()
    expect(userStandInOf(span({ ...installed, 'user.email': 'kai@contoso.com' }, details))).toBe('kai@contoso.com')
    expect(userStandInOf(span(installed, details))).toBeUndefined()
    expect(installationOf(span(installed, details))).toBe('f00d'.repeat(16))
    expect(installationOf(span(installed))).toBeUndefined()
  })
})

describe('userStandInOf', () => {
  it.each<[Attributes, string | undefined]>([
    [{ 'gen_ai.request.user': 'hash', 'user.email': 'kai@contoso.com' }, 'kai@contoso.com'],
    [{ 'enduser.pseudo.id': 'hash', 'user.email': 'kai@contoso.com' }, 'kai@contoso.com'],
    [{ 'user.hash': 'hash' }, 'hash'],
    [{ 'llm.user': 'kai' }, 'kai'],
    [{ 'metadata.user_api_key_end_user_id': 'kai' }, 'kai'],
    [{ 'enduser.pseudo.id': 'p-17' }, 'p-17'],
    [{ 'user.email': 'kai@contoso.com' }, 'kai@contoso.com'],
    [{ 'microsoft.agent.user.email': 'bot@contoso.com' }, undefined],
    [{ 'user.name': 'Kai' }, undefined],
  ])('%j stands for the user %j', (attributes, user) => {
    expect(userStandInOf(span(attributes))).toBe(user)
  })

  it('is the login of one who works with Copilot Chat, after an address', () => {
    const copilot = { scope: 'copilot-chat' }
    expect(userStandInOf(span({ 'user.name': 'kai' }, copilot))).toBe('kai')
    expect(userStandInOf(span({ 'user.name': 'kai', 'user.email': 'kai@contoso.com' }, copilot))).toBe(
      'kai@contoso.com',
    )
  })
})

describe('agentOf', () => {
  it.each<[string, Attributes, SpanDetails, object]>([
    [
      'keys',
      { ...RUN, 'gen_ai.agent.id': 'a1', 'gen_ai.agent.name': 'A', 'gen_ai.agent.version': 3 },
      {},
      { id: 'a1', name: 'A', version: '3' },
    ],
    ['a span name', RUN, { name: 'invoke_agent report-assistant' }, { name: 'report-assistant' }],
    ['no model', { ...RUN, 'gen_ai.request.model': 'gpt-4' }, { name: 'invoke_agent gpt-4' }, {}],
    ['no word that stands on every span', { ...RUN, 'gen_ai.agent.id': 'agent' }, { name: 'invoke_agent' }, {}],
    ['no span name without a prefix', RUN, { name: 'openai.chat' }, {}],
    [
      'a function',
      { 'ai.operationId': 'ai.generateText', 'ai.telemetry.functionId': 'order-agent' },
      {},
      { name: 'order-agent' },
    ],
    ['an entity', { 'traceloop.span.kind': 'agent', 'traceloop.entity.name': 'planner' }, {}, { name: 'planner' }],
    ['a suffixed name', { 'traceloop.span.kind': 'agent' }, { name: 'planner.agent' }, { name: 'planner' }],
    ['what an author calls it', { 'attribution.span.kind': 'agent' }, { name: 'buyer.run' }, { name: 'buyer.run' }],
    ['a wrapped method', { 'openinference.span.kind': 'AGENT' }, { name: 'CodeAgent.run' }, { name: 'CodeAgent' }],
    [
      'a wrapped method of a role',
      { 'openinference.span.kind': 'AGENT' },
      { name: 'Weather Researcher._execute_core' },
      { name: 'Weather Researcher' },
    ],
    ['no wrapped method alone', { 'openinference.span.kind': 'AGENT' }, { name: 'Agent.run' }, {}],
    ['no method where the span bears another name', RUN, { name: 'haystack.agent.run' }, {}],
    ['a name that ends like a method', RUN, { name: 'invoke_agent nightly.run' }, { name: 'nightly.run' }],
    [
      'an id of Agno',
      { 'openinference.span.kind': 'AGENT', 'agno.agent.id': 'w', 'agent.name': 'W' },
      {},
      { id: 'w', name: 'W' },
    ],
    [
      'the agent of a task that says it invokes one',
      { ...RUN, 'traceloop.span.kind': 'task', 'crewai.task.agent': 'Researcher' },
      { name: 'find.task' },
      { name: 'Researcher' },
    ],
    [
      'an entity of VoltAgent',
      { 'span.type': 'agent', 'entity.type': 'agent', 'entity.id': 'e', 'entity.name': 'shop-agent' },
      {},
      { name: 'shop-agent' },
    ],
    ['a crew', { ...RUN, 'crewai.crew.name': 'mycrew' }, { name: 'crewai.workflow' }, { name: 'mycrew' }],
    [
      'a component',
      { 'haystack.component.type': 'Agent', 'haystack.component.name': 'planner' },
      { name: 'haystack.component.run' },
      { name: 'planner' },
    ],
    ['a Langfuse name', { 'langfuse.observation.type': 'agent' }, { name: 'trial run' }, { name: 'trial run' }],
    ['no default name', { 'openinference.span.kind': 'AGENT' }, { name: 'Agent workflow' }, {}],
    [
      'an OpenInference key',
      { 'openinference.span.kind': 'AGENT', 'agent.name': 'Sub' },
      { name: 'run' },
      { name: 'Sub' },
    ],
    [
      'an AgentOps id',
      { 'agentops.span.kind': 'agent', 'agent.id': '7', 'agent.name': 'S' },
      {},
      { id: '7', name: 'S' },
    ],
    ['a version', { ...RUN, 'agent.version': 2 }, {}, { version: '2' }],
    [
      'a role',
      { 'traceloop.span.kind': 'agent', 'crewai.agent.role': 'Writer' },
      { name: 'x.agent' },
      { name: 'Writer' },
    ],
    [
      'an agent of n8n',
      { 'n8n.node.type': '@n8n/n8n-nodes-langchain.agent', 'n8n.node.name': 'Support' },
      {},
      { name: 'Support' },
    ],
    ['a JSON text', { 'mlflow.spanType': '"AGENT"', 'gen_ai.agent.name': '"writer"' }, {}, { name: 'writer' }],
    ['a name of MLflow', { 'mlflow.spanType': '"AGENT"' }, { name: 'writer' }, { name: 'writer' }],
    ['an old name of ADK', {}, { name: 'agent_run [root]', scope: 'gcp.vertex.agent' }, { name: 'root' }],
    ['a name of Pydantic AI', {}, { name: 'triage run', scope: 'pydantic-ai' }, { name: 'triage' }],
    ['no name of Pydantic AI', {}, { name: 'agent run', scope: 'pydantic-ai' }, {}],
    ['the program', {}, { name: 'claude_code.interaction' }, { name: 'claude-code' }],
    [
      'a Monocle entity',
      { 'entity.1.type': 'agent.adk', 'entity.1.name': 'sup', 'span.type': 'agentic.invocation' },
      {},
      { name: 'sup' },
    ],
    [
      'a Logfire name',
      { 'gen_ai.system': 'openai', 'logfire.msg_template': 'Agent run: {name!r}', name: 'W' },
      { name: 'Agent run: {name!r}' },
      { name: 'W' },
    ],
  ])('reads %s', (_what, attributes, details, expected) => {
    expect(agent(attributes, details)).toEqual(expected)
  })

  it('reads only keys that speak of an agent on any other span', () => {
    expect(agent({ ...CALL, 'gen_ai.agent.name': 'A', 'ai.telemetry.functionId': 'f' }, { name: 'x.agent' })).toEqual({
      name: 'A',
    })
    expect(agent({ 'openinference.span.kind': 'TOOL', 'agent.name': 'A' })).toEqual({ name: 'A' })
    expect(agent({ 'http.request.method': 'GET', 'agent.name': 'elastic-agent', 'agent.id': '1' })).toEqual({})
  })
})

describe('toolNameOf', () => {
  it.each<[Attributes, SpanDetails, string | undefined]>([
    [{ ...CALL, 'gen_ai.tool.name': 'send_mail' }, {}, 'send_mail'],
    [CALL, { name: 'execute_tool send_mail' }, 'send_mail'],
    [CALL, { name: 'execute_tool' }, undefined],
    [CALL, { name: 'POST /tools' }, undefined],
    [{ 'ai.operationId': 'ai.toolCall', 'ai.toolCall.name': 'refund' }, {}, 'refund'],
    [{ 'ai.operationId': 'ai.toolCall' }, { name: 'ai.toolCall refund' }, 'refund'],
    [{ 'openinference.span.kind': 'TOOL' }, { name: 'get_weather' }, 'get_weather'],
    [{ 'traceloop.span.kind': 'tool' }, { name: 'get_weather.tool' }, 'get_weather'],
    [{ 'openinference.span.kind': 'TOOL' }, { name: 'get_weather.__call__' }, 'get_weather'],
    [{ 'openinference.span.kind': 'TOOL' }, { name: 'get_weather.run' }, 'get_weather'],
    [CALL, { name: 'execute_tool job.run' }, 'job.run'],
    [{ 'mcp.method.name': 'tools/call' }, { name: 'tools/call echo' }, 'echo'],
    [{ 'mcp.method.name': 'tools/call' }, { name: 'MCP send tools/call echo' }, 'echo'],
    [{ 'mcp.method.name': 'tools/call' }, { name: 'tools/call' }, undefined],
    [{ tool_name: 'Bash' }, { name: 'claude_code.tool' }, 'Bash'],
    [{ 'haystack.tool.name': 'search' }, { name: 'haystack.agent.step.tool' }, 'search'],
    [{ 'genkit:metadata:subtype': 'tool', 'genkit:name': 'getWeather' }, {}, 'getWeather'],
    [{ 'attribution.span.kind': 'tool' }, { name: 'send_mail' }, 'send_mail'],
    [{}, { name: 'langchain4j.tools.getWeather' }, 'getWeather'],
    [
      { 'gen_ai.operation.name': 'execute_tool', 'traceloop.entity.name': 'DynamicStructuredTool' },
      { name: 'execute_tool DynamicStructuredTool' },
      undefined,
    ],
    [{}, { name: "mcp_tool: 'order' on 'shop'", scope: '@mastra/otel-bridge' }, 'order'],
    [{ tool_name: 'search' }, { name: 'Tool Usage', scope: 'crewai.telemetry' }, 'search'],
    [{ 'dify.node.type': 'tool', 'dify.node.title': 'Fetch' }, {}, 'Fetch'],
    [{ span_type: 'Tool' }, { name: 'fetch_text', scope: 'promptflow' }, 'fetch_text'],
    [{ 'rpc.method': 'tools/call', 'rpc.jsonrpc.version': '2.0' }, { name: 'MCP request: tools/call add' }, 'add'],
    [{ 'gen_ai.operation.name': 'chat' }, { name: 'execute_tool x' }, undefined],
    [{ 'tool.name': 'hammer' }, {}, undefined],
  ])('%j %j calls %j', (attributes, details, expected) => {
    expect(tool(attributes, details)).toBe(expected)
  })
})

describe('MCP and Agent 365', () => {
  it('a call of a tool is one on either side and in other dialects too', () => {
    expect(isMcpCall(span({ 'mcp.method.name': 'tools/call' }))).toBe(true)
    expect(isMcpCall(span({ 'mcp.method.name': 'tools/list' }))).toBe(false)
    expect(isMcpCall(span({ 'rpc.method': 'tools/call' }))).toBe(true)
    expect(isMcpCall(span({ 'traceloop.span.kind': 'tool' }, { scope: '@traceloop/instrumentation-mcp' }))).toBe(true)
    expect(isMcpCall(span({ 'traceloop.span.kind': 'TOOL' }, { scope: 'opentelemetry.instrumentation.mcp' }))).toBe(
      true,
    )
    const scope = 'opentelemetry.instrumentation.mcp.instrumentation'
    expect(isMcpCall(span({ 'traceloop.span.kind': 'tool' }, { scope }))).toBe(true)
    expect(isMcpCall(span({ 'traceloop.span.kind': 'tool' }))).toBe(false)
  })

  it('a client is one only on a span of kind CLIENT', () => {
    const method = { 'mcp.method.name': 'resources/read' }
    expect(isMcpClient(span(method, { kind: SPAN_KIND.client }))).toBe(true)
    expect(isMcpClient(span(method, { kind: SPAN_KIND.server }))).toBe(false)
    expect(isMcpClient(span({}, { kind: SPAN_KIND.client }))).toBe(false)
  })

  it('a server is called by its name where somebody states it', () => {
    expect(mcpServerOf(span({ 'fastmcp.server.name': 'mail' }))).toBe('mail')
    expect(mcpServerOf(span({ 'service.name': 'shop' }))).toBeUndefined()
  })

  it('a conversation is that of the agent before that of the connection', () => {
    expect(conversationOf(span({ 'mcp.session.id': 'm', 'session.id': 's' }))).toBe('s')
    expect(conversationOf(span({ 'mcp.session.id': 'm' }))).toBe('m')
    expect(conversationOf(span({ 'gen_ai.conversation.id': 5, 'session.id': 's' }))).toBe('5')
    expect(conversationOf(span({ 'thread.id': 12 }))).toBeUndefined()
    expect(conversationOf(span({ 'gen_ai.thread.id': 'thread_1' }))).toBe('thread_1')
    expect(conversationOf(span({ 'conversation.id': 'c' }))).toBe('c')
    expect(conversationOf(span({ 'nat.conversation.id': 'c' }))).toBe('c')
    expect(conversationOf(span({ 'nat.conversation.id': 'unknown' }))).toBeUndefined()
    expect(conversationOf(span({ 'nat.conversation.id': 'c', 'session.id': 'unknown' }))).toBe('c')
    expect(conversationOf(span({ 'copilot_chat.chat_session_id': 'c' }))).toBe('c')
    expect(conversationOf(span({ 'confident.trace.thread_id': 'c', 'mcp.session.id': 'm' }))).toBe('c')
    expect(conversationOf(span({ 'ag.session.id': 's' }))).toBe('s')
    expect(conversationOf(span({ 'ai.telemetry.metadata.conversationId': 'c' }))).toBe('c')
    expect(conversationOf(span({ 'langsmith.trace.session_id': 'project' }))).toBeUndefined()
  })

  it("the agent's own accounts are told apart from the user", () => {
    const accounts = { 'microsoft.agent.user.id': 'u-1', 'microsoft.agent.user.email': 'bot@contoso.com' }
    expect(agentUsersOf(span(accounts))).toEqual(['u-1', 'bot@contoso.com'])
    expect(agentUsersOf(span({ 'user.id': 'kai' }))).toEqual([])
  })
})

describe('what vendors of other languages write', () => {
  it.each<[Attributes, string | undefined]>([
    [{ 'gen_ai.caller.id': 'kai', 'gen_ai.caller.upn': 'kai@contoso.com' }, 'kai'],
    [{ 'microsoft.caller.id': 'kai' }, 'kai'],
    [{ 'user.id': 'kai', 'gen_ai.caller.id': 'bo' }, 'kai'],
    [{ 'kagent.user_id': 'kai' }, 'kai'],
    [{ 'bifrost.user.id': 'kai', 'bifrost.user.email': 'kai@contoso.com' }, 'kai'],
    [{ 'bifrost.team.ids': 'blue' }, undefined],
    [{ 'kagent.user_id': 'kai', 'user.id': 'claimed' }, 'kai'],
    [{ 'jwt.sub': 'kai' }, undefined],
  ])('the user of %j is %s', (attributes, user) => expect(userOf(span(attributes))).toBe(user))

  it('an address that stands in for a user comes from its own key', () => {
    expect(userStandInOf(span({ 'gen_ai.caller.upn': 'kai@contoso.com' }))).toBe('kai@contoso.com')
    expect(userStandInOf(span({ 'bifrost.user.email': 'kai@contoso.com' }))).toBe('kai@contoso.com')
  })

  it("the older keys of an agent's own accounts are not a user", () => {
    expect(agentUsersOf(span({ 'gen_ai.agent.upn': 'bot@contoso.com' }))).toEqual(['bot@contoso.com'])
    expect(userOf(span({ 'gen_ai.agent.userid': 'bot' }))).toBeUndefined()
  })

  it.each([
    ['langchain4j.aiservices.Assistant.chat', {}, '', { name: 'Assistant' }],
    ['langchain4j.aiservices.Resource$Assistant.chat', {}, '', { name: 'Resource$Assistant' }],
    ['openclaw.harness.run', { 'openclaw.agent': 'ops' }, '', { name: 'ops' }],
    ['openclaw.harness.run', {}, '', { name: 'openclaw' }],
    ['reply', {}, 'goose', { name: 'goose' }],
    ['planner', { 'runinfo.component': 'Agent', 'runinfo.name': 'planner' }, '', { name: 'planner' }],
    [
      'writer',
      { 'gen_ai.operation.name': 'invoke_agent' },
      'github.com/cloudwego/eino-ext/callbacks/otel',
      { name: 'writer' },
    ],
  ])('the agent of %s with %j in "%s" is %j', (name, attributes, scope, expected) => {
    expect(agent(attributes, { name, scope })).toEqual(expected)
  })

  it('the tool of a call in Goose is in its JSON, if it is JSON', () => {
    const details = { name: 'dispatch_tool_call', scope: 'goose' }
    expect(tool({ input: '{"tool":"shell","arguments":{}}' }, details)).toBe('shell')
    expect(tool({ input: 'shell' }, details)).toBeUndefined()
    expect(tool({ input: '{"arguments":{}}' }, details)).toBeUndefined()
    expect(agent({ input: '{"tool":"shell"}' }, { name: 'reply', scope: 'goose' })).toEqual({ name: 'goose' })
  })
})

it('nothing throws, whatever the attributes hold', () => {
  const keys = fc.oneof(
    fc.constantFrom(...MARKERS.map(({ key }) => key)),
    fc.constantFrom('user.id', 'metadata', 'gen_ai.agent.id', 'gen_ai.tool.name', 'attribution.span.kind', 'name'),
    fc.string(),
  )
  const values = fc.oneof(fc.string(), fc.constantFrom('agent', 'tool', 'chat', '{"user_id":1}'), fc.anything())
  const scopes = fc.oneof(fc.string(), fc.constantFrom('gcp.vertex.agent', 'pydantic-ai', 'claude-code'))
  const names = fc.oneof(fc.string(), fc.constantFrom('execute_tool', 'claude_code.tool', 'haystack.pipeline.run'))
  fc.assert(
    fc.property(
      fc.dictionary(keys, values),
      names,
      scopes,
      fc.integer({ min: 0, max: 4 }),
      (has, name, scope, kind) => {
        const subject = span(has, { name, scope, kind })
        const recognition = recognize(subject)
        const texts = [userOf(subject), toolNameOf(subject, recognition), conversationOf(subject), mcpServerOf(subject)]
        const { id, name: called, version } = agentOf(subject, recognition)
        for (const text of [...texts, id, called, version, ...agentUsersOf(subject)]) {
          expect(text === undefined || (typeof text === 'string' && text.trim() !== '')).toBe(true)
        }
        expect(typeof isMcpCall(subject)).toBe('boolean')
        expect(typeof isMcpClient(subject)).toBe('boolean')
      },
    ),
  )
})

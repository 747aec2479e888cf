import { describe } from 'vitest'
import { SPAN_KINDS } from '../../src/model/attribution.ts'
import type { AgentSpanKind } from '../../src/model/attribution.ts'
import { agent, ASKED, check, spanWith, nameless, plain, server, tool } from './spans.ts'
import type { GivenAttributes } from './spans.ts'

const said = (key: string, words: Readonly<Record<string, AgentSpanKind | undefined>>) =>
  Object.entries(words).map(([word, kind]) => ({
    title: `${key}=${word} is ${kind ?? 'no agent span'}`,
    trace: server('http', plain('x', { [key]: word })),
    expect: { x: { kind } },
  }))

describe('the kind of a span', () => {
  check([
    ...said('openinference.span.kind', {
      AGENT: 'agent',
      TOOL: 'tool',
      LLM: 'llm',
      EMBEDDING: 'llm',
      RETRIEVER: 'retriever',
      RERANKER: 'retriever',
      GUARDRAIL: 'guardrail',
      EVALUATOR: 'guardrail',
      CHAIN: 'workflow',
      PROMPT: 'workflow',
    }),
    ...said('gen_ai.operation.name', {
      invoke_agent: 'agent',
      create_agent: 'agent',
      execute_tool: 'tool',
      chat: 'llm',
      text_completion: 'llm',
      generate_content: 'llm',
      embeddings: 'llm',
      retrieval: 'retriever',
      invoke_workflow: 'workflow',
      chain: 'workflow',
      agent_step: 'workflow',
      execute_node: 'workflow',
    }),
    ...said('traceloop.span.kind', { agent: 'agent', tool: 'tool', workflow: 'workflow', task: 'workflow' }),
    ...said('mcp.method.name', {
      'tools/call': 'tool',
      'tools/list': undefined,
      initialize: undefined,
      'prompts/get': undefined,
      'resources/read': undefined,
      'notifications/progress': undefined,
      ping: undefined,
    }),
    ...said('attribution.span.kind', {
      ...(Object.fromEntries(SPAN_KINDS.map((kind) => [kind, kind])) as Record<AgentSpanKind, AgentSpanKind>),
      ' Agent ': 'agent',
      agents: undefined,
      '': undefined,
    }),
  ])
})

describe('a span is not recognized', () => {
  const rows: readonly [title: string, says: GivenAttributes][] = [
    [
      'by any other attribute of ours',
      { ...ASKED, 'actor.id': 'a', 'context.id': 'x', 'correlation.id': 'c', verdict: 'separated' },
    ],
    ['by the dialect that an attribute of ours names', { 'span.dialect': 'otel-genai' }],
    ['by the judge that an attribute of ours names', { judge: 'onbehalf/0.1.0 abc', findings: ['missing_actor'] }],
    ['by a kind that is no text', { 'span.kind': ['agent'] }],
    ['by a user', { 'user.id': 'kai', 'session.id': 's' }],
  ]
  check([
    ...rows.map(([title, says]) => ({ title, trace: plain('x', says), expect: { x: { kind: undefined } } })),
    {
      title: 'by its resource',
      trace: spanWith(
        { resource: { 'span.kind': 'agent', 'gen_ai.agent.name': 'a', 'principal.id': 'kai' } },
        plain('x'),
      ),
      expect: { x: { kind: undefined } },
    },
    {
      title: 'by what is bound',
      live: true,
      trace: spanWith(
        { binding: { bound: { principal: { id: 'kai' } }, agents: [{ actor: { id: 'a' } }], acting: true } },
        plain('x'),
      ),
      expect: { x: { kind: undefined } },
    },
    {
      title: 'by what stands above or below it',
      trace: agent('a', ASKED, plain('x', tool('t'))),
      expect: { x: { kind: undefined }, t: { kind: 'tool' } },
    },
  ])
})

describe('the kind that a span states', () => {
  check([
    {
      title: 'comes before what its dialect says',
      trace: agent('a', ASKED, tool('x', { 'span.kind': 'guardrail' })),
      expect: { x: { kind: 'guardrail', findings: [] } },
    },
    {
      title: 'leaves the making of an agent what it is',
      trace: plain('x', { 'gen_ai.operation.name': 'create_agent', 'gen_ai.agent.name': 'x', 'span.kind': 'agent' }),
      expect: { x: { kind: 'agent', findings: [], complete: true } },
    },
    {
      title: 'is not made up where it is no word of ours: the dialect is asked',
      trace: agent('a', ASKED, tool('x', { 'span.kind': 'gadget' })),
      expect: { x: { kind: 'tool' } },
    },
    {
      title: 'below a nameless agent gives no actor: the service acts only where no agent is above',
      trace: nameless('n', ASKED, tool('x')),
      expect: {
        n: { findings: ['missing_actor'] },
        x: { actor: undefined, findings: ['missing_actor'], verdict: 'unknown' },
      },
    },
  ])
})

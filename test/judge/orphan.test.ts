import { describe } from 'vitest'
import {
  agent,
  ASKED,
  check,
  client,
  consumer,
  guardrail,
  spanWith,
  llm,
  nameless,
  plain,
  retriever,
  server,
  tool,
  workflow,
} from './spans.ts'
import type { GivenAttributes } from './spans.ts'

const GONE = 'feedfeedfeedfeed'
const X: GivenAttributes = { ...ASKED, 'context.id': 'x' }
const merging = (...codes: string[]): GivenAttributes => ({ 'declaration.type': 'merge', 'declaration.merges': codes })

describe('orphan_effect', () => {
  check([
    {
      title: 'stands for a tool that is the root of its trace',
      trace: tool('t', X),
      expect: { t: { findings: ['orphan_effect'], verdict: 'separated', complete: true } },
    },
    {
      title: 'stands for a tool below unrecognized spans only',
      trace: server('http', plain('p', tool('t', X))),
      expect: { t: { findings: ['orphan_effect'] } },
    },
    {
      title: 'stands for a tool whose parent is missing',
      trace: spanWith({ parent: GONE }, tool('t', X)),
      expect: { t: { findings: ['orphan_effect'] } },
    },
    {
      title: 'stands for an effect that states its kind and whose parent is missing',
      trace: spanWith({ parent: GONE, remote: true }, client('e', { ...X, 'span.kind': 'effect' })),
      expect: { e: { kind: 'effect', findings: ['orphan_effect'] } },
    },
    {
      title: 'stands for both a tool and its effect without an agent above',
      trace: consumer('queue', tool('t', X, client('e'))),
      expect: { t: { findings: ['orphan_effect'] }, e: { findings: ['orphan_effect'] } },
    },
    {
      title: 'does not stand below an agent',
      trace: agent('a', X, tool('t', client('e'))),
      expect: { t: { findings: [] }, e: { findings: [] } },
    },
    {
      title: 'does not stand below a nameless agent',
      trace: spanWith({ service: 's' }, nameless('a', { ...X, 'actor.id': 'x-agent' }, tool('t'))),
      expect: { t: { findings: [] } },
    },
    {
      title: 'does not stand below a workflow',
      trace: workflow('w', X, tool('t')),
      expect: { t: { findings: [] } },
    },
    {
      title: 'does not stand far below an agent, over another service',
      trace: agent(
        'a',
        X,
        client(
          'out',
          spanWith({ service: 'mail' }, server('in', spanWith({ service: 'mail' }, tool('t', { 'context.id': 'x' })))),
        ),
      ),
      expect: { t: { findings: [] } },
    },
    {
      title: 'does not stand where the agent itself has lost its parent',
      trace: spanWith({ parent: GONE }, agent('a', X, tool('t'))),
      expect: { t: { findings: [] } },
    },
    {
      title: 'stands below an llm call, a retriever or a guardrail alone',
      trace: [llm('l', X, tool('t')), retriever('r', X, tool('u')), guardrail('g', X, tool('v'))],
      expect: { t: { has: ['orphan_effect'] }, u: { has: ['orphan_effect'] }, v: { has: ['orphan_effect'] } },
    },
    {
      title: 'does not stand where the tool has a correlation id',
      trace: tool('t', { ...X, 'correlation.id': 'c' }),
      expect: { t: { findings: [] } },
    },
    {
      title: 'does not stand where the correlation id comes from above',
      trace: consumer('queue', { 'correlation.id': 'c' }, tool('t', X, client('e'))),
      expect: { t: { findings: [], correlation: 'c' }, e: { findings: [], correlation: 'c' } },
    },
    {
      title: 'a conversation id does not help',
      trace: tool('t', { ...X, 'gen_ai.conversation.id': 'c' }),
      expect: { t: { findings: ['orphan_effect'] } },
    },
    {
      title: 'stands for tools and effects only',
      trace: [llm('l', X), retriever('r', X), guardrail('g', X)],
      expect: { l: { findings: [] }, r: { findings: [] }, g: { lacks: ['orphan_effect'] } },
    },
    {
      title: 'nothing flows up: an agent below a tool is no root of it',
      trace: tool('t', X, agent('a', tool('u'))),
      expect: { t: { findings: ['orphan_effect'] }, u: { lacks: ['orphan_effect'] } },
    },
    {
      title: 'nothing flows sideways: an agent beside a tool is no root of it',
      trace: server('http', X, agent('a'), tool('t')),
      expect: { t: { findings: ['orphan_effect'] } },
    },
    {
      title: 'is never said of a span that came after the rest of its trace',
      trace: spanWith({ parent: GONE }, tool('t', X)),
      late: true,
      expect: { t: { findings: [] } },
    },
    {
      title: 'waits for the audit where the parent is in another process',
      trace: spanWith({ parent: GONE, remote: true }, tool('t', X)),
      live: true,
      origin: 'elsewhere',
      expect: { t: { findings: [] } },
    },
    {
      title: 'is said live of a tool that has no parent at all',
      trace: tool('t', X),
      live: true,
      expect: { t: { findings: ['orphan_effect'] } },
    },
    {
      title: 'a merge that names it excuses nothing',
      trace: tool('t', { ...X, ...merging('orphan_effect') }),
      expect: { t: { has: ['orphan_effect'] } },
    },
    {
      title: 'policy allows it for the tools that it names',
      policy: { rules: [{ tool: 't', allow: ['orphan_effect'] }] },
      trace: tool('t', X),
      expect: { t: { findings: [], verdict: 'declared' } },
    },
  ])
})

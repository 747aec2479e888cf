import { describe, expect, it } from 'vitest'
import { causesOf } from '../../src/judge/cause.ts'
import { createJudge } from '../../src/judge/judge.ts'
import { createPolicy } from '../../src/policy/policy.ts'
import { judgeTree, treeOf } from '../../src/judge/trace.ts'
import { agent, ASKED, client, spanWith, llm, plain, server, spansOf, tool } from './spans.ts'
import type { SpanSpec } from './spans.ts'

const POLICY = createPolicy({})

/** As `code at the span where it began: number of spans`. */
function causes(trace: SpanSpec | readonly SpanSpec[]): readonly string[] {
  const tree = treeOf(spansOf(trace).toReversed())
  return causesOf(tree, judgeTree(tree, POLICY, createJudge(POLICY)))
    .map(({ code, origin, spans: found }) => `${code} at ${origin.name}: ${found.length}`)
    .toSorted()
}

const service = (name: string, span: SpanSpec) => spanWith({ service: name }, span)

describe('a lack that spans inherit', () => {
  it('began where the request came in', () => {
    expect(causes(server('POST /chat', plain('route', agent('a', llm('l'), tool('t', client('POST'))))))).toEqual([
      'missing_intent at POST /chat: 3',
      'missing_principal at POST /chat: 4',
    ])
  })
  it('began at the service whose agent was asked for nobody, and not at those before and behind it', () => {
    const mailer = service('mailer', server('POST /send', tool('mail')))
    const shop = service(
      'shop',
      server(
        'POST /chat',
        service('shop', agent('a', ASKED_FOR_NOTHING, client('POST', { 'server.address': 'mailer' }, mailer))),
      ),
    )
    expect(causes(service('gateway', server('GET /', client('POST', shop))))).toEqual([
      'missing_principal at POST /chat: 3',
    ])
  })
  it('is one for each request', () => {
    expect(causes([server('a', agent('x', llm('l'))), server('b', agent('y'))])).toEqual([
      'missing_intent at a: 1',
      'missing_intent at b: 1',
      'missing_principal at a: 2',
      'missing_principal at b: 1',
    ])
  })
  it('passes over spans that do not have to have it', () => {
    const found = causes(agent('a', { 'principal.id': 'kai' }, llm('l', agent('b', tool('t')))))
    expect(found).toEqual(['missing_intent at a: 3'])
  })
})

const ASKED_FOR_NOTHING = { 'intent.summary': 'x' }

describe('a collapse', () => {
  it('began at the agent that runs as the user', () => {
    const trace = server('POST', agent('a', { ...ASKED, 'actor.id': 'kai@contoso.com' }, llm('l'), tool('t')))
    expect(causes(trace)).toEqual(['principal_is_actor at a: 3'])
  })
  it('of one effect is its own', () => {
    const login = { 'context.id': 'kai@contoso.com' }
    expect(causes(agent('a', ASKED, client('e', login), client('f', login)))).toEqual([
      'principal_is_context at e: 1',
      'principal_is_context at f: 1',
    ])
  })
})

describe('the way up', () => {
  it('ends where parents go round in a circle', () => {
    const [one, other] = ['00000000000000aa', '00000000000000bb']
    const circle = [
      spanWith({ id: one, parent: other }, agent('a', ASKED_FOR_NOTHING)),
      spanWith({ id: other, parent: one }, agent('b', ASKED_FOR_NOTHING)),
    ]
    expect(causes(circle).join()).toMatch(/^missing_principal at [ab]: [12]/u)
  })
  it('may be longer than the stack', () => {
    let deep: SpanSpec = tool('t')
    for (let depth = 0; depth < 5_000; depth++) deep = plain(`p${depth}`, deep)
    expect(causes(agent('a', ASKED_FOR_NOTHING, deep))).toEqual(['missing_principal at a: 2'])
  })
})

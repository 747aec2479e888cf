import { describe } from 'vitest'
import { agent, ASKED, check, client, spanWith, llm, nameless, plain, tool, workflow } from './spans.ts'
import type { SpanSpec, GivenAttributes } from './spans.ts'

const merging = (...codes: string[]): GivenAttributes => ({ 'declaration.type': 'merge', 'declaration.merges': codes })
const stating = (...chain: string[]): GivenAttributes => ({ 'actor.chain': chain })

/** Agents below one another, each of the names in turn, and a tool last. */
function nested(names: readonly string[], spanNames = names): SpanSpec {
  const last: SpanSpec = tool('t')
  return names.reduceRight(
    (below, name, index) =>
      agent(spanNames[index] as string, { ...(index === 0 ? ASKED : {}), 'gen_ai.agent.name': name }, below),
    last,
  )
}

describe('the chain of actors', () => {
  check([
    {
      title: 'grows by each agent that another one starts',
      trace: nested(['a', 'b', 'c']),
      expect: {
        a: { chain: ['a'] },
        b: { chain: ['a', 'b'] },
        c: { chain: ['a', 'b', 'c'] },
        t: { chain: ['a', 'b', 'c'] },
      },
    },
    {
      title: 'does not grow by a nameless agent',
      trace: agent('a', ASKED, nameless('n', agent('b'))),
      expect: { n: { chain: ['a'], actor: 'a', findings: [] }, b: { chain: ['a', 'b'] } },
    },
    {
      title: 'does not grow by its last actor again, in any spelling',
      trace: nested(['a', ' A ', 'a'], ['1', '2', '3']),
      expect: { 3: { chain: ['a'], findings: [] }, t: { chain: ['a'], findings: [] } },
    },
    {
      title: 'does not grow by tools, llm calls and workflows',
      trace: agent('a', ASKED, workflow('w', llm('l'), tool('t'))),
      expect: { w: { chain: ['a'] }, l: { chain: ['a'] }, t: { chain: ['a'] } },
    },
    {
      title: 'names an actor by its id, else by its name',
      trace: agent('a', { ...ASKED, 'gen_ai.agent.id': 'asst_1' }, agent('b')),
      expect: { b: { chain: ['asst_1', 'b'] } },
    },
  ])
})

describe('chain_truncated', () => {
  const below = (chain: readonly string[], says: GivenAttributes = {}) =>
    nestedBelow(agent('c', { ...stating(...chain), ...says }))
  const nestedBelow = (span: SpanSpec) => agent('a', ASKED, agent('b', span))
  const rows: readonly [title: string, chain: readonly string[], isCut: boolean][] = [
    ['does not stand for the chain above', ['a', 'b'], false],
    ['does not stand for the chain above and one more', ['a', 'b', 'c'], false],
    ['does not stand for another spelling', ['A', 'b ', 'c'], false],
    ['stands for the actor alone', ['c'], true],
    ['stands for a chain that lacks the first actor', ['b', 'c'], true],
    ['stands for a chain that lacks the last actor', ['a'], true],
    ['stands for a chain that lacks one between', ['a', 'c'], true],
    ['stands for another order', ['b', 'a', 'c'], true],
    ['stands for another actor in it', ['a', 'x', 'c'], true],
    ['stands for two actors more', ['a', 'b', 'x', 'c'], true],
  ]
  check(
    rows.map(([title, chain, isCut]) => ({
      title,
      trace: below(chain),
      expect: { c: isCut ? { has: ['chain_truncated'] as const } : { findings: [] } },
    })),
  )
  check([
    {
      title: 'reads the JSON text of a chain',
      trace: nestedBelow(agent('c', { 'actor.chain': '["a","b","c"]' }, tool('t', { 'actor.chain': '["c"]' }))),
      expect: { c: { findings: [], chain: ['a', 'b', 'c'] }, t: { has: ['chain_truncated'] } },
    },
    {
      title: 'does not stand for a span that states no chain',
      trace: nestedBelow(agent('c', { 'actor.id': 'c' })),
      expect: { c: { findings: [], chain: ['a', 'b', 'c'] } },
    },
    {
      title: 'does not stand where no recognized span is above',
      trace: agent('c', { ...ASKED, ...stating('a', 'b', 'c') }),
      expect: { c: { findings: [], chain: ['a', 'b', 'c'], actor: 'c' } },
    },
    {
      title: 'an unrecognized span between is no ancestor of that kind',
      trace: nestedBelow(plain('p', agent('c', stating('a', 'b', 'c')))),
      expect: { c: { findings: [] } },
    },
    {
      title: 'stands on a tool that states a cut chain',
      trace: nestedBelow(tool('t', stating('b'))),
      expect: { t: { findings: ['chain_truncated'] } },
    },
    {
      title: 'goes by aliases',
      policy: { aliases: { 'asst-b': 'b' } },
      trace: below(['a', 'asst-b', 'c']),
      expect: { c: { findings: [] } },
    },
    {
      title: 'a merge that names it makes it declared',
      trace: below(['c'], merging('chain_truncated')),
      expect: { c: { findings: [], verdict: 'declared' } },
    },
    {
      title: 'policy allows it for the agents that it names',
      policy: { rules: [{ agent: 'c', allow: ['chain_truncated'] }] },
      trace: below(['c']),
      expect: { c: { findings: [], verdict: 'declared' } },
    },
  ])
})

describe('chain_loop', () => {
  const eight = ['a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7', 'a8']
  check([
    {
      title: 'stands where an actor comes back',
      trace: nested(['a', 'b', 'a'], ['1', '2', '3']),
      expect: {
        1: { findings: [] },
        2: { findings: [] },
        3: { findings: ['chain_loop'], chain: ['a', 'b', 'a'] },
        t: { findings: ['chain_loop'] },
      },
    },
    {
      title: 'stands where an actor comes back in another spelling',
      trace: nested(['a', 'b', 'A'], ['1', '2', '3']),
      expect: { 3: { findings: ['chain_loop'] } },
    },
    {
      title: 'stands in a chain that a span states',
      trace: agent('a', { ...ASKED, ...stating('a', 'b', 'a') }),
      expect: { a: { findings: ['chain_loop'] } },
    },
    {
      title: 'does not stand for two placeholders, which name nobody',
      trace: nested(['unknown', 'b', 'unknown'], ['1', '2', '3']),
      expect: { 3: { findings: ['placeholder_identity'] } },
    },
    {
      title: 'stands beside placeholders',
      trace: agent('a', { ...ASKED, ...stating('unknown', 'b', 'none', 'B') }),
      expect: { a: { findings: ['chain_loop'] } },
    },
    {
      title: 'does not stand at depth 8',
      trace: nested(eight),
      expect: { a8: { findings: [] }, t: { findings: [] } },
    },
    {
      title: 'stands at depth 9',
      trace: nested([...eight, 'a9']),
      expect: {
        a8: { findings: [] },
        a9: { findings: ['chain_loop'], verdict: 'separated' },
        t: { findings: ['chain_loop'] },
      },
    },
    {
      title: 'goes by the depth that policy sets',
      policy: { chain: { max_depth: 2 } },
      trace: nested(['a', 'b', 'c']),
      expect: { b: { findings: [] }, c: { findings: ['chain_loop'] } },
    },
    {
      title: 'policy allows depth 9',
      policy: { chain: { max_depth: 9 } },
      trace: nested([...eight, 'a9']),
      expect: { a9: { findings: [] } },
    },
    {
      title: 'does not stand for two agents that take turns as siblings',
      trace: workflow('w', ASKED, agent('a'), agent('b'), spanWith({}, agent('a ', { 'gen_ai.agent.name': 'a' }))),
      expect: { 'a ': { findings: [], chain: ['a'] } },
    },
    {
      title: 'a merge that names it makes it declared',
      trace: agent('a', ASKED, agent('b', agent('3', { 'gen_ai.agent.name': 'a', ...merging('chain_loop') }))),
      expect: { 3: { findings: [], verdict: 'declared' } },
    },
    {
      title: 'a service that acts is no agent in the chain of the agents it hosts',
      trace: spanWith(
        { service: 'a' },
        workflow(
          'w',
          ASKED,
          spanWith({ service: 'a' }, tool('t', spanWith({ service: 'a' }, client('e', { 'server.address': 'x' })))),
        ),
      ),
      expect: { t: { findings: [], actor: 'a' }, e: { findings: [], actor: 'a' } },
    },
  ])
})

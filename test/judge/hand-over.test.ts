import { describe } from 'vitest'
import { intentHash } from '../../src/identity/intent-hash.ts'
import { agent, ASKED, check, client, spanWith, llm, plain, tool, workflow } from './spans.ts'
import type { GivenAttributes } from './spans.ts'

const merging = (...codes: string[]): GivenAttributes => ({ 'declaration.type': 'merge', 'declaration.merges': codes })
const LEA = { 'principal.id': 'lea@contoso.com', 'principal.type': 'human' }

describe('principal_changed', () => {
  check([
    {
      title: 'stands where a span names another principal than the recognized span above',
      trace: agent('a', ASKED, agent('b', LEA, llm('l'))),
      expect: {
        a: { findings: [] },
        b: { findings: ['principal_changed'], principal: LEA['principal.id'] },
        l: { findings: [] },
      },
    },
    {
      title: 'does not stand for another spelling',
      trace: agent('a', ASKED, agent('b', { 'principal.id': 'acct:KAI@contoso.com' })),
      expect: { b: { findings: [] } },
    },
    {
      title: 'does not stand for an alias',
      policy: { aliases: { 'oid-7': 'kai@contoso.com' } },
      trace: agent('a', ASKED, agent('b', { 'principal.id': 'oid-7' })),
      expect: { b: { findings: [] } },
    },
    {
      title: 'stands for one id of two issuers',
      trace: agent(
        'a',
        { ...ASKED, 'principal.issuer': 'x' },
        agent('b', { 'principal.id': ASKED['principal.id'], 'principal.issuer': 'y' }),
      ),
      expect: { b: { findings: ['principal_changed'] } },
    },
    {
      title: 'does not stand where only one side has an issuer',
      trace: agent('a', { ...ASKED, 'principal.issuer': 'x' }, agent('b', { 'principal.id': ASKED['principal.id'] })),
      expect: { b: { findings: [] } },
    },
    {
      title: 'stands where an unrecognized span between changed it',
      trace: agent('a', ASKED, plain('p', { 'user.id': 'lea' }, tool('t'))),
      expect: { t: { findings: ['principal_changed'], principal: 'lea' } },
    },
    {
      title: 'does not stand against an unrecognized ancestor',
      trace: plain('p', { 'user.id': 'gateway-user' }, agent('a', ASKED)),
      expect: { a: { findings: [] } },
    },
    {
      title: 'does not stand where nothing recognized above has a principal',
      trace: workflow('w', agent('a', ASKED)),
      expect: { w: { findings: ['missing_principal'] }, a: { findings: [] } },
    },
    {
      title: 'compares with the nearest: coming back is a change too',
      trace: agent('a', ASKED, agent('b', LEA, agent('c', { 'principal.id': ASKED['principal.id'] }))),
      expect: { b: { findings: ['principal_changed'] }, c: { findings: ['principal_changed'] } },
    },
    {
      title: 'does not stand where an authority records the hand-over',
      trace: agent('a', ASKED, agent('b', { ...LEA, 'authority.id': 'handover-9', 'authority.type': 'approval' })),
      expect: { b: { findings: [] } },
    },
    {
      title: 'does not stand where the authority of the hand-over is another than the one above',
      trace: agent('a', { ...ASKED, 'authority.id': 'g-1' }, agent('b', { ...LEA, 'authority.id': 'g-2' })),
      expect: { b: { findings: [] } },
    },
    {
      title: 'stands where the authority is merely the one from above: it records no hand-over',
      trace: agent(
        'a',
        { ...ASKED, 'authority.id': 'g-1' },
        agent('b', LEA),
        agent('c', { ...LEA, 'authority.id': 'g-1' }),
      ),
      expect: { b: { findings: ['principal_changed'] }, c: { findings: ['principal_changed'] } },
    },
    {
      title: 'an authority on an unrecognized span between records the hand-over',
      trace: agent('a', ASKED, plain('p', { ...LEA, 'authority.id': 'g-2' }, agent('b'))),
      expect: { b: { findings: [] } },
    },
    {
      title: 'a date of expiry alone names no grant that could record a hand-over',
      trace: agent(
        'a',
        { ...ASKED, 'authority.id': 'g-1' },
        agent('b', { ...LEA, 'authority.expires_at': '2999-01-01T00:00:00Z' }),
      ),
      expect: { b: { findings: ['principal_changed'] } },
    },
    {
      title: 'siblings may have principals of their own',
      trace: workflow('w', agent('a', ASKED), agent('b', { ...ASKED, ...LEA })),
      expect: { a: { findings: [] }, b: { findings: [] } },
    },
    {
      title: 'a merge that names it excuses nothing',
      trace: agent('a', ASKED, agent('b', { ...LEA, ...merging('principal_changed') })),
      expect: { b: { has: ['principal_changed'] } },
    },
    {
      title: 'policy allows it for the agents that it names',
      policy: { rules: [{ agent: 'b', allow: ['principal_changed'] }] },
      trace: agent('a', ASKED, agent('b', LEA)),
      expect: { b: { findings: [], verdict: 'declared' } },
    },
    {
      title: 'stands on an effect as on any span',
      trace: agent('a', ASKED, client('e', { ...LEA, 'server.address': 'x' })),
      expect: { e: { findings: ['principal_changed'] } },
    },
    {
      title: 'an effect is no ancestor to compare with',
      trace: agent('a', ASKED, client('e', { ...LEA, 'server.address': 'x' }, agent('b'))),
      expect: {
        e: { findings: ['principal_changed'] },
        b: { findings: ['principal_changed'], principal: LEA['principal.id'] },
      },
    },
  ])
})

describe('intent_changed', () => {
  const changed = (above: GivenAttributes, below: GivenAttributes) =>
    agent('a', { 'principal.id': 'kai', ...above }, agent('b', below))
  const same = { findings: [] as const }
  const other = { findings: ['intent_changed'] as const }
  const rows: readonly [title: string, above: GivenAttributes, below: GivenAttributes, isChanged: boolean][] = [
    ['stands for another id', { 'intent.id': 'i-1' }, { 'intent.id': 'i-2' }, true],
    [
      'stands for another hash under one id',
      { 'intent.id': 'i-1', 'intent.hash': 'sha-256:A' },
      { 'intent.id': 'i-1', 'intent.hash': 'sha-256:B' },
      true,
    ],
    [
      'stands for another summary under one id',
      { 'intent.id': 'i-1', 'intent.summary': 'x' },
      { 'intent.id': 'i-1', 'intent.summary': 'y' },
      true,
    ],
    ['stands for another purpose', { 'intent.purpose': 'reporting' }, { 'intent.purpose': 'billing' }, true],
    ['stands for another summary without ids', { 'intent.summary': 'x' }, { 'intent.summary': 'y' }, true],
    ['does not stand for the same id', { 'intent.id': 'i-1' }, { 'intent.id': 'i-1' }, false],
    ['does not stand for the same summary', { 'intent.summary': 'x' }, { 'intent.summary': 'x' }, false],
    [
      'does not stand where the span only refers to the intent by id',
      { 'intent.id': 'i-1', 'intent.summary': 'x' },
      { 'intent.id': 'i-1' },
      false,
    ],
    [
      'does not stand where the span above only refers to the intent by id',
      { 'intent.id': 'i-1' },
      { 'intent.id': 'i-1', 'intent.summary': 'x' },
      false,
    ],
    [
      'does not stand where the span repeats the summary without the id',
      { 'intent.id': 'i-1', 'intent.summary': 'x' },
      { 'intent.summary': 'x' },
      false,
    ],
    [
      'does not stand where the span adds a purpose to what it repeats',
      { 'intent.id': 'i-1', 'intent.summary': 'x' },
      { 'intent.id': 'i-1', 'intent.summary': 'x', 'intent.purpose': 'reporting' },
      false,
    ],
    [
      'does not stand for words that were cut where the hash is the same',
      { 'intent.id': 'i-1', 'intent.summary': 'send the report', 'intent.hash': 'sha-256:A' },
      { 'intent.id': 'i-1', 'intent.summary': 'send', 'intent.hash': 'sha-256:A' },
      false,
    ],
    [
      'stands where only a hash is stated, and it is not that of the words above',
      { 'intent.summary': 'x' },
      { 'intent.hash': 'sha-256:B' },
      true,
    ],
    ['does not stand where nothing above has an intent', {}, { 'intent.id': 'i-2' }, false],
    ['does not stand where the span states none', { 'intent.id': 'i-1' }, {}, false],
    [
      'does not stand where parent_id names the one above',
      { 'intent.id': 'i-1' },
      { 'intent.id': 'i-2', 'intent.parent_id': 'i-1' },
      false,
    ],
    [
      'does not stand where parent_id names the hash of the one above',
      { 'intent.summary': 'x' },
      { 'intent.summary': 'y', 'intent.parent_id': intentHash({ summary: 'x' }) },
      false,
    ],
    [
      'does not stand where parent_id names the stated hash',
      { 'intent.summary': 'x', 'intent.hash': 'sha-256:A' },
      { 'intent.summary': 'y', 'intent.parent_id': 'sha-256:A' },
      false,
    ],
    [
      'stands where parent_id names another',
      { 'intent.id': 'i-1' },
      { 'intent.id': 'i-2', 'intent.parent_id': 'i-0' },
      true,
    ],
    [
      'stands where parent_id names the intent itself',
      { 'intent.id': 'i-1' },
      { 'intent.id': 'i-2', 'intent.parent_id': 'i-2' },
      true,
    ],
    [
      'takes a stated hash for that of the words',
      { 'intent.summary': 'x' },
      { 'intent.summary': 'x', 'intent.hash': intentHash({ summary: 'x' }) },
      false,
    ],
  ]
  check(
    rows.map(([title, above, below, isChanged]) => ({
      title,
      trace: changed(above, below),
      expect: { b: isChanged ? { has: other.findings } : { lacks: other.findings } },
    })),
  )
  check([
    {
      title: 'is compared with the nearest recognized span above',
      trace: agent(
        'a',
        ASKED,
        agent(
          'b',
          { 'intent.id': 'i-2', 'intent.parent_id': 'intent-1' },
          tool('t', { 'intent.id': 'i-3', 'intent.parent_id': 'intent-1' }),
        ),
      ),
      expect: { b: same, t: other },
    },
    {
      title: 'stands where an unrecognized span between changed it',
      trace: agent('a', ASKED, plain('p', { 'intent.id': 'i-2' }, tool('t'))),
      expect: { t: { findings: ['intent_changed'], intent: 'i-2' } },
    },
    {
      title: 'a merge that names it makes it declared',
      trace: agent('a', ASKED, agent('b', { 'intent.id': 'i-2', ...merging('intent_changed') })),
      expect: { b: { findings: [], verdict: 'declared' } },
    },
    {
      title: 'a changed intent is no reason for another verdict',
      trace: agent('a', ASKED, agent('b', { 'intent.id': 'i-2' })),
      expect: { b: { findings: ['intent_changed'], verdict: 'separated', complete: true } },
    },
  ])
})

describe('correlation_changed', () => {
  const one = { ...ASKED, 'correlation.id': 'c-1' }
  const TWO = { 'correlation.id': 'c-2' }
  check([
    {
      title: 'stands where a span names another than its ancestors',
      trace: agent('a', one, agent('b', TWO, llm('l'))),
      expect: { a: { findings: [] }, b: { findings: ['correlation_changed'] } },
    },
    {
      title: 'does not stand where it is repeated or handed down',
      trace: agent('a', one, agent('b', { 'correlation.id': 'c-1' }, tool('t'))),
      expect: { b: { findings: [] }, t: { findings: [], correlation: 'c-1' } },
    },
    {
      title: 'stands among siblings, and the one that started first is the reference',
      trace: agent(
        'a',
        ASKED,
        spanWith({ start: 5 }, tool('late', TWO)),
        spanWith({ start: 1 }, tool('early', { 'correlation.id': 'c-1' })),
      ),
      expect: { a: { findings: [] }, early: { findings: [] }, late: { findings: ['correlation_changed'] } },
    },
    {
      title: 'does not stand in another tree of the trace',
      trace: [agent('a', one), agent('b', { ...ASKED, ...TWO })],
      expect: { a: { findings: [] }, b: { findings: [] } },
    },
    {
      title: 'does not stand below a parent that is missing',
      trace: [agent('a', one), spanWith({ parent: 'feedfeedfeedfeed' }, agent('b', { ...ASKED, ...TWO }))],
      expect: { b: { findings: [] } },
    },
    {
      title: 'stands against an unrecognized ancestor',
      trace: plain('p', { 'correlation.id': 'c-1' }, agent('a', { ...ASKED, ...TWO })),
      expect: { a: { findings: ['correlation_changed'] } },
    },
    {
      title: 'stands where an unrecognized span between changed it',
      trace: agent('a', one, plain('p', TWO, tool('t'))),
      expect: { t: { findings: ['correlation_changed'], correlation: 'c-2' } },
    },
    {
      title: 'is told apart letter by letter: a correlation id is no identity',
      trace: agent('a', { ...ASKED, 'correlation.id': 'abc' }, tool('t', { 'correlation.id': 'ABC' })),
      expect: { t: { findings: ['correlation_changed'] } },
    },
    {
      title: 'a conversation id is never one',
      trace: agent('a', one, tool('t', { 'gen_ai.conversation.id': 'c-9', 'session.id': 'c-8' })),
      expect: { t: { findings: [], correlation: 'c-1' } },
    },
    {
      title: 'a merge that names it excuses nothing',
      trace: agent('a', one, agent('b', { ...TWO, ...merging('correlation_changed') })),
      expect: { b: { has: ['correlation_changed'] } },
    },
  ])
})

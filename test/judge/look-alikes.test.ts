import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createJudge } from '../../src/judge/judge.ts'
import { isConfusable, lookAlikes } from '../../src/judge/look-alikes.ts'
import { judgeTrace, resolveTrace } from '../../src/judge/trace.ts'
import { createPolicy } from '../../src/policy/policy.ts'
import { agent, ASKED, check, spansOf, spanWith, tool } from './spans.ts'

/** With a Cyrillic letter; in Cyrillic alone. */
const [KAI, PAY] = ['k\u0430i', '\u0440\u0430\u0443']
const FINDING = { findings: ['confusable_identity'] } as const
const NONE = { findings: [] } as const

describe('an identity that looks like another', () => {
  const asked = (id: string) => ({ ...ASKED, 'principal.id': id })
  check([
    { title: 'mixes two alphabets', trace: agent('a', asked(KAI)), expect: { a: FINDING } },
    {
      title: 'is the actor beside the principal',
      trace: agent('a', { ...asked('pay'), 'actor.id': PAY }),
      expect: { a: { ...FINDING, verdict: 'separated' } },
    },
    {
      title: 'is the principal beside the actor, in capitals',
      trace: agent('a', { ...asked('\u041a\u0410\u0406'), 'actor.id': 'kai' }),
      expect: { a: FINDING },
    },
    {
      title: 'is the connector, the subject of a credential, or the approver',
      trace: [
        tool('t', { ...asked('pay'), 'actor.id': 'bot', 'context.id': PAY, 'correlation.id': 'c' }),
        tool('u', {
          ...asked('pay'),
          'actor.id': 'bot',
          'context.id': 'mail',
          'context.credential.subject': PAY,
          'correlation.id': 'c',
        }),
        tool('v', {
          ...asked('pay'),
          'actor.id': 'bot',
          'context.id': 'mail',
          'decision.outcome': 'allow',
          'decision.approver.id': PAY,
          'correlation.id': 'c',
        }),
      ],
      expect: { t: FINDING, u: FINDING, v: FINDING },
    },
    {
      title: 'is in the chain',
      trace: agent('a', { ...ASKED, 'actor.id': 'pay', 'actor.chain': [PAY, 'pay'] }),
      expect: { a: FINDING },
    },
    {
      title: 'is elsewhere in the trace, before or after',
      trace: [agent('a', asked('pay')), agent('b', asked(PAY)), agent('c', asked('lea')), agent('d', asked('pay'))],
      expect: { a: NONE, b: FINDING, c: NONE, d: NONE },
    },
    {
      title: 'is above',
      trace: agent('a', asked('pay'), agent('b', { 'actor.id': PAY })),
      expect: { a: NONE, b: FINDING },
    },
    {
      title: 'is another name for the same, by an alias',
      policy: { aliases: { [PAY]: 'pay' } },
      trace: [agent('a', asked('pay')), agent('b', { ...asked('kai'), 'actor.id': PAY })],
      expect: { a: NONE, b: NONE },
    },
    {
      title: 'is allowed where policy says so',
      policy: { rules: [{ agent: 'a', allow: ['confusable_identity'] }] },
      trace: agent('a', asked(KAI)),
      expect: { a: { findings: [], allowed: ['confusable_identity'] } },
    },
  ])

  check([
    {
      title: 'is nobody with a name in one alphabet',
      trace: ['Кирилл', '田中タロウ', '日本語abc', '김철수', 'kim김', 'René', 'नमस्ते@x.org', 'שלום', 'Ωμέγα'].map(
        (id, at) => agent(`a${at}`, asked(id)),
      ),
      expect: Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`a${at}`, NONE])),
    },
    {
      title: 'is nobody with an address or a prefix in another alphabet',
      trace: ['кирилл@example.com', 'agent-перевод', 'Сара Smith', 'λ-agent'].map((id, at) =>
        agent(`a${at}`, asked(id)),
      ),
      expect: { a0: NONE, a1: NONE, a2: NONE, a3: NONE },
    },
    {
      title: 'is nobody with an id in ASCII',
      trace: [
        agent('a', { ...asked('user-1'), 'actor.id': 'user-l' }),
        agent('b', { ...asked('O0'), 'actor.id': '0O' }),
      ],
      expect: { a: NONE, b: NONE },
    },
    {
      title: 'is nobody whose accents differ, or who is the same',
      trace: [agent('a', { ...asked('José'), 'actor.id': 'Jose' }), agent('b', asked('ДЖО')), agent('c', asked('джо'))],
      expect: { a: NONE, b: NONE, c: NONE },
    },
  ])

  it('is found in any order of the spans', () => {
    const policy = createPolicy()
    const trace = ['pay', PAY, 'lea', KAI].map((id, at) =>
      spanWith({ id: `${at}`.repeat(16) }, agent(`a${at}`, asked(id))),
    )
    fc.assert(
      fc.property(fc.shuffledSubarray(spansOf(trace), { minLength: 4 }), (spans) => {
        const judged = judgeTrace(spans, policy, createJudge(policy))
        expect(judged.map(({ judgement }) => judgement.findings.length)).toEqual([0, 1, 0, 1])
      }),
    )
  })

  it('is found by one span alone only where that span or those above show it', () => {
    const policy = createPolicy()
    const all = resolveTrace(spansOf([agent('a', asked('pay')), agent('b', asked(PAY))]), policy, 'missing')
    const resolved = all.map((one) => one.resolved)
    expect(resolved.map((one) => isConfusable(one, policy))).toEqual([false, false])
    expect(resolved.map((one) => lookAlikes(resolved, policy).has(one))).toEqual([false, true])
  })
})

describe('a flood of ids', () => {
  it('hides no look-alike: nobody can tell which of them are', () => {
    const spans = Array.from({ length: 900 }, (_, at) =>
      agent(`a${at}`, { ...ASKED, 'actor.chain': Array.from({ length: 120 }, (__, entry) => `\u0436${at}_${entry}`) }),
    )
    const resolved = resolveTrace(spansOf(spans), createPolicy({}), 'missing').map((one) => one.resolved)
    expect(lookAlikes(resolved, createPolicy({})).size).toBe(900)
  }, 60_000)
})

import { describe, expect, it } from 'vitest'
import { isUnreadable } from '../../src/judge/unreadable.ts'
import { agent, ASKED, check, judged, plain, spanWith, tool } from './spans.ts'

/** What OpenTelemetry allows as a value, and no name can be. */
const UNREADABLE: readonly (readonly [title: string, value: unknown])[] = [
  ['a list', ['kai']],
  ['an empty list', []],
  ['an object', { id: 'kai' }],
  ['an empty object', {}],
  ['bytes', { bytes: 'a2Fp' }],
  ['a number that is none', Number.NaN],
  ['an infinite number', Number.POSITIVE_INFINITY],
]

describe('a value that is there and cannot be read', () => {
  for (const [title, value] of UNREADABLE) {
    it(`is no actor: ${title}`, () => {
      const trace = agent('above', { ...ASKED, 'actor.id': 'x' }, agent('a', { 'actor.id': value }))
      expect(judged(trace)('a')).toMatchObject({
        actor: '[unreadable]',
        findings: ['placeholder_identity'],
        complete: false,
        verdict: 'unknown',
        missing: ['actor'],
      })
    })
    it(`is no principal: ${title}`, () => {
      const trace = agent('above', ASKED, agent('a', { 'principal.id': value }))
      expect(judged(trace)('a')).toMatchObject({ verdict: 'unknown', complete: false, missing: ['principal'] })
    })
    it(`is no user of a dialect: ${title}`, () => {
      const trace = plain('http', { 'user.id': 'kai' }, agent('a', { 'user.id': value, 'intent.id': 'i' }))
      expect(judged(trace)('a')).toMatchObject({ verdict: 'unknown', complete: false, missing: ['principal'] })
    })
  }

  const INCOMPLETE = { has: ['placeholder_identity'], complete: false } as const
  check([
    {
      title: 'is no actor on the resource',
      trace: spanWith({ resource: { 'actor.id': ['x'] } }, tool('t', { ...ASKED, 'correlation.id': 'c' })),
      expect: { t: { ...INCOMPLETE, verdict: 'unknown' } },
    },
    {
      title: 'is no connector of a tool',
      trace: agent('a', ASKED, tool('t', { 'context.id': ['mail'] })),
      expect: { t: { ...INCOMPLETE, verdict: 'unknown' } },
    },
    {
      title: 'is no intent, grant, approver or correlation id',
      trace: [
        agent('a', { ...ASKED, 'intent.id': ['i'] }),
        agent('b', { ...ASKED, 'authority.id': ['g'] }),
        agent('c', { ...ASKED, 'authority.scopes': { a: 1 } }),
        agent('d', { ...ASKED, 'decision.outcome': 'escalate', 'decision.approver.id': ['lea'] }),
        agent('e', { ...ASKED, 'correlation.id': ['c'] }),
      ],
      expect: { a: INCOMPLETE, b: INCOMPLETE, c: INCOMPLETE, d: INCOMPLETE, e: INCOMPLETE },
    },
    {
      title: 'is no decision, and nothing above decides in its place',
      trace: agent('a', ASKED, tool('t', { 'decision.outcome': 'allow' }, tool('u', { 'decision.outcome': ['deny'] }))),
      expect: { u: { ...INCOMPLETE, decision: undefined } },
    },
    {
      title: 'hides no collapse as an issuer',
      trace: agent('a', { ...ASKED, 'principal.issuer': ['x'], 'actor.id': 'kai@contoso.com', 'actor.issuer': 'idp' }),
      expect: { a: { has: ['principal_is_actor', 'placeholder_identity'], verdict: 'collapsed', complete: false } },
    },
    {
      title: 'excuses no orphan as a correlation id',
      trace: tool('t', { ...ASKED, 'actor.id': 'a', 'correlation.id': [] }),
      expect: { t: { has: ['orphan_effect', 'placeholder_identity'] } },
    },
    {
      title: 'is no entry of a chain',
      trace: agent('a', { ...ASKED, 'actor.id': 'x', 'actor.chain': ['y', ['z']] }),
      expect: { a: { chain: ['y', '[unreadable]'] } },
    },
    {
      title: 'counts for those who inherit it',
      trace: agent('a', { ...ASKED, 'authority.expires_at': 'soon' }, tool('t')),
      expect: { t: INCOMPLETE },
    },
    {
      title: 'counts where policy requires the facet',
      policy: { require: { agent: ['authority', 'decision', 'correlation'] } },
      trace: agent('a', {
        ...ASKED,
        'authority.id': ['g'],
        'decision.outcome': ['allow'],
        'correlation.id': ['c'],
      }),
      expect: { a: { findings: ['placeholder_identity'], missing: ['authority', 'decision', 'correlation'] } },
    },
  ])

  it('is found in any field', () => {
    expect(isUnreadable({ id: 'a', policy: { id: '[unreadable]' } })).toBe(true)
    expect(isUnreadable({ id: 'a', expiresAt: 'soon' })).toBe(true)
    expect(isUnreadable({ id: 'a', summary: 'soon', expiresAt: '2026-01-01' })).toBe(false)
  })
})

import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createJudge } from '../../src/judge/judge.ts'
import { readRequest } from '../../src/otlp/otlp-json.ts'
import { createPolicy } from '../../src/policy/policy.ts'
import { mayBeOne, shortened } from '../../src/base/shortened.ts'
import { judgeTrace } from '../../src/judge/trace.ts'

const text = fc.string({ minLength: 1, maxLength: 300, unit: 'grapheme' })
const limit = fc.integer({ min: 1, max: 200 })

describe('a text that is shortened', () => {
  it('is left as it is where it fits', () => {
    expect(shortened('kai@contoso.com', 15)).toBe('kai@contoso.com')
  })
  it('keeps its beginning, a mark, and a digest of the whole', () => {
    const long = `${'kai'.repeat(30)}@contoso.com`
    const digest = createHash('sha256').update(long).digest('hex')
    expect(shortened(long, 100)).toBe(`${long.slice(0, 67)}…${digest.slice(0, 32)}`)
    expect(shortened(long, 16)).toBe(`${long.slice(0, 7)}…${digest.slice(0, 8)}`)
    expect(shortened(long, 1)).toBe('…')
  })
  it('is never longer than its limit, nor ends in half a character', () => {
    fc.assert(
      fc.property(text, limit, (long, most) => {
        const short = shortened(long, most)
        expect(short.length).toBe(Math.min(long.length, most))
        expect(/\p{Surrogate}/u.test(long) || !/\p{Surrogate}/u.test(short)).toBe(true)
      }),
    )
  })
  it('is the same by two limits as by the smaller one', () => {
    fc.assert(
      fc.property(text, limit, limit, (long, one, other) => {
        const [small, large] = [Math.min(one, other), Math.max(one, other)]
        expect(shortened(shortened(long, large), small)).toBe(shortened(long, small))
      }),
    )
  })
  it.each([32, 64, 256, 1_024])('is another one where only the ends differ, by a limit of %i', (most) => {
    const same = 'x'.repeat(2 * most)
    expect(shortened(`${same}1`, most)).not.toBe(shortened(`${same}2`, most))
    expect(mayBeOne(shortened(`${same}1`, most), shortened(`${same}2`, most))).toBe(false)
  })
})

describe('two texts', () => {
  const kai = 'kai.with.a.very.long.name@department.contoso.com'
  const kim = 'kai.with.a.very.long.name@department.contoso.org'

  it.each([
    ['the whole and the shortened one', kai, shortened(kai, 32), true],
    ['shortened by two limits', shortened(kai, 40), shortened(kai, 32), true],
    ['one shortened and one cut there by the SDK', shortened(kai, 32), kai.slice(0, 32), true],
    ['two of other people', kai, kim, false],
    ['one and the other, shortened', kim, shortened(kai, 32), false],
    ['both shortened by one limit', shortened(kim, 32), shortened(kai, 32), false],
    ['both shortened by two', shortened(kim, 40), shortened(kai, 32), false],
    ['one shortened and one cut elsewhere', shortened(kai, 32), kai.slice(0, 31), false],
    ['one that is a beginning of the other', kai, kai.slice(0, 20), false],
  ])('may be one or not: %s', (_, a, b, expected) => {
    expect(mayBeOne(a, b)).toBe(expected)
    expect(mayBeOne(b, a)).toBe(expected)
  })
})

describe('a recorded span', () => {
  const long = (end: string) => `${'k'.repeat(100_000)}${end}`

  /** What the audit says of a span whose user is `user`, stamped by a process that saw `seen`. */
  function auditOf(user: string, seen: string) {
    const attributes = {
      'attribution.span.kind': 'llm',
      'user.id': user,
      'attribution.principal.id': shortened(seen),
      'attribution.actor.id': 'assistant',
    }
    const span = {
      traceId: '1'.repeat(32),
      spanId: '2'.repeat(16),
      name: 'chat',
      startTimeUnixNano: '1700000000000000000',
      attributes: Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } })),
    }
    const policy = createPolicy()
    const spans = readRequest({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }, () => {})
    return judgeTrace(spans, policy, createJudge(policy)).flatMap(({ judgement }) => judgement.findings)
  }

  it('with a user id of 100 KB says the same user as the stamp that a process put on it', () => {
    expect(auditOf(long('1'), long('1'))).toEqual([])
  })
  it('is in conflict where only the ends of two such ids differ', () => {
    expect(auditOf(long('1'), long('2'))).toEqual(['conflicting_identity'])
  })
})

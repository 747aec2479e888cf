import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { carry, currentAttribution, declareAutonomous, onBehalfOf, resume } from '../../src/index.ts'
import type { Intent } from '../../src/index.ts'
import { newFaults } from './faults.ts'
import { AGENT, inSpan, silence, tracing } from './provider.ts'

beforeEach(() => {
  newFaults()
  tracing()
})
afterEach(silence)

const bound = (intent: unknown) =>
  onBehalfOf({ principal: 'kai@contoso.com', intent: intent as Intent }, () => currentAttribution()?.intent)

describe('an intent that is a string', () => {
  it('is text, also where it looks like an object', () => {
    const body = '{"id":"approved-7","parentId":"approved-1","summary":"pay mallory"}'
    expect(bound(body)).toEqual({ summary: body, hash: expect.stringMatching(/^sha-256:/u) })
    expect(newFaults()).toEqual([])
  })
  it.each([1_025, 5_000_000])('of %i characters keeps its beginning, a mark and the digest of the whole', (length) => {
    const text = 'send the weekly report '.repeat(length).slice(0, length)
    const summary = bound(text)?.summary ?? ''
    const digest = createHash('sha256').update(text.trim()).digest('hex').slice(0, 32)
    expect(summary).toHaveLength(1_024)
    expect(summary).toBe(`${text.slice(0, 991)}…${digest}`)
    expect(newFaults()).toEqual([])
  })
  it.each([String({}), String(undefined), String(null), ` ${String(new Map())} `, '', ' \n'])(
    'says nothing where the app turned something else into text: %j',
    (text) => {
      expect(bound(text)).toBeUndefined()
      expect(newFaults()).toEqual(['binding'])
    },
  )
  it('is cut at no half of a character', () => {
    const summary = bound('🙂'.repeat(2_000))?.summary ?? ''
    expect(summary).toMatch(/^🙂+…{1,2}[\da-f]+$/u)
    expect(summary).not.toMatch(/\p{Surrogate}/u)
  })
  it('is another intent where only its end differs, and the same one where it travels', () => {
    const text = 'x'.repeat(5_000)
    expect(bound(`${text}a`)?.hash).not.toBe(bound(`${text}b`)?.hash)
    const carrier = onBehalfOf({ principal: 'kai', intent: text }, carry)
    expect(resume(carrier, () => currentAttribution()?.intent)).toEqual(bound(text))
  })
  it('is cut for a declared run as well', () => {
    const run = { owner: 'ops-team', trigger: 'cron', intent: 'x'.repeat(9_999) }
    expect(declareAutonomous(run, () => currentAttribution()?.intent?.summary)).toHaveLength(1_024)
  })
})

describe('an intent that is an object', () => {
  it('may be cut in its words, and not in its id', () => {
    expect(bound({ id: 'i-1', summary: 's'.repeat(2_000), purpose: 'p'.repeat(2_000) })).toMatchObject({
      id: 'i-1',
      summary: expect.stringMatching(/^s{991}…[\da-f]{32}$/u),
      purpose: expect.stringMatching(/^p{991}…[\da-f]{32}$/u),
    })
    expect(bound({ id: 'i'.repeat(2_000), summary: 'report' })).toBeUndefined()
    expect(newFaults()).toEqual(['binding'])
  })
  it.each([
    ['with keys of its own', { id: 'approved-7', parentId: 'approved-1', summary: 'pay mallory', amount: 7 }],
    [
      'with a key that means something to the language',
      JSON.parse('{"id":"a","summary":"pay mallory","__proto__":{}}'),
    ],
  ])('and was made for something else, %s, gives its words and no ids', (_, body) => {
    expect(bound(body)).toEqual({ summary: 'pay mallory', hash: expect.any(String) })
    expect(newFaults()).toEqual(['binding'])
  })
  it.each([
    ['bytes', Buffer.alloc(5_000_000, 'x')],
    ['a list', ['pay mallory']],
    ['a boxed text', Object('pay mallory')],
    ['a map', new Map([['id', 'approved-7']])],
    ['a number', 7],
  ])('and is none of an intent: %s', (_, body) => {
    const started = performance.now()
    expect(bound(body)).toBeUndefined()
    expect(performance.now() - started).toBeLessThan(200)
    expect(newFaults().length).toBeGreaterThan(0)
  })
  it('and has no words of an intent is none', () => {
    expect(bound({ id: 'approved-7', prompt: 'pay mallory' })).toBeUndefined()
    expect(newFaults().length).toBeGreaterThan(0)
  })
  it('that is the one in force can be bound again', () => {
    const again = onBehalfOf({ principal: 'kai', intent: { id: 'i-1', summary: 'report' } }, () => {
      const intent = currentAttribution()?.intent
      return bound(intent)
    })
    expect(again).toEqual(bound({ id: 'i-1', summary: 'report' }))
    expect(newFaults()).toEqual([])
  })
})

describe('the intent that another one is derived from', () => {
  const derived = (parentId: unknown) => bound({ id: 'i-2', summary: 'mail it', parentId })

  it('is not what a caller says', () => {
    expect(derived('approved-1')).toEqual({ id: 'i-2', summary: 'mail it', hash: expect.any(String) })
    expect(newFaults()).toEqual(['binding'])
  })
  it.each<[string, string | Intent]>([
    ['by id', { id: 'i-1', summary: 'report' }],
    ['by hash', 'report'],
  ])('is the one in force, %s', (_, intent) => {
    onBehalfOf({ principal: 'kai', intent }, () => {
      const outer = currentAttribution()?.intent
      const named = outer?.id ?? outer?.hash
      expect(derived(named)?.parentId).toBe(named)
      expect(derived('approved-1')?.parentId).toBeUndefined()
    })
    expect(newFaults()).toEqual(['binding'])
  })
  it('is one that a carrier brought', () => {
    const carrier = onBehalfOf({ principal: 'kai', intent: { id: 'i-1', summary: 'report' } }, carry)
    expect(resume(carrier, () => derived('i-1')?.parentId)).toBe('i-1')
  })
  it('is one that the active span or those above it state', () => {
    const { tracer } = tracing()
    const attributes = { ...AGENT, 'attribution.intent.id': 'i-1' }
    inSpan(tracer, 'agent', { attributes }, () =>
      inSpan(tracer, 'plain', {}, () => expect(derived('i-1')?.parentId).toBe('i-1')),
    )
    expect(newFaults()).toEqual([])
  })
})

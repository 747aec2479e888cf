import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { asAgent, carry, currentAttribution, onBehalfOf, resume } from '../../src/index.ts'
import { BoundedMemory } from '../../src/base/bounded-memory.ts'
import { RecentSpans } from '../../src/runtime/span/recent-spans.ts'
import { newFaults } from '../runtime/faults.ts'
import { AGENT, inSpan, silence, tracing } from '../runtime/provider.ts'

describe('a memory', () => {
  const filled = (entries: number, text: number, count: number, weight: number) => {
    const memory = new BoundedMemory<number>({ entries, text })
    for (let at = 0; at < count; at++) memory.put(`key-${at}`, at, weight)
    return Array.from({ length: count }, (_, at) => memory.get(`key-${at}`)).filter((value) => value !== undefined)
  }

  it('keeps the last entries', () => {
    expect(filled(3, 1_000, 5, 1)).toEqual([2, 3, 4])
  })
  it('keeps as many as their text allows', () => {
    expect(filled(1_000, 100, 10, 45)).toEqual([8, 9])
    expect(filled(1_000, 100, 3, 500)).toEqual([])
  })
  it('counts one that is put in again once', () => {
    const memory = new BoundedMemory<number>({ entries: 9, text: 100 })
    memory.put('b', 0, 40)
    for (let time = 0; time < 20; time++) memory.put('a', time, 40)
    expect([memory.get('a'), memory.get('b')]).toEqual([19, 0])
  })
})

describe('the recent spans', () => {
  const HEAVY = 2 ** 22
  const span = (id: number) => ({ traceId: 't', spanId: String(id) })
  const found = (spans: RecentSpans<ReturnType<typeof span>>, ids: readonly number[]) =>
    ids.filter((id) => spans.find('t', String(id)) !== undefined)

  it('are the last ones that started', () => {
    const spans = new RecentSpans<ReturnType<typeof span>>()
    for (let id = 0; id < 5_000; id++) spans.add(span(id))
    expect(found(spans, [0, 903, 904, 4_999])).toEqual([904, 4_999])
  })
  it('give way, the oldest first, to the text of later ones, time and again', () => {
    const spans = new RecentSpans<ReturnType<typeof span>>()
    for (let id = 0; id < 10_000; id++) {
      const one = span(id)
      spans.weigh(spans.add(one), one, HEAVY)
    }
    expect(found(spans, [9_996, 9_997, 9_998, 9_999])).toEqual([9_998, 9_999])
  })
  it('take no weight for one that is forgotten', () => {
    const spans = new RecentSpans<ReturnType<typeof span>>()
    const [old, last] = [span(-1), span(9_999)]
    const place = spans.add(old)
    for (let id = 0; id < 4_096; id++) spans.add(span(id))
    for (let time = 0; time < 9; time++) spans.weigh(place, old, HEAVY)
    spans.add(last)
    expect(found(spans, [4_000, 9_999])).toEqual([4_000, 9_999])
  })
})

describe('a chain of more actors than are kept', () => {
  beforeEach(() => {
    newFaults()
  })
  afterEach(silence)

  const nested = <T>(depth: number, work: () => T): T =>
    depth === 0 ? work() : asAgent(`agent-${depth}`, () => nested(depth - 1, work))

  it('keeps the first ones and who acts, and travels so', () => {
    const traced = tracing()
    const carrier = onBehalfOf({ principal: 'kai' }, () =>
      nested(200, () => inSpan(traced.tracer, 'agent', { attributes: AGENT }, () => carry())),
    )
    const { chain, findings } = traced.one('agent')
    expect(chain).toHaveLength(128)
    expect([chain?.[0], chain?.[126], chain?.[127]]).toEqual(['agent-200', 'agent-74', 'agent-1'])
    expect(findings).toContain('chain_loop')
    expect(resume(carrier, () => currentAttribution()?.actorChain)).toEqual(chain)
    expect(newFaults()).toEqual([])
  })
  it('shortens names when there are many, and still tells them apart', () => {
    const traced = tracing()
    const long = (depth: number) => `${'agent '.repeat(100)}${depth}`
    const nest = (depth: number): void =>
      asAgent(long(depth), () =>
        depth === 0 ? inSpan(traced.tracer, 'agent', { attributes: AGENT }, () => {}) : nest(depth - 1),
      )
    nest(1)
    expect(traced.spans()[0]?.attributes['attribution.actor.chain']).toEqual([long(1), long(0)])
    nest(99)
    const chain = traced.seen()[1]?.chain ?? []
    expect(new Set(chain).size).toBe(100)
    expect(chain.join('').length).toBeLessThanOrEqual(16_384)
    expect(chain[0]).toContain('agent agent')
  })
})

import { describe, expect, it } from 'vitest'
import { bisect } from '../../src/cli/explain/bisect.ts'
import type { Window } from '../../src/cli/explain/jaeger-query.ts'

const LIMIT = 3

/** What is asked and found among things that start then, where an answer holds no more than the limit. */
async function search(starts: readonly number[], isInOrder: boolean, fails: (window: Window) => boolean = () => false) {
  const found = new Set<number>()
  const order: number[] = []
  const cuts: number[] = []
  const ask = async (window: Window) => {
    if (fails(window)) return undefined
    const inside = starts.filter((start) => start >= window.since && start <= window.until).slice(-LIMIT)
    return { starts: inside, isFull: inside.length === LIMIT }
  }
  for await (const page of bisect({ since: 0, until: 1_000 }, { ask, onCut: (at) => cuts.push(at), isInOrder })) {
    for (const start of page.starts) {
      if (!found.has(start)) order.push(start)
      found.add(start)
    }
  }
  return { order, cuts }
}

const MANY = Array.from({ length: 40 }, (_, at) => at * 25)

describe('a bisection of time', () => {
  it('finds everything, however little an answer holds', async () => {
    for (const isInOrder of [true, false]) {
      const { order, cuts } = await search(MANY, isInOrder)
      expect(order.toSorted((a, b) => a - b)).toEqual(MANY)
      expect(cuts).toEqual([])
    }
  })
  it('gives what it finds in order of time where it has to', async () => {
    expect((await search(MANY, true)).order).toEqual(MANY)
  })
  it('asks once where an answer is not full', async () => {
    expect((await search([1, 2], false)).order).toEqual([1, 2])
  })
  it('tells when there is more than an answer holds', async () => {
    const { cuts } = await search([500, 500, 500, 500], true)
    expect(cuts).not.toEqual([])
    expect(cuts.every((at) => Math.abs(at - 500) <= 1)).toBe(true)
  })
  it('loses no more than the time that cannot be asked for', async () => {
    const { order } = await search(MANY, true, ({ since, until }) => since < 250 && until <= 250)
    expect(order.length).toBeLessThan(MANY.length)
    expect(order).toEqual(expect.arrayContaining(MANY.filter((start) => start > 250)))
  })
})

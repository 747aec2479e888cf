import { afterEach, expect, it } from 'vitest'
import { flush } from '../../src/index.ts'
import { flushWith } from '../../src/runtime/health/flush.ts'
import { newFaults } from './faults.ts'
import { silence } from './provider.ts'

const undo: (() => void)[] = []
afterEach(() => {
  for (const end of undo.splice(0)) end()
  silence()
})

it('flush waits until what has ended is exported', async () => {
  let isFlushed = false
  const forceFlush = async () => {
    await new Promise((resolve) => setImmediate(resolve))
    isFlushed = true
  }
  undo.push(flushWith({ forceFlush }))
  await flush()
  expect(isFlushed).toBe(true)
})

it('flush ends in time, whatever never ends', async () => {
  undo.push(flushWith({ forceFlush: () => new Promise(() => {}) }))
  await expect(flush(5)).resolves.toBeUndefined()
})

it('flush counts a failure, and the others are still flushed', async () => {
  newFaults()
  let others = 0
  undo.push(flushWith({ forceFlush: () => Promise.reject(new Error('no')) }))
  undo.push(
    flushWith({
      forceFlush: () => {
        throw new Error('in place')
      },
    }),
  )
  undo.push(
    flushWith({
      forceFlush: () => {
        others++
        return Promise.resolve()
      },
    }),
  )
  await expect(flush()).resolves.toBeUndefined()
  expect(others).toBe(1)
  expect(newFaults()).toEqual(['flush', 'flush'])
})

it.each([-1, Number.NaN, Infinity, 'soon' as never])('flush takes %s for the default', async (timeout) => {
  await expect(flush(timeout)).resolves.toBeUndefined()
})

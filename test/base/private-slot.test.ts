import { describe, expect, it } from 'vitest'
import { createPrivateSlot } from '../../src/base/private-slot.ts'

describe('a note', () => {
  it('is on the very object, and on no copy, heir or wrapper of it', () => {
    const notes = createPrivateSlot<string>()
    const object = { a: 1 }
    notes.put(object, 'noted')
    expect(notes.of(object)).toBe('noted')
    for (const other of [{ ...object }, Object.create(object) as object, new Proxy(object, {}), { a: 1 }]) {
      expect(notes.of(other)).toBe(undefined)
    }
  })
  it('shows nowhere', () => {
    const object = { a: 1 }
    createPrivateSlot<string>().put(object, 'noted')
    expect(Reflect.ownKeys(object)).toEqual(['a'])
    expect(JSON.stringify(object)).toBe('{"a":1}')
  })
  it('is told apart from one of another making', () => {
    const [one, other] = [createPrivateSlot<number>(), createPrivateSlot<number>()]
    const object = {}
    one.put(object, 1)
    other.put(object, 2)
    expect([one.of(object), other.of(object)]).toEqual([1, 2])
  })
})

import { describe, expect, it } from 'vitest'
import { isUnknownTime, knownTimeOf } from '../../src/base/known-time.ts'

const AT = Date.UTC(2001, 0, 1)

describe('a time that a program recorded', () => {
  it.each([
    '2001-01-01T00:00:00Z',
    '2001-01-01',
    '978307200',
    '978307200.000',
    '978307200000',
    '978307200000000',
    '978307200000000000',
    '20010101000000',
    'Mon, 01 Jan 2001 00:00:00 GMT',
    'Monday, 01-Jan-01 00:00:00 GMT',
    'Mon Jan  1 00:00:00 2001',
    'Mon, 1 Jan 2001 01:00:00 +0100',
    '31 Dec 2000 19:00 EST',
    '01 Jan 2001 00:00:00',
    'Mon Jan 01 2001 00:00:00 GMT+0000 (Coordinated Universal Time)',
    'mon, 01 jan 2001 00:00:00 gmt',
  ])('is read from %s', (text) => {
    expect(knownTimeOf(text)).toBe(AT)
    expect(isUnknownTime(text)).toBe(false)
  })
  it('keeps milliseconds', () => {
    expect(knownTimeOf('1767259800.5')).toBe(1_767_259_800_500)
    expect(knownTimeOf('1767259800123')).toBe(1_767_259_800_123)
  })
  it.each([
    'whenever',
    'never',
    '7',
    '-978307200',
    '1e9',
    '20011301000000',
    'Mon, 32 Jan 2001 00:00:00 GMT',
    'Mon, 30 Feb 2001 00:00:00 GMT',
    'Mon, 01 Foo 2001 00:00:00 GMT',
    'Mon, 01 Jan 2001 00:00:00 XYZ',
    '01/02/2001',
    '[unreadable]',
  ])('is none in "%s"', (text) => {
    expect(knownTimeOf(text)).toBeUndefined()
    expect(isUnknownTime(text)).toBe(true)
  })
  it('that is not there is neither known nor unknown', () => {
    expect(knownTimeOf(undefined)).toBeUndefined()
    expect(isUnknownTime(undefined)).toBe(false)
  })
  it('is looked for in bounded time', () => {
    const start = process.hrtime.bigint()
    for (const text of ['Mon Jan 1 00:00:00 (', ' ', 'a', 'Mon, ', '1']) knownTimeOf(text.repeat(20_000))
    expect(Number(process.hrtime.bigint() - start) / 1e6).toBeLessThan(1_000)
  })
})

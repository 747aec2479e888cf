import { describe, expect, it } from 'vitest'
import { isoTimeOf } from '../../src/base/iso-time.ts'

const AT = Date.UTC(2026, 0, 1, 9, 30)

describe('a time', () => {
  it.each([
    '2026-01-01T09:30:00Z',
    '2026-01-01T09:30Z',
    '2026-01-01T09:30',
    '2026-01-01 09:30:00',
    '2026-01-01t09:30:00.000z',
    '2026-01-01T09:30:00,000+00:00',
    '2026-01-01T10:30:00.000000+01:00',
    '2026-01-01 10:30:00+01',
    '2026-01-01T05:00:00-0430',
    '20260101T093000Z',
  ])('is read from %s', (text) => {
    expect(isoTimeOf(text)).toBe(AT)
  })
  it('is midnight in UTC where only the day is given', () => {
    expect([isoTimeOf('2026-01-01'), isoTimeOf('20260101')]).toEqual([Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 1)])
  })
  it('keeps milliseconds, and no more', () => {
    expect(isoTimeOf('2026-01-01T09:30:00.1239Z')).toBe(AT + 123)
    expect(isoTimeOf('2026-01-01T09:30:00.1Z')).toBe(AT + 100)
  })
  it.each([
    '',
    'soon',
    '2026',
    '2026-13-01',
    '2026-02-29',
    '2026-02-30T00:00Z',
    '2026-01-01T25:00',
    '1767259800',
    '٢٠٢٦-01-01',
  ])('is none in "%s"', (text) => {
    expect(isoTimeOf(text)).toBeUndefined()
  })
  it('may be the 29th of February of a leap year', () => {
    expect(isoTimeOf('2028-02-29')).toBe(Date.UTC(2028, 1, 29))
  })
})

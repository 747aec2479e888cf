import { expect, it } from 'vitest'
import { endMillis, startMillis } from '../../src/model/span.ts'
import type { SpanShape } from '../../src/model/span.ts'

it('reads the start of a span in milliseconds, with fractions', () => {
  expect(startMillis({ startTime: [1_700_000_000, 1_250_000] } as unknown as SpanShape)).toBe(1_700_000_000_001.25)
})

it('reads the end of a span, where anything says when it ended', () => {
  const endOf = (endTime?: readonly [number, number]) => endMillis({ endTime } as unknown as SpanShape)
  expect([endOf([1_700_000_000, 500_000]), endOf([0, 0]), endOf()]).toEqual([1_700_000_000_000.5, undefined, undefined])
})

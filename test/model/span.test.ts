import { expect, it } from 'vitest'
import { startMillis } from '../../src/model/span.ts'
import type { SpanShape } from '../../src/model/span.ts'

it('reads the start of a span in milliseconds, with fractions', () => {
  expect(startMillis({ startTime: [1_700_000_000, 1_250_000] } as unknown as SpanShape)).toBe(1_700_000_000_001.25)
})

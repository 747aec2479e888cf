import { afterEach, expect, it } from 'vitest'
import type { Decision } from '../../src/index.ts'
import { overdue, takeUse } from '../../src/deciding/kept-decision.ts'
import { resetProcessState } from '../../src/runtime/health/process-state.ts'
import { newFaults } from './faults.ts'

afterEach(resetProcessState)

const NOW = Date.parse('2026-11-28T12:00:00Z')
const once = (id: string, expiresAt?: string): Decision => ({
  outcome: 'allow',
  id,
  uses: 1,
  ...(expiresAt === undefined ? {} : { expiresAt }),
})

it('remembers uses within a bound, and allows none again to make room', () => {
  newFaults()
  const soon = '2026-11-28T13:00:00Z'
  for (let at = 0; at < 10_000; at += 1)
    expect(takeUse(once(`a-${at}`, at < 5 ? soon : undefined), NOW)).toBeUndefined()
  expect(takeUse(once('one more'), NOW)).toContain('too many decisions')
  expect(takeUse(once('a-7'), NOW)).toContain('used up')
  const later = NOW + 2 * 3_600_000
  for (let at = 0; at < 5; at += 1) expect(takeUse(once(`b-${at}`), later)).toBeUndefined()
  expect(takeUse(once('one more'), later)).toContain('too many decisions')
  expect(takeUse(once('a-2', soon), later)).toContain('expired')
})

it('lets through what has neither an end nor a number, as often as asked', () => {
  const decision: Decision = { outcome: 'allow', binding: 'sha-256:x' }
  for (const _ of [1, 2, 3]) expect(takeUse(decision, NOW)).toBeUndefined()
  expect(overdue({ ...decision, expiresAt: '2026-11-28T12:00:00Z' }, NOW)).toContain(
    'expired at 2026-11-28T12:00:00.000Z',
  )
  expect(overdue({ ...decision, expiresAt: '2026-11-28T12:00:00.001Z' }, NOW)).toBeUndefined()
})

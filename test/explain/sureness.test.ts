import { expect, it } from 'vitest'
import { ASSURANCES } from '../../src/model/attribution.ts'
import { heldOf, isLessSure, leastOf, sureness, sureText } from '../../src/explain/sureness.ts'

it('a value is marked where we are less sure than of what the code said', () => {
  const marked = [...ASSURANCES, undefined].flatMap((assurance) => [
    sureText('x', { assurance }),
    sureText('x', { assurance, source: 'trace' }),
  ])
  expect(marked).toEqual([
    'x',
    'x (by trace context)',
    'x',
    'x (by trace context)',
    'x (claimed)',
    'x (by trace context)',
    'x (inferred)',
    'x (inferred, by trace context)',
    'x',
    'x (by trace context)',
  ])
  expect(
    [{}, { assurance: 'claimed' }, { assurance: 'claimed', source: 'trace' }].map((one) => sureness(one as object)),
  ).toEqual(['', ' [claimed]', ' [claimed, by trace context]'])
})

it('a facet is held in one form, with its assurance or without', () => {
  expect(heldOf(undefined)).toBe(undefined)
  expect(heldOf('c-1')).toEqual({ value: 'c-1' })
  expect(heldOf({ id: 'g-1' })).toEqual({ value: { id: 'g-1' } })
  const held = { value: { id: 'g-1' }, assurance: 'claimed', source: 'trace' } as const
  expect(heldOf(held)).toBe(held)
})

it('the least sure of several decides', () => {
  expect(leastOf([])).toBe(undefined)
  expect(leastOf([{ assurance: 'verified' }, { assurance: 'claimed' }, { assurance: 'asserted' }])).toBe('claimed')
  expect(isLessSure({ assurance: 'claimed' }, { assurance: 'asserted' })).toBe(true)
  expect(isLessSure({ assurance: 'claimed', source: 'trace' }, { assurance: 'claimed' })).toBe(true)
  expect(isLessSure({ assurance: 'verified' }, { assurance: 'verified' })).toBe(false)
})

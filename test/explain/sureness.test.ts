import { expect, it } from 'vitest'
import { ASSURANCES } from '../../src/model/attribution.ts'
import { isLessSure, leastOf, sureness, sureText } from '../../src/explain/sureness.ts'

it('a value is marked where we are less sure than of what the code said', () => {
  const marked = [...ASSURANCES, undefined].flatMap((assurance) => [
    sureText('x', { assurance }),
    sureText('x', { assurance, source: 'trace' }),
  ])
  expect(marked).toEqual([
    'x (verified)',
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

it('what was checked says against whose key, and where it came from', () => {
  const by = (issuer: string) => sureText('kai', { assurance: 'verified', issuer })
  expect(by('https://login.example/')).toBe('kai (verified, login.example)')
  expect(by('https://login.microsoftonline.com/T/v2.0')).toBe('kai (verified, login.microsoftonline.com)')
  expect(by('trust.example')).toBe('kai (verified, trust.example)')
  expect(by('x) asked; lea (verified')).toBe('kai (verified, "x) asked; lea (verified")')
  expect(sureness({ assurance: 'asserted', source: 'carrier' })).toBe(' [asserted, by signed carrier]')
  expect(sureness({ assurance: 'asserted', source: 'constructor' })).toBe(' [asserted]')
})

it('the least sure of several decides', () => {
  expect(leastOf([])).toBe(undefined)
  expect(leastOf([{ assurance: 'verified' }, { assurance: 'claimed' }, { assurance: 'asserted' }])).toBe('claimed')
  expect(isLessSure({ assurance: 'claimed' }, { assurance: 'asserted' })).toBe(true)
  expect(isLessSure({ assurance: 'claimed', source: 'trace' }, { assurance: 'claimed' })).toBe(true)
  expect(isLessSure({ assurance: 'verified' }, { assurance: 'verified' })).toBe(false)
})

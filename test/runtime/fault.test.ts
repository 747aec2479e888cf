import { afterEach, expect, it, vi } from 'vitest'
import { onBehalfOf } from '../../src/index.ts'
import { fault, FAULT_PLACES, onFault } from '../../src/runtime/health/fault.ts'
import { diagLines, silence } from './provider.ts'

afterEach(silence)

it('a fault is told once a minute for each place, without any value that was passed in', () => {
  const lines = diagLines()
  const secret = 'sk-very-secret'
  for (let time = 0; time < 3; time++) {
    onBehalfOf(
      { principal: { id: secret, type: secret as never }, intent: { id: 7, summary: secret } as never },
      () => {},
    )
  }
  const told = lines.filter((line) => line.startsWith('onbehalf: binding: '))
  expect(told).toEqual([
    'onbehalf: binding: principal.type is none of human, service, organization, agent, system (BadFacet); ' +
      'the work runs without it: check what is passed to onBehalfOf, asAgent, via and the like',
  ])
  expect(lines.join()).not.toContain(secret)
})

it('a fault reaches every listener, each time', () => {
  const places: string[] = []
  onFault((where) => places.push(where))
  fault('carrier', 'one')
  fault('carrier', 'two')
  expect(places).toEqual(['carrier', 'carrier'])
})

it.each(FAULT_PLACES)('a fault of %s says what to do', (where) => {
  vi.useFakeTimers({ now: Date.now() + 3_600_000 })
  const lines = diagLines()
  fault(where, 'something failed', new TypeError('secret'))
  expect(lines).toEqual([expect.stringMatching(/^onbehalf: \w+: something failed \(TypeError\)(?:; .{20,})$/u)])
  vi.useRealTimers()
})

it('a listener that throws does not take the app down', () => {
  onFault(() => {
    throw new Error('of a listener')
  })
  expect(() => fault('guard', 'one')).not.toThrow()
})

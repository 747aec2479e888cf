import { context, propagation, trace } from '@opentelemetry/api'
import { TracerProvider } from '@opentelemetry/sdk-trace'
import { afterEach, expect, it } from 'vitest'
import { onceProvided } from '../../src/setup/joining.ts'
import { silence } from './provider.ts'

afterEach(silence)

const API = Symbol.for('opentelemetry.js.api.1')
function register(): TracerProvider {
  const provider = new TracerProvider()
  trace.setGlobalTracerProvider(provider)
  return provider
}

const forget = () => Reflect.deleteProperty(globalThis, API)

it.each([
  ['before anything is registered', forget],
  ['when something else is registered', () => void propagation.disable()],
])('all that wait are told of a provider in the moment in which it is registered: %s', (_, before) => {
  before()
  const told: object[] = []
  onceProvided((provider) => told.push(provider))
  onceProvided((provider) => told.push(provider))
  const provider = register()
  expect(told).toEqual([provider, provider])
})

it('waiting changes nothing of what the API keeps', () => {
  forget()
  onceProvided(() => {})
  const provider = register()
  const registered = Object.getOwnPropertyDescriptor(globalThis, API)
  expect(registered).toMatchObject({ configurable: true, enumerable: true, writable: true })
  expect((trace.getTracerProvider() as { getDelegate?(): object }).getDelegate?.()).toBe(provider)
  trace.disable()
  context.disable()
  onceProvided(() => {})
  expect(trace.setGlobalTracerProvider(provider)).toBe(true)
})

it('a provider is told once, and none that comes later', () => {
  forget()
  const told: object[] = []
  onceProvided((provider) => told.push(provider))
  const first = register()
  trace.disable()
  register()
  expect(told).toEqual([first])
})

import type { TextMapPropagator } from '@opentelemetry/api'
import type { Load } from './app-packages.ts'
import { notice } from '../runtime/health/notice.ts'

type Make = new (options?: object) => TextMapPropagator

/**
 * The propagator that `OTEL_PROPAGATORS` asks for, as NodeSDK makes it. Null if it asks for none. Undefined if the
 * app's packages can't be found, as in a bundle: NodeSDK then makes it itself.
 */
export function propagatorFromEnvironment(load: Load): TextMapPropagator | null | undefined {
  const core = load('@opentelemetry/core')
  const composite = core?.['CompositePropagator'] as Make | undefined
  if (core === undefined || composite === undefined) return undefined
  const names = namesInEnvironment()
  if (names.includes('none')) return null
  const propagators = [...new Set(names)].flatMap((name) => propagatorNamed(name, core, load))
  if (propagators.length === 0) return null
  return new composite({ propagators })
}

const MAX_QUOTED = 40

function namesInEnvironment(): readonly string[] {
  const text = process.env['OTEL_PROPAGATORS']?.trim() ?? ''
  if (text === '') return ['tracecontext', 'baggage']
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

function propagatorNamed(
  name: string,
  core: Readonly<Record<string, unknown>>,
  load: Load,
): readonly TextMapPropagator[] {
  const made = make(name, core, load)
  if (made !== undefined) return [made]
  const asked = `OTEL_PROPAGATORS names ${JSON.stringify(name.slice(0, MAX_QUOTED))}`
  notice('warn', `${asked}, which is unknown or whose package is not installed: nothing is propagated by it`)
  return []
}

function make(name: string, core: Readonly<Record<string, unknown>>, load: Load): TextMapPropagator | undefined {
  switch (name) {
    case 'tracecontext':
      return construct(core['W3CTraceContextPropagator'])
    case 'baggage':
      return construct(core['W3CBaggagePropagator'])
    case 'b3':
      return construct(load('@opentelemetry/propagator-b3')?.['B3Propagator'])
    case 'b3multi':
      return b3Multi(load('@opentelemetry/propagator-b3'))
    case 'jaeger':
      return construct(load('@opentelemetry/propagator-jaeger')?.['JaegerPropagator'])
    default:
      return undefined
  }
}

function b3Multi(b3: Readonly<Record<string, unknown>> | undefined): TextMapPropagator | undefined {
  const encodings = b3?.['B3InjectEncoding'] as Readonly<Record<string, unknown>> | undefined
  return construct(b3?.['B3Propagator'], { injectEncoding: encodings?.['MULTI_HEADER'] })
}

function construct(found: unknown, options?: object): TextMapPropagator | undefined {
  return typeof found === 'function' ? new (found as Make)(options) : undefined
}

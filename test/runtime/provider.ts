import { context, diag, propagation, trace } from '@opentelemetry/api'
import type { Attributes, DiagLogger, Span, SpanOptions, Tracer } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import type { ReadableSpan, SpanProcessor, TracerProviderOptions } from '@opentelemetry/sdk-trace'
import { AttributionSpanProcessor } from '../../src/attribution-span-processor.ts'
import { seen } from '../live/seen.ts'
import type { Seen } from '../live/seen.ts'

export interface Traced {
  readonly tracer: Tracer
  readonly provider: TracerProvider
  /** What was exported, in the order in which it ended. */
  spans(): readonly ReadableSpan[]
  seen(): readonly Seen[]
  /** The one exported span of this name. */
  one(name: string): Seen
}

/** The real SDK with these processors before an exporting one; registered, so that what is bound is found. */
export function tracing(
  processors: readonly unknown[] = [new AttributionSpanProcessor()],
  config: TracerProviderOptions = {},
): Traced {
  silence()
  const exporter = new InMemorySpanExporter()
  const provider = new TracerProvider({
    ...config,
    spanProcessors: [...(processors as SpanProcessor[]), new SimpleSpanProcessor({ exporter })],
  })
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  trace.setGlobalTracerProvider(provider)
  const all = () => exporter.getFinishedSpans()
  return {
    tracer: provider.getTracer('test'),
    provider,
    spans: all,
    seen: () => all().map(seen),
    one: (name) => {
      const found = all().filter((span) => span.name === name)
      if (found.length !== 1) throw new Error(`${found.length} spans named ${name} were exported`)
      return seen(found[0] as ReadableSpan)
    },
  }
}

/** Takes everything global back. */
export function silence(): void {
  trace.disable()
  context.disable()
  propagation.disable()
  diag.disable()
}

export const AGENT: Attributes = { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'assistant' }
export const TOOL: Attributes = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'sendMail' }

/** Starts a span, makes it active for `work`, and ends it. */
export function inSpan<T>(tracer: Tracer, name: string, options: SpanOptions, work: (span: Span) => T): T {
  return tracer.startActiveSpan(name, options, (span) => {
    const result = work(span)
    span.end()
    return result
  })
}

/** Every line that the diag logger gets, from now on. */
export function diagLines(): readonly string[] {
  const lines: string[] = []
  const take = (message: string) => lines.push(message)
  const logger: DiagLogger = { error: take, warn: take, info: take, debug: take, verbose: take }
  diag.setLogger(logger)
  return lines
}

import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from 'sdk-trace-1'
import { afterEach, describe, expect, it } from 'vitest'
import { AttributionSpanProcessor } from '../src/index.ts'
import { AGENT, diagLines, silence, tracing } from './runtime/provider.ts'

afterEach(silence)

describe('an SDK of the line 1.x', () => {
  it('has its spans left as they are, and is told once what to do', async () => {
    const lines = diagLines()
    const sink = new InMemorySpanExporter()
    const spanProcessors = [new AttributionSpanProcessor() as never, new SimpleSpanProcessor(sink)]
    const tracer = new BasicTracerProvider({ spanProcessors }).getTracer('old')
    for (const name of ['one', 'two']) tracer.startSpan(name, { attributes: AGENT }).end()
    await Promise.resolve()
    expect(sink.getFinishedSpans().map(({ name, attributes }) => ({ name, attributes }))).toEqual([
      { name: 'one', attributes: AGENT },
      { name: 'two', attributes: AGENT },
    ])
    expect(lines.filter((line) => line.includes('is version 1.x; use 2.x'))).toHaveLength(1)
  })

  it('beside one of today leaves that one as it should be', () => {
    const { tracer, one } = tracing()
    tracer.startSpan('agent', { attributes: AGENT }).end()
    expect(one('agent').verdict).toBe('unknown')
  })
})

import type { Tracer } from '@opentelemetry/api'
import { W3CBaggagePropagator } from '@opentelemetry/core'
import { SimpleSpanProcessor } from '@opentelemetry/sdk-trace'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AttributionSpanExporter, AttributionSpanProcessor, flush } from '../../src/index.ts'
import { AttributionPropagator } from '../../src/runtime/crossing/propagator.ts'
import { resetProcessState } from '../../src/runtime/health/process-state.ts'
import { defaultSettings } from '../../src/runtime/health/settings.ts'
import { JudgingProcessor } from '../../src/runtime/judging/judging-processor.ts'
import { startLiveJudge } from '../../src/runtime/judging/live-judge.ts'
import { Pipeline } from '../../src/runtime/judging/pipeline.ts'
import type { Exporter, ExportResult, Processor } from '../../src/runtime/span/live-span.ts'
import { keepingAccount } from '../../src/setup/outstanding.ts'
import { newFaults } from './faults.ts'
import { AGENT, silence, tracing } from './provider.ts'

/** An exporter that says what it was asked for, and answers when it is let. */
class Sink implements Exporter {
  readonly calls: string[] = []
  readonly spans: string[] = []
  isHolding = false
  failure: Error | undefined
  #held: (() => void)[] = []

  export(spans: { readonly name: string }[], done: (result: ExportResult) => void): void {
    this.calls.push('export')
    this.spans.push(...spans.map(({ name }) => name))
    if (this.isHolding) this.#held.push(() => done({ code: 0 }))
    else done({ code: 0 })
  }

  release(): void {
    this.isHolding = false
    for (const answer of this.#held.splice(0)) answer()
  }

  forceFlush(): Promise<void> {
    this.calls.push('forceFlush')
    return this.failure === undefined ? Promise.resolve() : Promise.reject(this.failure)
  }

  shutdown(): Promise<void> {
    this.calls.push('shutdown')
    return this.failure === undefined ? Promise.resolve() : Promise.reject(this.failure)
  }
}

interface Living {
  forceFlush(): Promise<void>
  shutdown(): Promise<void>
}

interface Made {
  readonly subject: Living
  /** What a tracer provider is given. */
  readonly processors: readonly Processor[]
}

const exportingTo = (exporter: Exporter) =>
  new SimpleSpanProcessor({ exporter: exporter as never }) as unknown as Processor

const KIND = { packageName: '@opentelemetry/sdk-trace', name: 'Sink' } as const

/** Everything of ours with `shutdown` and `forceFlush`, before an exporter, and whether it hands them on to it. */
const COMPONENTS: readonly { name: string; handsOn: boolean; make: (sink: Sink) => Made }[] = [
  {
    name: 'AttributionSpanProcessor',
    handsOn: false,
    make: (sink) => {
      const subject = new AttributionSpanProcessor()
      return { subject, processors: [subject, exportingTo(sink)] }
    },
  },
  {
    name: 'AttributionSpanExporter',
    handsOn: true,
    make: (sink) => {
      const subject = new AttributionSpanExporter(sink)
      return { subject, processors: [exportingTo(subject)] }
    },
  },
  {
    name: 'the pipeline',
    handsOn: true,
    make: (sink) => {
      const judging = new JudgingProcessor(startLiveJudge(defaultSettings()), true)
      const subject = new Pipeline({ others: [], judging, exporting: [exportingTo(sink)] })
      return { subject, processors: [subject] }
    },
  },
  {
    name: 'the account of what is left',
    handsOn: true,
    make: (sink) => {
      const subject = keepingAccount([])(sink, KIND, exportingTo)
      if (subject === undefined) throw new Error('there is nothing to account for')
      return { subject, processors: [subject] }
    },
  },
]

let sink: Sink
beforeEach(() => {
  resetProcessState()
  newFaults()
  sink = new Sink()
})
afterEach(() => {
  silence()
  const faults = newFaults()
  if (faults.length > 0) throw new Error(`a fault of ${faults.join(', ')}`)
})

function started(make: (sink: Sink) => Made): { readonly subject: Living; readonly tracer: Tracer } {
  const { subject, processors } = make(sink)
  const { tracer } = tracing(processors)
  return { subject, tracer }
}

const end = (tracer: Tracer, name: string) => tracer.startSpan(name, { attributes: AGENT }).end()

describe.each(COMPONENTS)('$name', ({ make, handsOn }) => {
  const asked = (call: string) => sink.calls.filter((one) => one === call).length

  it('is flushed and shut down before anything started', async () => {
    const { subject } = make(sink)
    await subject.forceFlush()
    await subject.shutdown()
    expect({ flushed: asked('forceFlush') > 0, shutDown: asked('shutdown') > 0 }).toEqual({
      flushed: handsOn,
      shutDown: handsOn,
    })
  })

  it('is shut down twice, one after the other and at once', async () => {
    const { subject, tracer } = started(make)
    end(tracer, 'run')
    await subject.shutdown()
    await subject.shutdown()
    await Promise.all([subject.shutdown(), subject.shutdown()])
    expect(sink.spans).toEqual(['run'])
    expect(asked('shutdown') > 0).toBe(handsOn)
  })

  it('is flushed and shut down during an export, which reaches its end once', async () => {
    const { subject, tracer } = started(make)
    sink.isHolding = true
    end(tracer, 'run')
    const over = [subject.forceFlush(), subject.shutdown()]
    end(tracer, 'late')
    sink.release()
    await Promise.all(over)
    expect(sink.spans.filter((name) => name === 'run')).toEqual(['run'])
  })

  it('harms no span that starts, ends or is still open after it was shut down', async () => {
    const { subject, tracer } = started(make)
    const open = tracer.startSpan('open', { attributes: AGENT })
    await subject.shutdown()
    expect(() => {
      open.end()
      end(tracer, 'late')
    }).not.toThrow()
    await subject.forceFlush()
    expect(asked('export')).toBe(sink.spans.length)
  })

  it('is out of reach of flush() after it was shut down', async () => {
    const { subject } = make(sink)
    await subject.shutdown()
    const before = asked('forceFlush')
    await flush()
    expect(asked('forceFlush')).toBe(before)
  })
})

describe.each(COMPONENTS.filter(({ handsOn }) => handsOn))('$name', ({ make }) => {
  it('rejects with the failure of what it hands on to, and may be asked again', async () => {
    const { subject } = make(sink)
    sink.failure = new Error('unreachable')
    await expect(subject.shutdown()).rejects.toThrow('unreachable')
    await expect(Promise.allSettled([subject.forceFlush(), subject.shutdown()])).resolves.toHaveLength(2)
  })
})

it('the processor judges a span that ends after it was shut down, as it would have been', async () => {
  const processor = new AttributionSpanProcessor()
  const traced = tracing([processor])
  await processor.shutdown()
  end(traced.tracer, 'late')
  expect(traced.one('late')).toMatchObject({ kind: 'agent', verdict: 'unknown' })
})

it('the exporter hands on a batch that comes after it was shut down: to refuse it is up to what it wraps', async () => {
  const exporter = new AttributionSpanExporter(sink)
  await exporter.shutdown()
  const traced = tracing([])
  end(traced.tracer, 'late')
  const result = await new Promise<ExportResult>((done) => exporter.export([...traced.spans()] as never, done))
  expect(result).toEqual({ code: 0 })
  expect(sink.spans).toEqual(['late'])
})

it('the propagator has no life to end: it holds nothing', () => {
  const propagator = new AttributionPropagator(new W3CBaggagePropagator(), undefined)
  expect('shutdown' in propagator || 'forceFlush' in propagator).toBe(false)
})

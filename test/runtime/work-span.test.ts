import { setTimeout as wait } from 'node:timers/promises'
import { SpanStatusCode, trace } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { asAgent, carry, declareAutonomous, onBehalfOf, resume, via } from '../../src/index.ts'
import { endSettledWork, inWorkSpan, nameIn } from '../../src/runtime/binding/work-span.ts'
import { newFaults } from './faults.ts'
import { Query } from './lazies.ts'
import { inSpan, silence, tracing } from './provider.ts'
import type { Traced } from './provider.ts'

let traced: Traced
beforeEach(() => {
  traced = tracing()
  newFaults()
})
afterEach(silence)

const RUN = { owner: 'ops-team', trigger: 'schedule: 02:00', intent: 'delete old orders' } as const
const call = (name = 'call') => inSpan(traced.tracer, name, { kind: 2 }, () => {})

async function job(): Promise<string> {
  await asAgent('cleaner', () => via('orders-db', async () => call('DELETE')))
  await wait(1)
  await asAgent('cleaner', () => via('orders-db', async () => call('VACUUM')))
  return 'done'
}

async function* twice(act: (name: string) => void): AsyncGenerator<void> {
  yield act('first')
  await wait(1)
  yield act('second')
}

function exported(name: string): ReadableSpan {
  return traced.spans().find((span) => span.name === name) as ReadableSpan
}

function names(): readonly string[] {
  return traced.seen().map(({ name }) => name)
}

describe('work that no span is active for', () => {
  it('is one trace, with its acts below a span of its own', async () => {
    expect(await declareAutonomous(RUN, job)).toBe('done')
    expect(names()).toEqual(['DELETE', 'VACUUM', 'autonomous run'])
    const [first, second, run] = traced.spans()
    expect([first, second].map((span) => span?.parentSpanContext?.spanId)).toEqual(
      [run, run].map((span) => span?.spanContext().spanId),
    )
    expect(traced.one('autonomous run')).toMatchObject({ kind: 'workflow', principal: 'ops-team', verdict: 'declared' })
    expect(traced.one('DELETE')).toMatchObject({ kind: 'effect', principal: 'ops-team', findings: [] })
  })
  it('begins when it was called, and ends when its promise has settled', async () => {
    await declareAutonomous(RUN, async () => {
      await wait(20)
      call()
      await wait(20)
    })
    const { startTime, endTime } = exported('autonomous run')
    const inner = exported('call')
    const millis = ([seconds, nanos]: readonly [number, number]) => seconds * 1_000 + nanos / 1_000_000
    expect(millis(inner.startTime) - millis(startTime)).toBeGreaterThan(10)
    expect(millis(endTime) - millis(inner.endTime)).toBeGreaterThan(10)
  })
  it('has no span where nothing is traced in it', () => {
    declareAutonomous(RUN, () => 7)
    resume({ 'attribution.principal.id': 'kai' }, () => carry())
    expect(traced.spans()).toEqual([])
  })
  it('is linked to what carried it, as the first span inside is', () => {
    const origin = traced.tracer.startSpan('origin')
    const carrier = onBehalfOf({ principal: 'kai' }, () => inSpan(traced.tracer, 'request', {}, () => carry()))
    resume(carrier, () => call(), { span: 'refund job' })
    const { traceId } = traced.one('request').span.spanContext()
    for (const name of ['refund job', 'call']) {
      expect(exported(name).links.map((link) => link.context.traceId)).toEqual([traceId])
    }
    origin.end()
  })
  it('has the span of the caller where one is active, or where none is asked for', () => {
    inSpan(traced.tracer, 'worker', {}, () => declareAutonomous(RUN, () => call('inside')))
    declareAutonomous(RUN, () => call('alone'), { span: false })
    expect(names()).toEqual(['inside', 'worker', 'alone'])
  })
  it('has failed where the function throws or rejects, and passes that on', async () => {
    const failing = declareAutonomous(RUN, async () => {
      call()
      throw new Error('of the app')
    })
    await expect(failing).rejects.toThrow('of the app')
    const throwing = () =>
      declareAutonomous(RUN, () => {
        call()
        throw new Error('of the app')
      })
    expect(throwing).toThrow('of the app')
    const runs = traced.spans().filter(({ name }) => name === 'autonomous run')
    expect(runs.map(({ status }) => status.code)).toEqual([SpanStatusCode.ERROR, SpanStatusCode.ERROR])
  })
  it('returns the promise of the function itself', async () => {
    const promise = Promise.resolve(7)
    expect(declareAutonomous(RUN, () => promise)).toBe(promise)
  })
  it('ends where nobody waits for its promise', async () => {
    void declareAutonomous(RUN, async () => {
      call()
      await wait(1)
    })
    await wait(5)
    expect(names()).toEqual(['call'])
    endSettledWork()
    expect(names()).toEqual(['call', 'autonomous run'])
  })
  it('has failed where its promise was rejected and nobody reads it', async () => {
    const unhandled = new Promise((resolve) => process.once('unhandledRejection', resolve))
    void declareAutonomous(RUN, async () => {
      call()
      throw new Error('of the app')
    })
    await unhandled
    endSettledWork()
    expect(exported('autonomous run').status.code).toBe(SpanStatusCode.ERROR)
  })
  it('ends with the process where it goes on', () => {
    void declareAutonomous(RUN, () => {
      call()
      return new Promise(() => {})
    })
    endSettledWork()
    expect(names()).toEqual(['call'])
    endSettledWork(true)
    expect(names()).toEqual(['call', 'autonomous run'])
  })
  it.each([
    ['after its first call', () => call('first')],
    ['before its first call', () => {}],
  ])('has what it leaves running %s below it, and has ended', async (_, before) => {
    const left = (): Promise<void> => wait(2).then(() => asAgent('cleaner', () => via('orders-db', () => call('late'))))
    declareAutonomous(RUN, () => {
      before()
      void left()
    })
    await wait(10)
    expect(traced.one('late')).toMatchObject({ principal: 'ops-team', verdict: 'declared', findings: [] })
    const { traceId, spanId } = traced.one('autonomous run').span.spanContext()
    expect(exported('late').parentSpanContext).toMatchObject({ traceId, spanId })
  })
  it.each([
    ['a generator', (act: (name: string) => void) => twice(act)],
    ['an iterable', (act: (name: string) => void) => ({ [Symbol.asyncIterator]: () => twice(act) })],
  ])('is one trace where the function returns %s', async (_, made) => {
    const act = (name: string): void => asAgent('cleaner', () => via('orders-db', () => call(name)))
    for await (const step of declareAutonomous(RUN, () => made(act))) void step
    const { spanId } = traced.one('autonomous run').span.spanContext()
    for (const name of ['first', 'second']) {
      expect(exported(name).parentSpanContext?.spanId).toBe(spanId)
      expect(traced.one(name)).toMatchObject({ principal: 'ops-team', verdict: 'declared', findings: [] })
    }
  })
  it('is one trace where the function returns a query, which starts when somebody awaits it', async () => {
    await resume({ 'attribution.principal.id': 'kai' }, () => new Query(() => call('SELECT')))
    expect(exported('SELECT').parentSpanContext?.spanId).toBe(exported('resume').spanContext().spanId)
  })
  it('cannot be ended by the code inside', () => {
    declareAutonomous(RUN, () => {
      call('first')
      trace.getActiveSpan()?.end()
      call('second')
    })
    expect(names()).toEqual(['first', 'second', 'autonomous run'])
  })
  it('takes its name from the option, and another value of it is as none', () => {
    expect(
      [{ span: 'job' }, { span: ' ' }, { span: false as const }, undefined].map((given) => nameIn(given, 'resume')),
    ).toEqual(['job', 'resume', undefined, 'resume'])
  })
  it('runs once where nothing is registered', () => {
    silence()
    let runs = 0
    inWorkSpan('job', undefined, () => runs++)
    expect(runs).toBe(1)
  })
})

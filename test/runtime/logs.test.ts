import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs'
import type { LogRecordProcessor } from '@opentelemetry/sdk-logs'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AttributionLogRecordProcessor, asAgent, onBehalfOf, resume } from '../../src/index.ts'
import { newFaults } from './faults.ts'
import { AGENT, TOOL, inSpan, silence, tracing } from './provider.ts'
import type { Traced } from './provider.ts'

const KAI = 'kai@contoso.com'
const MIA = 'mia@contoso.com'
const INTENT = { id: 'intent-7', summary: 'send the weekly report to the board' }

let traced: Traced
let exporter: InMemoryLogRecordExporter

beforeEach(() => {
  newFaults()
  traced = tracing()
  exporter = new InMemoryLogRecordExporter()
})
afterEach(silence)

function logging(...others: readonly LogRecordProcessor[]) {
  const exporting = new SimpleLogRecordProcessor({ exporter })
  const provider = new LoggerProvider({ processors: [new AttributionLogRecordProcessor(), ...others, exporting] })
  return provider.getLogger('app')
}

const records = () => exporter.getFinishedLogRecords().map(({ attributes }) => attributes)

describe('a log record', () => {
  it('has the ids of what is bound, and no text of the intent', () => {
    const logger = logging()
    const asked = { principal: { id: KAI, issuer: 'login.example' }, intent: INTENT, correlationId: 'work-1' }
    onBehalfOf(asked, () => asAgent('report-assistant', () => logger.emit({ body: 'sent' })))
    expect(records()).toEqual([
      {
        'attribution.principal.id': KAI,
        'attribution.actor.id': 'report-assistant',
        'attribution.correlation.id': 'work-1',
        'attribution.intent.id': 'intent-7',
      },
    ])
  })

  it('has those of the user that it was emitted for, with two at once', async () => {
    const logger = logging()
    await Promise.all(
      [KAI, MIA, KAI, MIA].map((user) =>
        onBehalfOf({ principal: user }, async () => {
          await wait(1)
          logger.emit({ body: user })
        }),
      ),
    )
    const said = exporter
      .getFinishedLogRecords()
      .map(({ body, attributes }) => [body, attributes['attribution.principal.id']])
    expect(said).toHaveLength(4)
    expect(said.every(([user, principal]) => user === principal)).toBe(true)
  })

  it('has those of the agent span that it was emitted under, with how sure they are', () => {
    const logger = logging()
    const attributes = { ...AGENT, 'gen_ai.agent.id': 'buyer', 'user.id': KAI }
    inSpan(traced.tracer, 'agent', { attributes }, () =>
      inSpan(traced.tracer, 'below', {}, () => logger.emit({ body: 'sent' })),
    )
    expect(records()).toEqual([
      {
        'attribution.principal.id': KAI,
        'attribution.principal.assurance': 'inferred',
        'attribution.actor.id': 'buyer',
        'attribution.actor.assurance': 'inferred',
      },
    ])
  })

  it('says what the span says, where an agent stands below the one that is bound', () => {
    const logger = logging()
    onBehalfOf({ principal: KAI, correlationId: 'c' }, () =>
      asAgent('planner', () =>
        inSpan(traced.tracer, 'planner', { attributes: { ...AGENT, 'gen_ai.agent.id': 'planner' } }, () =>
          inSpan(traced.tracer, 'buyer', { attributes: { ...AGENT, 'gen_ai.agent.id': 'buyer' } }, () =>
            logger.emit({ body: 'sent' }),
          ),
        ),
      ),
    )
    const [record] = records()
    const { attributes } = traced.one('buyer').span
    expect(record?.['attribution.actor.id']).toBe('buyer')
    for (const key of Object.keys(record ?? {})) expect([key, record?.[key]]).toEqual([key, attributes[key]])
  })

  it('has nothing outside of a binding and of agent spans', () => {
    const logger = logging()
    logger.emit({ body: 'started' })
    inSpan(traced.tracer, 'GET', { attributes: { 'user.id': KAI } }, () => logger.emit({ body: 'served' }))
    expect(records()).toEqual([{}, {}])
  })

  it('has nothing of work that is over', async () => {
    const logger = logging()
    let late = Promise.resolve()
    await onBehalfOf({ principal: KAI }, async () => {
      late = wait(5).then(() => logger.emit({ body: 'late' }))
    })
    await late
    expect(records()).toEqual([{}])
  })

  it('says of a caller’s word that it is one', () => {
    const logger = logging()
    resume({ 'attribution.principal.id': KAI }, () => logger.emit({ body: 'resumed' }))
    expect(records()).toEqual([{ 'attribution.principal.id': KAI, 'attribution.principal.assurance': 'claimed' }])
  })

  it('keeps what the app has put there', () => {
    const logger = logging()
    onBehalfOf({ principal: KAI, correlationId: 'c' }, () =>
      logger.emit({ body: 'x', attributes: { 'attribution.principal.id': 'theirs' } }),
    )
    expect(records()).toEqual([{ 'attribution.principal.id': 'theirs', 'attribution.correlation.id': 'c' }])
  })

  it('is looked at in the context that it names', () => {
    const logger = logging()
    onBehalfOf({ principal: KAI, correlationId: 'c' }, () => {
      const named = context.active()
      onBehalfOf({ principal: MIA }, () => logger.emit({ body: 'x', context: named }))
      logger.emit({ body: 'y', context: ROOT_CONTEXT })
    })
    expect(records()).toEqual([{ 'attribution.principal.id': KAI, 'attribution.correlation.id': 'c' }, {}])
  })

  it('is not made for it alone', () => {
    const silent: LogRecordProcessor = {
      onEmit: () => {},
      enabled: () => false,
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    }
    const provider = new LoggerProvider({ processors: [new AttributionLogRecordProcessor(), silent] })
    expect(provider.getLogger('app').enabled()).toBe(false)
  })

  it('is emitted where its attributes cannot be set, and that counts a fault', () => {
    const record = {
      setAttribute: () => {
        throw new Error('full')
      },
    }
    onBehalfOf({ principal: KAI }, () => new AttributionLogRecordProcessor().onEmit(record))
    expect(newFaults()).toEqual(['processor'])
  })

  it('has the ids under a span that is not recorded too', () => {
    const logger = logging()
    const spanContext = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 0 }
    const ctx = trace.setSpanContext(context.active(), spanContext)
    context.with(ctx, () => onBehalfOf({ principal: KAI }, () => logger.emit({ body: 'x', attributes: TOOL })))
    expect(records()[0]).toMatchObject({ 'attribution.principal.id': KAI })
  })
})

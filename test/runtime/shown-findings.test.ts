import { SpanStatusCode } from '@opentelemetry/api'
import type { Span as ApiSpan } from '@opentelemetry/api'
import { InMemorySpanExporter } from '@opentelemetry/sdk-trace'
import type { ReadableSpan, SpanProcessor, TracerProviderOptions } from '@opentelemetry/sdk-trace'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JudgingOptions } from '../../src/setup/config.ts'
import { asAgent, AttributionSpanExporter, AttributionSpanProcessor, onBehalfOf } from '../../src/index.ts'
import { newFaults } from './faults.ts'
import { AGENT, inSpan, silence, tracing } from './provider.ts'
import type { Traced } from './provider.ts'

const ALL: JudgingOptions = { findingEvents: true, findingWarnings: true, collapseAsError: true }
const KAI = { principal: { id: 'kai@contoso.com', type: 'human' }, intent: 'send the report' } as const

/** An agent that runs as its user. */
const COLLAPSED = { ...AGENT, 'gen_ai.agent.id': 'kai@contoso.com' }

beforeEach(() => {
  newFaults()
})
afterEach(silence)

const withOptions = (options: JudgingOptions, config?: TracerProviderOptions) =>
  tracing([new AttributionSpanProcessor(options)], config)

function agent(traced: Traced, attributes = AGENT, work: (span: ApiSpan) => void = () => {}): ReadableSpan {
  inSpan(traced.tracer, 'agent', { attributes }, work)
  return traced.one('agent').span as ReadableSpan
}

const collapsed = (traced: Traced, work?: (span: ApiSpan) => void) =>
  onBehalfOf(KAI, () => asAgent('kai@contoso.com', () => agent(traced, COLLAPSED, work)))

const shown = ({ events }: Pick<ReadableSpan, 'events'>) =>
  events.map(({ attributes }) => attributes?.['attribution.finding.code'])

describe('without options', () => {
  it('a span keeps its events, its status and its warnings', () => {
    const { events, status, attributes } = collapsed(tracing())
    expect(attributes['attribution.verdict']).toBe('collapsed')
    expect({ events, status }).toEqual({ events: [], status: { code: SpanStatusCode.UNSET } })
    expect(attributes).not.toHaveProperty('@jaeger@warnings')
  })
})

describe('an event per finding', () => {
  it('tells its code, severity and title, at the end of the span', () => {
    const { events, endTime } = agent(withOptions({ findingEvents: true }))
    expect(events).toEqual([
      {
        name: 'attribution.finding',
        time: endTime,
        droppedAttributesCount: 0,
        attributes: {
          'attribution.finding.code': 'missing_intent',
          'attribution.finding.severity': 'medium',
          'attribution.finding.title': 'No intent',
        },
      },
      expect.objectContaining({
        attributes: expect.objectContaining({ 'attribution.finding.code': 'missing_principal' }),
      }),
    ])
  })
  it('has the severity that policy gives it', () => {
    const options = { findingEvents: true, policy: { severities: { missing_intent: 'critical' as const } } }
    const { events } = onBehalfOf({ principal: 'kai@contoso.com' }, () => agent(withOptions(options)))
    expect(events[0]?.attributes).toMatchObject({ 'attribution.finding.severity': 'critical' })
  })
  it.each([
    { eventCountLimit: 0, expected: [] },
    { eventCountLimit: 2, expected: ['one', 'two'] },
    { eventCountLimit: 3, expected: ['one', 'two', 'missing_principal'] },
    { eventCountLimit: 4, expected: ['one', 'two', 'missing_intent', 'missing_principal'] },
  ])(
    'pushes out none of the app’s and stays within their limit, the most severe first: $eventCountLimit',
    ({ eventCountLimit, expected }) => {
      const traced = withOptions({ findingEvents: true }, { spanLimits: { eventCountLimit } })
      const { events } = agent(traced, AGENT, (span) => span.addEvent('one').addEvent('two'))
      const told = events.map(({ name, attributes }) => attributes?.['attribution.finding.code'] ?? name)
      expect(told).toEqual(expected)
    },
  )
  it('stays within the limits on its own attributes', () => {
    const spanLimits = { attributePerEventCountLimit: 2, attributeValueLengthLimit: 12 }
    const { events } = agent(withOptions({ findingEvents: true }, { spanLimits }))
    expect(events.map(({ attributes, droppedAttributesCount }) => ({ attributes, droppedAttributesCount }))).toEqual([
      {
        attributes: { 'attribution.finding.code': 'missing_inte', 'attribution.finding.severity': 'medium' },
        droppedAttributesCount: 1,
      },
      expect.objectContaining({ droppedAttributesCount: 1 }),
    ])
  })
  it('stands on a span whose SDK tells only of its end', () => {
    const whole = new AttributionSpanProcessor(ALL) as unknown as SpanProcessor
    const older: SpanProcessor = {
      onStart: (span, parent) => whole.onStart(span, parent),
      onEnd: (span) => whole.onEnd(span),
      forceFlush: () => whole.forceFlush(),
      shutdown: () => whole.shutdown(),
    }
    const span = collapsed(tracing([older]))
    expect(shown(span)).toEqual(['principal_is_actor'])
    expect(span.status.code).toBe(SpanStatusCode.ERROR)
  })
  it('is added for what another processor did afterwards, and repeats none', () => {
    const rewriting: SpanProcessor = {
      onStart() {},
      onEnding: (span) => void span.setAttribute('attribution.principal.id', 'eve'),
      onEnd() {},
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    }
    const span = onBehalfOf({ principal: 'kai@contoso.com' }, () =>
      agent(tracing([new AttributionSpanProcessor(ALL), rewriting])),
    )
    expect(shown(span)).toEqual(['missing_intent', 'attribution_rewritten'])
    expect(span.attributes['@jaeger@warnings']).toEqual([
      'No intent (missing_intent)',
      'Attribution was overwritten (attribution_rewritten)',
    ])
  })
})

describe('a warning per finding', () => {
  const warned = (there?: string | string[]) => {
    const traced = withOptions({ findingWarnings: true })
    const attributes = there === undefined ? AGENT : { ...AGENT, '@jaeger@warnings': there }
    return onBehalfOf({ principal: 'kai@contoso.com' }, () => agent(traced, attributes)).attributes['@jaeger@warnings']
  }

  it('stands where Jaeger looks for warnings', () => {
    expect(warned()).toEqual(['No intent (missing_intent)'])
  })
  it('comes after those of the app', () => {
    expect(warned('mine')).toEqual(['mine', 'No intent (missing_intent)'])
    expect(warned(['mine', 'too'])).toEqual(['mine', 'too', 'No intent (missing_intent)'])
  })
  it('is not there where nothing was found', () => {
    const traced = withOptions(ALL)
    const { attributes, events, status } = onBehalfOf(KAI, () => asAgent('report-assistant', () => agent(traced)))
    expect(attributes['attribution.findings']).toEqual([])
    expect(attributes).not.toHaveProperty('@jaeger@warnings')
    expect({ events, status: status.code }).toEqual({ events: [], status: SpanStatusCode.UNSET })
  })
})

describe('a collapse as an error', () => {
  it('says which identities became one, and leaves the outcome as it was', () => {
    const { status, attributes } = collapsed(withOptions({ collapseAsError: true }))
    expect(status).toEqual({ code: SpanStatusCode.ERROR, message: 'attribution collapsed: principal_is_actor' })
    expect(attributes['attribution.outcome']).toBe('success')
  })
  it('is no other verdict', () => {
    const { status, attributes } = agent(withOptions({ collapseAsError: true }))
    expect([attributes['attribution.verdict'], status.code]).toEqual(['unknown', SpanStatusCode.UNSET])
  })
  it.each([{ code: SpanStatusCode.OK }, { code: SpanStatusCode.ERROR, message: 'the mailbox is full' }])(
    'takes no status from the app: %o',
    (status) => {
      expect(collapsed(withOptions({ collapseAsError: true }), (span) => span.setStatus(status)).status).toEqual(status)
    },
  )
})

describe('a span that no processor saw', () => {
  const exported = (ended: ReadableSpan): ReadableSpan => {
    const memory = new InMemorySpanExporter()
    new AttributionSpanExporter(memory, ALL).export([ended], () => {})
    return memory.getFinishedSpans()[0] as ReadableSpan
  }

  it('shows its findings on its way out', () => {
    const span = exported(agent(tracing([])))
    expect(shown(span)).toEqual(['missing_intent', 'missing_principal'])
    expect(span.attributes['@jaeger@warnings']).toHaveLength(2)
  })
  it('is left as it is where it cannot be written to, and its copy shows them', () => {
    const ended = agent(tracing([]))
    Object.freeze(ended.attributes)
    Object.freeze(ended.events)
    const span = exported(ended)
    expect(shown(span)).toEqual(['missing_intent', 'missing_principal'])
    expect(ended.events).toEqual([])
    expect(newFaults()).toEqual([])
  })
})

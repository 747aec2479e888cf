import { SpanStatusCode } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { action, asAgent, AttributionError, decided, onBehalfOf, via } from '../../src/index.ts'
import type { Action } from '../../src/index.ts'
import { newFaults } from './faults.ts'
import { AGENT, inSpan, silence, tracing } from './provider.ts'
import type { Traced } from './provider.ts'

let traced: Traced
beforeEach(() => {
  traced = tracing()
  newFaults()
})
afterEach(silence)

const ASKED = { principal: { id: 'kai@contoso.com', type: 'human' }, intent: 'refund order 7' } as const
const REFUND: Action = {
  context: { id: 'payments', credential: { id: 'key-1', type: 'own' } },
  target: 'api.payments.example',
  resource: 'order-7',
  decision: { outcome: 'allow', policy: { id: 'refunds' } },
}

function asked<T>(fn: () => T): T {
  return onBehalfOf(ASKED, () => asAgent('support', fn))
}

function call(): string {
  inSpan(traced.tracer, 'call', { kind: 2 }, () => {})
  return 'refunded'
}

function of(name: string): Record<string, unknown> {
  const { span, findings, verdict, kind } = traced.one(name)
  return { kind, findings, verdict, attributes: span.attributes, status: span.status.code }
}

describe('action', () => {
  it('is a tool span with its context, target, resource and decision, and what it does is an effect', async () => {
    expect(await asked(() => action('refundOrder', REFUND, call))).toBe('refunded')
    expect(of('execute_tool refundOrder')).toMatchObject({
      kind: 'tool',
      findings: [],
      verdict: 'separated',
      attributes: {
        'gen_ai.tool.name': 'refundOrder',
        'attribution.context.id': 'payments',
        'attribution.context.target': 'api.payments.example',
        'attribution.resource.id': 'order-7',
        'attribution.decision.outcome': 'allow',
        'attribution.outcome': 'success',
      },
    })
    expect(of('call')).toMatchObject({
      kind: 'effect',
      attributes: { 'attribution.context.id': 'payments', 'attribution.decision.outcome': 'allow' },
    })
  })
  it.each([
    ['denied', { outcome: 'deny' }],
    ['not approved yet', { outcome: 'escalate' }],
    ['not readable', { outcome: 'perhaps' }],
  ])('does not run what is %s, and says so on its span', async (_, decision) => {
    let ran = false
    const act = { ...REFUND, decision } as Action
    const refused = asked(() => action('refundOrder', act, () => (ran = true)))
    await expect(refused).rejects.toBeInstanceOf(AttributionError)
    expect(ran).toBe(false)
    const { attributes, findings } = of('execute_tool refundOrder')
    expect(attributes).toMatchObject({ 'attribution.outcome': 'denied', 'attribution.resource.id': 'order-7' })
    expect(findings).toEqual([])
  })
  it('does not run what was decided against around it', async () => {
    const refused = asked(() => decided({ outcome: 'deny' }, () => action('refundOrder', {}, call)))
    await expect(refused).rejects.toBeInstanceOf(AttributionError)
  })
  it('keeps its context where what it runs goes through another', async () => {
    await asked(() => action('refundOrder', REFUND, () => via('audit-log', call)))
    expect(of('execute_tool refundOrder')).toMatchObject({ attributes: { 'attribution.context.id': 'payments' } })
    expect(of('call')).toMatchObject({ attributes: { 'attribution.context.id': 'audit-log' } })
  })
  it('runs what was approved', async () => {
    const decision = { outcome: 'escalate', approver: { id: 'lee@contoso.com' } } as const
    await asked(() => action('refundOrder', { ...REFUND, decision }, call))
    expect(of('call')).toMatchObject({ findings: [] })
  })
  it('passes on what the function throws, and its span has failed', async () => {
    const failing = asked(() => action('refundOrder', REFUND, () => Promise.reject(new Error('of the app'))))
    await expect(failing).rejects.toThrow('of the app')
    expect(of('execute_tool refundOrder')).toMatchObject({
      status: SpanStatusCode.ERROR,
      attributes: { 'attribution.outcome': 'failure' },
    })
  })
  it('uses the span that a framework has opened for the tool', async () => {
    await asked(() =>
      inSpan(traced.tracer, 'run', { attributes: AGENT }, () =>
        traced.tracer.startActiveSpan(
          'tool',
          { attributes: { 'gen_ai.tool.name': 'refundOrder', ...EXECUTE } },
          (span) => action('refundOrder', REFUND, call).finally(() => span.end()),
        ),
      ),
    )
    expect(traced.seen().map(({ name }) => name)).toEqual(['call', 'run', 'tool'])
    expect(of('tool')['attributes']).toMatchObject({
      'attribution.context.id': 'payments',
      'attribution.resource.id': 'order-7',
      'attribution.decision.outcome': 'allow',
    })
  })
  it('has a span of its own for each further act of the tool', async () => {
    const first = { ...REFUND, resource: 'order-7' }
    const second: Action = { ...REFUND, resource: 'order-8', decision: { outcome: 'deny' } }
    await asked(() =>
      traced.tracer.startActiveSpan(
        'tool',
        { attributes: { 'gen_ai.tool.name': 'refundOrder', ...EXECUTE } },
        async (span) => {
          await Promise.allSettled([action('refundOrder', first, call), action('refundOrder', second, () => {})])
          span.end()
        },
      ),
    )
    expect(of('tool')['attributes']).toMatchObject({
      'attribution.resource.id': 'order-7',
      'attribution.decision.outcome': 'allow',
      'attribution.outcome': 'success',
    })
    expect(of('execute_tool refundOrder')['attributes']).toMatchObject({
      'attribution.resource.id': 'order-8',
      'attribution.decision.outcome': 'deny',
      'attribution.outcome': 'denied',
    })
  })
  it('is not the span of an action of the same name inside', async () => {
    const inner: Action = { ...REFUND, resource: 'order-8', decision: { outcome: 'deny' } }
    await asked(() => action('refundOrder', REFUND, () => action('refundOrder', inner, () => {}).catch(() => call())))
    const outcomes = traced.seen().flatMap(({ name, span: { attributes } }) => {
      const said = ['resource.id', 'decision.outcome', 'outcome'].map((key) => attributes[`attribution.${key}`])
      return name.startsWith('execute_tool') ? [said] : []
    })
    expect(outcomes).toEqual([
      ['order-8', 'deny', 'denied'],
      ['order-7', 'allow', 'success'],
    ])
  })
  it('leaves out the password of a URL', async () => {
    const url = 'postgres://svc-shop:s3cret@db.example:5432/orders'
    await asked(() => action('refundOrder', { context: url, target: url, resource: `${url}?id=7@8:9` }, call))
    const written = JSON.stringify(traced.spans().map(({ attributes }) => attributes))
    expect(written).not.toContain('s3cret')
    expect(of('execute_tool refundOrder')['attributes']).toMatchObject({
      'attribution.context.id': 'postgres://svc-shop@db.example:5432/orders',
      'attribution.resource.id': 'postgres://svc-shop@db.example:5432/orders?id=7@8:9',
    })
  })
  it.each([undefined, ' ', Symbol('refund'), 7])('runs under the name "action" if its name is %s', async (name) => {
    newFaults()
    expect(await asked(() => action(name as string, REFUND, call))).toBe('refunded')
    expect(of('execute_tool action')).toMatchObject({ kind: 'tool', findings: [] })
    expect(newFaults()).toEqual(['binding'])
  })
  it('runs with what it can read', async () => {
    newFaults()
    const act = { context: 'payments', resource: 7 } as unknown as Action
    expect(await asked(() => action('refundOrder', act, call))).toBe('refunded')
    expect(await asked(() => action('other', undefined as unknown as Action, call))).toBe('refunded')
    expect(newFaults()).toEqual(['binding', 'binding'])
  })
})

const EXECUTE = { 'gen_ai.operation.name': 'execute_tool' }

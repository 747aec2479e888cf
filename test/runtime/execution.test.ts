import type { SpanOptions } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { action, asAgent, decided, guard, onBehalfOf, via } from '../../src/index.ts'
import type { Decision } from '../../src/index.ts'
import { newFaults } from './faults.ts'
import { AGENT, inSpan, silence, TOOL, tracing } from './provider.ts'
import type { Traced } from './provider.ts'

let traced: Traced
beforeEach(() => {
  traced = tracing()
  newFaults()
})
afterEach(silence)

const CALL = { kind: 2 } as const
const call = (name = 'call') => inSpan(traced.tracer, name, CALL, () => {})

const ASKED = { principal: { id: 'kai@contoso.com', type: 'human' }, intent: 'refund order 7' } as const

/** What runs inside the span of a tool that its instrumentation opened before. */
function inTool<T>(fn: () => T): T {
  return onBehalfOf(ASKED, () =>
    inSpan(traced.tracer, 'agent', { attributes: AGENT }, () =>
      inSpan(traced.tracer, 'tool', { attributes: TOOL }, fn),
    ),
  )
}

/** As `inTool`, for what goes on after the first turn. */
function inOpenTool<T>(fn: () => Promise<T>): Promise<T> {
  return onBehalfOf(ASKED, () =>
    asAgent('assistant', () =>
      traced.tracer.startActiveSpan('tool', { attributes: TOOL }, (tool) => fn().finally(() => tool.end())),
    ),
  )
}

function of(name: string): Record<string, unknown> {
  const { span, findings, verdict } = traced.one(name)
  const read = (key: string) => span.attributes[`attribution.${key}`]
  return {
    context: read('context.id'),
    decision: read('decision.outcome'),
    outcome: read('outcome'),
    findings,
    verdict,
  }
}

const DENY: Decision = { outcome: 'deny', policy: { id: 'refunds' } }
const ALLOW: Decision = { outcome: 'allow', policy: { id: 'refunds' } }
const ESCALATE: Decision = { outcome: 'escalate', policy: { id: 'refunds' } }

describe('what is bound inside the execution of a tool', () => {
  it('counts for the span of the tool, which was open before', () => {
    inTool(() => decided(ALLOW, () => via('payments', () => call())))
    expect(of('tool')).toEqual({
      context: 'payments',
      decision: 'allow',
      outcome: 'success',
      findings: [],
      verdict: 'separated',
    })
    expect(traced.one('tool').span.attributes['attribution.context.assurance']).toBe('asserted')
  })
  it('counts below spans of the app too', () => {
    inTool(() => inSpan(traced.tracer, 'mine', {}, () => via('payments', () => call())))
    expect(of('tool')).toMatchObject({ context: 'payments' })
  })
  it('is not handed to effects that it was not bound for', () => {
    inTool(() => {
      decided(ALLOW, () => via('payments', () => call('charge')))
      call('other')
    })
    expect(of('charge')).toMatchObject({ context: 'payments', decision: 'allow' })
    expect(of('other')).toMatchObject({ decision: undefined })
    expect(of('other')['context']).not.toBe('payments')
  })
  it('counts for no agent, and for no tool above an agent', () => {
    inTool(() =>
      asAgent('helper', () =>
        inSpan(traced.tracer, 'helper', { attributes: { ...AGENT, 'gen_ai.agent.name': 'helper' } }, () =>
          via('payments', () => call()),
        ),
      ),
    )
    expect(of('helper')).toMatchObject({ context: undefined })
    expect(of('tool')['context']).not.toBe('payments')
  })
  it('names no context where the tool went through two', () => {
    inTool(() => {
      via('payments', () => call())
      via('mail', () => call())
    })
    expect(['payments', 'mail']).not.toContain(of('tool')['context'])
  })
  it('leaves a tool without a decision where one act was allowed and the next denied', () => {
    inTool(() => {
      decided(ALLOW, () => via('payments', () => call()))
      decided(DENY, () => 'not that one')
    })
    expect(of('tool')).toMatchObject({ decision: undefined, outcome: 'success', findings: [] })
  })
})

describe('a denied tool', () => {
  it('is denied, whatever the app makes of the refusal', async () => {
    await inTool(() =>
      decided(DENY, () => via('payments', () => guard({ decision: true }, () => call()))).catch(() => 'Sorry.'),
    )
    expect(of('tool')).toMatchObject({ context: 'payments', decision: 'deny', outcome: 'denied', findings: [] })
    expect(of('refused')).toMatchObject({ context: 'payments', decision: 'deny', outcome: 'denied', findings: [] })
    expect(traced.seen().map(({ name }) => name)).not.toContain('call')
  })
  it('is denied where the app only records the decision', () => {
    inTool(() => decided(DENY, () => 'Sorry.'))
    expect(of('tool')).toMatchObject({ decision: 'deny', outcome: 'denied', findings: [] })
  })
  it('is denied where a guard missed something else', async () => {
    await inTool(() => guard({ facets: ['authority'] }, () => call()).catch(() => 'Sorry.'))
    expect(of('tool')).toMatchObject({ decision: undefined, outcome: 'denied' })
  })
  it('is denied where a guard inside another one refused', async () => {
    await inTool(() => guard({}, () => guard({ facets: ['authority'] }, () => call())).catch(() => 'Sorry.'))
    expect(of('tool')).toMatchObject({ outcome: 'denied' })
  })
  it('is not called denied where a guard that asks for no decision let it through', async () => {
    await inOpenTool(() => decided(DENY, () => guard({}, () => 'refunded')))
    expect(of('tool')).toMatchObject({ decision: 'deny', outcome: 'success', findings: ['denied_but_executed'] })
  })
  it('is not denied where a guard let it through later', async () => {
    await inOpenTool(async () => {
      await guard({ decision: true }, () => call()).catch(() => {})
      await decided(ALLOW, () => guard({ decision: true }, () => call()))
    })
    expect(of('tool')).toMatchObject({ decision: 'allow', outcome: 'success', findings: [] })
  })
  it('is not called denied where it was done all the same', () => {
    inTool(() => decided(DENY, () => via('payments', () => call())))
    expect(of('call')).toMatchObject({ decision: 'deny', findings: ['denied_but_executed'] })
    expect(of('tool')).toMatchObject({ decision: 'deny', outcome: 'success', findings: ['denied_but_executed'] })
  })
  it('is not called denied where a span of the app is between it and what was done', () => {
    inTool(() => inSpan(traced.tracer, 'mine', {}, () => decided(DENY, () => via('payments', () => call()))))
    expect(of('tool')).toMatchObject({ decision: 'deny', outcome: 'success', findings: ['denied_but_executed'] })
  })
})

describe('spans between a tool and what is bound inside', () => {
  const MCP = { ...TOOL, 'mcp.method.name': 'tools/call' }
  const between: readonly (readonly [string, boolean, SpanOptions])[] = [
    ['a workflow', false, { attributes: { 'attribution.span.kind': 'workflow' } }],
    ['a guardrail', false, { attributes: { 'attribution.span.kind': 'guardrail' } }],
    ['the MCP span of the same call', true, { attributes: MCP, kind: 2 }],
    ["the app's own client span", true, CALL],
  ]
  it.each(between)('do not hide a refusal: %s', async (_, isAct, options) => {
    await inOpenTool(async () => {
      const refused = () => decided(DENY, () => via('payments', () => guard({ decision: true }, () => call())))
      await traced.tracer.startActiveSpan('between', options, (span) =>
        refused()
          .catch(() => 'Sorry.')
          .finally(() => span.end()),
      )
    })
    expect(of('tool')).toMatchObject({ context: 'payments', decision: 'deny', outcome: 'denied', findings: [] })
    expect(of('between')['outcome']).toBe(isAct ? 'denied' : 'success')
  })
  it.each(between)('do not hide that it was done: %s', (_, isAct, options) => {
    inTool(() => inSpan(traced.tracer, 'between', options, () => decided(DENY, () => via('payments', () => call()))))
    expect(of('tool')).toMatchObject({ decision: 'deny', outcome: 'success', findings: ['denied_but_executed'] })
    expect(of('between')['findings']).toEqual(isAct ? ['denied_but_executed'] : [])
  })
  it("count for the app's own client span, which started before", () => {
    inTool(() => inSpan(traced.tracer, 'refund', CALL, () => decided(ALLOW, () => via('payments', () => call()))))
    expect(of('refund')).toMatchObject({ context: 'payments', decision: 'allow', outcome: 'success', findings: [] })
  })
  it('leave a client span alone that sends the request for approval', () => {
    inTool(() => inSpan(traced.tracer, 'write', CALL, () => decided(ESCALATE, () => call())))
    expect(of('write')).toMatchObject({ decision: undefined, outcome: 'success', findings: [] })
    expect(of('tool')).toMatchObject({ decision: 'escalate', outcome: 'denied', findings: [] })
  })
})

describe('a tool that waits for approval', () => {
  it('asks for it without doing what it asks for', () => {
    inTool(() => decided(ESCALATE, () => call('write request')))
    expect(of('write request')).toMatchObject({ decision: undefined, outcome: 'success', findings: [] })
    expect(of('tool')).toMatchObject({ decision: 'escalate', outcome: 'denied', findings: [] })
  })
  it.each([
    ['through a connector', (act: () => unknown) => decided(ESCALATE, () => via('payments', act))],
    ['through a connector that was bound first', (act: () => unknown) => via('payments', () => decided(ESCALATE, act))],
  ])('has done it where it went %s', (_, run) => {
    inTool(() => run(() => call()))
    expect(of('call')).toMatchObject({ decision: 'escalate', findings: ['denied_but_executed'] })
    expect(of('tool')).toMatchObject({ outcome: 'success', findings: ['denied_but_executed'] })
  })
  it('asks through a connector in an action of its own', async () => {
    const asking = { context: 'approvals', decision: { outcome: 'allow', policy: { id: 'requests' } } } as const
    await inTool(() => decided(ESCALATE, () => action('ask', asking, () => call('write request'))))
    expect(of('write request')).toMatchObject({ context: 'approvals', decision: 'allow', findings: [] })
    expect(of('execute_tool ask')).toMatchObject({ decision: 'allow', outcome: 'success', findings: [] })
    expect(of('tool')).toMatchObject({ decision: 'escalate', outcome: 'denied', findings: [] })
  })
  it.each([
    ['waits', ESCALATE],
    ['was denied', DENY],
  ])('%s, whatever is written about that needs no decision', (_, decision) => {
    inTool(() => decided(decision, () => decided({ outcome: 'not_required' }, () => call('write'))))
    expect(of('write')).toMatchObject({ decision: 'not_required', findings: [] })
    expect(of('tool')).toMatchObject({ decision: decision.outcome, outcome: 'denied', findings: [] })
  })
  const subagent = (act: () => unknown) =>
    inSpan(traced.tracer, 'sub', { attributes: { ...AGENT, 'gen_ai.agent.name': 'sub' } }, act)
  it.each([
    ['an agent', (act: () => unknown) => asAgent('sub', act)],
    ['an agent with a span', subagent],
    ['another tool', (act: () => unknown) => inSpan(traced.tracer, 'inner', { attributes: TOOL }, act)],
  ])('does not ask with what is done by %s inside', (_, run) => {
    inTool(() => decided(ESCALATE, () => run(() => call())))
    expect(of('call')).toMatchObject({ decision: 'escalate', findings: ['denied_but_executed'] })
    expect(of('tool')).toMatchObject({ outcome: 'success', findings: ['denied_but_executed'] })
  })
  it('runs when it was approved', () => {
    inTool(() => {
      decided(ESCALATE, () => call('write request'))
      decided({ ...ESCALATE, approver: { id: 'lee@contoso.com' } }, () => via('payments', () => call()))
    })
    expect(of('call')).toMatchObject({ decision: 'escalate', findings: [] })
    expect(of('tool')).toMatchObject({ decision: 'escalate', outcome: 'success', findings: [] })
  })
})

describe('a context without an id', () => {
  it('keeps its target and its credential, where the call names the connector', () => {
    const partial = { target: 'orders', credential: { id: 'key-1', type: 'own' } } as const
    const attributes = { 'server.address': 'db.example' }
    inTool(() => via(partial, () => inSpan(traced.tracer, 'call', { ...CALL, attributes }, () => {})))
    expect(traced.one('call').span.attributes).toMatchObject({
      'attribution.context.id': 'db.example',
      'attribution.context.target': 'orders',
      'attribution.context.credential.id': 'key-1',
    })
  })
  it('is a fault if it has no credential either, and hides no name that the call has', () => {
    const attributes = { 'server.address': 'db.example' }
    inTool(() => via({ target: 'orders' }, () => inSpan(traced.tracer, 'call', { ...CALL, attributes }, () => {})))
    expect(newFaults()).toEqual(['binding'])
    expect(of('call')).toMatchObject({ context: 'db.example', findings: [] })
  })
})

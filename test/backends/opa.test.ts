import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { asAgent, AttributionError, bindingOf, carry, decide, onBehalfOf, opa, resume, via } from '../../src/index.ts'
import type { Decision, DecisionPoint } from '../../src/index.ts'
import { inSpan, silence, tracing } from '../runtime/provider.ts'
import type { Traced } from '../runtime/provider.ts'
import { answers, available, freePorts, openBench, program } from './bench.ts'
import { run } from './programs.ts'

const { has, note } = available('opa')
const RULES = fileURLToPath(new URL('opa', import.meta.url))

describe.skipIf(!has)(`Open Policy Agent, by a rule that knows principals and agents${note}`, () => {
  const bench = openBench()
  let url: string
  let point: DecisionPoint
  let traced: Traced
  beforeAll(async () => {
    const [port] = await freePorts(1)
    const bundle = join(bench.folder, 'refunds.tar.gz')
    await run(program('opa'), ['build', '--bundle', RULES, '--revision', 'sha-256:7f3a', '--output', bundle])
    url = `http://127.0.0.1:${port}`
    await bench.launch({
      name: 'opa',
      command: program('opa'),
      args: ['run', '--server', '--addr', `127.0.0.1:${port}`, '--disable-telemetry', '--bundle', bundle],
      isHealthy: () => answers(`${url}/health?bundles`),
    })
    point = opa({ url, path: 'refunds/decision', timeoutMs: 10_000 })
  })
  beforeEach(() => {
    traced = tracing()
  })
  afterEach(silence)

  const call = (amount: number) => ({ action: 'refund', resource: 'order-7', arguments: { amount } })

  function by<T>(principal: string, agent: string, work: () => T): T {
    return onBehalfOf({ principal: { id: principal, type: 'human' }, intent: 'refund order 7' }, () =>
      asAgent(agent, () => via('payments', work)),
    )
  }

  function refund(amount: number): number {
    inSpan(traced.tracer, 'pay', { kind: 2 }, () => {})
    return amount
  }

  async function refusal(work: Promise<unknown>): Promise<AttributionError> {
    const error: unknown = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    if (!(error instanceof AttributionError)) throw new Error('it was not refused', { cause: error })
    return error
  }

  function attributesOf(name: string) {
    return traced.spans().find((span) => span.name.split(' ')[0] === name)?.attributes ?? {}
  }

  it('allows an agent what it may do, by the policy of this revision', async () => {
    const amount = await by('mia@contoso.com', 'refund-assistant', () =>
      decide(point, { ...call(40), alsoFor: 'principal' }, (args) => refund(args.amount)),
    )
    expect(amount).toBe(40)
    expect(attributesOf('pay')).toMatchObject({
      'attribution.decision.outcome': 'allow',
      'attribution.decision.policy.id': 'refunds/decision',
      'attribution.decision.principal_allowed': true,
    })
    expect(attributesOf('pay')['attribution.decision.policy.version']).toContain('sha-256:7f3a')
  })
  it('denies another agent', async () => {
    const error = await refusal(by('mia@contoso.com', 'other', () => decide(point, call(40), () => refund(40))))
    expect(error.decision?.outcome).toBe('deny')
    expect(attributesOf('refused')['attribution.outcome']).toBe('denied')
  })
  it('finds the confused deputy: the agent may, the principal may not', async () => {
    const both = { ...call(40), alsoFor: 'principal' } as const
    await refusal(by('kai@contoso.com', 'refund-assistant', () => decide(point, both, () => refund(40))))
    expect(attributesOf('refused')['attribution.findings']).toEqual(['confused_deputy'])
  })
  it('escalates, and an approval for that call alone lets it through once', async () => {
    const binding = bindingOf({ ...call(400), principal: 'mia@contoso.com', actor: 'refund-assistant' })
    const approver = { id: 'lea@contoso.com' }
    const approval: Decision = { outcome: 'allow', approver, binding, uses: 1, at: '2026-11-20T09:00:00Z' }
    const run = (amount: number, given?: Decision) =>
      by('mia@contoso.com', 'refund-assistant', () =>
        decide(point, { ...call(amount), ...(given && { approval: given }) }, (args) => refund(args.amount)),
      )
    expect((await refusal(run(400))).decision?.outcome).toBe('escalate')
    await refusal(run(401, approval))
    expect(await run(400, approval)).toBe(400)
    await refusal(run(400, approval))
  })
  it('changes the arguments', async () => {
    const amount = await by('mia@contoso.com', 'refund-assistant', () =>
      decide(point, call(4_000), (args) => refund(args.amount)),
    )
    expect(amount).toBe(1_000)
    expect(attributesOf('pay')['attribution.findings']).toEqual([])
  })
  it('says which input was missing', async () => {
    await refusal(asAgent('refund-assistant', () => decide(point, call(40), () => refund(40))))
    expect(attributesOf('refused')).toMatchObject({
      'attribution.decision.unevaluated': 'the input principal is missing',
      'attribution.decision.policy.id': 'refunds/decision',
    })
  })
  it('was not evaluated where the rule is undefined', async () => {
    const small = opa({ url, path: 'refunds/small', timeoutMs: 10_000 })
    const run = (args: object) =>
      by('mia@contoso.com', 'refund-assistant', () => decide(small, { action: 'refund', arguments: args }, () => 'ran'))
    expect(await run({ amount: 5 })).toBe('ran')
    await refusal(run({}))
    expect(attributesOf('refused')['attribution.decision.unevaluated']).toContain('refunds/small is undefined')
  })
  it('is told that a principal is only claimed', async () => {
    const carrier = by('mia@contoso.com', 'refund-assistant', () => carry())
    const error = await refusal(resume(carrier, () => decide(point, call(40), () => refund(40))))
    expect(error.decision?.outcome).toBe('deny')
  })
})

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  action,
  asAgent,
  attributedTool,
  AttributionError,
  AttributionSpanProcessor,
  bindingOf,
  carry,
  currentAttribution,
  decide,
  decided,
  guard,
  onBehalfOf,
  resume,
  via,
} from '../../src/index.ts'
import type { AskDecision, CallInput, Decision, DecisionRequest, ToolAct } from '../../src/index.ts'
import { createJudge } from '../../src/judge/judge.ts'
import { judgeTrace } from '../../src/judge/trace.ts'
import type { SpanShape } from '../../src/model/span.ts'
import { createPolicy } from '../../src/policy/policy.ts'
import { resetProcessState } from '../../src/runtime/health/process-state.ts'
import { newFaults } from './faults.ts'
import { inSpan, silence, TOOL, tracing } from './provider.ts'
import type { Traced } from './provider.ts'

const ASKED = { principal: { id: 'mia@contoso.com', type: 'human' }, intent: 'refund order 7' } as const
const CALL = { action: 'refund', resource: 'order-7', arguments: { amount: 40, to: ['mia'] } } as const
const WHO = { principal: 'mia@contoso.com', actor: 'assistant' }

let traced: Traced
beforeEach(() => {
  traced = tracing()
  newFaults()
})
afterEach(() => {
  silence()
  resetProcessState()
})

function asMia<T>(work: () => T): T {
  return onBehalfOf(ASKED, () => asAgent('assistant', () => via('payments', work)))
}

/** A client span, as the payment would make. */
function pay(): void {
  inSpan(traced.tracer, 'pay', { kind: 2 }, () => {})
}

async function refusal(work: Promise<unknown>): Promise<AttributionError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof AttributionError)) throw new Error('it was not refused', { cause: error })
  return error
}

function refusedSpan() {
  const [refused, ...more] = traced.seen().filter(({ name }) => name.startsWith('refused'))
  expect(more).toEqual([])
  return refused as (typeof more)[number]
}

function attributesOf(name: string) {
  const found = traced.spans().filter((span) => span.name.split(' ')[0] === name)
  if (found.length !== 1) throw new Error(`${found.length} spans named ${name}`)
  return found[0]?.attributes ?? {}
}

const allow: AskDecision = () => 'allow'

describe('decide', () => {
  it('asks, runs with the very arguments, and records the decision with both bindings', async () => {
    let asked: DecisionRequest | undefined
    const given = structuredClone(CALL.arguments)
    const paid = await asMia(() =>
      decide(
        (request) => {
          asked = request
          return { outcome: 'allow', policy: { id: 'refunds', version: '3' } }
        },
        { ...CALL, arguments: given },
        (args) => {
          pay()
          expect(args).toEqual(given)
          expect(args).not.toBe(given)
          expect(Object.isFrozen(args.to)).toBe(true)
          return args.amount
        },
      ),
    )
    expect(paid).toBe(40)
    const binding = bindingOf({ ...CALL, ...WHO })
    expect(asked).toMatchObject({ action: 'refund', assurance: 'asserted', actor: { id: 'assistant' }, binding })
    expect(traced.one('pay')).toMatchObject({ findings: [], verdict: 'separated' })
    expect(attributesOf('pay')).toMatchObject({
      'attribution.decision.outcome': 'allow',
      'attribution.decision.policy.id': 'refunds',
      'attribution.decision.binding': binding,
      'attribution.action.binding': binding,
    })
  })

  it.each([
    [false, 'deny'],
    ['deny', 'deny'],
    ['escalate', 'escalate'],
    [{ outcome: 'escalate', policy: { id: 'p' } }, 'escalate'],
  ] as const)('refuses %o, and leaves a span', async (answer, outcome) => {
    let ran = false
    const error = await refusal(
      asMia(() =>
        decide(
          () => answer as never,
          CALL,
          () => (ran = true),
        ),
      ),
    )
    expect(ran).toBe(false)
    expect(error.decision?.outcome).toBe(outcome)
    expect(refusedSpan()).toMatchObject({ kind: 'effect', findings: [], principal: 'mia@contoso.com' })
    expect(attributesOf('refused')).toMatchObject({
      'attribution.outcome': 'denied',
      'attribution.decision.outcome': outcome,
      'attribution.context.id': 'payments',
      'attribution.resource.id': 'order-7',
    })
    expect(traced.spans().map(({ name }) => name)).toEqual(['refused refund'])
  })

  it.each([[true], ['not_required'], [{ outcome: 'escalate', approver: { id: 'lea@contoso.com' } }]] as const)(
    'lets %o through',
    async (answer) => {
      expect(
        await asMia(() =>
          decide(
            () => answer as never,
            CALL,
            () => 'paid',
          ),
        ),
      ).toBe('paid')
    },
  )

  it('runs what policy changed, and shows what was proposed', async () => {
    const amount = await asMia(() =>
      decide(
        () => ({ outcome: 'modify', arguments: { amount: 20, to: ['mia'] } }),
        CALL,
        ({ amount }) => {
          pay()
          return amount
        },
      ),
    )
    expect(amount).toBe(20)
    const changed = bindingOf({ ...CALL, ...WHO, arguments: { amount: 20, to: ['mia'] } })
    expect(attributesOf('pay')).toMatchObject({
      'attribution.decision.outcome': 'modify',
      'attribution.decision.binding': changed,
      'attribution.action.binding': changed,
      'attribution.findings': [],
    })
    expect(attributesOf('replaced')).toMatchObject({
      'attribution.outcome': 'denied',
      'attribution.decision.binding': bindingOf({ ...CALL, ...WHO }),
    })
  })

  it.each(['modify', { outcome: 'modify', arguments: { on: new Date() } }] as const)(
    'refuses a change that says not to what, or to what cannot be called: %o',
    async (answer) => {
      const error = await refusal(
        asMia(() =>
          decide(
            () => answer,
            CALL,
            () => {},
          ),
        ),
      )
      expect(error.unmet.join()).toMatch(/modify|changed the arguments/u)
    },
  )

  it.each<[string, AskDecision, RegExp]>([
    [
      'throws',
      () => {
        throw new Error('secret-token')
      },
      /^teller failed \(Error\)/u,
    ],
    ['rejects', () => Promise.reject(new TypeError('secret-token')), /^teller failed \(TypeError\)/u],
    ['never answers', () => new Promise(() => {}), /^teller did not answer within 20 ms/u],
    ['has no answer', () => undefined, /^teller has no answer/u],
    ['answers nonsense', () => 'perhaps' as never, /^teller answered nonsense/u],
    ['answers null', () => null as never, /^teller answered nonsense/u],
    ['answers 1', () => 1 as never, /^teller answered nonsense/u],
    ['answers {}', () => ({}) as never, /^teller answered nonsense/u],
    ['lacks an input', () => ({ unevaluated: 'the input principal is missing' }), /^the input principal is missing/u],
    ['allows what it did not evaluate', () => ({ outcome: 'allow', unevaluated: 'down' }), /^down/u],
  ])('refuses where the point %s, and says which', async (_, ask, says) => {
    const error = await refusal(asMia(() => decide({ name: 'teller', ask }, { ...CALL, timeoutMs: 20 }, () => {})))
    expect(error.unmet[0]).toMatch(says)
    expect(error.unmet.join()).not.toContain('secret-token')
    const refused = attributesOf('refused')
    expect(refused['attribution.decision.unevaluated']).toMatch(says)
    expect(refused['attribution.decision.outcome']).toBeUndefined()
    expect(refused['attribution.findings']).toEqual([])
  })

  it('says of policy that was not evaluated which one it is', async () => {
    const policy = { id: 'refunds', version: 'sha-256:7f3a' }
    await refusal(
      asMia(() =>
        decide(
          () => ({ unevaluated: 'the input amount is missing', policy }),
          CALL,
          () => {},
        ),
      ),
    )
    expect(attributesOf('refused')).toMatchObject({
      'attribution.decision.unevaluated': 'the input amount is missing',
      'attribution.decision.policy.id': 'refunds',
      'attribution.decision.policy.version': 'sha-256:7f3a',
    })
  })

  it('runs without a decision where the app says so, and flags it', async () => {
    const outer: Decision = { outcome: 'allow', policy: { id: 'outer' } }
    const ask = () => Promise.reject(new Error('down'))
    const request = { ...CALL, onUnavailable: 'allow' } as const
    expect(await asMia(() => decided(outer, () => decide(ask, request, () => (pay(), 'paid'))))).toBe('paid')
    expect(traced.one('pay').findings).toEqual(['decision_unavailable'])
    expect(attributesOf('pay')).toMatchObject({ 'attribution.decision.unevaluated': 'ask failed (Error)' })
    expect(attributesOf('pay')['attribution.decision.outcome']).toBeUndefined()
  })

  it('stops waiting when nobody waits any more', async () => {
    const aborting = new AbortController()
    const waiting = asMia(() =>
      decide(
        () => new Promise(() => {}),
        { ...CALL, signal: aborting.signal },
        () => {},
      ),
    )
    aborting.abort()
    expect((await refusal(waiting)).unmet[0]).toContain('nobody waited')
  })

  it('asks with what is in force, frozen, even where a text holds half of a character', async () => {
    let asked: DecisionRequest | undefined
    const ask: AskDecision = (request) => {
      asked = request
      return true
    }
    await onBehalfOf({ ...ASKED, intent: 'refund \uD83D' }, () => decide(ask, { ...CALL, facts: { a: [1] } }, () => {}))
    expect(asked?.facts).toEqual({ a: [1] })
    expect(Object.isFrozen(asked)).toBe(true)
    expect(Object.isFrozen(asked?.attribution.principal)).toBe(true)
    expect(Object.isFrozen(asked?.arguments)).toBe(true)
  })

  it('rejects with what the function throws, and its actions are its own', async () => {
    await expect(asMia(() => decide(allow, CALL, () => Promise.reject(new Error('of the app'))))).rejects.toThrow(
      'of the app',
    )
    expect(traced.seen()).toEqual([])
  })

  it.each([
    ['no object', undefined],
    ['no action', { arguments: {} }],
    ['a misspelled key', { ...CALL, argumets: {} }],
    ['a bad time', { ...CALL, timeoutMs: Infinity }],
    ['a bad alsoFor', { ...CALL, alsoFor: 'actor' }],
    ['a bad enforce', { ...CALL, enforce: 'false' }],
    ['a bad onUnavailable', { ...CALL, onUnavailable: 'deny' }],
    ['facts that are no JSON', { ...CALL, facts: { now: new Date() } }],
    ['facts that are no object', { ...CALL, facts: 'payments' }],
    ['a connector', { ...CALL, context: 'payments' }],
  ])('refuses a request with %s', async (_, request) => {
    let ran = false
    expect(await refusal(asMia(() => decide(allow, request as never, () => (ran = true))))).toBeDefined()
    expect(ran).toBe(false)
  })
  it.each([[undefined], [null], [7], ['allow'], [{}]])('refuses where the point is %o', async (point) => {
    expect(await refusal(asMia(() => decide(point as never, CALL, () => {})))).toBeDefined()
  })
})

describe('arguments that change', () => {
  it('while the point is asked are refused', async () => {
    const given = { amount: 40 }
    const ask = async () => {
      given.amount = 4_000
      return true
    }
    const error = await refusal(asMia(() => decide(ask, { ...CALL, arguments: given }, () => {})))
    expect(error.unmet.join()).toContain('changed')
    expect(refusedSpan().findings).toEqual(['decision_mismatch'])
  })
  it('into what cannot be expressed are refused too', async () => {
    const given: Record<string, unknown> = { amount: 40 }
    const ask = () => {
      given['amount'] = 40n
      return true
    }
    expect(await refusal(asMia(() => decide(ask, { ...CALL, arguments: given }, () => {})))).toBeDefined()
    expect(refusedSpan().findings).toEqual(['decision_mismatch'])
  })
  it('during the call change nothing', async () => {
    const given = { amount: 40 }
    await asMia(() =>
      decide(allow, { ...CALL, arguments: given }, async (args) => {
        given.amount = 4_000
        await Promise.resolve()
        expect(args.amount).toBe(40)
        expect(() => Object.assign(args, { amount: 1 })).toThrow(TypeError)
      }),
    )
  })
  it('each time they are read are read once', async () => {
    let reads = 0
    const given = {
      get amount() {
        reads += 1
        return reads
      },
    }
    const error = await refusal(asMia(() => decide(allow, { ...CALL, arguments: given }, () => {})))
    expect(error.unmet.join()).toContain('changed')
  })
})

describe('an approval that was stored', () => {
  const stored = (terms: Partial<Decision> = {}): Decision => ({
    outcome: 'allow',
    approver: { id: 'lea@contoso.com' },
    at: '2026-11-20T09:00:00Z',
    binding: bindingOf({ ...CALL, ...WHO }),
    ...terms,
  })

  it('lets through the call that it was given for', async () => {
    expect(await asMia(() => decide(stored(), CALL, () => (pay(), 'paid')))).toBe('paid')
    expect(traced.one('pay').findings).toEqual([])
    expect(attributesOf('pay')).toMatchObject({
      'attribution.decision.approver.id': 'lea@contoso.com',
      'attribution.decision.at': '2026-11-20T09:00:00Z',
    })
  })
  it.each([
    ['other arguments', { ...CALL, arguments: { amount: 4_000, to: ['mia'] } }],
    ['no arguments', { action: 'refund', resource: 'order-7' }],
    ['another resource', { ...CALL, resource: 'order-8' }],
    ['another action', { ...CALL, action: 'pay' }],
  ])('is refused for %s, before the effect', async (_, call) => {
    let ran = false
    const error = await refusal(asMia(() => decide(stored(), call as CallInput, () => (ran = true))))
    expect(ran).toBe(false)
    expect(error.unmet.join()).toContain('another principal')
    expect(refusedSpan()).toMatchObject({ findings: ['decision_mismatch'] })
    expect(attributesOf('refused')['attribution.outcome']).toBe('denied')
  })
  it('is refused for another principal and another actor', async () => {
    const other = { principal: { id: 'kai@contoso.com', type: 'human' }, intent: 'x' } as const
    expect(
      await refusal(onBehalfOf(other, () => asAgent('assistant', () => decide(stored(), CALL, () => {})))),
    ).toBeDefined()
    expect(
      await refusal(onBehalfOf(ASKED, () => asAgent('other', () => decide(stored(), CALL, () => {})))),
    ).toBeDefined()
    expect(traced.seen().map(({ findings }) => findings.includes('decision_mismatch'))).toEqual([true, true])
  })
  it('expires', async () => {
    const [past, future] = [-1_000, 60_000].map((ms) => new Date(Date.now() + ms).toISOString())
    const error = await refusal(asMia(() => decide(stored({ expiresAt: past as string }), CALL, () => {})))
    expect(error.unmet.join()).toContain('expired at')
    await asMia(() => decide(stored({ expiresAt: future as string }), CALL, () => {}))
  })
  it('with a time that cannot be read lets nothing through', async () => {
    expect(await refusal(asMia(() => decide(stored({ expiresAt: 'friday' }), CALL, () => {})))).toBeDefined()
    expect(await refusal(asMia(() => decide(stored({ uses: 0 }), CALL, () => {})))).toBeDefined()
    expect(await refusal(asMia(() => decide(stored({ uses: '1' as never }), CALL, () => {})))).toBeDefined()
  })
  it('is used as often as it says, also by two at once', async () => {
    let ran = 0
    const run = () => asMia(() => decide(stored({ uses: 1 }), CALL, () => (ran += 1)))
    const settled = await Promise.allSettled([run(), run()])
    expect(settled.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect((await refusal(run())).unmet.join()).toContain('used up')
    expect(ran).toBe(1)
  })
  it('counts its uses by its id, and without a time as well', async () => {
    const { at: _, ...timeless } = stored({ uses: 2 })
    for (const approval of [timeless, { ...timeless, id: 'a-1' }]) {
      const run = () =>
        asMia(() =>
          decide(
            () => approval,
            CALL,
            () => {},
          ),
        )
      await run()
      await run()
      expect(await refusal(run())).toBeDefined()
    }
  })
  it('is not used up by what was refused anyway', async () => {
    const approval = stored({ uses: 1 })
    expect(await refusal(asMia(() => decide(approval, { ...CALL, resource: 'order-8' }, () => {})))).toBeDefined()
    await asMia(() => decide(approval, CALL, () => {}))
  })

  describe('for an escalation', () => {
    const escalate: AskDecision = () => ({ outcome: 'escalate', policy: { id: 'refunds' } })
    const request = (approval: Decision) => ({ ...CALL, approval })
    it('answers it, with the policy of today', async () => {
      await asMia(() => decide(escalate, request(stored({ uses: 1 })), pay))
      expect(attributesOf('pay')).toMatchObject({
        'attribution.decision.outcome': 'escalate',
        'attribution.decision.approver.id': 'lea@contoso.com',
        'attribution.decision.policy.id': 'refunds',
        'attribution.findings': [],
      })
      expect(await refusal(asMia(() => decide(escalate, request(stored({ uses: 1 })), pay)))).toBeDefined()
    })
    it('does not answer a denial, nor another call, nor for nobody', async () => {
      expect(await refusal(asMia(() => decide(() => 'deny', request(stored()), pay)))).toBeDefined()
      expect(
        await refusal(asMia(() => decide(escalate, { ...request(stored()), resource: 'order-8' }, pay))),
      ).toBeDefined()
      expect(
        await refusal(asMia(() => decide(escalate, request(stored({ approver: { id: 'unknown' } })), pay))),
      ).toBeDefined()
      expect(await refusal(asMia(() => decide(escalate, request(stored({ outcome: 'deny' })), pay)))).toBeDefined()
      const { binding: _, ...unbound } = stored()
      expect(await refusal(asMia(() => decide(escalate, request(unbound), pay)))).toBeDefined()
    })
  })

  it('is taken up two days later, from a store, for that call alone', async () => {
    const kept = asMia(() => JSON.stringify({ carrier: carry(), binding: bindingOf(CALL) }))
    const now = Date.now()
    const days = 24 * 3_600_000
    vi.useFakeTimers({ now, toFake: ['Date'] })
    try {
      const { carrier, binding } = JSON.parse(kept) as { carrier: Record<string, string>; binding: string }
      const approval = stored({ binding, uses: 1, expiresAt: new Date(now + 3 * days).toISOString() })
      const later = (call: CallInput) =>
        resume(carrier, () => via('payments', () => decide(approval, call, pay)), { assurance: 'asserted' })
      vi.setSystemTime(now + 2 * days)
      await refusal(later({ ...CALL, arguments: { amount: 4_000 } }))
      expect(refusedSpan().findings).toEqual(['decision_mismatch'])
      await later(CALL)
      expect(traced.one('pay')).toMatchObject({ findings: [], principal: 'mia@contoso.com', actor: 'assistant' })
      vi.setSystemTime(now + 3 * days)
      expect((await refusal(later(CALL))).unmet.join()).toContain('expired')
    } finally {
      vi.useRealTimers()
    }
  })

  describe('bound with decided', () => {
    it('is held against the call of an action', async () => {
      const { action: name, ...act } = CALL
      await asMia(() => decided(stored(), () => action(name, act, pay)))
      expect(attributesOf('pay')['attribution.action.binding']).toBe(stored().binding)
      const other = { ...act, arguments: { amount: 4_000 } }
      expect(await refusal(asMia(() => decided(stored(), () => action(name, other, pay))))).toBeDefined()
      expect(refusedSpan().findings).toEqual(['decision_mismatch'])
    })
    it('is refused by an action that does not say what it is called with', async () => {
      expect(
        await refusal(asMia(() => action('refund', { resource: 'order-7', decision: stored() }, pay))),
      ).toBeDefined()
    })
    it('is held against the call of a guard, which has to say it', async () => {
      await asMia(() => decided(stored(), () => guard({ decision: true, call: CALL }, pay)))
      expect(await refusal(asMia(() => decided(stored(), () => guard({ decision: true }, pay))))).toBeDefined()
      expect(
        await refusal(asMia(() => decided(stored(), () => guard({ call: { ...CALL, resource: 'x' } }, pay)))),
      ).toBeDefined()
    })
    it('is used once by each guard, and not again inside', async () => {
      const once = stored({ uses: 1 })
      await asMia(() => decided(once, () => guard({ call: CALL }, () => guard({ decision: true }, pay))))
      expect(await refusal(asMia(() => decided(once, () => guard({ call: CALL }, pay))))).toBeDefined()
    })
  })

  it('is for nobody else who is bound inside', async () => {
    const other = { principal: { id: 'kai@contoso.com', type: 'human' }, intent: 'x' } as const
    const inside = () => onBehalfOf(other, () => guard({ decision: true }, pay))
    const error = await refusal(asMia(() => decide(allow, CALL, inside)))
    expect(error.unmet.join()).toContain('bound to one call')
    await asMia(() => decide(allow, CALL, () => asAgent('payer', () => guard({ decision: true }, pay))))
  })
  it('lets actions and guards inside decide run as part of it', async () => {
    const approval = stored({ uses: 1 })
    await asMia(() =>
      decide(approval, CALL, () =>
        action('refundOrder', { resource: 'order-7' }, () => guard({ decision: true }, pay)),
      ),
    )
    expect(traced.one('pay').findings).toEqual([])
  })
})

describe('alsoFor', () => {
  const request = { ...CALL, alsoFor: 'principal' } as const
  const onlyAgents: AskDecision = ({ actor }) => actor !== undefined

  it('asks for the principal without the agent, and records the answer', async () => {
    const asked: DecisionRequest[] = []
    await asMia(() => decide((one) => (asked.push(one), true), request, pay))
    expect(asked.map(({ isPrincipalAlone }) => isPrincipalAlone)).toEqual([false, true])
    expect(asked[1]).not.toHaveProperty('actor')
    expect(asked[1]?.attribution).not.toHaveProperty('actorChain')
    expect(attributesOf('pay')).toMatchObject({
      'attribution.decision.principal_allowed': true,
      'attribution.findings': [],
    })
  })
  it('refuses what the agent may do and the principal may not', async () => {
    expect(await refusal(asMia(() => decide(onlyAgents, request, pay)))).toBeDefined()
    expect(refusedSpan().findings).toEqual(['confused_deputy'])
  })
  it('lets through what someone else approved', async () => {
    const approved =
      (id: string): AskDecision =>
      ({ actor }) =>
        actor === undefined ? 'deny' : { outcome: 'allow', approver: { id } }
    await asMia(() => decide(approved('lea@contoso.com'), request, pay))
    expect(traced.one('pay').findings).toEqual([])
    for (const id of ['mia@contoso.com', 'assistant', 'unknown']) {
      expect(await refusal(asMia(() => decide(approved(id), request, pay)))).toBeDefined()
    }
  })
  it('refuses where nobody is named, or the second answer is missing', async () => {
    expect(await refusal(asAgent('assistant', () => decide(allow, request, pay)))).toBeDefined()
    const half: AskDecision = ({ actor }) => (actor === undefined ? undefined : true)
    expect(await refusal(asMia(() => decide(half, request, pay)))).toBeDefined()
    await asMia(() => decide(half, { ...request, onUnavailable: 'allow' }, pay))
    expect(traced.one('pay').findings).toEqual(['decision_unavailable'])
  })
})

describe('a dry run', () => {
  it('runs what would have been refused, and marks it', async () => {
    await asMia(() => decide(() => 'deny', { ...CALL, enforce: false }, pay))
    expect(attributesOf('pay')).toMatchObject({
      'attribution.decision.outcome': 'deny',
      'attribution.would_deny': true,
      'attribution.outcome': 'success',
      'attribution.findings': [],
    })
    expect(traced.spans().map(({ name }) => name)).toEqual(['pay'])
  })
  it('says where policy was not evaluated', async () => {
    await asMia(() => decide(() => undefined, { ...CALL, enforce: false }, pay))
    expect(attributesOf('pay')).toMatchObject({
      'attribution.would_deny': true,
      'attribution.findings': ['decision_unavailable'],
    })
  })
  it('still reports a decision on another call', async () => {
    const approval: Decision = { outcome: 'allow', binding: bindingOf({ ...CALL, ...WHO, resource: 'order-8' }) }
    await asMia(() => decide(approval, { ...CALL, enforce: false }, pay))
    expect(attributesOf('pay')).toMatchObject({
      'attribution.would_deny': true,
      'attribution.findings': ['decision_mismatch'],
    })
  })
  it('is no mark on what is let through', async () => {
    await asMia(() => decide(allow, { ...CALL, enforce: false }, pay))
    expect(attributesOf('pay')).not.toHaveProperty('attribution.would_deny')
  })
  it('calls the function with what it was given where that cannot be decided on', async () => {
    const on = new Date()
    const seen = await asMia(() =>
      decide(allow, { action: 'refund', arguments: { on }, enforce: false }, (args) => args),
    )
    expect(seen.on).toBe(on)
  })
  it('can be set for the whole process, and each call can say otherwise', async () => {
    traced = tracing([new AttributionSpanProcessor({ enforce: false })])
    await asMia(() => guard({ decision: true }, pay))
    await asMia(() => action('refund', { context: 'payments', decision: { outcome: 'deny' } }, pay))
    expect(traced.seen().map(({ findings }) => findings)).toEqual([[], [], []])
    expect(traced.spans().map(({ attributes }) => attributes['attribution.would_deny'])).toEqual([true, true, true])
    expect(await refusal(asMia(() => guard({ decision: true, enforce: true }, pay)))).toBeDefined()
    expect(await refusal(asMia(() => decide(() => false, { ...CALL, enforce: true }, pay)))).toBeDefined()
    expect(
      await refusal(asMia(() => action('refund', { decision: { outcome: 'deny' }, enforce: true }, pay))),
    ).toBeDefined()
  })
  it('marks the tool around it too', async () => {
    await asMia(() =>
      traced.tracer.startActiveSpan('tool', { attributes: TOOL }, async (tool) => {
        await decide(
          () => 'deny',
          { ...CALL, enforce: false },
          () => {},
        )
        tool.end()
      }),
    )
    expect(attributesOf('tool')).toMatchObject({ 'attribution.would_deny': true, 'attribution.findings': [] })
  })
})

describe('a wrapped tool with a decision that is bound to a call', () => {
  const binding = bindingOf({ ...CALL, ...WHO })
  const decision: Decision = { outcome: 'allow', approver: { id: 'lea@contoso.com' }, binding }
  const wrapped = (act: ToolAct) => attributedTool({ inputSchema: {}, execute: () => 'paid' }, act)
  it('runs for that call alone', async () => {
    const { action: named, ...call } = CALL
    const run = (act: ToolAct) => asMia(async () => await Promise.resolve().then(() => wrapped(act).execute()))
    expect(await run({ ...call, action: named, decision })).toBe('paid')
    expect(await refusal(run({ ...call, action: named, decision, arguments: { amount: 4_000 } }))).toBeDefined()
    expect(await refusal(run({ ...call, decision }))).toBeDefined()
  })
})

describe('what a process recorded of decisions', () => {
  it('the audit says too', async () => {
    const elsewhere: Decision = { outcome: 'allow', binding: bindingOf({ ...CALL, ...WHO, resource: 'order-8' }) }
    const both = { ...CALL, alsoFor: 'principal' } as const
    const dry = { enforce: false } as const
    await asMia(async () => {
      await decide(allow, CALL, pay)
      await decide(() => 'deny', { ...CALL, ...dry }, pay)
      await decide(elsewhere, { ...CALL, ...dry }, pay)
      await decide(() => undefined, { ...CALL, onUnavailable: 'allow' }, pay)
      await decide(({ actor }) => actor !== undefined, { ...both, ...dry }, pay)
      await decide(() => ({ outcome: 'modify', arguments: {} }), CALL, pay)
      expect(await refusal(decide(elsewhere, CALL, pay))).toBeDefined()
      expect(await refusal(decide(() => undefined, CALL, pay))).toBeDefined()
    })
    const live = traced.seen().map(({ findings }) => findings)
    expect(live).toEqual([
      [],
      [],
      ['decision_mismatch'],
      ['decision_unavailable'],
      ['confused_deputy'],
      [],
      [],
      ['decision_mismatch'],
      [],
    ])
    const policy = createPolicy()
    const audited = traced
      .spans()
      .map(
        (span) => judgeTrace([span as unknown as SpanShape], policy, createJudge(policy))[0]?.judgement.findings ?? [],
      )
    expect(audited).toEqual(live)
  })
})

describe('a decision that comes too late', () => {
  it('lets nothing through once the work it was for is over', async () => {
    let late: Promise<unknown> = Promise.resolve()
    const slow = () => new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 20))
    await onBehalfOf(ASKED, async () => {
      late = decide(slow, CALL, pay)
      await Promise.resolve()
    })
    expect((await refusal(late)).unmet.join()).toContain('changed')
    expect(traced.spans().map(({ name }) => name.split(' ')[0])).toEqual(['refused'])
  })
  it('stays two users apart', async () => {
    const as = (id: string) =>
      onBehalfOf({ principal: { id, type: 'human' }, intent: 'x' }, () =>
        decide(
          async ({ principal }) => {
            await new Promise((resolve) => setTimeout(resolve, id === 'mia' ? 10 : 1))
            return principal?.id === 'mia'
          },
          CALL,
          () => currentAttribution()?.principal?.id,
        ).catch(() => 'refused'),
      )
    expect(await Promise.all(['mia', 'kai', 'mia', 'lea'].map(as))).toEqual(['mia', 'refused', 'mia', 'refused'])
  })
})

describe("an agent's owner", () => {
  it('is neither who asked nor who approved', async () => {
    const agent = { id: 'assistant', owner: 'team-payments' }
    const approved: Decision = { outcome: 'allow', approver: { id: 'team-payments' } }
    await onBehalfOf(ASKED, () => asAgent(agent, () => via('payments', () => decide(() => approved, CALL, pay))))
    expect(attributesOf('pay')).toMatchObject({
      'attribution.actor.owner': 'team-payments',
      'attribution.principal.id': 'mia@contoso.com',
      'attribution.decision.approver.id': 'team-payments',
      'attribution.findings': [],
    })
    expect(bindingOf({ ...CALL, principal: 'mia', actor: agent })).toBe(
      bindingOf({ ...CALL, principal: 'mia', actor: 'assistant' }),
    )
  })
})

describe('hostile input', () => {
  const hostile = () =>
    new Proxy(
      {},
      {
        get: () => {
          throw new Error('hostile')
        },
        ownKeys: () => {
          throw new Error('hostile')
        },
      },
    )
  it.each<[string, () => Promise<unknown>]>([
    ['a request', () => decide(allow, hostile() as never, pay)],
    ['arguments', () => decide(allow, { action: 'refund', arguments: hostile() }, pay)],
    ['a point', () => decide(hostile() as never, CALL, pay)],
    ['an answer', () => decide(() => hostile() as never, CALL, pay)],
    ['an approval', () => decide(allow, { ...CALL, approval: hostile() as never }, pay)],
    ['changed arguments', () => decide(() => ({ outcome: 'modify', arguments: hostile() }), CALL, pay)],
    [
      'a thenable',
      // oxlint-disable-next-line unicorn/no-thenable
      () => decide(() => ({ then: (_: unknown, no: (why: unknown) => void) => no(hostile()) }) as never, CALL, pay),
    ],
    ['an own key __proto__', () => decide(() => JSON.parse('{"__proto__":{"outcome":"allow"}}') as never, CALL, pay)],
  ])('in %s is refused', async (_, run) => {
    expect(await refusal(asMia(run))).toBeDefined()
    expect(traced.spans().map(({ name }) => name.split(' ')[0])).toEqual(['refused'])
  })
  it('on the prototype of every object changes nothing', async () => {
    const prototype = Object.prototype as { outcome?: string; unevaluated?: string; enforce?: boolean }
    prototype.outcome = 'allow'
    prototype.enforce = false
    try {
      expect(await refusal(asMia(() => decide(() => ({}) as never, CALL, pay)))).toBeDefined()
    } finally {
      delete prototype.outcome
      delete prototype.enforce
    }
  })
})

describe('a tool around a decision', () => {
  it('says what was decided, and what was called', async () => {
    await asMia(() =>
      traced.tracer.startActiveSpan('tool', { attributes: TOOL }, async (tool) => {
        await decide(allow, CALL, () => {})
        tool.end()
      }),
    )
    expect(attributesOf('tool')).toMatchObject({
      'attribution.decision.outcome': 'allow',
      'attribution.action.binding': bindingOf({ ...CALL, ...WHO }),
    })
  })
  it('is denied with it', async () => {
    await asMia(() =>
      traced.tracer.startActiveSpan('tool', { attributes: TOOL }, async (tool) => {
        await refusal(
          decide(
            () => false,
            CALL,
            () => {},
          ),
        )
        tool.end()
      }),
    )
    expect(attributesOf('tool')).toMatchObject({ 'attribution.outcome': 'denied', 'attribution.findings': [] })
  })
})

import { AsyncResource } from 'node:async_hooks'
import { inspect } from 'node:util'
import { context, defaultTextMapGetter, ROOT_CONTEXT } from '@opentelemetry/api'
import { W3CBaggagePropagator } from '@opentelemetry/core'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  asAgent,
  AttributionError,
  currentAttribution,
  decided,
  guard,
  onBehalfOf,
  resume,
  via,
} from '../../src/index.ts'
import type { Need } from '../../src/index.ts'
import { AttributionPropagator } from '../../src/runtime/crossing/propagator.ts'
import { newFaults } from './faults.ts'
import { AGENT, inSpan, silence, TOOL, tracing } from './provider.ts'
import type { Traced } from './provider.ts'

const ASKED = { principal: { id: 'kai@contoso.com', type: 'human' }, intent: 'send the report' } as const

let traced: Traced
beforeEach(() => {
  traced = tracing()
  newFaults()
})
afterEach(silence)

/** Whether the effect happened, and what was said where it did not. */
async function tried(need: Need): Promise<{ readonly ran: boolean; readonly unmet: readonly string[] }> {
  let ran = false
  try {
    await guard(need, () => {
      ran = true
    })
    return { ran, unmet: [] }
  } catch (error) {
    if (!(error instanceof AttributionError)) throw error
    return { ran, unmet: error.unmet }
  }
}

const allowed = { ran: true, unmet: [] }

describe('guard', () => {
  it('lets through what needs nothing', async () => {
    expect(await tried({})).toEqual(allowed)
  })
  it('gives back what the function returns or resolves to', async () => {
    expect(await guard({}, () => 7)).toBe(7)
    expect(await guard({}, () => Promise.resolve('sent'))).toBe('sent')
  })
  it('rejects with what the function throws', async () => {
    await expect(guard({}, () => Promise.reject(new Error('of the app')))).rejects.toThrow('of the app')
  })
  it('runs the function inside what is bound, and makes a client span there an effect', async () => {
    await onBehalfOf(ASKED, () =>
      guard({ facets: ['principal'] }, () => {
        inSpan(traced.tracer, 'call', { kind: 2 }, () => {})
        expect(currentAttribution()?.principal?.id).toBe('kai@contoso.com')
      }),
    )
    expect(traced.one('call')).toMatchObject({ kind: 'effect', principal: 'kai@contoso.com' })
  })
  it('leaves nothing in the tree where it lets through: what it asked for is not the first there', async () => {
    await traced.tracer.startActiveSpan('request', async (request) => {
      await onBehalfOf({ ...ASKED, correlationId: 'c-1' }, () => guard({}, () => {}))
      onBehalfOf({ ...ASKED, correlationId: 'c-2' }, () =>
        inSpan(traced.tracer, 'run', { attributes: AGENT }, () => {}),
      )
      request.end()
    })
    expect(traced.one('run')).toMatchObject({ correlation: 'c-2', findings: [] })
  })
  it('records what it refuses: who asked, through what, what policy said', async () => {
    await onBehalfOf(ASKED, () =>
      asAgent('assistant', () =>
        decided({ outcome: 'deny', policy: { id: 'mail-7' } }, () => via('mail-api', () => tried({ decision: true }))),
      ),
    )
    const { span, ...refused } = traced.one('refused')
    expect(refused).toMatchObject({ kind: 'effect', principal: 'kai@contoso.com', actor: 'assistant', findings: [] })
    expect(span.attributes).toMatchObject({
      'attribution.context.id': 'mail-api',
      'attribution.decision.outcome': 'deny',
      'attribution.decision.policy.id': 'mail-7',
      'attribution.outcome': 'denied',
    })
  })
  it('says nothing in public of what is missing, and everything to the developer', async () => {
    const error: unknown = await guard({ facets: ['intent'] }, () => {}).catch((refused: unknown) => refused)
    expect(String(error)).toBe('AttributionError: This action is not permitted.')
    expect(JSON.stringify(error)).not.toMatch(/intent/u)
    expect(inspect(error)).toMatch(
      /This action is not permitted\.[^]*guard\.test\.ts[^]*- intent is required and missing/u,
    )
  })
  it('can be printed from a copy or a proxy too, as loggers make them', async () => {
    const error = (await guard({ facets: ['intent'] }, () => {}).catch(
      (refused: unknown) => refused,
    )) as AttributionError
    for (const copy of [Object.create(error) as AttributionError, new Proxy(error, {})]) {
      expect(inspect(copy)).toContain('This action is not permitted.')
      expect(copy.unmet).toEqual([])
    }
  })
  it('never throws in place: it rejects', () => {
    const rejected = guard({ facets: ['principal'] }, () => 1)
    return expect(rejected).rejects.toBeInstanceOf(AttributionError)
  })

  describe('by facet', () => {
    for (const facet of ['principal', 'actor', 'context', 'intent', 'authority', 'decision', 'correlation'] as const) {
      it(`refuses where the ${facet} is missing, and says how to fix it`, async () => {
        const { ran, unmet } = await tried({ facets: [facet] })
        expect(ran).toBe(false)
        expect(unmet).toEqual([expect.stringMatching(new RegExp(`^${facet} is required and missing\\. .{20,}`, 'u'))])
      })
    }
    it('lets through where all of them are bound', async () => {
      const need = {
        facets: ['principal', 'actor', 'context', 'intent', 'authority', 'decision', 'correlation'],
      } as const
      const result = await onBehalfOf({ ...ASKED, authority: { id: 'g-1' } }, () =>
        asAgent('assistant', () => via('mail', () => decided({ outcome: 'allow' }, () => tried(need)))),
      )
      expect(result).toEqual(allowed)
    })
    it('takes an empty list of scopes for no authority, whatever is granted further out', async () => {
      const result = await onBehalfOf({ ...ASKED, authority: { id: 'g-1' } }, () =>
        onBehalfOf({ ...ASKED, authority: { scopes: [] } }, () => tried({ facets: ['authority'] })),
      )
      expect(result.ran).toBe(false)
    })
    it('sees what only the spans above say, where that is enough', async () => {
      const facets = ['principal', 'actor', 'context'] as const
      const within = (need: Need) =>
        inSpan(traced.tracer, 'agent', { attributes: { ...AGENT, 'user.id': 'kai' } }, () =>
          inSpan(traced.tracer, 'tool', { attributes: TOOL }, () => tried(need)),
        )
      expect(await within({ facets, assurance: 'inferred' })).toEqual(allowed)
      expect((await within({ facets })).unmet).toEqual(
        facets.map((facet) => expect.stringContaining(`${facet} is only inferred, and asserted is required`)),
      )
    })
    it('asks of an inferred context what the judge asks: that it has a name, whatever that is', async () => {
      const nameless = { ...TOOL, 'gen_ai.tool.name': 'unknown' }
      const need = { facets: ['context'], assurance: 'inferred' } as const
      const result = await inSpan(traced.tracer, 'tool', { attributes: nameless }, () => tried(need))
      expect(result).toEqual(allowed)
      expect(traced.one('tool').findings).not.toContain('missing_context')
    })
    it.each(['unknown', 'user:anonymous', '${USER}'])('takes the placeholder %s for nobody', async (id) => {
      expect((await onBehalfOf({ principal: id }, () => tried({ facets: ['principal'] }))).ran).toBe(false)
    })
  })

  describe('by assurance', () => {
    const claimed = { 'attribution.principal.id': 'kai' }
    it('refuses what is only claimed where asserted is needed', async () => {
      const { ran, unmet } = await resume(claimed, () => tried({ facets: ['principal'], assurance: 'asserted' }))
      expect(ran).toBe(false)
      expect(unmet[0]).toContain('principal is only claimed, and asserted is required')
    })
    it.each(['verified', 'asserted', 'claimed', 'inferred'] as const)(
      'of %s is asked of somebody: nobody meets none',
      async (assurance) => {
        for (const need of [{ assurance }, { assurance, facets: [] }, { assurance, verdicts: ['unknown'] } as const]) {
          const { ran, unmet } = await tried(need)
          expect(ran).toBe(false)
          expect(unmet).toEqual([expect.stringContaining('principal is required and missing')])
        }
      },
    )
    it('is asked of everything that is there, where no facet is named', async () => {
      const unsure = { ...claimed, 'attribution.authority.id': 'g-1', 'attribution.correlation.id': 'c-1' }
      const { unmet } = await resume(unsure, () => tried({ assurance: 'asserted' }))
      expect(unmet.map((line) => line.split(' ', 1)[0])).toEqual(['principal', 'authority', 'correlation'])
      expect(await onBehalfOf(ASKED, () => tried({ assurance: 'asserted' }))).toEqual(allowed)
      expect((await onBehalfOf(ASKED, () => tried({ assurance: 'verified' }))).ran).toBe(false)
      expect((await onBehalfOf(ASKED, () => tried({ assurance: 'verified', facets: [] }))).ran).toBe(false)
    })
    it('lets through what is as sure, or surer', async () => {
      expect(await resume(claimed, () => tried({ facets: ['principal'], assurance: 'claimed' }))).toEqual(allowed)
      expect(await onBehalfOf(ASKED, () => tried({ facets: ['principal', 'intent'], assurance: 'asserted' }))).toEqual(
        allowed,
      )
    })
  })

  describe('what a caller sends', () => {
    const FACETS = ['principal', 'actor', 'intent', 'authority', 'correlation'] as const
    const carrier = {
      'attribution.principal.id': 'kai',
      'attribution.actor.id': 'assistant',
      'attribution.intent.summary': 'send it',
      'attribution.authority.id': 'board-mandate-42',
      'attribution.correlation.id': 'c-1',
    }
    it.each(FACETS)('meets no need by itself: %s', async (facet) => {
      const { ran, unmet } = await resume(carrier, () => tried({ facets: [facet] }))
      expect(ran).toBe(false)
      expect(unmet).toEqual([expect.stringContaining(`${facet} is only claimed, and asserted is required`)])
    })
    it.each(FACETS)('meets one that takes claims: %s', async (facet) => {
      expect(await resume(carrier, () => tried({ facets: [facet], assurance: 'claimed' }))).toEqual(allowed)
    })
    it('meets none by baggage either', async () => {
      const propagator = new AttributionPropagator(new W3CBaggagePropagator(), [])
      const baggage = Object.entries(carrier).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
      const headers = { baggage: baggage.join(',') }
      const inside = propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter)
      const { ran, unmet } = await context.with(inside, () => tried({ facets: FACETS }))
      expect([ran, unmet.length]).toEqual([false, FACETS.length])
    })
    it('meets one as what this service stored itself', async () => {
      const stored = { assurance: 'asserted' } as const
      expect(await resume(carrier, () => tried({ facets: FACETS }), stored)).toEqual(allowed)
    })
    it('does not lend its grant to whom this process binds', async () => {
      const need = { facets: ['principal', 'authority'], assurance: 'asserted' } as const
      const { ran, unmet } = await resume(carrier, () => onBehalfOf(ASKED, () => tried(need)))
      expect(ran).toBe(false)
      expect(unmet).toEqual([expect.stringContaining('authority is only claimed')])
    })
    it('in a resource meets none', async () => {
      const named = tracing(undefined, {
        resource: resourceFromAttributes({ 'attribution.principal.id': 'ops', 'attribution.authority.id': 'g-1' }),
      })
      const { unmet } = await inSpan(named.tracer, 'agent', { attributes: AGENT }, () =>
        tried({ facets: ['principal', 'authority'] }),
      )
      expect(unmet).toHaveLength(2)
    })
    it('in the context of work that is over meets none', async () => {
      let late: (() => Promise<unknown>) | undefined
      await onBehalfOf(ASKED, async () => {
        late = AsyncResource.bind(() => tried({ facets: ['principal'] }))
        await Promise.resolve()
      })
      expect(await late?.()).toMatchObject({ ran: false })
    })
  })

  describe('by verdict', () => {
    const separated = { verdicts: ['separated'] } as const
    it('refuses a collapse before it happens', async () => {
      const { ran, unmet } = await onBehalfOf(ASKED, () =>
        asAgent('kai@contoso.com', () => via('mail', () => tried(separated))),
      )
      expect(ran).toBe(false)
      expect(unmet[0]).toContain('the verdict is collapsed')
      expect(unmet[0]).toContain('principal_is_actor')
    })
    it('lets a whole attribution through', async () => {
      expect(await onBehalfOf(ASKED, () => asAgent('assistant', () => via('mail', () => tried(separated))))).toEqual(
        allowed,
      )
    })
  })

  describe('by decision', () => {
    it.each([
      ['allow', true],
      ['modify', true],
      ['not_required', true],
      ['deny', false],
      ['escalate', false],
    ] as const)('%s: lets through is %s', async (outcome, ran) => {
      expect((await decided({ outcome }, () => tried({ decision: true }))).ran).toBe(ran)
    })
    it('lets an escalation through that someone approved', async () => {
      const decision = { outcome: 'escalate', approver: { id: 'lee' } } as const
      expect(await decided(decision, () => tried({ decision: true }))).toEqual(allowed)
    })
    it('refuses an escalation that a placeholder approved', async () => {
      const decision = { outcome: 'escalate', approver: { id: 'unknown' } } as const
      expect((await decided(decision, () => tried({ decision: true }))).ran).toBe(false)
    })
    it('refuses where nobody decided', async () => {
      expect((await tried({ decision: true })).ran).toBe(false)
    })
    it.each([
      ['allow', 'the policy decision is only inferred, and asserted is required.'],
      ['deny', 'policy said deny.'],
    ])('refuses what another convention records as %s: whoever wrote that is not known', async (outcome, why) => {
      const attributes = { ...TOOL, 'gen_ai.agent.authorization.outcome': outcome }
      const { ran, unmet } = await inSpan(traced.tracer, 'tool', { attributes }, () => tried({ decision: true }))
      expect(ran).toBe(false)
      expect(unmet.join()).toContain(why)
    })
  })

  it.each([
    ['nothing', undefined],
    ['a facet that is none', { facets: ['wizard'] }],
    ['the outcome, which is yet to come', { facets: ['outcome'] }],
    ['a verdict that is none', { verdicts: ['fine'] }],
    ['an assurance that is none', { assurance: 'sure' }],
    ['a decision that is no boolean', { decision: 'yes' }],
    ['a field that is none', { decisions: true }],
  ])('lets nothing through for a need that it cannot read: %s', async (_, need) => {
    const { ran, unmet } = await tried(need as never)
    expect(ran).toBe(false)
    expect(unmet[0]).toMatch(/^guard/u)
  })

  it('takes nothing of a need or a facet from the prototype of every object', async () => {
    const everyone = Object.prototype as unknown as Record<string, unknown>
    const POLLUTED = { assurance: 'claimed', approver: { id: 'boss' } }
    Object.assign(everyone, POLLUTED)
    try {
      const claim = { 'attribution.principal.id': 'kai' }
      expect((await resume(claim, () => tried({ facets: ['principal'] }))).ran).toBe(false)
      expect((await decided({ outcome: 'escalate' }, () => tried({ decision: true }))).ran).toBe(false)
    } finally {
      for (const key of Object.keys(POLLUTED)) Reflect.deleteProperty(everyone, key)
    }
  })
  it('takes a need from the class of an object, and reads it once', async () => {
    class Strict {
      #read = 0
      get decision(): boolean {
        this.#read += 1
        return this.#read === 1
      }
    }
    expect((await tried(new Strict())).ran).toBe(false)
  })
})

import { SpanKind } from '@opentelemetry/api'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  asAgent,
  carry,
  currentAttribution,
  decided,
  declareAutonomous,
  onBehalfOf,
  resume,
  via,
} from '../../src/index.ts'
import { newFaults } from './faults.ts'
import { AGENT, inSpan, silence, TOOL, tracing } from './provider.ts'
import type { Traced } from './provider.ts'

const KAI = { id: 'kai@contoso.com', type: 'human', issuer: 'https://login.contoso.com' } as const
const INTENT = { id: 'i-1', summary: 'send the report', purpose: 'weekly' }
const AUTHORITY = { id: 'g-1', type: 'oauth', scopes: ['mail.send'], expiresAt: '2030-01-01T00:00:00Z' } as const

let traced: Traced
beforeEach(() => {
  traced = tracing()
  newFaults()
})
afterEach(silence)

function carried(): Record<string, string> {
  return onBehalfOf({ principal: KAI, intent: INTENT, authority: AUTHORITY, correlationId: 'c-1' }, () =>
    asAgent({ id: 'planner' }, () => asAgent({ id: 'mailer', version: '2' }, carry)),
  )
}

describe('carry', () => {
  it('is empty where nothing is bound', () => {
    expect(carry()).toEqual({})
    expect(inSpan(traced.tracer, 'span', {}, () => carry())).toEqual({})
  })
  it('survives JSON, and brings back what was bound', () => {
    const carrier = JSON.parse(JSON.stringify(carried())) as Record<string, string>
    const arrived = resume(carrier, currentAttribution)
    expect(arrived).toMatchObject({
      principal: KAI,
      intent: INTENT,
      authority: AUTHORITY,
      correlationId: 'c-1',
      actor: { id: 'mailer', version: '2' },
      actorChain: ['planner', 'mailer'],
    })
  })
  it('brings back that nothing is granted, which is not the same as unknown', () => {
    for (const authority of [{ id: 'g-1', scopes: [] }, { scopes: [] }]) {
      const carrier = onBehalfOf({ principal: KAI, authority }, carry)
      expect(resume(carrier, currentAttribution)?.authority).toEqual(authority)
    }
    expect(
      resume(onBehalfOf({ principal: KAI, authority: { id: 'g-1' } }, carry), currentAttribution)?.authority,
    ).toEqual({
      id: 'g-1',
    })
  })
  it('holds strings alone', () => {
    for (const value of Object.values(carried())) expect(typeof value).toBe('string')
  })
  it('holds no credential, context, decision or declaration', () => {
    const carrier = declareAutonomous({ owner: 'ops-team', trigger: 'cron' }, () =>
      via({ id: 'crm', credential: { id: 'key-7', subject: 'svc' } }, () =>
        decided({ outcome: 'allow', policy: { id: 'p' } }, carry),
      ),
    )
    expect(Object.keys(carrier).toSorted()).toEqual([
      'attribution.correlation.id',
      'attribution.principal.id',
      'attribution.principal.type',
    ])
  })
  it('holds the trace context of the active span', () => {
    inSpan(traced.tracer, 'span', {}, (span) => {
      const { traceId, spanId } = span.spanContext()
      expect(carried()['traceparent']).toBe(`00-${traceId}-${spanId}-01`)
    })
  })
  it('knows of an agent that only its span names', () => {
    onBehalfOf({ principal: KAI }, () =>
      inSpan(traced.tracer, 'a', { attributes: AGENT }, () => {
        expect(resume(carry(), currentAttribution)?.actorChain).toEqual(['assistant'])
      }),
    )
  })
})

describe('resume', () => {
  const judgedIn = (assurance?: 'asserted' | 'claimed' | 'verified') => {
    const carrier = carried()
    resume(carrier, () => inSpan(traced.tracer, 'a', { attributes: AGENT }, () => {}), assurance && { assurance })
    return traced.one('a')
  }
  it('takes the facets as claimed', () => {
    const { principal, correlation, assurance, findings } = judgedIn()
    expect({ principal, correlation }).toEqual({ principal: KAI.id, correlation: 'c-1' })
    expect(assurance).toMatchObject({ principal: 'claimed', intent: 'claimed' })
    expect(findings).toEqual(['unverified_principal'])
  })
  it('takes them as asserted where the store is the own one', () => {
    const { assurance, findings } = judgedIn('asserted')
    expect(assurance).toMatchObject({ principal: 'asserted', intent: 'asserted' })
    expect(findings).toEqual([])
  })
  it('never takes them as verified: nothing was checked', () => {
    expect(judgedIn('verified').assurance).toMatchObject({ principal: 'claimed' })
    expect(newFaults()).toEqual(['carrier'])
  })
  it('puts a link on the first span inside, which starts a trace of its own, and on no other', () => {
    const carrier = inSpan(traced.tracer, 'before', {}, carried)
    resume(carrier, () => {
      inSpan(traced.tracer, 'first', { attributes: AGENT }, () => inSpan(traced.tracer, 'below', {}, () => {}))
      inSpan(traced.tracer, 'second', {}, () => {})
    })
    const before = traced.one('before').span.spanContext()
    const links = (name: string) => traced.spans().find((span) => span.name === name)?.links ?? []
    expect(links('first').map(({ context }) => [context.traceId, context.spanId])).toEqual([
      [before.traceId, before.spanId],
    ])
    expect([links('below'), links('second')]).toEqual([[], []])
    expect(traced.one('first').traceId).not.toBe(before.traceId)
  })
  it('starts no span itself', () => {
    resume(carried(), () => {})
    expect(traced.spans()).toEqual([])
  })
  it('carries the chain of actors on', () => {
    resume(carried(), () => asAgent('sender', () => inSpan(traced.tracer, 'a', { attributes: AGENT }, () => {})))
    expect(traced.one('a').chain).toEqual(['planner', 'mailer', 'sender'])
  })
  it('lets what is bound inside go before what was claimed', () => {
    const seen = resume(carried(), () => onBehalfOf({ principal: 'lee' }, currentAttribution))
    expect(seen).toMatchObject({ principal: { id: 'lee' }, correlationId: 'c-1' })
  })
  it('never lets a claim displace what is bound', () => {
    onBehalfOf({ principal: 'lee' }, () => {
      expect(resume(carried(), currentAttribution)?.principal?.id).toBe('lee')
      expect(resume(carried(), currentAttribution, { assurance: 'asserted' })?.principal?.id).toBe('kai@contoso.com')
    })
  })
  describe('inside what the own store brought', () => {
    const CLAIM = {
      'attribution.principal.id': 'mallory',
      'attribution.intent.summary': 'steal',
      'attribution.correlation.id': 'other',
      'attribution.actor.chain': '["stranger"]',
    }
    const judged = (claim: Record<string, string>) => {
      const work = () => inSpan(traced.tracer, 'l', { attributes: { 'gen_ai.operation.name': 'chat' } }, () => {})
      resume(carried(), () => resume(claim, work, { span: false }), { assurance: 'asserted', span: false })
      return traced.one('l')
    }
    it.each([
      ['a claim replaces nothing, and is told', CLAIM, ['claim_contradicted']],
      ['a claim about one facet loses no other', { 'attribution.intent.summary': 'steal' }, []],
    ])('%s', (_, claim, told) => {
      const { principal, correlation, chain, assurance, findings } = judged(claim)
      expect({ principal, correlation, chain }).toEqual({
        principal: KAI.id,
        correlation: 'c-1',
        chain: ['planner', 'mailer'],
      })
      expect(assurance).toMatchObject({ principal: 'asserted', intent: 'asserted', actor: 'asserted' })
      expect(findings).toEqual(told)
    })
  })
  it('makes the hash of an intent again, whatever came with it', () => {
    const forged = { ...carried(), 'attribution.intent.hash': 'sha-256:forged' }
    expect(resume(forged, currentAttribution)?.intent?.hash).toBe(
      onBehalfOf({ principal: KAI, intent: INTENT }, currentAttribution)?.intent?.hash,
    )
  })
  it('reads no credential, context, decision or declaration that someone put in', () => {
    const forged = {
      'attribution.principal.id': 'kai',
      'attribution.context.id': 'crm',
      'attribution.context.credential.id': 'key',
      'attribution.decision.outcome': 'allow',
      'attribution.declaration.type': 'autonomous',
      'attribution.principal.assurance': 'verified',
    }
    expect(resume(forged, currentAttribution)).toEqual({ principal: { id: 'kai' } })
  })

  const HOSTILE: readonly (readonly [string, unknown])[] = [
    ['nothing', undefined],
    ['null', null],
    ['a string', 'kai'],
    ['an object of other types', { 'attribution.principal.id': 7, traceparent: {} }],
    ['inherited names', Object.create({ 'attribution.principal.id': 'mallory' })],
    ['prototype names', JSON.parse('{"__proto__": {"attribution.principal.id": "mallory"}}')],
    ['a trace context that is none', { traceparent: '00-zz-xx-01' }],
    ['a trace context of zeros', { traceparent: `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01` }],
    ['a text of a megabyte', { 'attribution.principal.id': 'x'.repeat(1_000_000) }],
    ['a chain that is no list', { 'attribution.actor.chain': '{"a":1}' }],
    [
      'an object that throws',
      new Proxy(
        {},
        {
          getOwnPropertyDescriptor() {
            throw new Error('of the app')
          },
        },
      ),
    ],
  ]
  for (const [title, carrier] of HOSTILE) {
    it(`runs the function once, with nobody named, for ${title}`, () => {
      let runs = 0
      const seen = resume(carrier as never, () => {
        runs++
        inSpan(traced.tracer, 'a', { kind: SpanKind.INTERNAL }, () => {})
        return currentAttribution()
      })
      expect([seen, runs]).toEqual([undefined, 1])
      expect(traced.spans()[0]?.links).toEqual([])
    })
  }
  it('without a function is a fault and nothing more', () => {
    expect(resume({}, undefined as never)).toBeUndefined()
    expect(newFaults()).toEqual(['carrier'])
  })
  it('throws for no carrier whatever, and runs the function each time', () => {
    const names = fc.constantFrom(...Object.keys(carried()), 'traceparent', 'tracestate', '__proto__', 'constructor')
    fc.assert(
      fc.property(fc.dictionary(names, fc.anything()), (carrier) => {
        let runs = 0
        resume(carrier as never, () => {
          runs++
          inSpan(traced.tracer, 'tool', { attributes: TOOL }, () => {})
        })
        expect(runs).toBe(1)
      }),
    )
  })
})

import { describe, expect, it } from 'vitest'
import { Boundary, lower } from '../../../src/trust/carriers/admission.ts'
import { CARRIED_FACETS, claimsIn, payloadOf } from '../../../src/trust/carriers/claims.ts'
import { keySourceFrom } from '../../../src/trust/carriers/key-sources.ts'
import { signingKeyFrom } from '../../../src/trust/carriers/keys.ts'
import { signCarrier } from '../../../src/trust/carriers/signer.ts'
import { newPair } from './sample-keys.ts'

const PAIR = newPair('k')
const KEY = signingKeyFrom(PAIR.privateJwk)
const TRACE = '0af7651916cd43dd8448eb211c80319c'
const NOW = 1_790_000_000_000

const CONTENTS = {
  issuer: 'chat',
  attribution: {
    principal: { id: 'kai', type: 'human', issuer: 'https://login.example' },
    actor: { id: 'mailer', version: '2' },
    actorChain: ['planner', 'mailer'],
    intent: { id: 'i-1', summary: 'send it', purpose: 'weekly' },
    authority: { id: 'g-1', type: 'oauth', scopes: [], expiresAt: '2030-01-01T00:00:00Z' },
    correlationId: 'c-1',
  },
  assurance: { principal: 'verified', actor: 'asserted', intent: 'claimed', authority: 'asserted' },
  trace: TRACE,
  audience: undefined,
  resumable: false,
  lifetime: 300,
} as const

const made = (change: object = {}, now = NOW) => {
  const carrier = signCarrier({ ...CONTENTS, ...change }, KEY, 4_000, now)
  if (carrier === undefined) throw new Error('nothing fits')
  return carrier.text
}

function boundary(remembered = 10, forgotten: () => void = () => {}): Boundary {
  const keys = keySourceFrom({ keys: [PAIR.publicJwk] }, () => {})
  const signer = { signer: 'chat', keys, as: 'verified', facets: new Set(CARRIED_FACETS), audience: undefined } as const
  return new Boundary({ admit: [signer], names: () => ['mail'], remembered, onOverflow: forgotten })
}

const arrival = (change: object = {}) => ({ way: 'call', trace: TRACE, now: NOW, ...change }) as const
const refused = (finding: string) => expect.objectContaining({ finding }) as unknown

describe('what a carrier says', () => {
  it('comes back as it was, with the hash of the intent computed anew', () => {
    const { attribution, assurance, isAdmitted } = boundary().admit(made(), arrival()) as never as Record<
      string,
      object
    >
    expect(attribution).toEqual({
      ...CONTENTS.attribution,
      intent: { ...CONTENTS.attribution.intent, hash: expect.stringMatching(/^sha-256:/u) as unknown },
    })
    expect(assurance).toEqual({ ...CONTENTS.assurance, correlation: 'claimed' })
    expect(isAdmitted).toBe(true)
  })
  it('has no context, decision or declaration, whatever a signer writes', () => {
    const payload = payloadOf({ ...CONTENTS, issuedAt: 1, expiresAt: 2, id: 'j' })
    const facets = { ...(payload['attribution'] as object), context: { id: 'crm' }, decision: { outcome: 'allow' } }
    const claims = claimsIn({ ...payload, attribution: { ...facets, declaration: { type: 'autonomous' } } })
    expect(Object.keys(claims?.attribution ?? {}).toSorted()).toEqual([
      'actor',
      'actorChain',
      'authority',
      'correlationId',
      'intent',
      'principal',
    ])
  })
  it('is left out where it is too long, blank, or of another form', () => {
    const payload = payloadOf({ ...CONTENTS, issuedAt: 1, expiresAt: 2, id: 'j' })
    const read = (facets: object) => claimsIn({ ...payload, txn: undefined, attribution: facets })?.attribution
    expect(read({ principal: { id: 'x'.repeat(2_000) } })).toEqual({})
    expect(read({ principal: { id: ' ' }, actor: 'mailer', intent: [], authority: null })).toEqual({})
    expect(read({ principal: { id: 'kai', type: 'god' } })).toEqual({ principal: { id: 'kai' } })
    expect(read({ actor: { chain: ['a', 7] }, authority: { id: 'g', scopes: Array(100).fill('s') } })).toEqual({
      authority: { id: 'g' },
    })
    expect(read({ actor: { chain: Array(200).fill('a') } })).toEqual({})
  })
})

describe('when a carrier is good', () => {
  it.each<[string, number, boolean]>([
    ['at once', 0, true],
    ['on a clock that is some seconds behind', -4, true],
    ['on a clock that is further behind', -6, false],
    ['at its end', 300, true],
    ['within the tolerance', 304, true],
    ['after it', 306, false],
  ])('%s: %i seconds later, %s', (_, seconds, isGood) => {
    const admitted = boundary().admit(made(), arrival({ now: NOW + seconds * 1_000 }))
    expect('isAdmitted' in admitted).toBe(isGood)
  })
  it('is for a request in its trace, and for a stored one with the trace context that it was kept with', () => {
    const kept = made({ resumable: true, lifetime: 86_400 })
    const here = boundary()
    expect(here.admit(kept, arrival({ way: 'stored', trace: undefined, keptWith: TRACE }))).toHaveProperty('isAdmitted')
    expect(here.admit(kept, arrival({ way: 'stored', trace: 'f'.repeat(32) }))).toHaveProperty('isAdmitted')
    expect(here.admit(kept, arrival({ way: 'stored', keptWith: 'f'.repeat(32) }))).toEqual(refused('carrier_replayed'))
    expect(here.admit(kept, arrival())).toEqual(refused('carrier_invalid'))
    expect(here.admit(made(), arrival({ trace: undefined }))).toEqual(refused('carrier_invalid'))
  })
  it('is named without a word of it', () => {
    const said = boundary().admit(made({ audience: ['kai-only'] }), arrival())
    expect(said).toEqual({ finding: 'carrier_invalid', reason: 'it is for another audience than this service' })
  })
})

describe('the memory of used carriers', () => {
  const moved = arrival({ trace: 'f'.repeat(32) })
  it('tells a replay from another forgery', () => {
    const here = boundary()
    const [used, unused] = [made(), made()]
    here.admit(used, arrival())
    expect([here.admit(used, moved), here.admit(unused, moved)]).toEqual([
      refused('carrier_replayed'),
      refused('carrier_invalid'),
    ])
  })
  it('is bounded: that it forgets is told once, and what it forgot is still refused', () => {
    let forgotten = 0
    const here = boundary(2, () => (forgotten += 1))
    const all = Array.from({ length: 4 }, () => made())
    for (const carrier of all) expect(here.admit(carrier, arrival())).toHaveProperty('isAdmitted')
    expect(forgotten).toBe(1)
    expect(all.map((carrier) => here.admit(carrier, moved))).toEqual([
      refused('carrier_invalid'),
      refused('carrier_invalid'),
      refused('carrier_replayed'),
      refused('carrier_replayed'),
    ])
  })
  it('forgets those that have ended without a word', () => {
    let forgotten = 0
    const here = boundary(1, () => (forgotten += 1))
    here.admit(made(), arrival())
    const later = NOW + 600_000
    here.admit(made({}, later), arrival({ now: later }))
    expect(forgotten).toBe(0)
  })
  it('holds nothing of a signer that is not admitted, who could name the ids of others', () => {
    const here = boundary()
    expect(here.admit(made({ issuer: 'eve' }), arrival())).toMatchObject({ isAdmitted: false })
    expect(here.admit(made({ issuer: 'eve' }), moved)).toEqual(refused('carrier_invalid'))
  })
})

describe('the less certain of two', () => {
  it.each([
    ['verified', 'asserted', 'asserted'],
    ['claimed', 'verified', 'claimed'],
    ['inferred', 'claimed', 'inferred'],
    ['asserted', 'asserted', 'asserted'],
  ] as const)('%s and %s: %s', (one, other, result) => {
    expect([lower(one, other), lower(other, one)]).toEqual([result, result])
  })
})

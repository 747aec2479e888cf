import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Boundary } from '../../../src/trust/carriers/admission.ts'
import { CARRIED_FACETS } from '../../../src/trust/carriers/claims.ts'
import { keySourceFrom } from '../../../src/trust/carriers/key-sources.ts'
import { signingKeyFrom } from '../../../src/trust/carriers/keys.ts'
import { signCarrier } from '../../../src/trust/carriers/signer.ts'
import { newPair } from './sample-keys.ts'

const PAIR = newPair('k')
const KEY = signingKeyFrom(PAIR.privateJwk)
const TRACE = '0af7651916cd43dd8448eb211c80319c'
const NOW = 1_790_000_000_000
const ARRIVAL = { way: 'call', trace: TRACE, now: NOW } as const

const keys = keySourceFrom({ keys: [PAIR.publicJwk] }, () => {})
const boundary = new Boundary({
  admit: [{ signer: 'chat', keys, as: 'verified', facets: new Set(CARRIED_FACETS), audience: undefined }],
  names: () => ['mail'],
  remembered: 10,
  onOverflow: () => {},
})

const carrier = signCarrier(
  {
    issuer: 'chat',
    attribution: { principal: { id: 'kai' }, intent: { summary: 'send it' }, correlationId: 'c-1' },
    assurance: { principal: 'asserted', intent: 'asserted', correlation: 'asserted' },
    trace: TRACE,
    audience: undefined,
    resumable: false,
    lifetime: 300,
  },
  KEY,
  4_000,
  NOW,
)?.text as string
const signed = carrier.slice(0, carrier.lastIndexOf('.'))

const isAdmitted = (text: string) => {
  const admitted = boundary.admit(text, ARRIVAL)
  return 'isAdmitted' in admitted && admitted.isAdmitted
}

/** A change at one place: a character replaced, taken out or put in, or a piece moved. */
const changed = fc
  .tuple(fc.nat(carrier.length - 1), fc.constantFrom('replace', 'take', 'put', 'cut'), fc.string({ maxLength: 3 }))
  .map(([at, how, by]) => {
    if (how === 'cut') return carrier.slice(0, at)
    const rest = carrier.slice(how === 'put' ? at : at + 1)
    return carrier.slice(0, at) + (how === 'take' ? '' : by) + rest
  })

describe('a carrier', () => {
  it('is admitted as it is', () => {
    expect(isAdmitted(carrier)).toBe(true)
  })
  it('is never admitted where anything of what was signed is changed', () => {
    fc.assert(
      fc.property(changed, (text) => {
        fc.pre(!text.trim().startsWith(`${signed}.`))
        expect(isAdmitted(text)).toBe(false)
      }),
      { numRuns: 2_000 },
    )
  })
  it('has one meaning where its signature is spelled otherwise', () => {
    fc.assert(
      fc.property(fc.base64String({ minLength: 80, maxLength: 90 }), (signature) => {
        const text = `${signed}.${signature.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`
        expect(isAdmitted(text)).toBe(text.slice(0, -1) === carrier.slice(0, -1))
      }),
      { numRuns: 500 },
    )
  })
  it('is refused without a throw, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.lorem()), (text) => {
        const parts = [text, Buffer.from(text).toString('base64url')]
        for (const part of parts) {
          expect(isAdmitted(part)).toBe(false)
          expect(isAdmitted(`${part}.${part}.${part}`)).toBe(false)
          expect(isAdmitted(`${carrier.split('.')[0]}.${part}.${carrier.split('.')[2]}`)).toBe(false)
        }
      }),
      { numRuns: 500 },
    )
  })
})

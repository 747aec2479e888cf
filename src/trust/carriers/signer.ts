import { randomUUID } from 'node:crypto'
import type { Attribution } from '../../model/attribution.ts'
import type { CarriedAssurance, CarrierClaims } from './claims.ts'
import { payloadOf } from './claims.ts'
import { signedJws, TYPE } from './jws.ts'
import type { SigningKey } from './key.ts'

/** What a carrier is to say. */
export interface Contents {
  readonly issuer: string
  readonly attribution: Attribution
  readonly assurance: CarriedAssurance
  readonly trace: string | undefined
  readonly audience: readonly string[] | undefined
  readonly resumable: boolean
  /** In seconds. */
  readonly lifetime: number
}

export interface SignedCarrier {
  readonly text: string
  /** In seconds since 1970. */
  readonly expiresAt: number
  /** What didn't fit, in words. */
  readonly left: readonly string[]
}

/**
 * Signs a carrier of at most `most` characters. What doesn't fit is left out: first the words of the intent, then the
 * facets, the last ones of the list first. Undefined if nothing fits. `now` is in milliseconds.
 */
export function signCarrier(contents: Contents, key: SigningKey, most: number, now: number): SignedCarrier | undefined {
  const issuedAt = Math.floor(now / 1_000)
  const expiresAt = issuedAt + contents.lifetime
  const claims = { ...contents, issuedAt, expiresAt, id: randomUUID() }
  const left: string[] = []
  let { attribution } = contents
  for (const step of ['', ...STEPS] as const) {
    if (step !== '') {
      const smaller = step === 'the words of the intent' ? withoutWords(attribution) : without(attribution, step)
      if (smaller === attribution) continue
      attribution = smaller
      left.push(step)
    }
    if (Object.keys(attribution).length === 0) return undefined
    const payload = payloadOf({ ...claims, attribution } satisfies CarrierClaims)
    if (lengthOf(payload, key) <= most) return { text: signedJws(payload, key), expiresAt, left }
  }
  return undefined
}

/** Who asked and the id of the work are needed most. */
const STEPS = ['the words of the intent', 'authority', 'intent', 'actor', 'principal'] as const

function withoutWords(attribution: Attribution): Attribution {
  if (attribution.intent?.summary === undefined) return attribution
  const { summary: _, hash: __, ...intent } = attribution.intent
  const isSaying = Object.keys(intent).some((key) => key !== 'parentId')
  return isSaying ? { ...attribution, intent } : without(attribution, 'intent')
}

function without(attribution: Attribution, facet: 'authority' | 'intent' | 'actor' | 'principal'): Attribution {
  const isThere = attribution[facet] !== undefined || (facet === 'actor' && attribution.actorChain !== undefined)
  if (!isThere) return attribution
  const { [facet]: _, ...others } = attribution
  if (facet !== 'actor') return others
  const { actorChain: __, ...rest } = others
  return rest
}

/** The length of what would be signed, without signing it. */
function lengthOf(payload: object, { algorithm, kid }: SigningKey): number {
  const header = JSON.stringify({ alg: algorithm, kid, typ: TYPE })
  return base64Length(header) + base64Length(JSON.stringify(payload)) + SIGNATURE_LENGTH + 2
}

/** 64 bytes in base64url. */
const SIGNATURE_LENGTH = 86

function base64Length(text: string): number {
  return Math.ceil((Buffer.byteLength(text) * 4) / 3)
}

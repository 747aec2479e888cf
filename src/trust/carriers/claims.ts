import { present } from '../../base/attribute-value.ts'
import { boundedChain, MAX_ACTORS } from '../../base/bounded-chain.ts'
import { withoutSecrets } from '../../base/secret.ts'
import { alone, MAX_ENTRIES, MAX_TEXT } from '../../base/shortened.ts'
import { intentHash } from '../../identity/intent-hash.ts'
import { ASSURANCES } from '../../model/attribution.ts'
import type { Assurance, Attribution, Intent } from '../../model/attribution.ts'
import { ACTOR, AUTHORITY, INTENT, isIdentified, plainFields, PRINCIPAL, readFields } from '../../model/facet-fields.ts'
import type { FacetField, FacetFields } from '../../model/facet-fields.ts'
import { isObject, member } from '../tokens/strict-json.ts'

/** The facets that a carrier brings. Never a context, a credential, a decision or a declaration. */
export const CARRIED_FACETS = ['principal', 'actor', 'intent', 'authority', 'correlation'] as const
export type CarriedFacet = (typeof CARRIED_FACETS)[number]

export type CarriedAssurance = Readonly<Partial<Record<CarriedFacet, Assurance>>>

/** What a signed carrier says. Times are in seconds since 1970, as in every JWT. */
export interface CarrierClaims {
  /** The service that signed. */
  readonly issuer: string
  readonly issuedAt: number
  readonly expiresAt: number
  readonly id: string
  /** The trace that it was made in. */
  readonly trace: string | undefined
  /** Whom it is for. Undefined: anyone who admits the signer. */
  readonly audience: readonly string[] | undefined
  /** Whether it may be used in a later trace, as what `carry` returned may. */
  readonly resumable: boolean
  readonly attribution: Attribution
  /** How sure the signer was of each facet. */
  readonly assurance: CarriedAssurance
}

export type Payload = Readonly<Record<string, unknown>>

/** The claims as they are signed. `txn` is the correlation id. */
export function payloadOf(claims: CarrierClaims): Payload {
  const { issuer, issuedAt, expiresAt, id, trace, audience, resumable, attribution } = claims
  return {
    iss: issuer,
    iat: issuedAt,
    exp: expiresAt,
    jti: id,
    ...present('txn', attribution.correlationId),
    ...present('trace', trace),
    ...present('aud', audience?.length === 1 ? audience[0] : audience),
    ...(resumable ? { rsm: true } : {}),
    attribution: facetsOf(claims),
  }
}

function facetsOf({ attribution, assurance }: CarrierClaims): object {
  const { principal, actor, actorChain, intent, authority, correlationId } = attribution
  const chain = boundedChain(actorChain ?? [])
  const sure = (facet: CarriedFacet) => ({ assurance: assurance[facet] ?? 'claimed' })
  const acting = { ...written(ACTOR, actor), ...(chain.length === 0 ? {} : { chain }) }
  return {
    ...(principal === undefined ? {} : { principal: { ...written(PRINCIPAL, principal), ...sure('principal') } }),
    ...(Object.keys(acting).length === 0 ? {} : { actor: { ...acting, ...sure('actor') } }),
    ...(intent === undefined ? {} : { intent: { ...written(INTENT, intent), ...sure('intent') } }),
    ...(authority === undefined ? {} : { authority: { ...written(AUTHORITY, authority), ...sure('authority') } }),
    ...(correlationId === undefined ? {} : { correlation: sure('correlation') }),
  }
}

/** Field by field, without what the reader computes again. */
function written<F extends object>(of: FacetFields<F>, facet: F | undefined): object {
  const values = (facet ?? {}) as Readonly<Record<string, unknown>>
  return Object.fromEntries(
    plainFields(of).flatMap(({ key, derived }) =>
      derived || values[key] === undefined ? [] : [[key, values[key]] as const],
    ),
  )
}

/** Reads the claims of a payload. Undefined if one that is needed is missing or of the wrong form. */
export function claimsIn(payload: Payload): CarrierClaims | undefined {
  const own = (name: string): unknown => member(payload, name)
  const [issuer, id] = [name(own('iss')), name(own('jti'))]
  const [issuedAt, expiresAt] = [seconds(own('iat')), seconds(own('exp'))]
  const facets = own('attribution')
  if (issuer === undefined || id === undefined || issuedAt === undefined || expiresAt === undefined) return undefined
  if (!isObject(facets) || expiresAt <= issuedAt) return undefined
  const [trace, audience, resumable] = [own('trace'), own('aud'), own('rsm')]
  if (trace !== undefined && !isTraceId(trace)) return undefined
  const names = audience === undefined ? undefined : audienceIn(audience)
  if (names === 'unreadable' || (resumable !== undefined && typeof resumable !== 'boolean')) return undefined
  if (resumable !== true && trace === undefined) return undefined
  const attribution = attributionIn(facets, own('txn'))
  return {
    issuer,
    issuedAt,
    expiresAt,
    id,
    trace,
    audience: names,
    resumable: resumable === true,
    attribution,
    assurance: assuranceIn(facets),
  }
}

function attributionIn(facets: Payload, txn: unknown): Attribution {
  const chain = listIn(partOf(facets, 'actor')['chain'], MAX_ACTORS)
  return {
    ...present('principal', facetIn(PRINCIPAL, facets)),
    ...present('actor', facetIn(ACTOR, facets)),
    ...present('actorChain', chain?.length === 0 ? undefined : chain),
    ...present('intent', hashed(facetIn(INTENT, facets))),
    ...present('authority', facetIn(AUTHORITY, facets)),
    ...present('correlationId', textIn(txn)),
  }
}

function assuranceIn(facets: Payload): CarriedAssurance {
  return Object.fromEntries(
    CARRIED_FACETS.flatMap((facet) => {
      const stated = partOf(facets, facet)['assurance']
      const known = ASSURANCES.find((assurance) => assurance === stated)
      return known === undefined ? [] : [[facet, known] as const]
    }),
  )
}

function partOf(facets: Payload, facet: string): Payload {
  const part = member(facets, facet)
  return isObject(part) ? part : {}
}

function facetIn<F>(of: FacetFields<F>, facets: Payload): F | undefined {
  const part = partOf(facets, of.facet)
  const found = readFields(of, (field) => valueOf(field, member(part, field.key)))
  return isIdentified(of, found) ? found : undefined
}

function valueOf({ form, words, derived }: FacetField, value: unknown): unknown {
  if (derived) return undefined
  if (form === 'list') return listIn(value, MAX_ENTRIES)
  return form === 'word' ? words.find((word) => word === value) : textIn(value)
}

/** Computes the hash again, because an incoming one proves nothing. */
function hashed(intent: Intent | undefined): Intent | undefined {
  return intent && { ...intent, ...present('hash', intentHash(intent)) }
}

function textIn(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > MAX_TEXT) return undefined
  const text = withoutSecrets(value.trim())
  return text === '' || text.length > MAX_TEXT ? undefined : alone(text)
}

function listIn(value: unknown, most: number): readonly string[] | undefined {
  if (!Array.isArray(value) || value.length > most) return undefined
  const texts = value.map(textIn).filter((text) => text !== undefined)
  return texts.length === value.length ? texts : undefined
}

const MAX_NAME = 256
const MAX_AUDIENCE = 16

/** What is compared, and never changed: a space more makes another name. */
function name(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' && value.length <= MAX_NAME ? value : undefined
}

function audienceIn(value: unknown): readonly string[] | 'unreadable' {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  const names = list.map(name).filter((entry) => entry !== undefined)
  return names.length === list.length && list.length > 0 && list.length <= MAX_AUDIENCE ? names : 'unreadable'
}

function seconds(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

function isTraceId(value: unknown): value is string {
  return typeof value === 'string' && /^(?!0{32})[\da-f]{32}$/u.test(value)
}

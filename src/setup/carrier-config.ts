import * as v from 'valibot'
import type { AdmitOptions, Policy } from '../policy/policy.ts'
import { serviceSeen } from '../runtime/crossing/signed-carrier.ts'
import type { CarrierSettings, Signing } from '../runtime/crossing/signed-carrier.ts'
import { fault } from '../runtime/health/fault.ts'
import { Boundary } from '../trust/carriers/admission.ts'
import type { AdmittedSigner } from '../trust/carriers/admission.ts'
import { CARRIED_FACETS } from '../trust/carriers/claims.ts'
import { openingKeyFrom } from '../trust/carriers/encryption.ts'
import { keySourceFrom } from '../trust/carriers/key-sources.ts'
import { signingKeyFrom, UnusableKey } from '../trust/carriers/keys.ts'

/**
 * Signs what crosses process boundaries: where hosts are listed in `baggage`, in what `carry` returns, and in the `_meta`
 * of MCP. One signed text then takes the place of the unsigned entries. It says what they would say, how sure this process
 * is of each facet, who signed, for which trace, and until when: five minutes for a request, seven days for `carry`.
 *
 * It is signed once per binding and trace, in some 30 microseconds. The receiver decides what it's worth, by
 * `boundary.admit` of its policy. Anyone may read it.
 */
export interface SigningOptions {
  /**
   * The private key, Ed25519 or P-256: a JWK, or the path of a file with a JWK or a PEM. The variable also takes the
   * text of either. Variable: `ONBEHALF_SIGNING_KEY`.
   */
  readonly key: string | object
  /** The name of the key. Variable: `ONBEHALF_SIGNING_KID`. Default: that in the JWK, else its thumbprint (RFC 7638). */
  readonly kid?: string
  /** Who signs, for `boundary.admit` of the receivers. Variable: `ONBEHALF_SIGNING_ISSUER`. Default: `service.name`. */
  readonly issuer?: string
  /**
   * What the services at listed hosts are called, so that nobody else can use a carrier that one of them got:
   * `{ 'mail.internal': 'mail-service' }`. Variable: `ONBEHALF_SIGNING_AUDIENCES`, `host=name` with commas between them.
   * Default: none, so that a carrier is good for whoever admits the signer.
   */
  readonly audiences?: Readonly<Record<string, string>>
}

/** Opens carriers that were encrypted to this service, with `openCarrier`. */
export interface DecryptionOptions {
  /**
   * The private keys, X25519 or P-256, told apart by `kid`: each a JWK, or the path of a file with a JWK or a PEM. The
   * variable takes one of them, or the text of one. Variable: `ONBEHALF_DECRYPTION_KEY`.
   */
  readonly keys: readonly (string | object)[]
}

const NAME = v.pipe(
  v.string('has to be text'),
  v.check((text) => text.trim() !== '', 'is empty'),
)

const NOT_SIGNING = 'has to be { key, kid?, issuer?, audiences? }'

const KEY = v.union(
  [NAME, v.custom<object>((key) => typeof key === 'object' && key !== null && !Array.isArray(key))],
  'has to be a path, a JWK or a PEM',
)

export const DECRYPTION = v.strictObject(
  { keys: v.pipe(v.array(KEY, 'has to be a list of keys'), v.minLength(1, 'has no key')) },
  'has to be { keys: [...] }',
)

export const SIGNING = v.strictObject(
  {
    key: KEY,
    kid: v.optional(NAME),
    issuer: v.optional(NAME),
    audiences: v.optional(v.record(v.string(), NAME, 'has to map hosts to names')),
  },
  NOT_SIGNING,
)

/** The further variables of signing, by the field that they set. */
export const SIGNING_VARIABLES = {
  kid: 'ONBEHALF_SIGNING_KID',
  issuer: 'ONBEHALF_SIGNING_ISSUER',
  audiences: 'ONBEHALF_SIGNING_AUDIENCES',
} as const

/** The hosts and names in a variable. What has no name is left for the schema to complain about. */
export function audiencesIn(text: string): Readonly<Record<string, string>> {
  const pairs = text.split(',').filter((pair) => pair.trim() !== '')
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      return at === -1 ? [pair.trim(), ''] : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()]
    }),
  )
}

export interface CarrierOptions {
  readonly signing?: SigningOptions | undefined
  readonly decryption?: DecryptionOptions | undefined
}

/** Where the keys stand, for complaints. */
export interface CarrierPlaces {
  readonly signing: string
  readonly decryption: string
}

/** What signs and what is admitted. Every key that can't be used is a problem. */
export function carrierSettings(
  { signing, decryption }: CarrierOptions,
  policy: Policy,
  { service, place, problems }: { service: string | undefined; place: CarrierPlaces; problems: string[] },
): CarrierSettings {
  const signer = signing && signingFrom(signing, place.signing, problems)
  const opening = decryption?.keys.flatMap((key) => unless(problems, place.decryption, () => openingKeyFrom(key)) ?? [])
  const admit = policy.boundary.admit.flatMap((entry, at) => admittedFrom(entry, at, problems))
  const own = signer?.issuer
  const boundary = new Boundary({
    admit,
    names: () => [own, service, serviceSeen()].filter((name) => name !== undefined),
    remembered: policy.boundary.replay.max,
    onOverflow: () => fault('carrier', 'a used carrier was forgotten before its end: raise boundary.replay.max'),
  })
  return { signing: signer, boundary, opening: opening ?? [], service, alias: policy.alias }
}

function signingFrom(options: SigningOptions, place: string, problems: string[]): Signing | undefined {
  const { key, kid, issuer, audiences = {} } = options
  const hosts = Object.entries(audiences).map(([host, name]) => [host.trim().toLowerCase(), name] as const)
  return unless(problems, place, () => ({ key: signingKeyFrom(key, kid), issuer, audiences: new Map(hosts) }))
}

function admittedFrom(entry: AdmitOptions, at: number, problems: string[]): readonly AdmittedSigner[] {
  const { signer, jwks, as, facets, audience } = entry
  const told = (error: unknown) => fault('carrier', 'the keys of an admitted signer could not be loaded', error)
  const keys = unless(problems, `policy boundary.admit[${at}].jwks`, () => keySourceFrom(jwks, told))
  if (keys === undefined) return []
  const names = typeof audience === 'string' ? [audience] : audience
  return [{ signer, keys, as, facets: new Set(facets ?? CARRIED_FACETS), audience: names }]
}

function unless<T>(problems: string[], place: string, make: () => T): T | undefined {
  try {
    return make()
  } catch (error) {
    problems.push(`${place}: ${error instanceof UnusableKey ? error.message : 'cannot be used'}`)
    return undefined
  }
}

/** The name of the service, as options or the environment say it. */
export function serviceNamed(options: unknown, env: Readonly<Record<string, string | undefined>>): string | undefined {
  const serviceName = optionNamed(options, 'serviceName')
  if (typeof serviceName === 'string' && serviceName.trim() !== '') return serviceName
  const named = env['OTEL_SERVICE_NAME']?.trim() ?? ''
  if (named !== '') return named
  const attributes = env['OTEL_RESOURCE_ATTRIBUTES']?.split(',') ?? []
  const pair = attributes.find((attribute) => attribute.trim().startsWith(SERVICE_NAME))
  return pair === undefined ? undefined : pair.trim().slice(SERVICE_NAME.length)
}

const SERVICE_NAME = 'service.name='

/** One of the options. Undefined if they can't be read, which is complained about elsewhere. */
export function optionNamed(options: unknown, name: string): unknown {
  try {
    return typeof options === 'object' && options !== null ? Reflect.get(options, name) : undefined
  } catch {
    return undefined
  }
}

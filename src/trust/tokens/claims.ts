import { withoutSecrets } from '../../base/secret.ts'
import { MAX_TEXT } from '../../base/shortened.ts'
import { isObject, member } from './strict-json.ts'
import { TokenError } from './token-error.ts'

/** Every claim that is read, with where it is defined. Drafts change: this is the one place that spells them. */
export const CLAIM = {
  // RFC 7519, 4.1
  issuer: 'iss',
  subject: 'sub',
  audience: 'aud',
  expiry: 'exp',
  notBefore: 'nbf',
  issuedAt: 'iat',
  id: 'jti',
  // RFC 8693, 4
  actor: 'act',
  mayAct: 'may_act',
  scope: 'scope',
  client: 'client_id',
  // RFC 7800
  confirmation: 'cnf',
  // OpenID Connect Core, 2; OpenID Connect Front-Channel Logout
  authorizedParty: 'azp',
  authTime: 'auth_time',
  session: 'sid',
  // draft-mora-oauth-entity-profiles
  subjectProfile: 'sub_profile',
  // draft-ietf-oauth-transaction-tokens
  transaction: 'txn',
  // draft-mcguinness-oauth-mission, draft-hardt-oauth-aauth-protocol
  mission: 'mission_s256',
  // Microsoft Entra: access token and agent token claims
  tenant: 'tid',
  object: 'oid',
  identityType: 'idtyp',
  application: 'appid',
  actorFacets: 'xms_act_fct',
  subjectFacets: 'xms_sub_fct',
  entraId: 'uti',
  scp: 'scp',
  appRoles: 'roles',
  // Auth0
  permissions: 'permissions',
} as const

/** NumericDate (RFC 7519, 2) of the last second of the year 9999. A larger number is milliseconds by mistake. */
const LAST_SECOND = 253_402_300_799

/** The claims of a token, read one by one. What is there and can't be read is refused, not left out. */
export class Claims {
  readonly #object: Readonly<Record<string, unknown>>

  constructor(object: Readonly<Record<string, unknown>>) {
    this.#object = object
  }

  /** By its name, or by a JSON pointer. */
  value(claim: string): unknown {
    if (!claim.startsWith('/')) return member(this.#object, claim)
    const steps = claim.slice(1).split('/')
    return steps.reduce<unknown>(
      (value, step) => (isObject(value) ? member(value, step.replaceAll('~1', '/').replaceAll('~0', '~')) : undefined),
      this.#object,
    )
  }

  text(claim: string): string | undefined {
    const value = this.value(claim)
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'string' || value.trim() === '' || value.length > MAX_TEXT)
      throw new TokenError(
        'invalid_claim',
        `The token's ${claim} has to be text of 1 to ${MAX_TEXT} characters. ${FIX}`,
      )
    // Some systems name a user, a client or a grant by a token or a key.
    return withoutSecrets(value)
  }

  need(claim: string): string {
    return this.text(claim) ?? missing(claim)
  }

  /** Text with spaces, or a list of texts. */
  words(claim: string): readonly string[] {
    const value = this.value(claim)
    if (value === undefined || value === null) return []
    const words = typeof value === 'string' ? value.split(' ').filter((word) => word !== '') : value
    if (!Array.isArray(words) || !words.every((word) => typeof word === 'string'))
      throw new TokenError(
        'invalid_claim',
        `The token's ${claim} has to be text with spaces, or a list of texts. ${FIX}`,
      )
    return words.map(withoutSecrets)
  }

  /** The words of several claims together. Undefined if the token has none of the claims. */
  allWords(claims: readonly string[]): readonly string[] | undefined {
    const given = claims.filter((claim) => (this.value(claim) ?? undefined) !== undefined)
    return given.length === 0 ? undefined : [...new Set(given.flatMap((claim) => this.words(claim)))]
  }

  /** A text, or a list of texts. */
  audience(): readonly string[] {
    const value = this.value(CLAIM.audience)
    const audience = typeof value === 'string' ? [value] : value
    if (audience === undefined) missing(CLAIM.audience)
    if (!Array.isArray(audience) || audience.length === 0 || !audience.every((one) => typeof one === 'string'))
      throw new TokenError('invalid_claim', `The token's aud has to be a text, or a list of texts. ${FIX}`)
    return audience as readonly string[]
  }

  /** Seconds since 1970. */
  time(claim: string): number | undefined {
    const value = this.value(claim)
    if (value === undefined) return undefined
    if (typeof value !== 'number' || !(value >= 0 && value <= LAST_SECOND))
      throw new TokenError('invalid_claim', `The token's ${claim} has to be in seconds since 1970. ${FIX}`)
    return value
  }

  object(claim: string): Claims | undefined {
    const value = this.value(claim)
    if (value === undefined) return undefined
    if (!isObject(value)) throw new TokenError('invalid_claim', `The token's ${claim} has to be an object. ${FIX}`)
    return new Claims(value)
  }
}

const FIX = 'Its issuer has to fix that.'

export function missing(claim: string): never {
  throw new TokenError(
    'missing_claim',
    `The token has no ${claim}. Have its issuer add it, or map another claim in roles.`,
  )
}

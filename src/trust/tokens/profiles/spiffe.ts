import { CLAIM, missing } from '../claims.ts'
import { isObject } from '../strict-json.ts'
import { TokenError } from '../token-error.ts'
import type { Profile } from './profile.ts'

/** `spiffe://trust-domain/path` */
const SPIFFE_ID = /^(?<domain>spiffe:\/\/[a-z0-9._-]+)\/.+$/u

const WIT = 'wit+jwt'
/** A WIT-SVID is bound to the workload's key. */
const WIT_KEY = '/cnf/jwk'

/** A JWT-SVID or WIT-SVID. It names a workload: what acts, never who asked. */
export const SPIFFE: Profile = {
  types: ['', 'jwt', 'jose', WIT],
  expressesActor: 'never',
  read({ header, claims, issuer }) {
    if (header.typ === WIT) {
      if (header.kid === undefined || !isObject(claims.value(WIT_KEY))) missing(CLAIM.confirmation)
    } else if (header.alg?.startsWith('Ed') === true) {
      throw new TokenError(
        'alg_not_allowed',
        'A JWT-SVID is signed with RS, ES or PS 256, 384 or 512. Check its issuer.',
      )
    }
    const id = claims.need(CLAIM.subject)
    const domain = trustDomainOf(id)
    if (domain === undefined)
      throw new TokenError('invalid_claim', "The token's sub has to be a SPIFFE id: spiffe://trust-domain/path.")
    // A trust domain signs for its own workloads alone.
    if (domain !== issuer)
      throw new TokenError('invalid_claim', "The token's sub is of another trust domain than its issuer.")
    return {
      principal: undefined,
      actors: [{ id, issuer: domain }],
      authorityId: claims.text(CLAIM.id),
      scopes: undefined,
      correlationId: undefined,
      isSoftware: true,
      client: undefined,
    }
  },
}

/** The trust domain of a SPIFFE id, as a SPIFFE id. */
export function trustDomainOf(id: unknown): string | undefined {
  return typeof id === 'string' ? SPIFFE_ID.exec(id)?.groups?.['domain'] : undefined
}

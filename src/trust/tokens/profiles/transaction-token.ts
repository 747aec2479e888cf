import { CLAIM } from '../claims.ts'
import { principalOf, scopesIn } from './oauth.ts'
import type { Profile } from './profile.ts'

/**
 * draft-ietf-oauth-transaction-tokens, and its extension for agents, which adds `act`. `sub` is unique within the trust
 * domain, which is `aud`. Beside the domain that policy expects, `aud` may name others, which say nothing of the subject.
 */
export const TRANSACTION_TOKEN: Profile = {
  types: ['txntoken+jwt'],
  expressesActor: 'sometimes',
  read({ claims, audience, actors }) {
    const transaction = claims.need(CLAIM.transaction)
    return {
      principal: principalOf(claims.need(CLAIM.subject), audience, undefined),
      actors,
      authorityId: claims.text(CLAIM.id) ?? transaction,
      scopes: scopesIn(claims),
      correlationId: transaction,
      isSoftware: false,
      client: undefined,
    }
  },
}

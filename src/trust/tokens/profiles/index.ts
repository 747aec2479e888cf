import type { TokenProfile } from '../../../policy/token-issuer.ts'
import { ENTRA } from './entra.ts'
import { ID_JAG, OIDC, RFC8693 } from './oauth.ts'
import type { Profile } from './profile.ts'
import { SPIFFE } from './spiffe.ts'
import { TRANSACTION_TOKEN } from './transaction-token.ts'

export const PROFILES: Readonly<Record<TokenProfile, Profile>> = {
  oidc: OIDC,
  rfc8693: RFC8693,
  'transaction-token': TRANSACTION_TOKEN,
  'id-jag': ID_JAG,
  entra: ENTRA,
  spiffe: SPIFFE,
}

import type { Principal } from '../../../model/attribution.ts'
import { CLAIM } from '../claims.ts'
import type { Claims } from '../claims.ts'
import { principalOf } from './oauth.ts'
import type { Profile, Reading, TokenView } from './profile.ts'

const AGENT_IDENTITY = '11'
const AGENT_USER = '13'

/**
 * Microsoft Entra, with agent identities. Ids are `tid/oid`, because `sub` differs between applications. Facets are
 * sets of integers in any order.
 */
export const ENTRA: Profile = { types: ['', 'jwt', 'at+jwt'], expressesActor: 'sometimes', read: readEntra }

function readEntra({ claims, issuer, actors: acting }: TokenView): Reading {
  const tenant = claims.need(CLAIM.tenant)
  const client = claims.text(CLAIM.authorizedParty) ?? claims.text(CLAIM.application)
  const isAgentClient = claims.words(CLAIM.actorFacets).includes(AGENT_IDENTITY)
  const subject = subjectIn(claims, tenant, issuer)
  const isAgentSubject = subject.facets.includes(AGENT_IDENTITY)
  const agent = client !== undefined && (isAgentClient || isAgentSubject) ? [{ id: `${tenant}/${client}`, issuer }] : []
  return {
    principal: isAgentSubject ? undefined : subject.principal,
    actors: [...acting, ...agent],
    authorityId: claims.text(CLAIM.entraId) ?? claims.text(CLAIM.id),
    scopes: claims.allWords([CLAIM.scp, CLAIM.appRoles]),
    correlationId: undefined,
    isSoftware: subject.isSoftware,
    client,
  }
}

interface Subject {
  readonly principal: Principal
  readonly facets: readonly string[]
  readonly isSoftware: boolean
}

/** `idtyp` is optional. Without it, nothing says whether the subject is a person. */
function subjectIn(claims: Claims, tenant: string, issuer: string): Subject {
  const facets = claims.words(CLAIM.subjectFacets)
  const identityType = claims.text(CLAIM.identityType)
  const isAgent = facets.includes(AGENT_IDENTITY) || facets.includes(AGENT_USER)
  const isApp = identityType === 'app'
  const type = isAgent ? 'agent' : isApp ? 'service' : identityType === 'user' ? 'human' : undefined
  const id = `${tenant}/${claims.need(CLAIM.object)}`
  return { principal: principalOf(id, issuer, type), facets, isSoftware: isAgent || isApp }
}

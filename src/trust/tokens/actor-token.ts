import { factsOf, readingOf } from './checked-token.ts'
import type { CheckedToken } from './checked-token.ts'
import { CLAIM } from './claims.ts'
import { tooDeep } from './actor-chain.ts'
import { TokenError } from './token-error.ts'
import { claimOf, differingTie } from './verified-identity.ts'
import type { IdentityFacts } from './verified-identity.ts'

/**
 * The identity of a subject token and the token of the actor that acts with it. Two valid tokens don't make a
 * delegation: a stranger's could be passed beside a user's. So something in them has to tie them together: `may_act` or
 * `act` of the subject token names the actor, or both are of one transaction, session or mission.
 */
export function joinedFacts(subject: CheckedToken, actor: CheckedToken): IdentityFacts {
  const [reading, acting] = [readingOf(subject), readingOf(actor)]
  const [facts, other] = [factsOf(subject, reading), factsOf(actor, acting)]
  const party = acting.principal ?? acting.actors.at(-1)
  if (party === undefined) throw spliced('the actor token names nobody')
  const actorId = { id: party.id, issuer: party.issuer ?? actor.issuer.issuer }

  const mayAct = subject.claims.object(CLAIM.mayAct)
  const allowed = mayAct && {
    id: mayAct.need(CLAIM.subject),
    issuer: mayAct.text(CLAIM.issuer) ?? subject.issuer.issuer,
  }
  if (allowed !== undefined && !isSame(allowed, actorId))
    throw spliced('may_act of the subject token names another actor')
  const current = reading.actors.at(-1)
  if (current !== undefined && !isSame(current, actorId)) throw spliced('act of the subject token names another actor')

  const common = [...facts.ties].filter(([tie, value]) => other.ties.get(tie) === value)
  const differing = differingTie(facts, other)
  if (differing !== undefined) throw spliced(`their ${claimOf(differing)} differs`)
  const isTied =
    allowed !== undefined || current !== undefined || common.some(([tie]) => claimOf(tie) !== CLAIM.authTime)
  if (!isTied) throw spliced('neither of them says that they belong together')

  const actors = current === undefined ? [...reading.actors, actorId] : reading.actors
  if (actors.length > subject.maxActors) throw tooDeep(subject.maxActors)
  const expiresAt = facts.expiresAt < other.expiresAt ? facts.expiresAt : other.expiresAt
  return {
    ...facts,
    actor: actors.at(-1),
    actorChain: actors.map(({ id }) => id),
    authority: { ...facts.authority, expiresAt },
    expiresAt,
    isUndelegated: false,
    hasUncheckedProof: facts.hasUncheckedProof || other.hasUncheckedProof,
    ties: new Map([...other.ties, ...facts.ties]),
  }
}

interface Party {
  readonly id: string
  readonly issuer: string
}

function isSame(one: Party, other: Party): boolean {
  return one.id === other.id && one.issuer === other.issuer
}

function spliced(reason: string): TokenError {
  return new TokenError(
    'chain_spliced',
    `The actor token does not belong to the subject token: ${reason}. Use the tokens of one flow, or a subject token whose may_act names the actor.`,
  )
}

import type { Credential, Principal } from '../model/attribution.ts'
import { actorLabel } from '../resolve/actor-chain.ts'
import type { CredentialLedger } from './credential-ledger.ts'
import { canonicalId, identityKey, isPlaceholder, isPlaceholderPrincipal, principalKey } from '../identity/identity.ts'
import type { IdentityKey } from '../identity/identity.ts'
import type { Sourced } from '../resolve/lineage.ts'
import type { Policy, PolicyRule } from '../policy/policy.ts'
import type { ResolvedSpan } from '../resolve/resolved-span.ts'

/** One resolved span as the identity rules see it: canonical keys, without placeholders and without inferred contexts. */
export interface RuleInput {
  readonly resolved: ResolvedSpan
  readonly policy: Policy
  readonly ledger: CredentialLedger
  readonly principal: IdentityKey | undefined
  readonly actor: IdentityKey | undefined
  /** Undefined if it is only inferred: inferred names aren't part of a collapse. */
  readonly context: IdentityKey | undefined
  /** Whether policy asks for an approver who is not the principal. */
  readonly fourEyes: boolean
  readonly credential: Credential
  readonly credentialSubject: IdentityKey | undefined
  /** Milliseconds since the Unix epoch. Undefined if the span has no time. */
  readonly startedAt: number | undefined
}

export function ruleInput(
  resolved: ResolvedSpan,
  policy: Policy,
  rules: readonly PolicyRule[],
  ledger: CredentialLedger,
): RuleInput {
  const { principal, actor, context } = resolved.facets
  const credential = (isInferredWhole(resolved) ? undefined : context?.value.credential) ?? {}
  const contextId = context?.assurance === 'inferred' ? undefined : context?.value.id
  const label = actor === undefined ? undefined : actorLabel(actor.value)
  return {
    resolved,
    policy,
    ledger,
    principal: principalIn(principal, policy),
    actor: keyOf(label, actor?.value.issuer, policy),
    context: keyOf(contextId, undefined, policy),
    fourEyes: rules.findLast(({ fourEyes }) => fourEyes !== undefined)?.fourEyes ?? policy.fourEyes,
    credential,
    credentialSubject: keyOf(credential.subject, undefined, policy),
    startedAt: resolved.startedAt > 0 ? resolved.startedAt : undefined,
  }
}

/** A stated credential may be beside an inferred name. One on the resource is as inferred as the rest of it. */
export function isInferredWhole({ facets, stated }: ResolvedSpan): boolean {
  if (facets.context?.assurance !== 'inferred') return false
  return facets.context.source === 'resource' || (!stated.judged && stated.context?.assurance === 'inferred')
}

/** A principal's key, unless it is absent or a placeholder. */
export function principalIn(held: Sourced<Principal> | undefined, policy: Policy): IdentityKey | undefined {
  if (held === undefined || isPlaceholderPrincipal(held.value.id)) return undefined
  if (latest?.held !== held || latest.policy !== policy) latest = { held, policy, key: keyOfPrincipal(held, policy) }
  return latest.key
}

/** The spans of a trace share what they inherit, and each one is compared with the one above. */
let latest: { readonly held: Sourced<Principal>; readonly policy: Policy; readonly key: IdentityKey } | undefined

function keyOfPrincipal({ value }: Sourced<Principal>, { alias }: Policy): IdentityKey {
  return principalKey(value.id, value.issuer, alias)
}

/** The key of any other identity, unless it is absent or a placeholder. */
export function keyOf(id: string | undefined, issuer: string | undefined, policy: Policy): IdentityKey | undefined {
  return id === undefined || isPlaceholder(id) ? undefined : identityKey(id, issuer, policy.alias)
}

/** How an entry of a chain is compared: chains have no issuers. */
export function chainKey(entry: string, policy: Policy): string {
  return policy.alias(canonicalId(entry))
}

import { UNREADABLE } from '../base/attribute-value.ts'
import type { Authority, Intent } from '../model/attribution.ts'
import type { FindingCode } from '../model/finding.ts'
import { MAX_ACTORS } from '../base/bounded-chain.ts'
import { actorLabel, isTentative } from '../resolve/actor-chain.ts'
import { TRACE } from '../resolve/process-edge.ts'
import { isPlaceholder, isPlaceholderPrincipal, isSoftwareForm, principalKey } from '../identity/identity.ts'
import type { IdentityKey } from '../identity/identity.ts'
import { intentHash } from '../identity/intent-hash.ts'
import { mayBeOne, shortened } from '../base/shortened.ts'
import { isAtLeast } from '../policy/policy.ts'
import type { Policy } from '../policy/policy.ts'
import type { BoundToken, Sourced } from '../resolve/lineage.ts'
import { areWider } from '../resolve/scopes.ts'
import { differ, same } from './compare.ts'
import { hasConflict, hasContradictedClaim } from './disputes.ts'
import { isConfusable } from './look-alikes.ts'
import { RULE_TERMS } from './rule-terms.ts'
import { chainKey, keyOf, principalIn } from './rule-input.ts'
import type { RuleInput } from './rule-input.ts'
import { compile } from './term.ts'

export interface Check {
  readonly code: FindingCode
  readonly when: (given: RuleInput) => boolean
}

/**
 * Every rule that looks at one span and what its ancestors hand down. The `missing_*` follow from what policy
 * requires, and what only a live process sees is handed to the judge.
 */
export const CHECKS: readonly Check[] = [
  { code: 'principal_is_actor', when: compile(RULE_TERMS.principal_is_actor) },
  { code: 'principal_is_context', when: compile(RULE_TERMS.principal_is_context) },
  { code: 'actor_is_context', when: compile(RULE_TERMS.actor_is_context) },
  { code: 'software_as_human', when: isSoftwareAsHuman },
  { code: 'placeholder_identity', when: hasPlaceholder },
  { code: 'shared_credential', when: isSharedCredential },
  { code: 'undeclared_autonomy', when: compile(RULE_TERMS.undeclared_autonomy) },
  { code: 'principal_changed', when: isPrincipalChanged },
  { code: 'chain_truncated', when: isChainTruncated },
  { code: 'chain_loop', when: isChainLoop },
  { code: 'correlation_changed', when: isCorrelationChanged },
  { code: 'orphan_effect', when: isOrphan },
  { code: 'intent_changed', when: isIntentChanged },
  { code: 'unverified_principal', when: isUnverified },
  { code: 'conflicting_identity', when: hasConflict },
  { code: 'claim_contradicted', when: hasContradictedClaim },
  { code: 'edge_unbacked', when: ({ resolved }) => resolved.lineage.isUnbacked },
  { code: 'confusable_identity', when: ({ resolved, policy }) => isConfusable(resolved, policy) },
  { code: 'denied_but_executed', when: compile(RULE_TERMS.denied_but_executed) },
  { code: 'decision_mismatch', when: compile(RULE_TERMS.decision_mismatch) },
  { code: 'decision_unavailable', when: compile(RULE_TERMS.decision_unavailable) },
  { code: 'confused_deputy', when: compile(RULE_TERMS.confused_deputy) },
  { code: 'decision_late', when: compile(RULE_TERMS.decision_late) },
  { code: 'authority_expired', when: compile(RULE_TERMS.authority_expired) },
  { code: 'undelegated_token', when: isUndelegated },
  { code: 'token_passthrough', when: isPassedOn },
  { code: 'scope_widened', when: isWidened },
  { code: 'self_approved', when: compile(RULE_TERMS.self_approved) },
]

/** As `differ`, of ids and words that are no identities. */
function differInText({ resolved }: RuleInput, a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined || a === b) return false
  const { valueLimit } = resolved
  return !mayBeOne(shortened(a, valueLimit), shortened(b, valueLimit))
}

function isSoftwareAsHuman({ resolved, principal, policy }: RuleInput): boolean {
  const held = resolved.facets.principal
  if (held === undefined || principal === undefined) return false
  if (held.value.type !== 'human' && !same(principal, humanNamedBeside(resolved, policy))) return false
  if (isSoftwareForm(held.value.id) || isSoftwareForm(principal.bare ?? principal.id)) return true
  const token = resolved.binding?.token
  if (token?.isSoftware === true && same(principal, principalOfToken(token, policy))) return true
  return resolved.facts.agentUsers.some((user) => same(principal, principalKey(user, undefined, policy.alias)))
}

/** Whom the app called a human, beside an identity of the same principal that says otherwise. */
function humanNamedBeside({ binding }: RuleInput['resolved'], policy: Policy): IdentityKey | undefined {
  const { bound, named } = binding?.named ?? {}
  if (named?.type !== 'human' || bound !== binding?.bound.principal) return undefined
  return principalIn({ value: named, assurance: 'asserted' }, policy)
}

/** The principal that a token names. */
function principalOfToken({ principal }: BoundToken, policy: Policy): IdentityKey | undefined {
  return principal && principalIn({ value: principal, assurance: 'verified' }, policy)
}

function isUndelegated({ resolved, principal, policy }: RuleInput): boolean {
  const token = resolved.binding?.token
  return token?.isUndelegated === true && same(principal, principalOfToken(token, policy))
}

function isPassedOn({ resolved, credential }: RuleInput): boolean {
  const { id } = credential
  // A token in any other text, such as a whole header, was replaced by its fingerprint there.
  return id !== undefined && resolved.binding?.token?.fingerprints.some((one) => id.includes(one)) === true
}

/** A grant that stands below another one of its type, for the same principal, was derived from it. */
function isWidened(given: RuleInput): boolean {
  const { resolved, principal, policy } = given
  if (resolved.binding?.token?.isWidened === true) return true
  const { authority } = resolved.facets
  const above = resolved.lineage.recognized
  if (authority === undefined || above?.authority === undefined || authority === above.authority) return false
  if (authority.value.type !== above.authority.value.type) return false
  const principalAbove = principalIn(above.principal, policy)
  if ((principal === undefined) !== (principalAbove === undefined)) return false
  if (differ(given, principal, principalAbove)) return false
  return areWider(authority.value.scopes, above.authority.value.scopes)
}

function hasPlaceholder({ resolved, credential }: RuleInput): boolean {
  const { principal, actor, context } = resolved.facets
  const contextId = context?.assurance === 'inferred' ? undefined : context?.value.id
  const label = actor === undefined ? undefined : actorLabel(actor.value)
  if (principal !== undefined && isPlaceholderPrincipal(principal.value.id)) return true
  return isBad(label) || isBad(contextId) || isBad(credential.id) || isBad(credential.subject)
}

function isBad(id: string | undefined): boolean {
  return id !== undefined && isPlaceholder(id)
}

function isSharedCredential({ resolved, principal, credential, ledger, policy }: RuleInput): boolean {
  if (credential.type === 'delegated' || credential.type === 'own') return false
  const key = keyOf(credential.id, undefined, policy)
  return key !== undefined && principal !== undefined && ledger.isSecondUser(key.id, principal, resolved.valueLimit)
}

function isPrincipalChanged(given: RuleInput): boolean {
  const { resolved, principal, policy } = given
  const above = resolved.lineage.recognized
  if (above === undefined || resolved.facets.principal === above.principal) return false
  // A resource speaks of everything that runs there; to name who asked for this is no change.
  if (above.principal?.source === 'resource') return false
  if (!differ(given, principal, principalIn(above.principal, policy))) return false
  return !isHandOver(resolved.facets.authority, above.authority)
}

/** Neither an authority that was merely inherited records a hand-over, nor one that a stranger claimed. */
function isHandOver(authority: Sourced<Authority> | undefined, above: Sourced<Authority> | undefined): boolean {
  if (authority === undefined || !isAtLeast(authority.assurance, 'asserted')) return false
  const name = nameOf(authority)
  return name !== undefined && name !== nameOf(above)
}

function nameOf(authority: Sourced<Authority> | undefined): string | undefined {
  return authority?.value.id ?? authority?.value.type
}

function isChainTruncated(given: RuleInput): boolean {
  const { stated, lineage } = given.resolved
  const above = lineage.recognized?.chain
  const { chain } = stated
  if (chain === undefined || stated.actor === undefined || isTentative(stated, stated.actor)) return false
  if (above === undefined || above.length === 0) return false
  // Trace context brings no chain to the process below, which may state all that it knows.
  if (lineage.actors.actor?.source === TRACE && isAtLeast(stated.actor.assurance, 'asserted')) return false
  // In a chain that is full the last place is that of whoever acts.
  const passedOn = above.length < MAX_ACTORS ? above : above.slice(0, -1)
  return chain.length > above.length + 1 || passedOn.some((entry, at) => !isSameEntry(given, entry, chain[at]))
}

function isSameEntry(given: RuleInput, entry: string, other: string | undefined): boolean {
  if (other === undefined) return false
  return chainKey(entry, given.policy) === chainKey(other, given.policy) || !differInText(given, entry, other)
}

function isChainLoop({ resolved, policy }: RuleInput): boolean {
  const chain = resolved.facets.actorChain
  if (chain.length > policy.maxChainDepth) return true
  if (chain.length < 2) return false
  const actors = chain.filter((entry) => !isPlaceholder(entry))
  return new Set(actors.map((entry) => chainKey(entry, policy))).size < actors.length
}

function isCorrelationChanged(given: RuleInput): boolean {
  const { resolved } = given
  const { lineage } = resolved
  const first = lineage.recognized?.correlation?.value ?? lineage.correlation?.value ?? lineage.tree.correlationId
  const own = resolved.facets.correlation?.value
  // A process that got none takes the id of the trace, which contradicts nobody that began elsewhere.
  if (own === resolved.traceId && lineage.correlation?.source === TRACE) return false
  return differInText(given, own, first)
}

/** Where the parent is in another process only the audit can tell. */
function isOrphan({ resolved }: RuleInput): boolean {
  const { kind, facets, lineage } = resolved
  const isCorrelated = facets.correlation !== undefined && facets.correlation.value !== UNREADABLE
  if ((kind !== 'tool' && kind !== 'effect') || isCorrelated) return false
  return !lineage.hasWorkflowAbove && lineage.origin !== 'elsewhere'
}

function isIntentChanged(given: RuleInput): boolean {
  const { resolved } = given
  const intent = resolved.facets.intent?.value
  const above = resolved.lineage.recognized?.intent?.value
  if (intent === undefined || above === undefined || intent === above) return false
  return isOtherIntent(given, intent, above) && !isDerived(given, intent, above)
}

function isDerived(given: RuleInput, { parentId }: Intent, above: Intent): boolean {
  const names = [above.id, hashOf(above)].filter((name) => name !== undefined)
  return parentId !== undefined && names.some((name) => !differInText(given, parentId, name))
}

/** What both sides say decides, a stated hash before the words: one may say less than the other of the same intent. */
function isOtherIntent(given: RuleInput, intent: Intent, above: Intent): boolean {
  const isOther = (field: (typeof SAID_OF_INTENT)[number]) => differInText(given, intent[field], above[field])
  const said = SAID_OF_INTENT.filter((field) => intent[field] !== undefined && above[field] !== undefined)
  if (isOther('id')) return true
  if (said.includes('hash')) return isOther('hash')
  const words = said.filter((field) => field !== 'id')
  if (words.length > 0) return words.some(isOther)
  return differInText(given, hashOf(intent), hashOf(above))
}

const SAID_OF_INTENT = ['id', 'hash', 'summary', 'purpose'] as const

function hashOf(intent: Intent): string | undefined {
  return intent.hash ?? intentHash(intent)
}

/** What trace context brings is claimed by nature: only policy can ask for more. */
function isUnverified({ resolved: { facets } }: RuleInput): boolean {
  return facets.principal?.assurance === 'claimed' && facets.principal.source !== TRACE
}

import type { Actor, ExecutionContext } from '../model/attribution.ts'
import { ATTR } from '../model/names.ts'
import { actorLabel } from '../resolve/actor-chain.ts'
import { isGrant } from '../judge/grant.ts'
import { canonicalId, isPlaceholder, isPlaceholderPrincipal } from '../identity/identity.ts'
import type { Sourced } from '../resolve/lineage.ts'
import type { Policy } from '../policy/policy.ts'
import { actionsOf, decisionClause, outcomeClause } from './actions.ts'
import type { Action } from './actions.ts'
import type { ChainLink } from './chain.ts'
import { evidenceOf } from './evidence.ts'
import type { Evidence } from './evidence.ts'
import { clauseOf, testimony } from './testimony.ts'
import type { Clause, Said } from './testimony.ts'
import { identity, listed, phrase } from './wording.ts'

/** What a chain proves, in the order of the sentence. Empty if nothing was judged. */
export function clausesOf(chain: readonly ChainLink[], policy: Policy): readonly Clause[] {
  if (chain.length === 0) return []
  const actions = actionsOf(chain)
  return [
    principalClause(chain, policy),
    actorClause(chain, policy),
    ...(actions.length === 0 ? [] : [contextClause(actions)]),
    intentClause(chain),
    ...authorityClause(chain),
    decisionClause(chain, actions),
    outcomeClause(chain, actions),
  ]
}

function principalClause(chain: readonly ChainLink[], policy: Policy): Clause {
  const declared = chain.find(({ judged }) => judged.resolved.facets.declaration?.type === 'autonomous')
  const trigger = declared?.judged.resolved.facets.declaration?.trigger
  const found = testimony(chain, 'principal', (link) => {
    const held = link.judged.resolved.facets.principal
    if (held === undefined) return undefined
    const { id, issuer } = held.value
    return {
      isPlaceholder: isPlaceholderPrincipal(id),
      key: `${policy.alias(canonicalId(id))}\n${issuer ?? ''}`,
      text: identity(id),
      held,
      evidence: () => evidenceOf(link, id, ATTR.principal.id),
    }
  })
  // Software doesn't ask: a schedule or another service set off the work.
  const asked = isSoftware(chain) ? 'started it' : 'asked'
  const autonomous = `for this autonomous run${trigger === undefined ? '' : `, set off by ${phrase(trigger)}`}`
  const owner = declared === undefined || !isSoftware(chain) ? undefined : ownerOf(declared)
  const answering = owner === undefined || found.said.length === 0 ? found : { ...found, said: [owner] }
  return clauseOf(answering, {
    facet: 'principal',
    say: (names) => (declared === undefined ? `${names} ${asked}` : `${names} answers ${autonomous}`),
    unproven: declared === undefined ? 'who asked is not proven' : `who answers ${autonomous} is not proven`,
  })
}

/** The declared owner answers for a run, not the agent or service that runs as its own principal. */
function ownerOf(declared: ChainLink): Said | undefined {
  const owner = declared.judged.resolved.facets.declaration?.owner
  if (owner === undefined) return undefined
  return { text: identity(owner), assurance: 'asserted', evidence: evidenceOf(declared, owner, ATTR.declaration.owner) }
}

/** Whether every principal is stated to be something other than a person. */
function isSoftware(chain: readonly ChainLink[]): boolean {
  const principals = chain.flatMap(({ judged }) => judged.resolved.facets.principal ?? [])
  return principals.length > 0 && principals.every(({ value: { type = 'human' } }) => type !== 'human')
}

function actorClause(chain: readonly ChainLink[], policy: Policy): Clause {
  const versions = new Map<string, string>()
  const key = (label: string) => policy.alias(canonicalId(label))
  for (const { judged } of chain) {
    const actor = judged.resolved.facets.actor?.value
    const label = actor === undefined ? undefined : actorLabel(actor)
    if (label !== undefined && actor?.version !== undefined) versions.set(key(label), actor.version)
  }
  const found = testimony(chain, 'actor', (link) => {
    const { actor: held, actorChain } = link.judged.resolved.facets
    const label = held === undefined ? undefined : actorLabel(held.value)
    if (held === undefined || label === undefined) return undefined
    const line = actorChain.length === 0 ? [label] : actorChain
    return {
      isPlaceholder: isPlaceholder(label),
      key: line.map(key).join('\n'),
      text: line.map((name) => versioned(name, versions.get(key(name)))).join(' → '),
      held,
      evidence: () => evidenceOf(link, label, nameOfActor(held.value)),
    }
  })
  return clauseOf(
    { ...found, said: withoutBeginnings(found.said) },
    { facet: 'actor', say: (names) => `${names} acted`, unproven: 'what acted is not proven' },
  )
}

function nameOfActor({ id }: Actor): string {
  return id === undefined ? ATTR.actor.name : ATTR.actor.id
}

function versioned(name: string, version: string | undefined): string {
  if (version === undefined) return identity(name)
  return `${identity(name)} ${identity(/^v\d/iu.test(version) ? version : `v${version}`)}`
}

/** Leaves out actor chains that another one starts with: the longer one says it all. */
function withoutBeginnings(said: readonly Said[]): Said[] {
  const beginnings = new Set<string>()
  let last = ''
  // In reverse order of the alphabet, what begins with a text stands right before it.
  for (const text of new Set(
    said
      .map((one) => `${one.text} → `)
      .toSorted()
      .toReversed(),
  )) {
    if (last.startsWith(text)) beginnings.add(text)
    last = text
  }
  return said.filter(({ text }) => !beginnings.has(`${text} → `))
}

function contextClause(actions: readonly Action[]): Clause {
  const links = actions.flatMap(tellingParts)
  const withCredential = new Set(links.flatMap(({ judged }) => credentialed(judged.resolved.facets.context)))
  const found = testimony(links, 'context', (link) => {
    const held = link.judged.resolved.facets.context
    const id = held?.value.id
    if (held === undefined || id === undefined) return undefined
    // A connector that is listed with its login isn't listed again without it.
    const isBare = held.value.credential === undefined
    const isNobody = held.assurance !== 'inferred' && isPlaceholder(id)
    if (!isNobody && isBare && withCredential.has(canonicalId(id))) return undefined
    return {
      isPlaceholder: isNobody,
      key: contextText(held.value),
      text: contextText(held.value),
      held,
      evidence: () => evidenceOf(link, id, ATTR.context.id),
    }
  })
  return clauseOf(found, {
    facet: 'context',
    say: (names) => `through ${names}`,
    unproven: 'through what is not proven',
  })
}

/** A stated name tells more than any inferred name, and an effect's name more than the tool's. */
function tellingParts({ parts }: Action): readonly ChainLink[] {
  const assuranceOf = ({ judged }: ChainLink) => judged.resolved.facets.context?.assurance
  const stated = parts.filter((link) => assuranceOf(link) !== undefined && assuranceOf(link) !== 'inferred')
  if (stated.length > 0) return stated
  const effects = parts.filter(({ judged }) => judged.resolved.kind === 'effect')
  return effects.length > 0 ? effects : parts
}

function credentialed(held: Sourced<ExecutionContext> | undefined): readonly string[] {
  const id = held?.value.id
  return id === undefined || held?.value.credential === undefined ? [] : [canonicalId(id)]
}

function contextText({ id = '', credential }: ExecutionContext): string {
  if (credential?.subject !== undefined) return `${identity(id)} as ${identity(credential.subject)}`
  if (credential?.id !== undefined) return `${identity(id)} with credential ${identity(credential.id)}`
  return identity(id)
}

function intentClause(chain: readonly ChainLink[]): Clause {
  const found = testimony(chain, 'intent', (link) => {
    const held = link.judged.resolved.facets.intent
    if (held === undefined) return undefined
    const { id, summary, purpose, hash } = held.value
    const said = summary ?? purpose
    return {
      key: id ?? hash ?? said ?? '',
      text: said === undefined ? `fulfil intent ${identity(id ?? hash ?? '')}` : phrase(said),
      held,
      evidence: () => evidenceOf(link, said ?? id ?? hash, said === undefined ? ATTR.intent.id : ATTR.intent.summary),
    }
  })
  return clauseOf(found, { facet: 'intent', say: (names) => `to ${names}`, unproven: 'why is not proven' })
}

/** Many chains need no grant, so a missing one is up to policy, not the sentence. */
function authorityClause(chain: readonly ChainLink[]): readonly Clause[] {
  const grants = new Map<string, Evidence>()
  for (const link of chain) {
    const authority = link.judged.resolved.facets.authority
    if (!isGrant(authority)) continue
    const text = [authority.type, authority.id === undefined ? undefined : identity(authority.id)]
      .filter((part) => part !== undefined)
      .join(' ')
    const name = text === '' ? 'a grant without a name' : text
    if (!grants.has(name)) grants.set(name, evidenceOf(link, authority.id, ATTR.authority.id))
  }
  if (grants.size === 0) return []
  const text = `under ${listed([...grants.keys()])}`
  return [{ facet: 'authority', text, proven: true, evidence: [...grants.values()] }]
}

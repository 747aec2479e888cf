import type { Actor, Declaration, ExecutionContext, Principal } from '../model/attribution.ts'
import { ATTR } from '../model/names.ts'
import { actorLabel } from '../resolve/actor-chain.ts'
import { isGrant } from '../judge/grant.ts'
import { isUnreadable } from '../judge/unreadable.ts'
import { canonicalId, isPlaceholder, isPlaceholderPrincipal } from '../identity/identity.ts'
import type { Sourced } from '../resolve/lineage.ts'
import type { Policy } from '../policy/policy.ts'
import { actionName, actionsOf, actsOf, decisionClause, isAct, outcomeClause } from './actions.ts'
import type { Action, ChainLink } from './chain.ts'
import { evidenceOf } from './evidence.ts'
import type { Evidence } from './evidence.ts'
import { sureText } from './sureness.ts'
import type { Sureness } from './sureness.ts'
import { clauseOf, testimony } from './testimony.ts'
import type { Acts, Clause, Form, Said } from './testimony.ts'
import { identity, MORE_LISTED, phrase } from './wording.ts'

/** What a chain proves, in the order of the sentence. Empty if nothing was judged. */
export function clausesOf(chain: readonly ChainLink[], policy: Policy): readonly Clause[] {
  if (chain.length === 0) return []
  const actions = actionsOf(chain)
  const acts = actsOf(actions)
  return [
    principalClause(chain, acts, policy),
    actorClause(chain, acts, policy),
    ...(actions.length === 0 ? [] : [contextClause(acts)]),
    intentClause(chain, acts),
    ...authorityClause(chain, acts),
    decisionClause(chain, actions),
    outcomeClause(chain, actions),
  ]
}

function principalClause(chain: readonly ChainLink[], acts: Acts, policy: Policy): Clause {
  const runs = autonomousRuns(chain, policy)
  const ambiguous = namesOfSeveral(chain, policy)
  const found = testimony(chain, 'principal', acts, (link) => {
    const held = link.judged.resolved.facets.principal
    if (held === undefined) return undefined
    const { id, type = 'human', issuer } = held.value
    const isAmbiguous = issuer !== undefined && ambiguous.has(policy.alias(canonicalId(id)))
    const run = runs.get(link)
    const statement = {
      isPlaceholder: isPlaceholderPrincipal(id),
      key: principalText(held, policy),
      text: isAmbiguous ? `${identity(id)} of ${identity(issuer)}` : identity(id),
      held: { ...held, issuer, isTooWeak: link.judged.judgement.findings.includes('unverified_principal') },
      // Software doesn't ask: a schedule or another service set off the work.
      form: type === 'human' ? undefined : STARTED,
      evidence: () => evidenceOf(link, id, ATTR.principal.id),
    }
    return run === undefined ? statement : { ...statement, ...run }
  })
  const isWhole = runs.size > 0 && runs.size === chain.length
  return clauseOf(
    found,
    {
      facet: 'principal',
      say: (names, of) => `${names} asked${forActs(of)}`,
      unproven: isWhole
        ? `who answers ${[...runs.values()][0]?.form.of ?? ''} is not proven`
        : 'who asked is not proven',
      // Nobody who stands behind an act is left out of the sentence.
      most: acts.all.length === 0 ? undefined : MAX_PRINCIPALS,
    },
    acts,
  )
}

/** The ids that more than one issuer gave. */
function namesOfSeveral(chain: readonly ChainLink[], { alias }: Policy): ReadonlySet<string> {
  const issuers = new Map<string, string>()
  const several = new Set<string>()
  for (const { judged } of chain) {
    const { id, issuer } = judged.resolved.facets.principal?.value ?? {}
    if (id === undefined || issuer === undefined) continue
    const name = alias(canonicalId(id))
    const known = issuers.get(name)
    if (known === undefined) issuers.set(name, issuer)
    else if (canonicalId(known) !== canonicalId(issuer)) several.add(name)
  }
  return several
}

const MAX_PRINCIPALS = 50
const STARTED: Form = { id: 'started', say: (names, of) => `${names} started it${forActs(of)}` }

function forActs(acts: string): string {
  return acts === '' ? '' : ` for ${acts}`
}

function principalText({ value: { id, issuer } }: Sourced<Principal>, policy: Policy): string {
  return `${policy.alias(canonicalId(id))}\n${issuer ?? ''}`
}

/** What is said of the principal of an autonomous run: whom it's by, where that isn't the principal, and how. */
interface Run {
  readonly form: Form & { readonly of: string }
  readonly key?: string
  readonly text?: string
  readonly held?: Sureness
  readonly evidence?: () => Evidence
}

/**
 * The spans of declared autonomous runs. The declared owner answers for one, not the agent or service that runs as its own
 * principal. A person who asked for the work around it asked for what is in it too, whatever it declares.
 */
function autonomousRuns(chain: readonly ChainLink[], policy: Policy): ReadonlyMap<ChainLink, Run> {
  const runs = new Map<ChainLink, Run>()
  for (const link of chain) {
    const { declaration: declared, principal } = link.judged.resolved.facets
    if (declared?.value.type !== 'autonomous' || principal === undefined) continue
    const isPerson = (principal.value.type ?? 'human') === 'human'
    const above = link.above?.judged.resolved.facets
    const isInherited =
      above?.principal !== undefined && principalText(above.principal, policy) === principalText(principal, policy)
    const isAbove = link.above !== undefined && runs.has(link.above)
    if (isPerson && isInherited && !isAbove) continue
    runs.set(link, runOf(link, declared, isPerson))
  }
  return runs
}

function runOf(
  link: ChainLink,
  { value: { owner, trigger }, ...sureness }: Sourced<Declaration>,
  isPerson: boolean,
): Run {
  const by = trigger === undefined ? '' : `, set off by ${phrase(trigger)}`
  const run = (which: string) => `${sureText(which, sureness)}${by}`
  const form = {
    id: `autonomous ${run('')}`,
    of: `for ${run('this autonomous run')}`,
    say: (names: string, of: string, isWhole: boolean) => {
      if (of !== '') return `${names} answers for ${run(`the autonomous run of ${of}`)}`
      return `${names} answers for ${run(isWhole ? 'this autonomous run' : 'an autonomous run in it')}`
    },
  }
  if (owner === undefined || isPerson) return { form }
  const key = canonicalId(owner)
  return {
    form,
    key,
    text: identity(owner),
    held: sureness,
    evidence: () => evidenceOf(link, owner, ATTR.declaration.owner),
  }
}

function actorClause(chain: readonly ChainLink[], acts: Acts, policy: Policy): Clause {
  const versions = new Map<string, string>()
  const key = (label: string) => policy.alias(canonicalId(label))
  for (const { judged } of chain) {
    const actor = judged.resolved.facets.actor?.value
    const label = actor === undefined ? undefined : actorLabel(actor)
    if (label !== undefined && actor?.version !== undefined) versions.set(key(label), actor.version)
  }
  const found = testimony(chain, 'actor', acts, (link) => {
    const { actor: held, actorChain, principal } = link.judged.resolved.facets
    const label = held === undefined ? undefined : actorLabel(held.value)
    if (held === undefined || label === undefined) return undefined
    const line = actorChain.length === 0 ? [label] : actorChain
    return {
      isPlaceholder: isPlaceholder(label),
      key: line.map(key).join('\n'),
      text: line.map((name) => versioned(name, versions.get(key(name)))).join(' → '),
      held: { ...held, issuer: whoChecked(held, principal) },
      evidence: () => evidenceOf(link, label, nameOfActor(held.value)),
    }
  })
  return clauseOf(
    { ...found, said: withoutBeginnings(found.said) },
    {
      facet: 'actor',
      say: (names, of) => `${names} acted${of === '' ? '' : ` in ${of}`}`,
      unproven: 'what acted is not proven',
    },
    acts,
  )
}

/** A token may name an actor of another issuer, whose key nothing was checked against. */
function whoChecked({ value }: Sourced<Actor>, principal: Sourced<Principal> | undefined): string | undefined {
  const isOfOneToken = principal?.assurance !== 'verified' || principal.value.issuer === value.issuer
  return isOfOneToken ? value.issuer : undefined
}

function nameOfActor({ id }: Actor): string {
  return id === undefined ? ATTR.actor.name : ATTR.actor.id
}

function versioned(name: string, version: string | undefined): string {
  if (version === undefined) return identity(name)
  return `${identity(name)} ${identity(/^v\d/iu.test(version) ? version : `v${version}`)}`
}

/** Leaves out actor chains that another one starts with: the longer one says it all, unless each did something. */
function withoutBeginnings(said: readonly Said[]): readonly Said[] {
  const [ofAny, ofActs] = [new Set<string>(), new Set<string>()]
  for (const { text, acts } of said) {
    for (let at = text.lastIndexOf(ARROW); at !== -1; at = text.lastIndexOf(ARROW, at - 1)) {
      ofAny.add(text.slice(0, at))
      if (acts.size > 0) ofActs.add(text.slice(0, at))
      if (at === 0) break
    }
  }
  return said.filter(({ text, acts }) => !ofAny.has(text) || (acts.size > 0 && ofActs.has(text)))
}

const ARROW = ' → '

function contextClause(acts: Acts): Clause {
  const links = acts.all.flatMap(tellingParts)
  const withCredential = new Set(links.flatMap(({ judged }) => credentialed(judged.resolved.facets.context)))
  const found = testimony(links, 'context', acts, (link) => {
    const held = link.judged.resolved.facets.context
    const id = held?.value.id
    if (held === undefined || id === undefined) return undefined
    // A connector that is listed with its login isn't listed again without it.
    const { credential } = held.value
    const isNobody = held.assurance !== 'inferred' && [id, credential?.subject, credential?.id].some(isNobodys)
    if (!isNobody && credential === undefined && withCredential.has(canonicalId(id))) return undefined
    return {
      isPlaceholder: isNobody,
      key: contextText(held.value),
      text: contextText(held.value),
      held,
      evidence: () => evidenceOf(link, id, ATTR.context.id),
    }
  })
  return clauseOf(
    found,
    {
      facet: 'context',
      say: (names, of) => `through ${names}${forActs(of)}`,
      unproven: 'through what is not proven',
      most: MORE_LISTED,
    },
    acts,
  )
}

function isNobodys(id: string | undefined): boolean {
  return id !== undefined && isPlaceholder(id)
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

function intentClause(chain: readonly ChainLink[], acts: Acts): Clause {
  const named = new Set(acts.all.length < 2 ? [] : acts.all.map(({ outer }) => actionName(outer)))
  const found = testimony(chain, 'intent', acts, (link) => {
    const held = link.judged.resolved.facets.intent
    if (held === undefined) return undefined
    const { id, summary, purpose, hash } = held.value
    const said = summary ?? purpose
    return {
      key: id ?? hash ?? said ?? '',
      text: said === undefined ? `fulfil intent ${identity(id ?? hash ?? '')}` : phrase(said, named),
      held,
      evidence: () => evidenceOf(link, said ?? id ?? hash, said === undefined ? ATTR.intent.id : ATTR.intent.summary),
    }
  })
  return clauseOf(
    found,
    { facet: 'intent', say: (names, of) => `to ${names}${forActs(of)}`, unproven: 'why is not proven' },
    acts,
  )
}

/**
 * Many chains need no grant, so a missing one is up to policy, not the sentence. A grant covers the acts that were done
 * under it, and nothing else.
 */
function authorityClause(chain: readonly ChainLink[], acts: Acts): readonly Clause[] {
  const links = acts.all.length === 0 ? chain : acts.all.flatMap(({ parts }) => parts)
  const found = testimony(links, 'authority', acts, (link) => {
    const held = link.judged.resolved.facets.authority
    if (!isGrant(held?.value)) return undefined
    const { id, type } = held.value
    const name = [type, id === undefined ? undefined : identity(id)].filter((part) => part !== undefined).join(' ')
    return {
      isPlaceholder: isUnreadable(held.value),
      form: isOfPart(acts.of(link)) ? PART_OF_ACT : undefined,
      key: `${type ?? ''}\n${id === undefined ? '' : canonicalId(id)}`,
      text: name === '' ? 'a grant without a name' : name,
      held,
      evidence: () => evidenceOf(link, id, ATTR.authority.id),
    }
  })
  if (found.said.length === 0 && found.doubts.length === 0) return []
  const unproven = 'under what authority is not proven'
  return [clauseOf(found, { facet: 'authority', say: (names, of) => `under ${names}${forActs(of)}`, unproven }, acts)]
}

const PART_OF_ACT: Form = {
  id: 'part',
  say: (names, of) => `under ${names} for part of ${of === '' ? 'what was done' : of}`,
}

/** Whether something was done in an act under no grant although other parts had one. */
function isOfPart(act: Action | undefined): boolean {
  if (act === undefined || hasGrant(act.outer)) return false
  return act.parts.some((part) => isAct(part) && !hasGrant(part))
}

function hasGrant({ judged }: ChainLink): boolean {
  return isGrant(judged.resolved.facets.authority?.value)
}

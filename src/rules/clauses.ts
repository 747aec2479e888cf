import type { Actor, Assurance, Decision, ExecutionContext, Facet, Outcome } from '../model/attribution.ts'
import { ASSURANCES } from '../model/attribution.ts'
import { findingEntry } from '../model/finding.ts'
import type { FindingCode } from '../model/finding.ts'
import { ATTR } from '../model/names.ts'
import { actorLabel } from './actor-line.ts'
import type { ChainLink } from './chain.ts'
import { evidenceOf } from './evidence.ts'
import type { Evidence } from './evidence.ts'
import { canonicalId, isPlaceholder, isPlaceholderPrincipal } from './identity.ts'
import type { Held } from './lineage.ts'
import type { Policy } from './policy.ts'

/** One part of the sentence that answers for a chain. */
export interface Clause {
  readonly facet: Facet
  readonly text: string
  /** False where the spans do not show it, or show it collapsed or contradicted; the text then says so. */
  readonly proven: boolean
  /** The least of what the clause names. */
  readonly assurance?: Assurance
  readonly evidence: readonly Evidence[]
}

/** Says of a chain what it proves, in the order of the sentence; empty where nothing was judged. */
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

/** What was done as one: a tool call with everything beneath it, or an effect without a tool. */
interface Action {
  readonly outer: ChainLink
  readonly parts: readonly ChainLink[]
}

function actionsOf(chain: readonly ChainLink[]): readonly Action[] {
  const parts = new Map<ChainLink, ChainLink[]>()
  for (const link of chain) {
    const { kind } = link.judged.sighting
    if (link.action === undefined || (kind !== 'tool' && kind !== 'effect')) continue
    const known = parts.get(link.action)
    if (known === undefined) parts.set(link.action, [link])
    else known.push(link)
  }
  return [...parts].map(([outer, found]) => ({ outer, parts: found }))
}

/** Something that spans say of a facet, once however many say it. */
interface Said {
  readonly text: string
  assurance: Assurance
  evidence: Evidence
}

/** What the spans say of one facet, and why some of them prove nothing. */
interface Testimony {
  readonly said: Said[]
  /** A reason each, for spans that had to say it and do not, or whose word does not count. */
  readonly doubts: string[]
  readonly spans: number
}

interface Statement {
  /** What makes two statements one. */
  readonly key: string
  readonly text: string
  readonly held: Held<unknown>
  readonly evidence: () => Evidence
}

/** The findings that leave a facet of a span unproven although it stands there. */
const SPOILED_BY = {
  principal: [
    'missing_principal',
    'software_as_human',
    'context_divergence',
    'conflicting_identity',
    'attribution_rewritten',
  ],
  actor: ['missing_actor', 'principal_is_actor', 'undelegated_token', 'conflicting_identity', 'attribution_rewritten'],
  context: [
    'missing_context',
    'principal_is_context',
    'actor_is_context',
    'shared_credential',
    'token_passthrough',
    'conflicting_identity',
    'attribution_rewritten',
  ],
  intent: ['missing_intent'],
} as const satisfies Partial<Record<Facet, readonly FindingCode[]>>

function testimony(
  links: readonly ChainLink[],
  spoilers: readonly FindingCode[],
  stateOf: (link: ChainLink) => Statement | 'placeholder' | undefined,
): Testimony {
  const said = new Map<string, Said>()
  const doubts: string[] = []
  for (const link of links) {
    const spoiler = spoilers.find((code) => link.judged.judgement.findings.includes(code))
    const statement = stateOf(link)
    if (spoiler !== undefined) doubts.push(lowerFirst(findingEntry(spoiler).title))
    else if (statement === 'placeholder') doubts.push(lowerFirst(findingEntry('placeholder_identity').title))
    else if (statement !== undefined) add(said, statement)
  }
  return { said: [...said.values()], doubts, spans: links.length }
}

/** Of two spans that say the same the surer one is the witness. */
function add(said: Map<string, Said>, { key, text, held, evidence }: Statement): void {
  const known = said.get(key)
  if (known === undefined) said.set(key, { text, assurance: held.assurance, evidence: evidence() })
  else if (rank(held.assurance) < rank(known.assurance)) {
    known.assurance = held.assurance
    known.evidence = evidence()
  }
}

function rank(assurance: Assurance): number {
  return ASSURANCES.indexOf(assurance)
}

interface Wording {
  readonly facet: Facet
  /** The clause around the names. */
  readonly say: (names: string) => string
  readonly unproven: string
}

function clauseOf({ said, doubts, spans }: Testimony, { facet, say, unproven }: Wording): Clause {
  const [doubt] = doubts
  const reason = doubt === undefined ? '' : ` (${doubt})`
  if (said.length === 0) return { facet, text: `${unproven}${reason}`, proven: false, evidence: [] }
  const rest = doubt === undefined ? '' : `, which is not proven for ${doubts.length} of ${spans} spans${reason}`
  return {
    facet,
    text: `${say(listed(said.map(named)))}${rest}`,
    proven: doubts.length === 0,
    assurance: said.map(({ assurance }) => assurance).toSorted((a, b) => rank(b) - rank(a))[0] as Assurance,
    evidence: said.map(({ evidence }) => evidence),
  }
}

/** What is less than asserted says which it is. */
function named({ text, assurance }: Said): string {
  return assurance === 'claimed' || assurance === 'inferred' ? `${text} (${assurance})` : text
}

/** A sentence stays one: what is left out of it stands in the chain. */
const MAX_LISTED = 4

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MAX_LISTED)
  if (names.length > shown.length) return `${shown.join(', ')} and ${names.length - shown.length} more`
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`
}

function principalClause(chain: readonly ChainLink[], policy: Policy): Clause {
  const declared = chain.find(({ judged }) => judged.sighting.resolved.declaration?.type === 'autonomous')
  const trigger = declared?.judged.sighting.resolved.declaration?.trigger
  const found = testimony(chain, SPOILED_BY.principal, (link) => {
    const held = link.judged.sighting.resolved.principal
    if (held === undefined) return undefined
    const { id, issuer } = held.value
    if (isPlaceholderPrincipal(id)) return 'placeholder'
    return {
      key: `${policy.alias(canonicalId(id))}\n${issuer ?? ''}`,
      text: identity(id),
      held,
      evidence: () => evidenceOf(link, id, ATTR.principal.id),
    }
  })
  const autonomous = `for this autonomous run${trigger === undefined ? '' : `, set off by ${phrase(trigger)}`}`
  return clauseOf(found, {
    facet: 'principal',
    say: (names) => (declared === undefined ? `${names} asked` : `${names} answers ${autonomous}`),
    unproven: declared === undefined ? 'who asked is not proven' : `who answers ${autonomous} is not proven`,
  })
}

function actorClause(chain: readonly ChainLink[], policy: Policy): Clause {
  const versions = new Map<string, string>()
  const key = (label: string) => policy.alias(canonicalId(label))
  for (const { judged } of chain) {
    const actor = judged.sighting.resolved.actor?.value
    const label = actor === undefined ? undefined : actorLabel(actor)
    if (label !== undefined && actor?.version !== undefined) versions.set(key(label), actor.version)
  }
  const found = testimony(chain, SPOILED_BY.actor, (link) => {
    const { actor: held, actorChain } = link.judged.sighting.resolved
    const label = held === undefined ? undefined : actorLabel(held.value)
    if (held === undefined || label === undefined) return undefined
    if (isPlaceholder(label)) return 'placeholder'
    const line = actorChain.length === 0 ? [label] : actorChain
    return {
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

/** A chain of actors says what its beginnings say. */
function withoutBeginnings(said: readonly Said[]): Said[] {
  return said.filter(({ text }) => !said.some((other) => other.text.startsWith(`${text} → `)))
}

function contextClause(actions: readonly Action[]): Clause {
  const links = actions.flatMap(tellingParts)
  const withCredential = new Set(links.flatMap(({ judged }) => credentialed(judged.sighting.resolved.context)))
  const found = testimony(links, SPOILED_BY.context, (link) => {
    const held = link.judged.sighting.resolved.context
    const id = held?.value.id
    if (held === undefined || id === undefined) return undefined
    if (held.assurance !== 'inferred' && isPlaceholder(id)) return 'placeholder'
    // A connector that is named with its login once is not listed without it again.
    const isBare = held.value.credential === undefined
    if (isBare && withCredential.has(canonicalId(id))) return undefined
    return {
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

/** What was stated tells more than any name that was inferred, and an effect's name more than the tool's. */
function tellingParts({ parts }: Action): readonly ChainLink[] {
  const assuranceOf = ({ judged }: ChainLink) => judged.sighting.resolved.context?.assurance
  const stated = parts.filter((link) => assuranceOf(link) !== undefined && assuranceOf(link) !== 'inferred')
  if (stated.length > 0) return stated
  const effects = parts.filter(({ judged }) => judged.sighting.kind === 'effect')
  return effects.length > 0 ? effects : parts
}

function credentialed(held: Held<ExecutionContext> | undefined): readonly string[] {
  const id = held?.value.id
  return id === undefined || held?.value.credential === undefined ? [] : [canonicalId(id)]
}

function contextText({ id = '', credential }: ExecutionContext): string {
  if (credential?.subject !== undefined) return `${identity(id)} as ${identity(credential.subject)}`
  if (credential?.id !== undefined) return `${identity(id)} with credential ${identity(credential.id)}`
  return identity(id)
}

function intentClause(chain: readonly ChainLink[]): Clause {
  const found = testimony(chain, SPOILED_BY.intent, (link) => {
    const held = link.judged.sighting.resolved.intent
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

/** Many chains need no grant, so that its absence is a matter of policy and not of the sentence. */
function authorityClause(chain: readonly ChainLink[]): readonly Clause[] {
  const grants = new Map<string, Evidence>()
  for (const link of chain) {
    const authority = link.judged.sighting.resolved.authority
    if (authority === undefined) continue
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

function decisionClause(chain: readonly ChainLink[], actions: readonly Action[]): Clause {
  const whole = actions.length === 0 ? chain.map((link) => ({ outer: link, parts: [link] })) : actions
  const verdicts = new Map<string, { count: number; readonly evidence: Evidence }>()
  let decided = 0
  for (const { parts } of whole) {
    const texts = new Map<string, ChainLink>()
    for (const link of parts) {
      const { decision } = link.judged.sighting.resolved
      if (decision !== undefined) texts.set(decisionText(decision), link)
    }
    if (texts.size > 0) decided += 1
    for (const [text, link] of texts) {
      const known = verdicts.get(text)
      if (known === undefined) verdicts.set(text, { count: 1, evidence: decisionEvidence(link) })
      else known.count += 1
    }
  }
  if (decided === 0) {
    return { facet: 'decision', text: 'no policy decision is recorded', proven: false, evidence: [] }
  }
  const all = whole.length
  const texts = [...verdicts].map(([text, { count }]) => (count === all ? text : `${text} ${count} of ${all} actions`))
  const open = all - decided
  return {
    facet: 'decision',
    text: `${listed(texts)}${open === 0 ? '' : `, and no decision is recorded for ${open}`}`,
    proven: open === 0,
    evidence: [...verdicts.values()].map(({ evidence }) => evidence),
  }
}

function decisionEvidence(link: ChainLink): Evidence {
  return evidenceOf(link, link.judged.sighting.resolved.decision?.outcome, ATTR.decision.outcome)
}

const DECIDED: Readonly<Record<Decision['outcome'], string>> = {
  allow: 'allowed',
  deny: 'denied',
  modify: 'allowed with changes',
  escalate: 'escalated',
  not_required: 'asked for no decision on',
}

function decisionText({ outcome, policy, approver }: Decision): string {
  const by = policy?.id === undefined ? 'policy' : `policy ${identity(policy.id)}`
  const text = `${by} ${outcome === 'not_required' ? 'required no decision' : DECIDED[outcome]}`
  if (approver !== undefined) return `${text} (approved by ${identity(approver.id)})`
  return outcome === 'escalate' ? `${text} and nobody approved` : text
}

function outcomeClause(chain: readonly ChainLink[], actions: readonly Action[]): Clause {
  const ends = new Map<string, { count: number; readonly evidence: Evidence }>()
  const add = (text: string, link: ChainLink) => {
    const known = ends.get(text)
    if (known === undefined) ends.set(text, { count: 1, evidence: outcomeEvidence(link) })
    else known.count += 1
  }
  for (const { outer, parts } of actions) {
    add(`${actionName(outer)} ${ENDED[outer.judged.sighting.outcome]}${onResource(parts)}`, outer)
    if (outer.judged.sighting.outcome !== 'success') continue
    // A tool that swallows the failure of its effect reports success.
    for (const part of parts) {
      const { outcome } = part.judged.sighting
      if (part !== outer && outcome !== 'success') add(`${actionName(part)} in it ${ENDED[outcome]}`, part)
    }
  }
  if (actions.length === 0) {
    for (const link of chain) if (link.above === undefined) add(`the run ${ENDED[link.judged.sighting.outcome]}`, link)
  }
  const texts = [...ends].map(([text, { count }]) => (count === 1 ? text : `${text} (${count} times)`))
  const nothing = actions.length === 0 ? ', and no tool call or effect is recorded' : ''
  return {
    facet: 'outcome',
    text: `${listed(texts)}${nothing}`,
    proven: true,
    evidence: [...ends.values()].map(({ evidence }) => evidence),
  }
}

const ENDED: Readonly<Record<Outcome, string>> = {
  success: 'succeeded',
  failure: 'failed',
  denied: 'was denied',
  unknown: 'ended in a way that is not known',
}

function actionName({ judged: { sighting, span } }: ChainLink): string {
  return phrase(sighting.tool ?? span.name)
}

function onResource(parts: readonly ChainLink[]): string {
  const ids = parts.flatMap(({ judged }) => judged.sighting.stated.resourceId ?? [])
  return ids.length === 0 ? '' : ` on ${listed([...new Set(ids)].map(identity))}`
}

function outcomeEvidence(link: ChainLink): Evidence {
  const { stated } = link.judged.sighting
  return evidenceOf(link, stated.outcome, ATTR.outcome)
}

/** Texts come from outside: one that could pass for more of the sentence than it is stands in quotes. */
function identity(text: string): string {
  return /^[\p{L}\p{N}@.:/_+#*%=~\\[\]-]+$/u.test(text) ? text : quoted(text)
}

function phrase(text: string): string {
  return /^[\p{L}\p{N} @.:/_+#*%=~'-]+$/u.test(text) ? text : quoted(text)
}

const MAX_QUOTED = 300

function quoted(text: string): string {
  return JSON.stringify(text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text)
}

function lowerFirst(text: string): string {
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`
}

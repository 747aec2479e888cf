import { withoutSecrets } from '../base/secret.ts'
import type { Decision, Outcome } from '../model/attribution.ts'
import { ATTR } from '../model/names.ts'
import { isPlaceholder } from '../identity/identity.ts'
import { isOpen } from '../resolve/decision.ts'
import type { Sourced } from '../resolve/lineage.ts'
import { isWayToConnection } from './chain.ts'
import type { ChainLink } from './chain.ts'
import { evidenceOf, fieldOf } from './evidence.ts'
import type { Evidence } from './evidence.ts'
import { leastOf, sureText } from './testimony.ts'
import type { Clause } from './testimony.ts'
import { identity, listed } from './wording.ts'

/** One thing that was done: a tool call with everything beneath it, or an effect without a tool. */
export interface Action {
  readonly outer: ChainLink
  readonly parts: readonly ChainLink[]
}

/** The actions of a chain, in its order. */
export function actionsOf(chain: readonly ChainLink[]): readonly Action[] {
  const parts = new Map<ChainLink, ChainLink[]>()
  for (const link of chain) {
    const { kind } = link.judged.resolved
    if (link.action === undefined || (kind !== 'tool' && kind !== 'effect')) continue
    const known = parts.get(link.action)
    if (known === undefined) parts.set(link.action, [link])
    else known.push(link)
  }
  const actions = [...parts].map(([outer, found]) => ({ outer, parts: found }))
  return actions.filter(({ outer }) => !isOvertaken(outer, actions))
}

/** Whether a connection led to another action here: one below it, or one beside it through the same context. */
function isOvertaken(link: ChainLink, actions: readonly Action[]): boolean {
  if (!isWayToConnection(link) || link.judged.resolved.outcome !== 'success') return false
  return actions.some(({ outer }) => !isWayToConnection(outer) && (outer.above === link || isBeside(outer, link)))
}

function isBeside(other: ChainLink, link: ChainLink): boolean {
  const through = link.judged.resolved.facets.context?.value.id
  return other.above === link.above && other.judged.resolved.facets.context?.value.id === through
}

/** What policy said of which actions; of the spans themselves where nothing was done. */
export function decisionClause(chain: readonly ChainLink[], actions: readonly Action[]): Clause {
  const whole = actions.length === 0 ? chain.map((link) => ({ outer: link, parts: [link] })) : actions
  const ruled = new Map<string, Ruled>()
  const open: Action[] = []
  for (const action of whole) {
    const decisions = decisionsIn(action)
    if (decisions.length === 0) open.push(action)
    for (const { held, link } of decisions) {
      const text = decisionText(held, '')
      const known = ruled.get(text)
      if (known === undefined) ruled.set(text, { held, link, of: [action] })
      else known.of.push(action)
    }
  }
  if (open.length === whole.length) {
    return { facet: 'decision', text: 'no policy decision is recorded', proven: false, evidence: [] }
  }
  const all = [...ruled.values()]
  const texts = all.map(({ held, of }) => decisionText(held, of.length === whole.length ? '' : namesOf(of, whole)))
  const rest = open.length === 0 ? '' : `, and no decision is recorded for ${namesOf(open, whole)}`
  return {
    facet: 'decision',
    text: `${listed(texts)}${rest}`,
    proven: open.length === 0,
    assurance: leastOf(all.map(({ held }) => held)),
    evidence: all.map(({ link }) => decisionEvidence(link)),
  }
}

/** A decision, where it was found first, and what it was made on. */
interface Ruled {
  readonly held: Sourced<Decision>
  readonly link: ChainLink
  readonly of: Action[]
}

type Held = Pick<Ruled, 'held' | 'link'>

/** The decisions of an action. What its parts say of the same one is that one, as fully and surely as any of them. */
function decisionsIn({ parts }: Action): readonly Held[] {
  const found: Held[] = []
  for (const link of parts) {
    const held = link.judged.resolved.facets.decision
    if (held === undefined || found.some((known) => covers(known.held, held))) continue
    const others = found.filter((known) => !covers(held, known.held))
    found.splice(0, found.length, ...others, { held, link })
  }
  return found
}

/** Whether one says everything that the other does, at least as surely. */
function covers(one: Sourced<Decision>, other: Sourced<Decision>): boolean {
  const [a, b] = [one.value, other.value]
  const isSame = a.outcome === b.outcome && (b.policy?.id ?? a.policy?.id) === a.policy?.id
  const isApprovedSo = (b.approver?.id ?? a.approver?.id) === a.approver?.id
  return isSame && isApprovedSo && leastOf([one, other]) === other.assurance
}

/** `sendMail and refund (1 of 3 times)`. */
function namesOf(some: readonly Action[], whole: readonly Action[]): string {
  const [counts, totals] = [countsOf(some), countsOf(whole)]
  return listed(
    [...counts].map(([name, count]) => {
      const total = totals.get(name) ?? count
      if (count < total) return `${name} (${count} of ${total} times)`
      return count === 1 ? name : `${name} (${count} times)`
    }),
  )
}

function countsOf(actions: readonly Action[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { outer } of actions) counts.set(actionName(outer), (counts.get(actionName(outer)) ?? 0) + 1)
  return counts
}

function decisionEvidence(link: ChainLink): Evidence {
  return evidenceOf(link, link.judged.resolved.facets.decision?.value.outcome, ATTR.decision.outcome)
}

const DECIDED: Readonly<Record<Decision['outcome'], (what: string) => string>> = {
  allow: (what) => `allowed${what}`,
  deny: (what) => `denied${what}`,
  modify: (what) => `allowed${what} with changes`,
  escalate: (what) => `escalated${what}`,
  not_required: (what) => `required no decision${what === '' ? '' : ` for${what}`}`,
}

/** What the approver did, by what came of it. */
export const RULED: Readonly<Record<Decision['outcome'], string>> = {
  allow: 'approved',
  deny: 'declined',
  modify: 'approved',
  escalate: 'approved',
  not_required: 'confirmed',
}

/** `names`: of what it was made on; empty where that's everything. */
function decisionText(held: Sourced<Decision>, names: string): string {
  const { outcome, policy, approver } = held.value
  const by = policy?.id === undefined ? 'policy' : `policy ${identity(policy.id)}`
  const text = `${sureText(by, held)} ${DECIDED[outcome](names === '' ? '' : ` ${names}`)}`
  if (approver !== undefined && !isPlaceholder(approver.id))
    return `${text} (${RULED[outcome]} by ${identity(approver.id)})`
  return outcome === 'escalate' ? `${text} and nobody approved` : text
}

/** How each action ended, or how the run did if there are no actions. */
export function outcomeClause(chain: readonly ChainLink[], actions: readonly Action[]): Clause {
  const tally = new Tally()
  for (const action of actions) addEnd(tally, action)
  if (actions.length === 0) {
    for (const link of chain) {
      if (link.above === undefined) tally.add(`the run ${endOf(link)}`, () => outcomeEvidence(link))
    }
  }
  const texts = tally.texts((text, count) => (count === 1 ? text : `${text} (${count} times)`))
  const nothing = actions.length === 0 ? ', and no tool call or effect is recorded' : ''
  return { facet: 'outcome', text: `${listed(texts)}${nothing}`, proven: true, evidence: tally.evidence }
}

function addEnd(tally: Tally, { outer, parts }: Action): void {
  tally.add(`${actionName(outer)} ${endOf(outer)}${onResource(parts)}`, () => outcomeEvidence(outer))
  if (outer.judged.resolved.outcome !== 'success') return
  // A tool that swallows the failure of its effect reports success.
  for (const part of parts) {
    if (part !== outer && part.judged.resolved.outcome !== 'success') {
      tally.add(`${actionName(part)} in it ${endOf(part)}`, () => outcomeEvidence(part))
    }
  }
}

/** Counts equal texts, and keeps the evidence for the first of each. */
class Tally {
  readonly #entries = new Map<string, { count: number; readonly evidence: Evidence }>()

  add(text: string, evidence: () => Evidence): void {
    const known = this.#entries.get(text)
    if (known === undefined) this.#entries.set(text, { count: 1, evidence: evidence() })
    else known.count += 1
  }

  texts(say: (text: string, count: number) => string): readonly string[] {
    return [...this.#entries].map(([text, { count }]) => say(text, count))
  }

  get evidence(): readonly Evidence[] {
    return [...this.#entries.values()].map(({ evidence }) => evidence)
  }
}

function endOf({ judged: { resolved } }: ChainLink): string {
  const decision = resolved.facets.decision?.value
  const isHeld = resolved.outcome === 'denied' && decision !== undefined && isOpen(decision)
  return isHeld ? 'was held for approval' : ENDED[resolved.outcome]
}

const ENDED: Readonly<Record<Outcome, string>> = {
  success: 'succeeded',
  failure: 'failed',
  denied: 'was denied',
  unknown: 'ended in a way that is not known',
}

function actionName({ judged: { resolved, span } }: ChainLink): string {
  return identity(resolved.tool ?? withoutSecrets(span.name))
}

function onResource(parts: readonly ChainLink[]): string {
  const ids = parts.flatMap(({ judged }) => judged.resolved.stated.resourceId ?? [])
  return ids.length === 0 ? '' : ` on ${listed([...new Set(ids)].map(identity))}`
}

function outcomeEvidence(link: ChainLink): Evidence {
  const { stated } = link.judged.resolved
  return stated.outcome === undefined ? fieldOf(link, 'status') : evidenceOf(link, stated.outcome, ATTR.outcome)
}

import { ATTR_ERROR_TYPE } from '@opentelemetry/semantic-conventions'
import { withoutSecrets } from '../base/secret.ts'
import type { Decision, Outcome } from '../model/attribution.ts'
import type { FindingCode } from '../model/finding.ts'
import { STATUS } from '../model/span.ts'
import { factOf } from '../base/attribute-value.ts'
import { ATTR } from '../model/names.ts'
import { keyAcrossTraces } from '../model/span-tree.ts'
import { isPlaceholder } from '../identity/identity.ts'
import { isUnreadable } from '../judge/unreadable.ts'
import { isOpen } from '../resolve/decision.ts'
import type { Sourced } from '../resolve/lineage.ts'
import { isWayToConnection } from './chain.ts'
import type { Action, ChainLink } from './chain.ts'
import { DistinctDecisions } from './distinct-decisions.ts'
import { evidenceOf, fieldOf } from './evidence.ts'
import type { Evidence } from './evidence.ts'
import { reasonOf } from './reasons.ts'
import { leastOf, sureText } from './sureness.ts'
import { isAtLeast } from '../policy/policy.ts'
import { spoilersIn } from './testimony.ts'
import type { Acts, Clause } from './testimony.ts'
import { toldOutcome } from './told-outcome.ts'
import { identity, listed, MAX_LISTED, MORE_LISTED } from './wording.ts'

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
  return onceEach(withoutOvertaken(actions))
}

/** What was delivered twice was done once. The records may differ, so both are parts. */
function onceEach(actions: readonly Action[]): readonly Action[] {
  const known = new Map<string, { readonly outer: ChainLink; readonly parts: ChainLink[] }>()
  for (const { outer, parts } of actions) {
    const key = keyOf(outer)
    const first = known.get(key)
    if (first === undefined) known.set(key, { outer, parts: [...parts] })
    else for (const part of parts) first.parts.push(part)
  }
  return [...known.values()]
}

function keyOf({ judged }: ChainLink): string {
  return keyAcrossTraces(judged.span.spanContext())
}

/** The actions by which clauses are told apart. */
export function actsOf(all: readonly Action[]): Acts {
  const byPart = new Map(all.flatMap((action) => action.parts.map((part) => [part, action] as const)))
  const totals = countsOf(all)
  return { all, of: (link) => byPart.get(link), names: (some) => namesOf(some, totals) }
}

/** Leaves out the connections that led to another action here: one below it, or one beside it through the same context. */
function withoutOvertaken(actions: readonly Action[]): readonly Action[] {
  const others = actions.filter(({ outer }) => !isWayToConnection(outer))
  if (others.length === actions.length) return actions
  const below = new Set(others.map(({ outer }) => outer.above))
  const beside = new Map<ChainLink | undefined, Set<string | undefined>>()
  for (const { outer } of others) {
    const contexts = beside.get(outer.above)
    if (contexts === undefined) beside.set(outer.above, new Set([contextIdOf(outer)]))
    else contexts.add(contextIdOf(outer))
  }
  return actions.filter(({ outer }) => {
    if (!isWayToConnection(outer) || toldOutcome(outer.judged) !== 'success') return true
    return !below.has(outer) && beside.get(outer.above)?.has(contextIdOf(outer)) !== true
  })
}

function contextIdOf({ judged }: ChainLink): string | undefined {
  return judged.resolved.facets.context?.value.id
}

/** What policy said of which actions; of the spans themselves where nothing was done. */
export function decisionClause(chain: readonly ChainLink[], actions: readonly Action[]): Clause {
  const whole = actions.length === 0 ? chain.map((link) => ({ outer: link, parts: [link] })) : actions
  const ruled = new Map<string, Ruled>()
  const open: Action[] = []
  for (const action of whole) {
    const decisions = madeIn(action)
    if (decisions.length === 0) open.push(action)
    for (const made of decisions) {
      const text = decisionText(made, '')
      const known = ruled.get(text)
      if (known === undefined) ruled.set(text, { ...made, of: [action] })
      else known.of.push(action)
    }
  }
  if (open.length === whole.length) {
    return { facet: 'decision', text: `${undecided(open)} is recorded`, proven: false, evidence: [] }
  }
  const all = [...ruled.values()]
  const totals = countsOf(whole)
  const texts = all.map((made) => decisionText(made, made.of.length === whole.length ? '' : namesOf(made.of, totals)))
  const rest =
    open.length === 0 ? '' : `, and ${undecided(open).replace(' policy', '')} is recorded for ${namesOf(open, totals)}`
  return {
    facet: 'decision',
    text: `${listed(texts, MORE_LISTED)}${rest}`,
    proven: open.length === 0 && all.every(({ spoilers, isOfPart }) => spoilers.length === 0 && !isOfPart),
    assurance: leastOf(all.map(({ held }) => held)),
    evidence: all.map(({ link }) => decisionEvidence(link)),
  }
}

/** What is recorded of policy where no decision is. */
function undecided(open: readonly Action[]): string {
  const isUnknown = open.some(({ parts }) => parts.some(({ judged }) => judged.resolved.stated.isDecisionUnknown))
  if (isUnknown) return 'no policy decision that can be read'
  const isUnevaluated = open.some(({ parts }) =>
    parts.some(({ judged }) => judged.resolved.facets.act?.undecided !== undefined),
  )
  return isUnevaluated ? 'no policy decision (policy was not evaluated)' : 'no policy decision'
}

/** A decision, where it was found first, and what it was made on. */
interface Ruled extends Made {
  readonly of: Action[]
}

type Held = { readonly held: Sourced<Decision>; readonly link: ChainLink }

interface Made extends Held {
  /** What keeps it from proving what it says. */
  readonly spoilers: readonly FindingCode[]
  /** Whether something was done in the action that no decision is recorded for. */
  readonly isOfPart: boolean
}

/** The decisions of an action, and what is wrong with them on any of its parts. */
function madeIn(action: Action): readonly Made[] {
  const found = decisionsIn(action)
  if (found.length === 0) return []
  const spoilers = new Map<Decision['outcome'], Set<FindingCode>>()
  for (const link of action.parts) {
    const decision = link.judged.resolved.facets.decision?.value
    if (decision === undefined) continue
    const codes = new Set([...(spoilers.get(decision.outcome) ?? []), ...spoilersIn(link, 'decision')])
    if (isUnreadable(decision)) codes.add('placeholder_identity')
    if (codes.size > 0) spoilers.set(decision.outcome, codes)
  }
  const isOfPart = !isDecided(action.outer) && action.parts.some((part) => isAct(part) && !isDecided(part))
  return found.map((one) => ({ ...one, isOfPart, spoilers: [...(spoilers.get(one.held.value.outcome) ?? [])] }))
}

function isDecided({ judged }: ChainLink): boolean {
  return judged.resolved.facets.decision !== undefined
}

/** Whether it's an effect, and not the way to one. */
export function isAct(link: ChainLink): boolean {
  return link.judged.resolved.kind === 'effect' && !isWayToConnection(link)
}

/** The decisions of an action. What its parts say of the same one is that one, as fully and surely as any of them. */
function decisionsIn({ parts }: Action): readonly Held[] {
  const found = new DistinctDecisions<Held>()
  for (const link of parts) {
    const held = link.judged.resolved.facets.decision
    if (held !== undefined) found.add(held, { held, link })
  }
  return found.all
}

/** `sendMail and refund (1 of 3 times)`. */
function namesOf(some: Iterable<Action>, totals: Counts): string {
  return listed(
    [...countsOf(some)].map(([name, count]) => {
      const total = totals.get(name) ?? count
      if (count < total) return `${name} (${count} of ${total} times)`
      return count === 1 ? name : `${name} (${count} times)`
    }),
    MORE_LISTED,
  )
}

type Counts = ReadonlyMap<string, number>

function countsOf(actions: Iterable<Action>): Counts {
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
function decisionText({ held, link, spoilers, isOfPart }: Made, names: string): string {
  const { outcome, policy, approver } = held.value
  const by = policy?.id === undefined ? 'policy' : `policy ${identity(policy.id)}`
  const late = spoilers.includes('decision_late') ? ' only after the act' : ''
  const what = isOfPart ? `part of ${names === '' ? 'what was done' : names}` : names
  const dry = isTried(link, held) ? ', in a dry run that enforced nothing' : ''
  const text = `${sureText(by, held)} ${DECIDED[outcome](what === '' ? '' : ` ${what}`)}${late}${dry}`
  const reasons = spoilers
    .filter((code) => code !== 'decision_late')
    .map((code) => reasonOf(code, 'decision', link, { text: by, held }))
  const rest = reasons.length === 0 ? '' : `, which is not proven (${listed(reasons)})`
  if (approver !== undefined && !isPlaceholder(approver.id))
    return `${text} (${RULED[outcome]} by ${identity(approver.id)})${rest}`
  return `${outcome === 'escalate' ? `${text} and nobody approved` : text}${rest}`
}

/** Whether what policy said was only recorded. A claim of that proves nothing. */
function isTried({ judged }: ChainLink, { assurance }: Sourced<Decision>): boolean {
  return judged.resolved.facets.act?.wouldDeny === true && isAtLeast(assurance, 'asserted')
}

/** How each action ended, or how the run did if there are no actions. */
export function outcomeClause(chain: readonly ChainLink[], actions: readonly Action[]): Clause {
  const tally = new Tally()
  for (const action of actions) addEnd(tally, action)
  if (actions.length === 0) {
    for (const link of chain) if (link.above === undefined) tally.add(link, (end) => `the run ${end}`)
  }
  const texts = tally.texts((text, count) => (count === 1 ? text : `${text} (${count} times)`))
  const nothing = actions.length === 0 ? ', and no tool call or effect is recorded' : ''
  const { isProven: proven, evidence } = tally
  return { facet: 'outcome', text: `${listed(texts)}${nothing}`, proven, evidence }
}

function addEnd(tally: Tally, { outer, parts }: Action): void {
  const key = keyOf(outer)
  // Each record of it, if it was delivered more than once.
  const records = parts.filter((part) => keyOf(part) === key)
  for (const record of records) tally.add(record, (end) => `${actionName(record)} ${end}`, onResource(parts))
  if (records.some((record) => !isSuccess(record))) return
  // A tool that swallows the failure of its effect reports success.
  for (const part of parts) {
    if (keyOf(part) !== key && !isSuccess(part)) tally.add(part, (end) => `${actionName(part)} in it ${end}`)
  }
}

interface End {
  readonly spans: Set<string>
  readonly isGood: boolean
  readonly evidence: Evidence
}

/** Counts equal texts, each span once, and keeps the evidence for the first of each. */
class Tally {
  readonly #entries = new Map<string, End>()
  isProven = true

  add(link: ChainLink, put: (end: string) => string, on = ''): void {
    const spoilers = spoilersIn(link, 'outcome').map((code) => reasonOf(code, 'outcome', link))
    const contradiction = contradictionOf(link)
    if (spoilers.length > 0 || contradiction !== undefined) this.isProven = false
    const rest = spoilers.length === 0 ? '' : `, which is not proven (${listed(spoilers)})`
    const end =
      contradiction === undefined
        ? `${put(endOf(link))}${on}`
        : `${put('failed')}${on} by its ${contradiction}, though success is stated`
    const text = `${end}${rest}`
    const known = this.#entries.get(text)
    if (known === undefined)
      this.#entries.set(text, {
        spans: new Set([keyOf(link)]),
        isGood: isSuccess(link),
        evidence: outcomeEvidence(link),
      })
    else known.spans.add(keyOf(link))
  }

  texts(format: (text: string, count: number) => string): readonly string[] {
    const all = [...this.#entries]
    // Those that fit in the sentence come first from what didn't go well.
    const shown = all.length > MAX_LISTED ? all.toSorted(([, a], [, b]) => Number(a.isGood) - Number(b.isGood)) : all
    return shown.map(([text, { spans }]) => format(text, spans.size))
  }

  get evidence(): readonly Evidence[] {
    return [...this.#entries.values()].map(({ evidence }) => evidence)
  }
}

function isSuccess(link: ChainLink): boolean {
  return toldOutcome(link.judged) === 'success' && contradictionOf(link) === undefined
}

/** What says of a span that it failed although it states success. */
export function contradictionOf({
  judged: { resolved, span },
}: Pick<ChainLink, 'judged'>): 'status' | 'error.type' | undefined {
  if (resolved.stated.outcome !== 'success') return undefined
  if (span.status.code === STATUS.error) return 'status'
  return factOf(span.attributes[ATTR_ERROR_TYPE]) === undefined ? undefined : ATTR_ERROR_TYPE
}

function endOf({ judged }: ChainLink): string {
  const decision = judged.resolved.facets.decision?.value
  const outcome = toldOutcome(judged)
  const isHeld = outcome === 'denied' && decision !== undefined && isOpen(decision)
  return isHeld ? 'was held for approval' : ENDED[outcome]
}

const ENDED: Readonly<Record<Outcome, string>> = {
  success: 'succeeded',
  failure: 'failed',
  denied: 'was denied',
  unknown: 'ended in a way that is not known',
}

export function actionName({ judged: { resolved, span } }: ChainLink): string {
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

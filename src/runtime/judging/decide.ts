import { UNREADABLE } from '../../base/attribute-value.ts'
import { findingEntry } from '../../model/finding.ts'
import type { Decision } from '../../model/attribution.ts'
import { callHash } from '../../identity/call-hash.ts'
import { identityKey, isPlaceholder, isSameIdentity, principalKey } from '../../identity/identity.ts'
import { isOpen, letsThrough } from '../../resolve/decision.ts'
import { decided } from '../binding/bind.ts'
import { currentAttribution, runBound } from '../binding/binding.ts'
import { BadFacet, decisionFrom, givenIn } from '../binding/facet-input.ts'
import { ask, undecided } from '../../deciding/ask.ts'
import type { Patience, Said } from '../../deciding/ask.ts'
import { plainCall } from '../../deciding/call.ts'
import type { CallInput, PlainCall } from '../../deciding/call.ts'
import { checkedNow, MISMATCH } from '../../deciding/held-decision.ts'
import type { HeldDecision } from '../../deciding/held-decision.ts'
import { hasTerms, overdue, takeUse } from '../../deciding/kept-decision.ts'
import { frozenCopy, NotPlain, plainCopy } from '../../deciding/plain-value.ts'
import type { AskDecision, DecisionPoint, DecisionRequest } from '../../deciding/point.ts'
import { LONGEST_MS } from '../../deciding/post-json.ts'
import { assuranceOfPrincipal } from '../../deciding/principal-assurance.ts'
import { fault } from '../health/fault.ts'
import { letThrough, recordRefusal } from './guard.ts'
import { currentLiveJudge } from './live-judge.ts'

/** What is to be decided on, and how. */
export interface DecideRequest<Arguments = undefined> extends CallInput {
  /** What `fn` is called with: plain JSON. It gets a frozen copy, which is what was decided on. */
  readonly arguments?: Arguments
  /**
   * Ask a second time, for the principal without the agent. What the agent may do and the principal may not is refused,
   * unless someone else approved it. Default: ask once.
   */
  readonly alsoFor?: 'principal'
  /**
   * An approval that was given earlier, bound to this call. It answers an `escalate`. The point is asked anyway, and what
   * it denies stays denied. Default: none.
   */
  readonly approval?: Decision
  /** What else the point should know: an object of plain JSON. Default: nothing. */
  readonly facts?: Readonly<Record<string, unknown>>
  /**
   * What to do if the point doesn't answer in time, fails, or can't evaluate its policy. `allow` runs the action without a
   * decision, which is recorded and raises `decision_unavailable`. Default: `refuse`.
   */
  readonly onUnavailable?: 'refuse' | 'allow'
  /** How long to wait for an answer, in milliseconds. Default: what the point says, else 1,000. */
  readonly timeoutMs?: number
  /** Stops waiting for the point when it aborts. What wasn't decided by then is refused. Default: none. */
  readonly signal?: AbortSignal
  /** Whether to refuse. With false, it runs and is marked. Default: the option `enforce` of `attribution()`. */
  readonly enforce?: boolean
}

/**
 * Asks `point` whether a call may be made, and makes it: `fn` runs inside the decision, with a frozen copy of the very
 * arguments that were decided on, or with those that the point changed. `point` is a function, `authzen`, `opa`, or a
 * decision that was made earlier.
 *
 * Rejects with `AttributionError` before `fn` runs if the point denies or escalates, doesn't answer in time, fails or
 * answers nonsense; if the decision is bound to another call, has expired or is used up; or if the arguments, the
 * principal or the actor changed in the meantime. What was refused leaves a span with the outcome `denied`. Rejects with
 * what `fn` throws.
 *
 * @example
 * ```ts
 * import { authzen, decide } from 'onbehalf'
 *
 * const policy = authzen({ url: 'https://pdp.contoso.com' })
 * const call = { action: 'sendMail', resource: 'weekly-report', arguments: { to: 'board@contoso.com' } }
 * await decide(policy, call, ({ to }) => sendMail(to))
 * ```
 */
export async function decide<T, Arguments = undefined>(
  point: DecisionPoint | AskDecision | Decision,
  request: DecideRequest<Arguments>,
  fn: (args: Arguments) => T,
): Promise<Awaited<T>> {
  if (typeof fn !== 'function') throw new TypeError('decide has no function to run')
  const asked = readRequest(request)
  const act = await settle(point, asked)
  return await dispatch(asked, act, fn as (args: unknown) => T)
}

/** The request, read once. */
interface Asked {
  readonly given: Partial<DecideRequest<unknown>>
  /** Undefined if the call can't be read. */
  readonly call: PlainCall | undefined
  readonly binding: string | undefined
  /** Why it can't be decided on. */
  readonly problems: readonly string[]
}

/** What came of it. */
interface Act {
  readonly said: Said | undefined
  readonly decision: Decision | undefined
  /** What `fn` is to be called with. */
  readonly arguments: unknown
  /** A hash over that. */
  readonly binding: string | undefined
  readonly refusals: readonly string[]
}

function readRequest(request: unknown): Asked {
  const problems: string[] = []
  const given = fieldsOf(request, problems)
  try {
    const call = plainCall({ action: '', ...given } as CallInput)
    return { given, call, binding: callHash(call), problems: [...problems, ...malformed(given)] }
  } catch (error) {
    if (!(error instanceof NotPlain)) fault('guard', 'a call could not be read', error)
    const why = error instanceof NotPlain ? `decide: ${error.message}` : 'decide: the call could not be read'
    return { given, call: undefined, binding: undefined, problems: [...problems, why] }
  }
}

function fieldsOf(request: unknown, problems: string[]): Asked['given'] {
  if (typeof request !== 'object' || request === null) {
    problems.push('decide needs an object such as { action, resource, arguments }')
    return {}
  }
  try {
    const unknown = Object.keys(request).filter((key) => !REQUEST_FIELDS.includes(key))
    if (unknown.length > 0) problems.push(`decide: a request only has ${REQUEST_FIELDS.join(', ')}; check the spelling`)
    return Object.fromEntries(REQUEST_FIELDS.map((key) => [key, givenIn(request, key)])) as Asked['given']
  } catch (error) {
    fault('guard', 'a request could not be read', error)
    problems.push('decide: the request could not be read')
    return {}
  }
}

/** The keys of a request. */
export const REQUEST_FIELDS: readonly string[] = [
  'action',
  'resource',
  'arguments',
  'alsoFor',
  'approval',
  'facts',
  'onUnavailable',
  'timeoutMs',
  'signal',
  'enforce',
]

function malformed({ facts, alsoFor, onUnavailable, timeoutMs, signal, enforce }: Asked['given']): readonly string[] {
  const isTime = typeof timeoutMs === 'number' && timeoutMs > 0 && timeoutMs <= LONGEST_MS
  return [
    ...(facts === undefined || isObject(facts) ? [] : ['decide: facts has to be an object']),
    ...(alsoFor === undefined || alsoFor === 'principal' ? [] : ['decide: alsoFor has to be principal']),
    ...(onUnavailable === undefined || ON_UNAVAILABLE.includes(onUnavailable)
      ? []
      : [`decide: onUnavailable has to be ${ON_UNAVAILABLE.join(' or ')}`]),
    ...(timeoutMs === undefined || isTime ? [] : [`decide: timeoutMs has to be above 0 and at most ${LONGEST_MS}`]),
    ...(signal === undefined || signal instanceof AbortSignal ? [] : ['decide: signal has to be an AbortSignal']),
    ...(enforce === undefined || typeof enforce === 'boolean' ? [] : ['decide: enforce has to be true or false']),
  ]
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const ON_UNAVAILABLE: readonly string[] = ['refuse', 'allow']
const USUAL_MS = 1_000

/** Asks, and reads what was said. Never rejects. */
async function settle(given: unknown, asked: Asked): Promise<Act> {
  const { call, binding } = asked
  const refused = (why: readonly string[]): Act => ({
    said: undefined,
    decision: undefined,
    // In a dry run it's called with what it would have been called with without us.
    arguments: call === undefined ? asked.given.arguments : call.arguments,
    binding,
    refusals: why,
  })
  if (asked.problems.length > 0 || call === undefined || binding === undefined) return refused(asked.problems)
  try {
    const point = pointFrom(given)
    const patience = { timeoutMs: asked.given.timeoutMs ?? point.timeoutMs ?? USUAL_MS, signal: asked.given.signal }
    const request = requestFor(asked, call, binding)
    const [said, ofPrincipal] = await Promise.all([
      ask(point, request, patience),
      asked.given.alsoFor === undefined ? undefined : askForPrincipal(point, request, call, patience),
    ])
    return actOf(asked, call, binding, said, ofPrincipal)
  } catch (error) {
    if (error instanceof NotPlain || error instanceof BadFacet) return refused([`decide: ${error.message}`])
    fault('guard', 'a decision could not be asked for', error)
    return refused(['the decision could not be asked for, which is a failure of onbehalf; see its faults'])
  }
}

function pointFrom(given: unknown): DecisionPoint {
  if (typeof given === 'function') return { name: given.name || 'the decision point', ask: given as AskDecision }
  if (typeof given !== 'object' || given === null) throw new NotPlain('the point is no function and no decision point')
  if (typeof givenIn(given, 'ask') === 'function') return given as DecisionPoint
  const earlier = decisionFrom(given)
  const ofPrincipal = earlier.principalAllowed ?? { unevaluated: 'an earlier decision says nothing of the principal' }
  // What was decided earlier has nobody to ask.
  return { name: 'an earlier decision', ask: ({ isPrincipalAlone }) => (isPrincipalAlone ? ofPrincipal : earlier) }
}

async function askForPrincipal(
  point: DecisionPoint,
  request: DecisionRequest,
  call: PlainCall,
  patience: Patience,
): Promise<Said> {
  if (request.principal === undefined) return undecided('the input principal is missing', point.policy)
  return await ask(point, forPrincipalAlone(request, call), patience)
}

function requestFor({ given }: Asked, call: PlainCall, binding: string): DecisionRequest {
  const attribution = frozenCopy(currentAttribution() ?? {})
  const { principal, actor } = attribution
  const assurance = assuranceOfPrincipal()
  const { facts } = given
  return Object.freeze({
    action: call.action,
    ...(call.resource === undefined ? {} : { resource: call.resource }),
    ...(call.arguments === undefined ? {} : { arguments: call.arguments }),
    ...(principal === undefined ? {} : { principal }),
    // Once its work is over, a binding names nobody, and is sure of nobody.
    ...(principal === undefined || assurance === undefined ? {} : { assurance }),
    ...(actor === undefined ? {} : { actor }),
    attribution,
    ...(facts === undefined || facts === null ? {} : { facts: plainCopy(facts, 'facts') }),
    binding,
    isPrincipalAlone: false,
  })
}

/** As if the principal made the call without any agent. */
function forPrincipalAlone(asked: DecisionRequest, call: PlainCall): DecisionRequest {
  const { actor: _, ...request } = asked
  const { actor: _actor, actorChain: _chain, context: _context, ...attribution } = request.attribution
  const binding = callHash({ ...call, actor: undefined })
  return Object.freeze({ ...request, attribution: Object.freeze(attribution), binding, isPrincipalAlone: true })
}

function actOf(asked: Asked, call: PlainCall, binding: string, said: Said, ofPrincipal: Said | undefined): Act {
  if (said.decision === undefined) return undecidedAct(asked, call, binding, said)
  const change = changedBy(said, call, binding)
  if (typeof change === 'string') return { ...NO_ANSWER, arguments: call.arguments, binding, refusals: [change] }
  // What was decided earlier was decided then, and not now.
  const isEarlier = said.decision.binding !== undefined || said.decision.uses !== undefined
  // What is bound to some other call stays so, and is refused.
  const isOther = said.decision.binding === undefined || said.decision.binding === binding
  const own: Decision = {
    ...(isEarlier ? {} : { at: new Date().toISOString() }),
    ...said.decision,
    ...(isOther ? { binding: change.binding } : {}),
    ...answerOf(ofPrincipal),
  }
  const { decision, why } = withApproval(own, asked.given.approval)
  const unsaid = asked.given.onUnavailable === 'allow' ? [] : unanswered(ofPrincipal)
  return {
    said,
    decision,
    ...change,
    refusals: [...why, ...heldBack(decision), ...unsaid, ...deputized(decision, call)],
  }
}

const NO_ANSWER = { said: undefined, decision: undefined }

function undecidedAct({ given }: Asked, call: PlainCall, binding: string, said: Said): Act {
  const why = said.undecided?.unevaluated ?? 'policy was not evaluated'
  const isLetThrough = given.onUnavailable === 'allow'
  const refusals = isLetThrough ? [] : [`${why}, and what isn't decided is refused.`]
  return { said, decision: undefined, arguments: call.arguments, binding, refusals }
}

type Answered = Extract<Said, { readonly decision: Decision }>

interface Change {
  readonly arguments: unknown
  readonly binding: string
}

/** What is called in the end, or why it can't be. */
function changedBy(said: Answered, call: PlainCall, binding: string): Change | string {
  if (said.decision.outcome !== 'modify') return { arguments: call.arguments, binding }
  if (said.arguments === undefined) return 'policy said modify and did not say to what: its answer has no arguments.'
  try {
    const copy = plainCopy(said.arguments, 'arguments')
    return { arguments: copy, binding: callHash({ ...call, arguments: copy }) }
  } catch (error) {
    if (error instanceof NotPlain) return `policy changed the arguments to what can't be called: ${error.message}.`
    throw error
  }
}

function answerOf(ofPrincipal: Said | undefined): Pick<Decision, 'principalAllowed' | 'unevaluated'> {
  if (ofPrincipal === undefined) return {}
  const { decision } = ofPrincipal
  return decision === undefined ? { unevaluated: whyOf(ofPrincipal) } : { principalAllowed: letsThrough(decision) }
}

function unanswered(ofPrincipal: Said | undefined): readonly string[] {
  return ofPrincipal?.undecided === undefined ? [] : [`${whyOf(ofPrincipal)}, and what isn't decided is refused.`]
}

function whyOf({ undecided: said }: Said): string {
  return `for the principal alone, ${said?.unevaluated ?? 'policy was not evaluated'}`
}

interface Approved {
  readonly decision: Decision
  /** Why the approval can't be used. */
  readonly why: readonly string[]
}

/** An approval answers an escalation, and says who is behind it. What it doesn't say, the policy of today doesn't add. */
function withApproval(own: Decision, given: unknown): Approved {
  if (given === undefined || given === null) return { decision: own, why: [] }
  const approval = decisionFrom(given)
  const { approver, binding, outcome } = approval
  if (isPlaceholder(approver?.id ?? '')) return { decision: own, why: ['the approval names no approver.'] }
  if (binding === undefined) {
    return { decision: own, why: ['the approval is bound to no call. Store bindingOf(call) in it.'] }
  }
  // An id that policy gives each answer would make each use of the approval the first one.
  const { at: _, id: _id, ...asked } = own
  const { policy: _policy, principalAllowed: _allowed, unevaluated: _why, ...approved } = approval
  const decision = { ...asked, ...approved, outcome: outcome === 'deny' ? outcome : own.outcome }
  return { decision, why: [] }
}

function heldBack(decision: Decision): readonly string[] {
  if (letsThrough(decision)) return []
  if (isOpen(decision))
    return ['policy said escalate: someone has to approve it first. Pass their approval, bound to this call.']
  return [`policy said ${decision.outcome}.`]
}

/** What the agent may do and the principal may not, and nobody else approved. */
function deputized({ principalAllowed, approver }: Decision, { principal, actor }: PlainCall): readonly string[] {
  if (principalAllowed !== false) return []
  const { alias } = currentLiveJudge().settings.policy
  const id = approver?.id ?? ''
  // In any spelling: the principal approves as a person does, so `user:` means nothing on either side.
  const isOneOfThem =
    isSameIdentity(principalKey(idOf(principal), undefined, alias), principalKey(id, undefined, alias)) ||
    isSameIdentity(identityKey(idOf(actor), undefined, alias), identityKey(id, undefined, alias))
  return !isPlaceholder(id) && !isOneOfThem
    ? []
    : [`the principal may not do this. ${findingEntry('confused_deputy').exception}`]
}

function idOf(identity: unknown): string {
  const id = typeof identity === 'object' && identity !== null ? (identity as { readonly id?: unknown }).id : identity
  return typeof id === 'string' ? id : ''
}

/** Runs `fn` if the call is still the one that was decided on. */
async function dispatch<T>(asked: Asked, act: Act, fn: (args: unknown) => T): Promise<Awaited<T>> {
  const { decision, said } = act
  const now = callNow(asked)
  const isSame = now.binding === asked.binding
  const made = isSame ? act.binding : now.binding
  const refusals = [...act.refusals, ...(isSame ? [] : [CHANGED])]
  const undecided = decision === undefined ? (said?.undecided ?? undefined) : undefined
  const known = { ...(made === undefined ? {} : { binding: made }), ...(undecided === undefined ? {} : { undecided }) }
  const run = () => {
    const held = heldDecision(decision, known, made)
    return letThrough(() => fn(act.arguments), {
      by: 'decide',
      enforce: asked.given.enforce,
      refusals,
      held,
      call: asked.call,
    })
  }
  if (decision !== undefined && act.binding !== asked.binding) recordReplaced(asked, decision)
  return await (decision === undefined ? withoutDecision(run) : decided(decision, run))
}

const CHANGED =
  'the arguments, the principal or the actor changed between the decision and the call. Pass arguments that nobody changes.'

/** The same call, as it is by now. */
function callNow({ given, call }: Asked): { readonly binding: string | undefined } {
  if (call === undefined) return { binding: undefined }
  try {
    return { binding: callHash(plainCall(given as CallInput)) }
  } catch {
    return { binding: UNREADABLE }
  }
}

function heldDecision(
  decision: Decision | undefined,
  act: HeldDecision['act'],
  made: string | undefined,
): HeldDecision {
  if (decision === undefined || !hasTerms(decision)) return { refusals: [], act, checked: undefined, take: () => [] }
  const late = overdue(decision)
  const refusals = [...(decision.binding === made ? [] : [MISMATCH]), ...(late === undefined ? [] : [late])]
  // The binding keeps a copy of the decision, and that copy is the one which is checked.
  const checked = checkedNow()
  const take = () => {
    const why = takeUse(decision)
    return why === undefined ? [] : [why]
  }
  return { refusals, act, checked, take }
}

/** Policy wasn't evaluated, so that no decision is in force, not even one from around here. */
function withoutDecision<T>(run: () => T): T {
  return runBound((outer) => {
    const { decision: _, ...bound } = outer.bound
    return { ...outer, bound, asksFor: undefined, act: undefined }
  }, run)
}

/** What policy replaced was proposed, and never ran. */
function recordReplaced({ call, binding }: Asked, decision: Decision): void {
  const proposed: Decision = { ...decision, ...(binding === undefined ? {} : { binding }) }
  runBound(
    (outer) => ({ ...outer, bound: { ...outer.bound, decision: proposed }, act: undefined }),
    () => recordRefusal('replaced', undefined, call),
  )
}

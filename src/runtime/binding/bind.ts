import { randomUUID } from 'node:crypto'
import { context, isSpanContextValid, trace } from '@opentelemetry/api'
import type {
  Actor,
  Attribution,
  Authority,
  Decision,
  ExecutionContext,
  Intent,
  Principal,
} from '../../model/attribution.ts'
import { boundedList, MAX_ACTORS } from '../../base/bounded-chain.ts'
import { alike } from '../../base/alike.ts'
import { boundHere, currentBinding, runBound } from './binding.ts'
import type { BoundRun } from './binding.ts'
import {
  actorFrom,
  attempt,
  authorityFrom,
  BadFacet,
  contextFrom,
  decisionFrom,
  givenIn,
  intentFrom,
  isGiven,
  principalFrom,
  state,
  text,
} from './facet-input.ts'
import { noteContext, noteDecision } from './execution.ts'
import { identityFrom } from './identity-input.ts'
import type { IdentityInput } from './identity-input.ts'
import { boundBy, stillSure, underIdentity, withoutToken } from './bound-identity.ts'
import type { VerifiedIdentity } from '../../trust/tokens/verified-identity.ts'
import { fault } from '../health/fault.ts'
import { EMPTY_BINDING } from '../scope/live-binding.ts'
import type { LiveBinding } from '../scope/live-binding.ts'
import { inWorkSpan, nameIn } from './work-span.ts'
import type { WorkSpanOptions } from './work-span.ts'
import { hasEndedSpan } from '../span/span-state.ts'

interface Asked {
  /** Why: one sentence about what was asked for, or a whole intent. */
  readonly intent?: string | Intent
  /** Under what grant. Default: that of `identity`, else the one outside. */
  readonly authority?: Authority
  /**
   * One id for the whole workflow. Default: the one that is bound or carried already, else the id of the active trace,
   * so that services in one trace agree without exchanging it, else a new UUID.
   */
  readonly correlationId?: string
}

interface AskedByPrincipal extends Asked {
  /** Who requested, approved or benefits: an id, or a whole principal. A bare id leaves the type unstated. */
  readonly principal: string | Principal
  readonly identity?: VerifiedIdentity | IdentityInput
}

interface AskedByIdentity extends Asked {
  /**
   * What a token verifier returned: its principal, its actors and its grant are bound as `verified`, and its transaction
   * becomes the correlation id. An object of the same form that no verifier made is only as sure as your code:
   * `asserted`.
   */
  readonly identity: VerifiedIdentity | IdentityInput
  /** The principal, if the token names none. If it names another one, that is a `conflicting_identity`. */
  readonly principal?: string | Principal
}

/** At least one of `principal` and `identity`. */
export type OnBehalfOf = AskedByPrincipal | AskedByIdentity

export interface Autonomous {
  /** Who answers for the run: a service or an organization. Default type: `service`. */
  readonly owner: string | Principal
  /** What sets it off, for example a schedule. */
  readonly trigger: string
  readonly intent?: string | Intent
  /** Under what grant. */
  readonly authority?: Authority
}

/**
 * Runs `fn` on behalf of a principal: every span that starts inside, sync or async, carries these facets. Facets that
 * are left out stay as they are outside. A bad facet isn't bound, not even from outside, and counts a fault. Never
 * throws, except what `fn` throws.
 *
 * @example
 * ```ts
 * import { onBehalfOf } from 'onbehalf'
 *
 * const asked = { principal: 'kai@contoso.com', intent: 'send the weekly report to the board' }
 * const report = await onBehalfOf(asked, () => runAssistant('Mail the weekly report to the board.'))
 * ```
 */
export function onBehalfOf<T>(attribution: OnBehalfOf, fn: () => T): T {
  return bindAndRun(
    fn,
    (outer) => {
      const given = fieldsOf(attribution)
      if (isGiven(given['identity'])) return withIdentity(outer, given)
      const inside = rebound(outer, {
        principal: () => completed(principalFrom(given['principal']), outer.bound.principal),
        ...restOf(given),
      })
      // An authority records that the work was handed over, so that the token around it says nothing of it.
      return isGiven(given['authority']) ? withoutToken(inside) : inside
    },
    NAMES_PRINCIPAL,
  )
}

/**
 * Runs `fn` as an agent: spans inside have it as their actor, and it joins the chain of actors. Client spans inside are
 * effects even if no agent span is above. If the actor is bad, that counts a fault, and `fn` runs as no agent.
 *
 * @example
 * ```ts
 * import { asAgent } from 'onbehalf'
 *
 * const answer = await asAgent({ id: 'report-assistant', version: '3' }, () => runAssistant('Mail the report.'))
 * ```
 */
export function asAgent<T>(actor: string | Actor, fn: () => T): T {
  return bindAndRun(fn, (outer) => {
    const entered = attempt('actor', () => actorFrom(actor))
    // A list without the outer agents: what is done inside must not be attributed to them.
    const agents = entered === undefined ? [] : boundedList([...outer.agents, { actor: entered }], MAX_ACTORS)
    // To ask for approval takes no further agent: what that one does is its own act.
    return { ...outer, agents, acting: true, asksFor: undefined, running: undefined }
  })
}

/**
 * Runs `fn` through a connector, API client or credential: spans inside have it as their execution context, and client
 * spans inside are effects. If the context is bad, that counts a fault, and `fn` runs without one.
 *
 * @example
 * ```ts
 * import { via } from 'onbehalf'
 *
 * const connector = { id: 'mail-connector', credential: { id: 'svc-mail', type: 'delegated' } } as const
 * await via(connector, () => sendMail('board@contoso.com'))
 * ```
 */
export function via<T>(executionContext: string | ExecutionContext, fn: () => T): T {
  return bindAndRun(fn, (outer) => {
    const bound = rebind(outer.bound, { context: () => contextFrom(executionContext) })
    noteContext(bound.context)
    return { ...outer, bound, acting: true, asksFor: undefined }
  })
}

/**
 * Runs `fn` under a policy decision. It records the decision and doesn't enforce it: `guard` does. If the decision is
 * bad, that counts a fault, and `fn` runs without one.
 */
export function decided<T>(decision: Decision, fn: () => T): T {
  return bindAndRun(fn, (outer) => {
    const bound = rebind(outer.bound, { decision: () => decisionFrom(decision) })
    return { ...outer, bound, act: undefined, asksFor: noteDecision(bound.decision) }
  })
}

/**
 * Runs `fn` as a declared autonomous run, which nobody asked for and `owner` answers for: the owner is the principal
 * and the verdict is `declared`. Where no span is active it opens one, so that the run is one trace with its acts below;
 * `{ span: false }` opens none. A bad owner or trigger counts a fault, and `fn` then runs without either.
 *
 * @example
 * ```ts
 * import { declareAutonomous } from 'onbehalf'
 *
 * const nightly = { owner: 'ops-team', trigger: 'schedule: 02:00', intent: 'mail the weekly report' }
 * await declareAutonomous(nightly, () => runAssistant('Mail the weekly report.'), { span: 'nightly report' })
 * ```
 */
export function declareAutonomous<T>(run: Autonomous, fn: () => T, options?: WorkSpanOptions): T {
  return bindAndRun(
    inSpanOf(options, 'autonomous run', fn),
    (outer) => {
      const given = fieldsOf(run)
      const declared = attempt('declaration', () => ({
        owner: { type: 'service' as const, ...principalFrom(given['owner']) },
        trigger: text(given['trigger'], 'trigger'),
      }))
      return rebound(withoutToken(outer), {
        principal: () => declared?.owner,
        declaration: () => declared && { type: 'autonomous', owner: declared.owner.id, trigger: declared.trigger },
        ...restOf(given),
      })
    },
    NAMES_PRINCIPAL,
  )
}

/**
 * Makes a function that runs later as it would here: with what is bound here, below the span that is active here. For
 * callbacks that other code calls: queues, pools, limiters, emitters, timers. The binding holds until the function's
 * result has settled. For work that the function starts and doesn't return, it holds as long as the binding around it.
 * If nothing is bound here, nothing is bound inside. `this`, arguments and result pass through. A value that isn't a
 * function is returned as it is and counts a fault.
 */
export function bindAttribution<F extends (...args: never[]) => unknown>(fn: F): F {
  if (typeof fn !== 'function') {
    fault('binding', 'bindAttribution was called without a function')
    return fn
  }
  return alike(boundHere(fn as unknown as (...args: readonly unknown[]) => unknown), fn) as unknown as F
}

const NAMES_PRINCIPAL: BoundRun = { namesPrincipal: true }

/** What is no function is refused by `bindAndRun`. */
function inSpanOf<T>(options: WorkSpanOptions | undefined, otherwise: string, fn: () => T): () => T {
  const name = nameIn(options, otherwise)
  if (name === undefined || typeof fn !== 'function') return fn
  return () => (currentBinding()?.bound.declaration === undefined ? fn() : inWorkSpan(name, undefined, fn))
}

/** The user's function runs once, whatever happens to the binding. */
function bindAndRun<T>(fn: () => T, bind: (outer: LiveBinding) => LiveBinding, run?: BoundRun): T {
  if (typeof fn !== 'function') {
    fault('binding', 'there is no function to run')
    return undefined as T
  }
  return runBound((outer) => boundSafely(bind, outer), fn, run)
}

function boundSafely(bind: (outer: LiveBinding) => LiveBinding, outer: LiveBinding): LiveBinding {
  try {
    return bind(outer)
  } catch (error) {
    fault('binding', error instanceof BadFacet ? error.message : 'the binding failed', error)
    return EMPTY_BINDING
  }
}

/** Throws if the argument isn't an object. Then nothing is bound. */
function fieldsOf(argument: unknown): Readonly<Record<string, unknown>> {
  const given = state(argument, 'the argument')
  return Object.fromEntries(FIELDS.map((key) => [key, givenIn(given, key)]))
}

const FIELDS = ['principal', 'identity', 'owner', 'trigger', 'intent', 'authority', 'correlationId'] as const
type Given = Readonly<Record<string, unknown>>

/** The facets beside the principal that are given. */
function restOf(given: Given): Rebound {
  const { intent, authority, correlationId } = given
  return {
    ...(isGiven(intent) ? { intent: () => intentFrom(intent) } : {}),
    ...(isGiven(authority) ? { authority: () => authorityFrom(authority) } : {}),
    ...(isGiven(correlationId) ? { correlationId: () => text(correlationId, 'correlationId') } : {}),
  }
}

/** What an identity brings, and what the app says beside it. An identity that can't be read leaves nobody bound. */
function withIdentity(outer: LiveBinding, given: Given): LiveBinding {
  const identity = attempt('identity', () => identityFrom(given['identity']))
  const named = isGiven(given['principal']) ? attempt('principal', () => principalFrom(given['principal'])) : undefined
  if (identity === undefined) return rebound(withoutToken(outer), { principal: () => undefined, ...restOf(given) })
  const bound = correlated(rebind(boundBy(identity, outer, named), restOf(given)), outer)
  return underIdentity({ identity, outer, named, bound })
}

/** A bare id inside says no less of the same principal than what is bound outside. */
function completed(principal: Principal, outer: Principal | undefined): Principal {
  if (outer === undefined || principal.id !== outer.id) return principal
  const merged = { ...outer, ...principal }
  if (merged.issuer !== outer.issuer) return principal
  // The very one that is bound outside stays as sure as it is there.
  return merged.type === outer.type ? outer : merged
}

type Rebound = { readonly [K in keyof Attribution]?: () => Attribution[K] }

/** A facet that can't be bound is missing inside: the outer one would be a wrong answer. */
function rebind(outer: Attribution, facets: Rebound): Attribution {
  const bound: Record<string, unknown> = { ...outer }
  for (const [facet, read] of Object.entries<() => unknown>(facets)) {
    const value = attempt(facet, read)
    if (value === undefined) delete bound[facet]
    else bound[facet] = value
  }
  return bound
}

/** What is bound inside, with a correlation id. A facet that was bound anew is asserted by this process's code. */
function rebound(outer: LiveBinding, facets: Rebound): LiveBinding {
  const bound = correlated(rebind(outer.bound, facets), outer)
  return { ...outer, bound, sureness: stillSure(outer, bound) }
}

function correlated(bound: Attribution, outer: LiveBinding): Attribution {
  const known = bound.correlationId ?? outer.carried?.attribution.correlationId
  return known === undefined ? { ...bound, correlationId: activeTraceId() ?? randomUUID() } : bound
}

function activeTraceId(): string | undefined {
  if (hasEndedSpan(context.active())) return undefined
  const spanContext = trace.getSpanContext(context.active())
  return spanContext !== undefined && isSpanContextValid(spanContext) ? spanContext.traceId : undefined
}

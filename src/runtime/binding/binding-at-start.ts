import { context } from '@opentelemetry/api'
import type { Context } from '@opentelemetry/api'
import { present } from '../../base/attribute-value.ts'
import { fieldOf } from '../../model/attribution.ts'
import type { AssuredFacet, Principal } from '../../model/attribution.ts'
import { SPAN_KIND } from '../../model/span.ts'
import { isSameIdentity, principalKey } from '../../identity/identity.ts'
import type { Policy } from '../../policy/policy.ts'
import { bindingIn, currentBinding } from './binding.ts'
import { EMPTY_BINDING, isBoundAs, isOver, principalIn } from '../scope/live-binding.ts'
import type { BindingAtStart, LiveBinding } from '../scope/live-binding.ts'
import type { Request } from '../scope/scope.ts'
import type { LiveSpan } from '../span/live-span.ts'
import { isAnybodys } from './shared-queue.ts'

/** What is known about a starting span's parent, if that is a span of this process. */
export interface ParentAtStart {
  readonly binding: LiveBinding | undefined
  readonly isStale: boolean
  readonly isEndedAct: boolean
  readonly request: Request | undefined
}

/**
 * What is bound where a span starts. An instrumentation may give the span a parent from a context that it kept. If that
 * context names another principal, only the active one counts. Otherwise each facet comes from the active one first. A
 * binding is stale if its function has settled, if it contradicts the parent's binding, or if it is found in a queue
 * that runs everyone's callbacks.
 */
export function bindingAtStart(
  span: LiveSpan,
  parentContext: Context,
  above: ParentAtStart | undefined,
  policy: Policy,
): BindingAtStart {
  const current = context.active()
  const active = currentBinding(current)
  if (active !== undefined && isAnybodys(span, active)) return stale(active)
  const parent = current === parentContext ? active : bindingIn(parentContext)
  if (active === undefined || parent === undefined || active === parent) {
    return checked(active ?? parent, above, policy)
  }
  if (isRequest(span, parent)) return checked(parent, above, policy)
  if (isOther(principalIn(active), principalIn(parent), policy)) {
    return { binding: active, diverged: true, isStale: false }
  }
  // Work that is over names nobody. If the active binding doesn't either, it isn't known whose the span is.
  const isNamed = principalIn(active) !== undefined
  if (parent.stale === true || isOver(parent, above?.request))
    return isNamed ? checked(active, above, policy) : stale(parent)
  return checked(merged(active, parent), above, policy)
}

/**
 * Whether a span is a request with what it brought. What is bound around a server, where it was started, is none of its
 * callers.
 */
function isRequest({ kind }: LiveSpan, { scope, carried }: LiveBinding): boolean {
  return (kind === SPAN_KIND.server || kind === SPAN_KIND.consumer) && scope === undefined && carried !== undefined
}

function checked(binding: LiveBinding | undefined, above: ParentAtStart | undefined, policy: Policy): BindingAtStart {
  const kept = above?.binding
  if (binding !== undefined && kept !== undefined && areContradictory(kept, binding, policy)) return stale(kept)
  const isStale = isNobodys(binding, above)
  return isStale ? stale(binding) : { binding, diverged: false, isStale }
}

function stale(binding: LiveBinding = EMPTY_BINDING): BindingAtStart {
  return { binding: { ...binding, stale: true }, diverged: false, isStale: true }
}

/** Whether the parent and the active binding name principals of unrelated work. */
function areContradictory(kept: LiveBinding, binding: LiveBinding, policy: Policy): boolean {
  if (kept === binding || !isOther(principalIn(kept), principalIn(binding), policy)) return false
  const isInside = kept.scope === undefined || binding.scope?.isWithin(kept.scope) !== false
  return !isInside
}

function isNobodys(binding: LiveBinding | undefined, above: ParentAtStart | undefined): boolean {
  if (binding !== undefined && (binding.stale === true || isOver(binding, above?.request))) return true
  if (above === undefined || !(above.isStale || above.isEndedAct)) return false
  return isBoundAs(binding, above.binding)
}

function isOther(a: Principal | undefined, b: Principal | undefined, policy: Policy): boolean {
  if (a === undefined || b === undefined || a === b) return false
  return !isSameIdentity(principalKey(a.id, a.issuer, policy.alias), principalKey(b.id, b.issuer, policy.alias))
}

function merged(active: LiveBinding, parent: LiveBinding): LiveBinding {
  const { opening, running } = active
  return {
    bound: { ...parent.bound, ...active.bound },
    agents: active.agents.length > 0 ? active.agents : parent.agents,
    acting: active.acting || parent.acting,
    ...present('sureness', surenessOf(active, parent)),
    ...present('token', active.token ?? parent.token),
    ...present('identity', active.identity ?? parent.identity),
    ...present('named', active.named ?? parent.named),
    ...present(
      'told',
      active.told && parent.told ? [...new Set([...parent.told, ...active.told])] : (active.told ?? parent.told),
    ),
    ...present('carried', active.carried ?? parent.carried),
    ...present('link', active.link ?? parent.link),
    ...present('scope', active.scope ?? parent.scope),
    ...present('opening', opening),
    ...present('running', running),
  }
}

/** A facet that the active binding says for itself is no surer for what the parent's was. */
function surenessOf(active: LiveBinding, parent: LiveBinding): LiveBinding['sureness'] {
  if (parent.sureness === undefined) return active.sureness
  const inherited = Object.entries(parent.sureness).filter(
    ([facet]) => active.bound[fieldOf(facet as AssuredFacet)] === undefined,
  )
  return { ...Object.fromEntries(inherited), ...active.sureness }
}

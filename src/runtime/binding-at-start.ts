import { context } from '@opentelemetry/api'
import type { Context } from '@opentelemetry/api'
import type { Principal } from '../model/attribution.ts'
import { isSameIdentity, principalKey } from '../rules/identity.ts'
import type { Policy } from '../rules/policy.ts'
import { bindingIn, currentBinding } from './binding.ts'
import type { LiveBinding } from './binding.ts'

export interface BindingAtStart {
  readonly binding: LiveBinding | undefined
  /** Whether the context that is active and the one that the span is parented on name different principals. */
  readonly diverged: boolean
}

/**
 * What is bound where a span starts. An instrumentation may parent it on a context that it kept; where that one names
 * another principal, what is active counts alone, and else each facet comes from the active one first.
 */
export function bindingAtStart(parentContext: Context, policy: Policy): BindingAtStart {
  const current = context.active()
  const active = currentBinding(current)
  const parent = current === parentContext ? active : bindingIn(parentContext)
  if (active === undefined || parent === undefined || active === parent) {
    return { binding: active ?? parent, diverged: false }
  }
  if (isOther(principalOf(active), principalOf(parent), policy)) return { binding: active, diverged: true }
  return { binding: merged(active, parent), diverged: false }
}

function principalOf({ bound, carried }: LiveBinding): Principal | undefined {
  return bound.principal ?? carried?.attribution.principal
}

function isOther(a: Principal | undefined, b: Principal | undefined, policy: Policy): boolean {
  if (a === undefined || b === undefined) return false
  return !isSameIdentity(principalKey(a.id, a.issuer, policy.alias), principalKey(b.id, b.issuer, policy.alias))
}

function merged(active: LiveBinding, parent: LiveBinding): LiveBinding {
  const carried = active.carried ?? parent.carried
  const link = active.link ?? parent.link
  return {
    bound: { ...parent.bound, ...active.bound },
    agents: active.agents.length > 0 ? active.agents : parent.agents,
    acting: active.acting || parent.acting,
    ...(carried === undefined ? {} : { carried }),
    ...(link === undefined ? {} : { link }),
  }
}

import type { Assurance } from '../model/attribution.ts'
import { surenessIn } from '../resolve/lineage.ts'
import { currentBinding } from '../runtime/binding/binding.ts'

/** How sure the principal in force is. Undefined if there is none. */
export function assuranceOfPrincipal(): Assurance | undefined {
  const binding = currentBinding()
  if (binding?.bound.principal !== undefined) return binding.sureness?.principal?.assurance ?? 'asserted'
  const carried = binding?.carried
  return carried?.attribution.principal === undefined ? undefined : surenessIn(carried, 'principal').assurance
}

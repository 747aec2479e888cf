import type { Place } from '../runtime/binding/binding.ts'
import { principalIn } from '../runtime/scope/live-binding.ts'

/** The place that several pieces of work done together come from. Undefined if they are bound differently. */
export function commonPlace(places: readonly (Place | undefined)[]): Place | undefined {
  const [first, ...others] = places
  return others.every((other) => isSame(first, other)) ? first : undefined
}

function isSame(a: Place | undefined, b: Place | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  const isSamePrincipal = principalIn(a.binding) === principalIn(b.binding)
  return (
    isSamePrincipal && isSameActor(a, b) && FACETS.every((facet) => a.binding.bound[facet] === b.binding.bound[facet])
  )
}

const FACETS = ['intent', 'authority', 'context', 'decision', 'correlationId'] as const

function isSameActor(a: Place, b: Place): boolean {
  return a.binding.agents.at(-1)?.actor === b.binding.agents.at(-1)?.actor
}

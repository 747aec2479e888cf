import type { Place } from '../runtime/binding/binding.ts'
import { principalIn } from '../runtime/scope/live-binding.ts'

/** Where work comes from that is done at once for several; undefined where that is more than one user or agent. */
export function commonPlace(places: readonly (Place | undefined)[]): Place | undefined {
  const [first, ...others] = places
  return others.every((other) => isSame(first, other)) ? first : undefined
}

function isSame(a: Place | undefined, b: Place | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  const isSamePrincipal = principalIn(a.binding) === principalIn(b.binding)
  return isSamePrincipal && a.binding.agents.at(-1)?.actor === b.binding.agents.at(-1)?.actor
}

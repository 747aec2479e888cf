import { present } from '../../base/attribute-value.ts'
import type { AssuredFacet, Attribution } from '../../model/attribution.ts'
import { isSurelyIn, surenessIn } from '../../resolve/lineage.ts'
import type { Carried, SurenessOf } from '../../resolve/lineage.ts'
import type { LiveBinding } from '../scope/live-binding.ts'
import { toldWith } from '../binding/telling.ts'

/** What came in, however it did. */
export type Arrived = Pick<LiveBinding, 'carried' | 'told' | 'link'>

/**
 * The binding inside what came in. A claim replaces nothing that the process bound, or that came in before and is sure.
 * `isOther`: it may be other work than what is bound around it, so what is sure replaces what is bound.
 */
export function withArrived(outer: LiveBinding, { told, ...brought }: Arrived, isOther = false): LiveBinding {
  const tells = toldWith(outer, told)
  const { carried } = brought
  const around = outer.carried
  if (carried === undefined) return { ...outer, ...brought, ...tells }
  if (!isSure(carried) && around !== undefined && isSure(around)) {
    const kept = sureFacets(around)
    const sureness = { ...surenessOf(around, kept), ...outer.sureness }
    return {
      ...outer,
      ...brought,
      ...tells,
      bound: { ...kept, ...outer.bound },
      ...(Object.keys(sureness).length === 0 ? {} : { sureness }),
      carried: withActors(carried, around),
    }
  }
  const bound = isOther && isSure(carried) ? without(outer.bound, carried) : outer.bound
  return { ...outer, ...brought, ...tells, bound }
}

/** Of the principal, if there is one: the rest of a carrier may be less sure. */
function isSure(carried: Carried): boolean {
  return isSurelyIn(carried, 'principal')
}

/** What came before and is sure stays as sure as it was, but for who called its actors. */
function sureFacets(around: Carried): Attribution {
  const { actor: _, actorChain: __, ...facets } = around.attribution
  return Object.fromEntries(Object.entries(facets).filter(([field]) => isSureIn(around, field)))
}

function isSureIn(carried: Carried, field: string): boolean {
  return isSurelyIn(carried, facetOf(field))
}

function facetOf(field: string): AssuredFacet {
  if (field === 'correlationId') return 'correlation'
  return field === 'actorChain' ? 'actor' : (field as AssuredFacet)
}

/** Of what is no more than asserted by this process, nothing needs to be said. */
function surenessOf(around: Carried, kept: Attribution): SurenessOf {
  const said = Object.keys(kept).map((field) => [facetOf(field), surenessIn(around, facetOf(field))] as const)
  return Object.fromEntries(
    said.filter(([, { assurance, source }]) => assurance !== 'asserted' || source !== undefined),
  )
}

/** Neither does a claim replace what our own store brought, nor name who called its actors. */
function withActors(carried: Carried, around: Carried): Carried {
  const { actor, actorChain } = around.attribution
  if ((actor === undefined && actorChain === undefined) || !isSureIn(around, 'actor')) return carried
  const { actor: _, actorChain: __, ...claimed } = carried.attribution
  const actors = { ...present('actor', actor), ...present('actorChain', actorChain) }
  const sureness = { ...carried.sureness, actor: surenessIn(around, 'actor') }
  return { ...carried, attribution: { ...claimed, ...actors }, sureness }
}

/** Our own store is as good as our code, so the inner facet counts. A claim never replaces what is bound. */
function without(bound: Attribution, carried: Carried): Attribution {
  const isReplaced = (field: string) => Object.hasOwn(carried.attribution, field) && isSureIn(carried, field)
  return Object.fromEntries(Object.entries(bound).filter(([field]) => !isReplaced(field)))
}

import { context, trace } from '@opentelemetry/api'
import type { Context, Span } from '@opentelemetry/api'
import { ASSURANCES } from '../../model/attribution.ts'
import type { Assurance, Attribution } from '../../model/attribution.ts'
import { currentAttribution, currentBinding, runBound } from '../binding/binding.ts'
import { fault, guarded } from '../health/fault.ts'
import { isOver } from '../scope/live-binding.ts'
import type { LiveBinding, PendingLink } from '../scope/live-binding.ts'
import { present } from '../../base/attribute-value.ts'
import type { Carried } from '../../resolve/lineage.ts'
import type { LazySpan } from '../span/lazy-span.ts'
import { chainAt, requestAt } from '../span/span-state.ts'
import { inWorkSpan, nameIn } from '../binding/work-span.ts'
import type { WorkSpanOptions } from '../binding/work-span.ts'
import { spanContextFrom, traceContextOf } from './trace-context.ts'
import { fromWire, toWire } from './wire-facets.ts'

/**
 * What a later part of the same work needs, as a flat record of strings for a queue message or a database row: trace
 * context, principal, actors, intent, authority and correlation. It never has a credential, an execution context or a
 * decision, and it isn't signed. `{}` if nothing is bound. Never throws.
 *
 * @example
 * ```ts
 * import { carry } from 'onbehalf'
 *
 * await queue.add({ report: 'weekly', attribution: carry() })
 * ```
 */
export function carry(): Record<string, string> {
  return guarded('carrier', 'carry failed', carryFacets, {})
}

/**
 * Runs `fn` with what `carry` returned. The facets arrive as `claimed`. With `assurance: 'asserted'`, which is for
 * stores that only this service writes, they count as if they were bound here. If no span is active, it opens one as
 * soon as something inside is traced, so that the work is one trace with its acts below; `{ span: false }` opens none.
 * That span and the first one started inside get a link to the span that carried. Leaves out what can't be read. Never
 * throws, except what `fn` throws.
 *
 * @example
 * ```ts
 * import { resume } from 'onbehalf'
 *
 * queue.process((job) => resume(job.attribution, () => runAssistant(`Mail the ${job.report} report.`)))
 * ```
 */
export function resume<T>(carrier: Record<string, string>, fn: () => T, options?: ResumeOptions): T {
  if (typeof fn !== 'function') {
    fault('carrier', 'there is no function to run')
    return undefined as T
  }
  const brought = guarded('carrier', 'the carrier cannot be read', () => broughtBy(carrier, options), NOTHING_BROUGHT)
  const namesPrincipal = brought.carried?.attribution.principal !== undefined
  const name = nameIn(options, 'resume')
  const isBrought = brought.carried !== undefined || brought.link !== undefined
  const work = name === undefined || !isBrought ? fn : () => inWorkSpan(name, brought.link, fn)
  return runBound((outer) => resumed(outer, brought), work, { namesPrincipal })
}

export interface ResumeOptions extends WorkSpanOptions {
  /** `asserted` for stores that only this service writes. Default: `claimed`. */
  readonly assurance?: Assurance
}

function carryFacets(): Record<string, string> {
  const attribution = currentAttribution()
  if (attribution === undefined) return carryNothing()
  const span = spanAt(context.active())
  const chain = span === undefined ? undefined : chainAt(span)
  const facets = toWire(chain === undefined ? attribution : withLongerChain(attribution, chain))
  if (facets.length === 0) return {}
  return { ...(span === undefined ? {} : traceContextOf(span.spanContext())), ...Object.fromEntries(facets.flat()) }
}

/** One that has not started is not asked to: nothing was traced that a link could lead to. */
function spanAt(ctx: Context): Span | undefined {
  const span = trace.getSpan(ctx)
  return (span as Partial<LazySpan> | undefined)?.isStarted === false ? undefined : span
}

/** An agent that only a span shows, without `asAgent`, is also in the chain, and is then the actor. */
function withLongerChain(attribution: Attribution, chain: readonly string[]): Attribution {
  if (chain.length <= (attribution.actorChain?.length ?? 0)) return attribution
  const { actor: _, ...others } = attribution
  return { ...others, actorChain: chain }
}

/** Carrying too late would hand over facets of other work. */
function carryNothing(): Record<string, string> {
  const binding = currentBinding()
  if (binding !== undefined && isOver(binding, requestAt(context.active())))
    fault('carrier', 'carry was called after the bound function had settled')
  return {}
}

type Brought = Pick<LiveBinding, 'carried' | 'link'>

const NOTHING_BROUGHT: Brought = {}

function broughtBy(carrier: unknown, options: ResumeOptions | undefined): Brought {
  if (typeof carrier !== 'object' || carrier === null) {
    fault('carrier', 'the carrier is not an object')
    return NOTHING_BROUGHT
  }
  const read = (name: string): unknown => (Object.hasOwn(carrier, name) ? Reflect.get(carrier, name) : undefined)
  const attribution = fromWire(read)
  const spanContext = spanContextFrom(read('traceparent'), read('tracestate'))
  const assurance = assuranceFrom(options?.assurance)
  const link: { link?: PendingLink } = spanContext === undefined ? {} : { link: { context: spanContext } }
  return Object.keys(attribution).length === 0 ? link : { carried: { attribution, assurance }, ...link }
}

function resumed(outer: LiveBinding, brought: Brought): LiveBinding {
  const { carried } = brought
  const around = outer.carried
  if (carried?.assurance !== 'asserted' && carried !== undefined && around?.assurance === 'asserted') {
    const { actor: _, actorChain: __, ...facets } = around.attribution
    return { ...outer, ...brought, bound: { ...facets, ...outer.bound }, carried: withActors(carried, around) }
  }
  const bound = carried?.assurance === 'asserted' ? without(outer.bound, carried.attribution) : outer.bound
  return { ...outer, bound, ...brought }
}

/** Neither does a claim replace what our own store brought, nor name who called its actors. */
function withActors({ attribution, assurance }: Carried, { attribution: { actor, actorChain } }: Carried): Carried {
  if (actor === undefined && actorChain === undefined) return { attribution, assurance }
  const { actor: _, actorChain: __, ...claimed } = attribution
  const actors = { ...present('actor', actor), ...present('actorChain', actorChain) }
  return { attribution: { ...claimed, ...actors }, assurance, sureness: { actor: { assurance: 'asserted' } } }
}

/** Our own store is as good as our code, so the inner facet counts. A claim never replaces what is bound. */
function without(bound: Attribution, attribution: Attribution): Attribution {
  return Object.fromEntries(Object.entries(bound).filter(([facet]) => !Object.hasOwn(attribution, facet)))
}

/** Nothing is checked here, so a carrier can't be `verified`. */
function assuranceFrom(wanted: unknown): Assurance {
  if (wanted === undefined) return 'claimed'
  const known = ASSURANCES.find((assurance) => assurance === wanted)
  if (known !== undefined && known !== 'verified') return known
  fault('carrier', 'a carrier can be asserted at most')
  return 'claimed'
}

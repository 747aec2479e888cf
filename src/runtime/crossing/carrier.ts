import { context, isSpanContextValid, trace } from '@opentelemetry/api'
import type { Context, Span } from '@opentelemetry/api'
import { ASSURANCES } from '../../model/attribution.ts'
import type { Assurance, Attribution } from '../../model/attribution.ts'
import { CARRIER } from '../../model/names.ts'
import { currentAttribution, currentBinding, runBound } from '../binding/binding.ts'
import { fault, guarded } from '../health/fault.ts'
import { isOver } from '../scope/live-binding.ts'
import type { PendingLink } from '../scope/live-binding.ts'
import { MAX_CARRIER } from '../../trust/carriers/jws.ts'
import { fromWire, toWire } from '../../trust/carriers/wire-facets.ts'
import type { LazySpan } from '../span/lazy-span.ts'
import { chainAt, requestAt } from '../span/span-state.ts'
import { inWorkSpan, nameIn } from '../binding/work-span.ts'
import type { WorkSpanOptions } from '../binding/work-span.ts'
import { withArrived } from './arrived.ts'
import type { Arrived } from './arrived.ts'
import { broughtBy as broughtBySigned, isForCarrier, isSigning, signedFor } from './signed-carrier.ts'
import { spanContextFrom, traceContextOf } from './trace-context.ts'

/**
 * What a later part of the same work needs, as a flat record of strings for a queue message or a database row: trace
 * context, principal, actors, intent, authority and correlation. It never has a credential, an execution context or a
 * decision. With a signing key, all but the trace context is one signed text, good for `expiresIn`; without one, it isn't
 * signed. `{}` if nothing is bound. Never throws.
 *
 * @example
 * ```ts
 * import { carry } from 'onbehalf'
 *
 * await queue.add({ report: 'weekly', attribution: carry() })
 * ```
 */
export function carry(options?: CarryOptions): Record<string, string> {
  return guarded('carrier', 'carry failed', () => carryFacets(options), {})
}

/** How a signed carrier is made. Without a signing key, none of it has an effect. */
export interface CarryOptions {
  /** How long it may be used, in seconds. At most 366 days. Default: 604,800, which is 7 days. */
  readonly expiresIn?: number
  /** The service that may use it, by name. Default: any that admits the signer. */
  readonly audience?: string
}

/**
 * Runs `fn` with what `carry` returned. The facets arrive as `claimed`, unless they're signed by a signer that the policy
 * admits. With `assurance: 'asserted'`, which is for stores that only this service writes, they count as if they were
 * bound here. A signed carrier that is forged, expired or another's brings nothing, and every span inside says so.
 *
 * If no span is active, it opens one as soon as something inside is traced, so that the work is one trace with its acts
 * below; `{ span: false }` opens none. That span and the first one started inside get a link to the span that carried.
 * Leaves out what can't be read. Never throws, except what `fn` throws.
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
  return runBound((outer) => withArrived(outer, brought, true), work, { namesPrincipal })
}

export interface ResumeOptions extends WorkSpanOptions {
  /** `asserted` for stores that only this service writes. Default: `claimed`. */
  readonly assurance?: Assurance
}

function carryFacets(options: CarryOptions | undefined): Record<string, string> {
  const attribution = currentAttribution()
  if (attribution === undefined) return carryNothing()
  const span = spanAt(context.active())
  const chain = span === undefined ? undefined : chainAt(span)
  const whole = chain === undefined ? attribution : withLongerChain(attribution, chain)
  const facets = isSigning() ? signedEntry(whole, attribution, span, options) : toWire(whole).flat()
  if (facets.length === 0) return {}
  return { ...(span === undefined ? {} : traceContextOf(span.spanContext())), ...Object.fromEntries(facets) }
}

const DAY = 86_400
const DEFAULT_LIFETIME = 7 * DAY
const MAX_LIFETIME = 366 * DAY

function signedEntry(
  whole: Attribution,
  bound: Attribution,
  span: Span | undefined,
  options: CarryOptions | undefined,
): readonly (readonly [string, string])[] {
  const binding = currentBinding()
  const spanContext = span?.spanContext()
  if (binding === undefined) return []
  const signed = signedFor(context.active(), binding, {
    where: 'carrier',
    attribution: whole,
    isActorInferred: whole !== bound,
    trace: spanContext !== undefined && isSpanContextValid(spanContext) ? spanContext.traceId : undefined,
    audience: audienceFrom(options?.audience),
    resumable: true,
    lifetime: lifetimeFrom(options?.expiresIn),
    most: MAX_CARRIER,
  })
  return signed === undefined ? [] : [[CARRIER, signed]]
}

function lifetimeFrom(wanted: unknown): number {
  if (wanted === undefined) return DEFAULT_LIFETIME
  const isLifetime = typeof wanted === 'number' && Number.isFinite(wanted) && wanted >= 1 && wanted <= MAX_LIFETIME
  if (isLifetime) return Math.floor(wanted)
  fault('carrier', 'expiresIn has to be between one second and 366 days, in seconds')
  return DEFAULT_LIFETIME
}

function audienceFrom(wanted: unknown): readonly string[] | undefined {
  if (wanted === undefined) return undefined
  if (typeof wanted === 'string' && wanted.trim() !== '') return [wanted]
  // Without it, anyone could use the carrier.
  throw new Error('the audience of a carrier is not the name of a service')
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

const NOTHING_BROUGHT: Arrived = {}

function broughtBy(carrier: unknown, options: ResumeOptions | undefined): Arrived {
  if (typeof carrier !== 'object' || carrier === null) {
    fault('carrier', 'the carrier is not an object')
    return NOTHING_BROUGHT
  }
  const read = (name: string): unknown => (Object.hasOwn(carrier, name) ? Reflect.get(carrier, name) : undefined)
  const spanContext = spanContextFrom(read('traceparent'), read('tracestate'))
  const assurance = assuranceFrom(options?.assurance)
  const link: { link?: PendingLink } = spanContext === undefined ? {} : { link: { context: spanContext } }
  const signed = read(CARRIER)
  if (signed !== undefined && isForCarrier(signed)) {
    const brought = broughtSigned(signed, spanContext?.traceId, assurance)
    // What is refused leads nowhere: its trace context is no better than its facets.
    return brought.told === undefined ? { ...link, ...brought } : brought
  }
  const attribution = fromWire(read)
  return Object.keys(attribution).length === 0 ? link : { carried: { attribution, assurance }, ...link }
}

function broughtSigned(signed: unknown, keptWith: string | undefined, vouched: Assurance): Arrived {
  const active = trace.getSpanContext(context.active())?.traceId
  const held = currentBinding()
  return broughtBySigned(signed, {
    way: 'stored',
    trace: active,
    keptWith,
    held,
    heldIn: active,
    claims: true,
    vouched,
  })
}

/** Nothing is checked here, so a carrier can't be `verified`. */
function assuranceFrom(wanted: unknown): Assurance {
  if (wanted === undefined) return 'claimed'
  const known = ASSURANCES.find((assurance) => assurance === wanted)
  if (known !== undefined && known !== 'verified') return known
  fault('carrier', 'a carrier can be asserted at most')
  return 'claimed'
}

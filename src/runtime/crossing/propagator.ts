import { propagation, trace } from '@opentelemetry/api'
import type { Baggage, Context, TextMapGetter, TextMapPropagator, TextMapSetter } from '@opentelemetry/api'
import { ATTR_URL_FULL } from '@opentelemetry/semantic-conventions'
import { SPAN_KIND } from '../../model/span.ts'
import type { SpanShape } from '../../model/span.ts'
import { CARRIER } from '../../model/names.ts'
import { attributionIn, bindingIn, currentBinding, withBinding } from '../binding/binding.ts'
import { fault, guarded } from '../health/fault.ts'
import { EMPTY_BINDING, isOver } from '../scope/live-binding.ts'
import type { LiveBinding } from '../scope/live-binding.ts'
import { requestAt } from '../span/span-state.ts'
import { areListed, hostInHeader, hostsOf } from './host.ts'
import { isOurEntry, withoutOurs } from './own-entries.ts'
import { isHeldBack, watchRequests } from './sent-request.ts'
import { withArrived } from './arrived.ts'
import {
  admitsSigned,
  audienceAt,
  broughtBy,
  CALL_LIFETIME,
  isForCarrier,
  isSigning,
  signedFor,
} from './signed-carrier.ts'
import type { Arriving, Brought } from './signed-carrier.ts'
import { vouchedBaggage } from './vouched.ts'
import { fromWire, toWire } from '../../trust/carriers/wire-facets.ts'
import type { WireFacet } from '../../trust/carriers/wire-facets.ts'

const BAGGAGE = 'baggage'

/** The limits of W3C baggage, for all entries together, including those of others. */
const MAX_ENTRIES = 64
const MAX_BYTES = 8_192

/**
 * Wraps the app's propagator. Baggage named `attribution.*` neither comes in nor goes out, unless hosts are listed:
 * then the facets go to those hosts and come in as claims. What came in is never passed on. A request has to name listed
 * hosts alone, and where its destination isn't known for sure, nothing of ours goes out.
 */
export class AttributionPropagator implements TextMapPropagator {
  readonly #inner: TextMapPropagator
  readonly #hosts: readonly string[] | undefined

  /** `hosts` undefined: nothing goes out and nothing comes in. Empty: nothing goes out, and claims come in. */
  constructor(inner: TextMapPropagator, hosts: readonly string[] | undefined) {
    this.#inner = inner
    this.#hosts = hosts
    if (hosts !== undefined && hosts.length > 0) watchRequests(hosts)
  }

  inject(ctx: Context, carrier: unknown, setter: TextMapSetter): void {
    const vouched = vouchedBaggage(carrier)
    if (vouched === undefined)
      guarded('propagator', 'the headers of the app could not be cleaned', () => clean(carrier), undefined)
    this.#inner.inject(this.#outgoing(ctx, carrier), carrier, setter)
    if (vouched !== undefined) Object.assign(carrier as object, { [BAGGAGE]: vouched })
  }

  extract(ctx: Context, carrier: unknown, getter: TextMapGetter): Context {
    const extracted = this.#inner.extract(ctx, carrier, getter)
    try {
      return this.#incoming(extracted, trace.getSpanContext(ctx)?.traceId)
    } catch (error) {
      fault('propagator', 'inbound baggage could not be read', error)
      return propagation.deleteBaggage(extracted)
    }
  }

  fields(): string[] {
    return this.#inner.fields()
  }

  #outgoing(ctx: Context, carrier: unknown): Context {
    try {
      const baggage = propagation.getBaggage(ctx)
      const others = baggage === undefined ? undefined : othersIn(baggage)
      const facets = this.#facetsFor(ctx, carrier, others)
      if (typeof facets === 'string') return propagation.setBaggage(ctx, withSigned(others, facets))
      if (facets.length === 0) {
        return baggage === others || others === undefined ? ctx : propagation.setBaggage(ctx, others)
      }
      return propagation.setBaggage(ctx, withFacets(others ?? propagation.createBaggage(), facets))
    } catch (error) {
      fault('propagator', 'outbound baggage could not be made', error)
      return propagation.deleteBaggage(ctx)
    }
  }

  #facetsFor(ctx: Context, carrier: unknown, others: Baggage | undefined): readonly WireFacet[] | string {
    const listed = this.#hosts ?? []
    if (listed.length === 0) return []
    const binding = bindingIn(ctx) ?? currentBinding()
    const attribution = binding === undefined || isOver(binding, requestAt(ctx)) ? undefined : attributionIn(binding)
    if (binding === undefined || attribution === undefined) return []
    const hosts = listedHosts(ctx, carrier, listed)
    if (hosts === undefined) return []
    return isSigning() ? (signedEntry(ctx, binding, hosts, others) ?? []) : toWire(attribution)
  }

  #incoming(ctx: Context, heldIn: string | undefined): Context {
    const baggage = propagation.getBaggage(ctx)
    if (baggage === undefined) return ctx
    const others = othersIn(baggage)
    if (others === baggage) return ctx
    const clean = propagation.setBaggage(ctx, others)
    const held = bindingIn(ctx)
    const brought = this.#broughtBy(baggage, ctx, { held, heldIn })
    if (brought.carried === undefined && brought.told === undefined) return clean
    return withBinding(clean, withArrived(held ?? EMPTY_BINDING, brought))
  }

  /** A signed carrier says all of it. Where hosts are listed, unsigned entries are claims. */
  #broughtBy(baggage: Baggage, ctx: Context, holding: Pick<Arriving, 'held' | 'heldIn'>): Brought {
    const claims = this.#hosts !== undefined
    const signed = baggage.getEntry(CARRIER)?.value
    if (signed !== undefined && isForCarrier(signed) && (claims || admitsSigned()))
      return broughtBy(signed, { way: 'call', trace: trace.getSpanContext(ctx)?.traceId, ...holding, claims })
    if (!claims) return {}
    const attribution = fromWire((name) => baggage.getEntry(name)?.value)
    return Object.keys(attribution).length === 0 ? {} : { carried: { attribution, assurance: 'claimed' } }
  }
}

/** Returns the same object if it has none of our entries. */
function othersIn(baggage: Baggage): Baggage {
  const ours = baggage.getAllEntries().flatMap(([name, { value }]) => (isOurEntry(name, value) ? [name] : []))
  return ours.length === 0 ? baggage : baggage.removeEntries(...ours)
}

/**
 * Removes our entries from headers that the app itself passes on. When it forwards or serves a request, they could go
 * to any host otherwise.
 */
function clean(carrier: unknown): void {
  if (typeof carrier !== 'object' || carrier === null) return
  const headers = carrier as Record<string, unknown>
  for (const name of Object.keys(headers)) {
    if (name.toLowerCase() !== BAGGAGE) continue
    const others = withoutOurs(headers[name])
    if (others === undefined) delete headers[name]
    else headers[name] = others
  }
}

/** The longest entry that OpenTelemetry reads, with its name. */
const MAX_PAIR = 4_096

function signedEntry(
  ctx: Context,
  binding: LiveBinding,
  hosts: readonly string[],
  others: Baggage | undefined,
): string | undefined {
  if (others !== undefined && others.getAllEntries().length >= MAX_ENTRIES) {
    fault('propagator', 'a signed carrier did not fit into the baggage and was left out')
    return undefined
  }
  const room = Math.min(MAX_PAIR, MAX_BYTES - (others === undefined ? 0 : bytesIn(others))) - sizeOf(CARRIER, '')
  return signedFor(ctx, binding, {
    where: 'propagator',
    trace: trace.getSpanContext(ctx)?.traceId,
    audience: audienceAt(hosts),
    resumable: false,
    lifetime: CALL_LIFETIME,
    most: room,
  })
}

/** It was made to fit, and none of its characters needs an encoding. */
function withSigned(others: Baggage | undefined, signed: string): Baggage {
  const entry = { value: signed }
  return others === undefined ? propagation.createBaggage({ [CARRIER]: entry }) : others.setEntry(CARRIER, entry)
}

function bytesIn(baggage: Baggage): number {
  return baggage.getAllEntries().reduce((sum, [name, { value, metadata }]) => {
    const rest = metadata === undefined ? 0 : metadata.toString().length + 1
    return sum + sizeOf(name, value) + rest
  }, 0)
}

function withFacets(others: Baggage, facets: readonly WireFacet[]): Baggage {
  let entries = others.getAllEntries().length
  let bytes = bytesIn(others)
  let baggage = others
  for (const facet of facets) {
    if (!facet.every(([, value]) => isEncodable(value))) {
      fault('propagator', "a facet isn't well-formed Unicode and was left out")
      continue
    }
    const size = facet.reduce((sum, [name, value]) => sum + sizeOf(name, value), 0)
    if (entries + facet.length > MAX_ENTRIES || bytes + size > MAX_BYTES) {
      fault('propagator', 'a facet did not fit into the baggage and was left out')
      continue
    }
    entries += facet.length
    bytes += size
    for (const [name, value] of facet) baggage = baggage.setEntry(name, { value })
  }
  return baggage
}

/** Half a surrogate pair has no percent-encoding: encoding it throws. */
function isEncodable(value: string): boolean {
  return !/\p{Surrogate}/u.test(value)
}

/** The size of the written entry: percent-encoded, with its equals sign and the comma after it. */
function sizeOf(name: string, value: string): number {
  return encodeURIComponent(name).length + encodeURIComponent(value).length + 2
}

/** The instrumentations whose spans don't always name the host that a request goes to. */
const HTTP_TRACER = '@opentelemetry/instrumentation-http'
const UNDICI_TRACER = '@opentelemetry/instrumentation-undici'

/** The hosts that a request goes to, if all that is known of it leads to listed ones. */
function listedHosts(ctx: Context, carrier: unknown, listed: readonly string[]): readonly string[] | undefined {
  const span = trace.getSpan(ctx) as Partial<SpanShape> | undefined
  if (span?.kind !== SPAN_KIND.client || span.attributes === undefined) return undefined
  const watched = watchRequests(listed)
  const tracer = span.instrumentationScope?.name
  if ((tracer === HTTP_TRACER && !watched.http) || (tracer === UNDICI_TRACER && !watched.undici)) return undefined
  const { [ATTR_URL_FULL]: url, ...others } = span.attributes
  if (isHeldBack(url)) return undefined
  // What node:http makes of a URL for a proxy is no URL, and the request itself says it when it's sent.
  const hosts = hostsOf(tracer === HTTP_TRACER ? others : span.attributes)
  const areAllListed = areListed(hosts, listed) && headerHosts(carrier).every((host) => areListed([host], listed))
  return areAllListed ? hosts : undefined
}

/** The hosts in the headers that an instrumentation shows. */
function headerHosts(carrier: unknown): readonly string[] {
  if (typeof carrier !== 'object' || carrier === null) return []
  const named = Object.entries(carrier).filter(([name]) => HOST_HEADERS.has(name.toLowerCase()))
  return named.flatMap(([, value]) => hostInHeader(value) ?? [])
}

const HOST_HEADERS: ReadonlySet<string> = new Set(['host', ':authority'])

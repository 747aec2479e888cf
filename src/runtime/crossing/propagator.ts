import { propagation, trace } from '@opentelemetry/api'
import type { Baggage, Context, TextMapGetter, TextMapPropagator, TextMapSetter } from '@opentelemetry/api'
import { ATTR_PREFIX } from '../../model/names.ts'
import { SPAN_KIND } from '../../model/span.ts'
import type { SpanShape } from '../../model/span.ts'
import { attributionIn, bindingIn, currentBinding, withBinding } from '../binding/binding.ts'
import { fault, guarded } from '../health/fault.ts'
import { EMPTY_BINDING, isOver } from '../scope/live-binding.ts'
import { requestAt } from '../span/span-state.ts'
import { hostsOf, isListed } from './host.ts'
import { fromWire, toWire } from './wire-facets.ts'
import type { WireFacet } from './wire-facets.ts'

const BAGGAGE = 'baggage'

/** The limits of W3C baggage, for all entries together, including those of others. */
const MAX_ENTRIES = 64
const MAX_BYTES = 8_192

/**
 * Wraps the app's propagator. Baggage named `attribution.*` neither comes in nor goes out, unless hosts are listed:
 * then the facets go to those hosts and come in as claims. What came in is never passed on.
 */
export class AttributionPropagator implements TextMapPropagator {
  readonly #inner: TextMapPropagator
  readonly #hosts: readonly string[] | undefined

  /** `hosts` undefined: nothing goes out and nothing comes in. Empty: nothing goes out, and claims come in. */
  constructor(inner: TextMapPropagator, hosts: readonly string[] | undefined) {
    this.#inner = inner
    this.#hosts = hosts
  }

  inject(ctx: Context, carrier: unknown, setter: TextMapSetter): void {
    guarded('propagator', 'the headers of the app could not be cleaned', () => clean(carrier), undefined)
    this.#inner.inject(this.#outgoing(ctx), carrier, setter)
  }

  extract(ctx: Context, carrier: unknown, getter: TextMapGetter): Context {
    const extracted = this.#inner.extract(ctx, carrier, getter)
    try {
      return this.#incoming(extracted)
    } catch (error) {
      fault('propagator', 'inbound baggage could not be read', error)
      return propagation.deleteBaggage(extracted)
    }
  }

  fields(): string[] {
    return this.#inner.fields()
  }

  #outgoing(ctx: Context): Context {
    try {
      const baggage = propagation.getBaggage(ctx)
      const others = baggage === undefined ? undefined : withoutOurs(baggage)
      const facets = this.#facetsFor(ctx)
      if (facets.length === 0) {
        return baggage === others || others === undefined ? ctx : propagation.setBaggage(ctx, others)
      }
      return propagation.setBaggage(ctx, withFacets(others ?? propagation.createBaggage(), facets))
    } catch (error) {
      fault('propagator', 'outbound baggage could not be made', error)
      return propagation.deleteBaggage(ctx)
    }
  }

  #facetsFor(ctx: Context): readonly WireFacet[] {
    const listed = this.#hosts ?? []
    if (listed.length === 0) return []
    const binding = bindingIn(ctx) ?? currentBinding()
    const attribution = binding === undefined || isOver(binding, requestAt(ctx)) ? undefined : attributionIn(binding)
    if (attribution === undefined) return []
    const targets = targetsOf(ctx)
    return targets.length > 0 && targets.every((host) => isListed(host, listed)) ? toWire(attribution) : []
  }

  #incoming(ctx: Context): Context {
    const baggage = propagation.getBaggage(ctx)
    if (baggage === undefined) return ctx
    const others = withoutOurs(baggage)
    if (others === baggage) return ctx
    const clean = propagation.setBaggage(ctx, others)
    if (this.#hosts === undefined) return clean
    const attribution = fromWire((name) => baggage.getEntry(name)?.value)
    if (Object.keys(attribution).length === 0) return clean
    const carried = { attribution, assurance: 'claimed' as const }
    return withBinding(clean, { ...(bindingIn(ctx) ?? EMPTY_BINDING), carried })
  }
}

/** Returns the same object if it has none of our entries. */
function withoutOurs(baggage: Baggage): Baggage {
  const ours = baggage.getAllEntries().flatMap(([name]) => (isOurs(name) ? [name] : []))
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
    const entries = [headers[name]].flat().flatMap((value) => textIn(value).split(','))
    const others = entries.filter((entry) => !isOurs(decoded(entry.split('=', 1)[0] ?? '')))
    if (others.length === 0 && entries.length > 0) delete headers[name]
    else if (others.length < entries.length) headers[name] = others.join(',')
  }
}

/** Message queue clients provide headers as bytes. */
function textIn(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString()
  return typeof value === 'string' ? value : ''
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

/** Names are compared without case, because the next reader may ignore it. */
function isOurs(name: string): boolean {
  return name.trim().toLowerCase().startsWith(ATTR_PREFIX)
}

function withFacets(others: Baggage, facets: readonly WireFacet[]): Baggage {
  let entries = others.getAllEntries().length
  let bytes = others.getAllEntries().reduce((sum, [name, { value, metadata }]) => {
    const rest = metadata === undefined ? 0 : metadata.toString().length + 1
    return sum + sizeOf(name, value) + rest
  }, 0)
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

/** The hosts that the client span of this context names. */
function targetsOf(ctx: Context): readonly string[] {
  const span = trace.getSpan(ctx) as Partial<SpanShape> | undefined
  return span?.kind === SPAN_KIND.client && span.attributes !== undefined ? hostsOf(span.attributes) : []
}

import { context } from '@opentelemetry/api'
import type { Context } from '@opentelemetry/api'
import { withoutSecrets } from '../../base/secret.ts'
import { fieldOf } from '../../model/attribution.ts'
import type { Assurance, Attribution } from '../../model/attribution.ts'
import { ATTR } from '../../model/names.ts'
import { surenessIn } from '../../resolve/lineage.ts'
import type { Sourced } from '../../resolve/lineage.ts'
import type { Facets } from '../../resolve/resolve.ts'
import type { ResolvedSpan } from '../../resolve/resolved-span.ts'
import { attributionIn, currentBinding } from '../binding/binding.ts'
import { guarded } from '../health/fault.ts'
import { isOver } from '../scope/live-binding.ts'
import type { LiveBinding } from '../scope/live-binding.ts'
import { requestAt, resolvedAt } from '../span/span-state.ts'

/** A log record of either line of the SDK, while its processors see it. */
export interface AttributedLogRecord {
  readonly attributes?: object
  setAttribute(key: string, value: string): unknown
}

/**
 * Puts who asked, what acted and why on log records: `attribution.principal.id`, `.actor.id`, `.correlation.id` and
 * `.intent.id`. They come from what is bound where the record is emitted, and otherwise from the agent span that is
 * active there. Never puts the text of an intent on a record, and leaves attributes that are there alone. Where an id is
 * only `claimed` or `inferred`, `.assurance` says so.
 *
 * `attribution()` and `onbehalf/register` add it where the app has logs. Elsewhere, put it before the processor that
 * exports. Never throws.
 *
 * @example
 * ```ts
 * import { AttributionLogRecordProcessor } from 'onbehalf'
 *
 * const processors = [new AttributionLogRecordProcessor()]
 * ```
 */
export class AttributionLogRecordProcessor {
  onEmit(record: AttributedLogRecord, ctx: Context = context.active()): void {
    guarded('processor', 'a log record could not be attributed', () => attribute(record, ctx), undefined)
  }

  /** It exports nothing, so no record is made for it. */
  enabled(): boolean {
    return false
  }

  forceFlush(): Promise<void> {
    return Promise.resolve()
  }

  shutdown(): Promise<void> {
    return Promise.resolve()
  }
}

function attribute(record: AttributedLogRecord, ctx: Context): void {
  for (const [facet, found] of idsAt(ctx)) {
    if (found === undefined) continue
    const { id, assurance } = ATTR[facet]
    if (!put(record, id, found.id)) continue
    if (found.assurance === 'claimed' || found.assurance === 'inferred') put(record, assurance, found.assurance)
  }
}

/** Whether the id is now there. What the app has put there stays. */
function put(record: AttributedLogRecord, key: string, value: string): boolean {
  if (record.attributes !== undefined && Object.hasOwn(record.attributes, key)) return false
  record.setAttribute(key, value)
  return true
}

type LoggedFacet = 'principal' | 'actor' | 'correlation' | 'intent'

interface Id {
  readonly id: string
  readonly assurance: Assurance
}

function idsAt(ctx: Context): readonly (readonly [LoggedFacet, Id | undefined])[] {
  const binding = inForce(ctx)
  const span = judgedAt(ctx)
  const bound = binding === undefined ? undefined : attributionIn(binding)
  // A span that started under this binding has read it already, and knows more: an agent below the one that was bound.
  const isOfSpan = span !== undefined && span.binding === binding
  const pick = (facet: LoggedFacet) => {
    const [ofSpan, ofBinding] = [idInSpan(span?.facets, facet), idInBinding(binding, bound, facet)]
    return [facet, isOfSpan ? (ofSpan ?? ofBinding) : (ofBinding ?? ofSpan)] as const
  }
  return FACETS.map(pick)
}

const FACETS = ['principal', 'actor', 'correlation', 'intent'] as const

/** Nothing, rather than facets of other work. */
function inForce(ctx: Context): LiveBinding | undefined {
  const binding = currentBinding(ctx)
  return binding === undefined || binding.stale === true || isOver(binding, requestAt(ctx)) ? undefined : binding
}

function judgedAt(ctx: Context): ResolvedSpan | undefined {
  const span = resolvedAt(ctx)
  return span?.kind === undefined && span?.lineage.recognized === undefined ? undefined : span
}

function idInSpan(facets: Facets | undefined, facet: LoggedFacet): Id | undefined {
  const sourced: Sourced<string | { readonly id?: string }> | undefined = facets?.[facet]
  if (sourced === undefined) return undefined
  const id = typeof sourced.value === 'string' ? sourced.value : sourced.value.id
  return id === undefined ? undefined : { id: withoutSecrets(id), assurance: sourced.assurance }
}

function idInBinding(
  binding: LiveBinding | undefined,
  bound: Attribution | undefined,
  facet: LoggedFacet,
): Id | undefined {
  const id = facet === 'correlation' ? bound?.correlationId : bound?.[facet]?.id
  return binding === undefined || id === undefined ? undefined : { id, assurance: assuranceIn(binding, facet) }
}

function assuranceIn({ bound, agents, carried, sureness }: LiveBinding, facet: LoggedFacet): Assurance {
  const isOurs = bound[fieldOf(facet)] !== undefined || (facet === 'actor' && agents.length > 0)
  if (isOurs || carried === undefined) return sureness?.[facet]?.assurance ?? 'asserted'
  return surenessIn(carried, facet).assurance
}

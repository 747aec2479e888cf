import { context, trace } from '@opentelemetry/api'
import { decoded, entriesIn, withoutOurs } from '../runtime/crossing/own-entries.ts'
import { outgoingEntries } from '../runtime/crossing/hop.ts'
import { isSigning } from '../runtime/crossing/signed-carrier.ts'
import { spanContextFrom } from '../runtime/crossing/trace-context.ts'
import { vouch } from '../runtime/crossing/vouched.ts'
import { hostOf, isRecord } from './shapes.ts'
import type { McpRequest } from './shapes.ts'

/**
 * A request that takes along what is in force here. What the app put there stays: its `traceparent` counts, and its
 * baggage comes first. Nothing else of the request changes, and the given object not at all.
 */
export function withOutgoingMeta(request: McpRequest, transport: unknown): McpRequest {
  const { params } = request
  const given = params?.['_meta'] ?? {}
  if (!isRecord(given)) return request
  const ours = entriesFor(given, hostOf(transport))
  const meta: Entries = { ...given, ...traceEntries(given, ours), ...baggageEntry(given['baggage'], ours['baggage']) }
  if (Object.keys(meta).length === 0) return request
  if (typeof meta['baggage'] === 'string') vouch(meta, meta['baggage'])
  return { ...request, params: { ...params, _meta: meta } }
}

type Entries = Readonly<Record<string, unknown>>

/** A signature is for one trace, and what the app put there says for which. */
function entriesFor({ traceparent, tracestate }: Entries, host: string | undefined): Entries {
  const here = context.active()
  const given = spanContextFrom(traceparent, tracestate)
  const ctx = given === undefined ? here : trace.setSpanContext(here, given)
  return isSigning() && trace.getSpanContext(ctx) === undefined ? {} : outgoingEntries(ctx, host)
}

/** A trace state belongs to its trace. */
function traceEntries(given: Entries, { traceparent, tracestate }: Entries): Entries {
  if (given['traceparent'] !== undefined || traceparent === undefined) return {}
  return tracestate === undefined ? { traceparent } : { traceparent, tracestate }
}

/** Only what is bound here goes out under our names: an app may pass on the `_meta` of its own caller. */
function baggageEntry(given: unknown, ours: unknown): Entries {
  if (given !== undefined && typeof given !== 'string') return {}
  const kept = entriesIn(withoutOurs(given)).filter((entry) => entry.trim() !== '')
  const names = new Set(kept.map(nameOf))
  const added = entriesIn(ours).filter((entry) => entry !== '' && !names.has(nameOf(entry)))
  const baggage = added.length === 0 ? withoutOurs(given) : [...kept, ...added].join(',')
  return baggage === given ? {} : { baggage }
}

function nameOf(entry: string): string {
  return decoded(entry.split('=', 1)[0] ?? '').trim()
}

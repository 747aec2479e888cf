import { ATTR } from '../../model/names.ts'
import { canonicalId } from '../../identity/identity.ts'
import type { Filter, Selector } from './selection.ts'
import type { TimeRange } from '../terminal/time.ts'

/** An attribute to search for. */
export interface Wanted {
  readonly key: string
  readonly text: string
}

/** In milliseconds since the Unix epoch. Jaeger compares the start times of spans. */
export interface Window {
  readonly since: number
  readonly until: number
}

const HOUR = 3_600_000
/** The default look-back. Stores with an index per day accept this many days in one question. */
const DEFAULT_DAYS = 90

/**
 * A span may have its facets from one that started before the time that is asked for, which a search has to find too.
 */
export function windowOf({ since, until }: TimeRange, selector: Selector, now: number): Window {
  const end = Number.isFinite(until) ? until : now + HOUR
  const before = isTimeAlone(selector) ? 0 : HOUR
  const start = Number.isFinite(since) ? since - before : end - DEFAULT_DAYS * 24 * HOUR
  return { since: Math.max(0, Math.floor(start)), until: Math.max(0, Math.ceil(end)) }
}

/** Whether nothing else is known of what is looked for. */
export function isTimeAlone(selector: Selector): boolean {
  return selector.by === 'filters' && selector.filters.length === 0
}

/** Where the identity of a principal stands on spans that nobody judged. */
const USER_KEYS = ['user.id', 'enduser.id'] as const

/** Jaeger compares text exactly, so that the usual spellings of an identity are asked for one by one. */
export function wantedOf({ by, id }: Filter): readonly Wanted[] {
  const given = id.trim()
  if (by === 'correlation') return [{ key: ATTR.correlation.id, text: given }]
  const canonical = canonicalId(given)
  if (by === 'resource') return pairs([ATTR.resourceId, ATTR.context.target], [given, canonical])
  const bare = canonical.replace(/^user:/u, '')
  return pairs([ATTR.principal.id, ...USER_KEYS], [given, bare, `user:${bare}`, `mailto:${bare}`])
}

function pairs(keys: readonly string[], texts: readonly string[]): readonly Wanted[] {
  return keys.flatMap((key) => [...new Set(texts)].map((text) => ({ key, text })))
}

/** Traces per answer. Without a limit some stores answer nothing, and others everything. */
export const LIMIT = 100
/**
 * The parameters of `/api/v3/traces`, in both spellings: servers ignore names they don't know. Raw, because Jaeger
 * otherwise adjusts the times.
 */
export function searchFor(
  { since, until }: Window,
  limit: number,
  service?: string,
  wanted?: Wanted,
): Record<string, string> {
  const [from, to] = [new Date(since).toISOString(), new Date(until).toISOString()]
  return {
    'query.startTimeMin': from,
    'query.start_time_min': from,
    'query.startTimeMax': to,
    'query.start_time_max': to,
    'query.searchDepth': String(limit),
    'query.num_traces': String(limit),
    'query.rawTraces': 'true',
    'query.raw_traces': 'true',
    ...(service === undefined ? {} : { 'query.serviceName': service, 'query.service_name': service }),
    ...(wanted === undefined ? {} : { 'query.attributes': JSON.stringify({ [wanted.key]: wanted.text }) }),
  }
}

/** The parameters of `/api/traces`, which takes microseconds. */
export function olderSearchFor(
  { since, until }: Window,
  service: string,
  { key, text }: Wanted,
): Record<string, string> {
  return {
    service,
    tags: JSON.stringify({ [key]: text }),
    start: String(since * 1_000),
    end: String(until * 1_000),
    limit: String(LIMIT),
    raw: 'true',
  }
}

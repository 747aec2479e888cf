import {
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_ROUTE,
  ATTR_SERVER_ADDRESS,
  ATTR_URL_FULL,
  ATTR_URL_PATH,
} from '@opentelemetry/semantic-conventions'
import { factOf } from '../../base/attribute-value.ts'
import { ATTR } from '../../model/names.ts'
import type { JudgedSpan } from '../../judge/trace.ts'

/**
 * What an effect was done to, without what changes from one call to the next: `POST mail.contoso.com/v1/messages/*`.
 * Clients call their spans by the method alone, so that the name doesn't tell one destination from another.
 */
export function targetOf(judged: JudgedSpan): string {
  const target = statedTargetOf(judged)
  const id = judged.resolved.facets.context?.value.id
  const { method, host, route, path } = addressOf(judged)
  const other = () => firstOf(judged, DESTINATIONS) ?? id ?? ''
  const place = target ?? (host === undefined ? other() : `${host}${route ?? pathPattern(path)}`)
  return `${method ?? ''} ${place}`.trim().slice(0, MAX_LENGTH)
}

/**
 * The target that a span states; of an effect else the one that its address names, with the ids in it and without its
 * query.
 */
export function exactTargetOf(judged: JudgedSpan): string | undefined {
  const stated = statedTargetOf(judged)
  if (stated !== undefined || judged.resolved.kind !== 'effect') return stated
  const { method, host, route, path } = addressOf(judged)
  const place = host === undefined ? firstOf(judged, DESTINATIONS) : `${host}${withoutQuery(path ?? route ?? '')}`
  return place === undefined ? undefined : `${method ?? ''} ${place}`.trim().slice(0, MAX_LENGTH)
}

/** A span may state a target alone, which isn't a context. */
export function statedTargetOf({ span, resolved: { facets } }: JudgedSpan): string | undefined {
  return facets.context?.value.target ?? factOf(span.attributes[ATTR.context.target])
}

interface Address {
  readonly method: string | undefined
  readonly host: string | undefined
  /** The path with names for what changes in it. */
  readonly route: string | undefined
  readonly path: string | undefined
}

function addressOf(judged: JudgedSpan): Address {
  const url = partsOf(firstOf(judged, [ATTR_URL_FULL, 'http.url']))
  return {
    method: firstOf(judged, [ATTR_HTTP_REQUEST_METHOD, 'http.method']),
    host: firstOf(judged, [ATTR_SERVER_ADDRESS, 'net.peer.name', 'http.host']) ?? url?.host,
    route: firstOf(judged, ['url.template', ATTR_HTTP_ROUTE]),
    path: firstOf(judged, [ATTR_URL_PATH, 'http.target']) ?? url?.path,
  }
}

function firstOf({ span }: JudgedSpan, keys: readonly string[]): string | undefined {
  return keys.map((key) => factOf(span.attributes[key])).find((text) => text !== undefined && text !== '')
}

const MAX_LENGTH = 256

/** What names the destination of a client that doesn't speak HTTP. */
const DESTINATIONS = ['db.collection.name', 'db.namespace', 'messaging.destination.name', 'rpc.service']

function partsOf(url: string | undefined): { readonly host: string; readonly path: string } | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined
  const { hostname, pathname } = new URL(url)
  return { host: hostname, path: pathname }
}

/** The path with a star for each id in it. */
function pathPattern(path = ''): string {
  const segments = withoutQuery(path).split('/')
  return segments.map((segment) => (isId(segment) ? '*' : segment)).join('/')
}

function withoutQuery(path: string): string {
  return path.replace(/[?#].*$/su, '')
}

/** Versions and names such as `v1` and `oauth2` aren't ids. */
function isId(segment: string): boolean {
  if (/^[a-z]+\d{1,2}$/iu.test(segment)) return false
  return /[\d@%]/u.test(segment) || segment.length > MAX_SEGMENT
}

const MAX_SEGMENT = 40

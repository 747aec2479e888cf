import {
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_ROUTE,
  ATTR_SERVER_ADDRESS,
  ATTR_URL_FULL,
  ATTR_URL_PATH,
} from '@opentelemetry/semantic-conventions'
import { factOf } from '../../base/attribute-value.ts'
import type { JudgedSpan } from '../../judge/trace.ts'

/**
 * What an effect was done to, without what changes from one call to the next: `POST mail.contoso.com/v1/messages/*`.
 * Clients call their spans by the method alone, so that the name doesn't tell one destination from another.
 */
export function targetOf({ span: { attributes }, resolved }: JudgedSpan): string {
  const first = (...keys: readonly string[]) => keys.map((key) => factOf(attributes[key])).find(Boolean)
  const { id, target } = resolved.facets.context?.value ?? {}
  const url = partsOf(first(ATTR_URL_FULL, 'http.url'))
  const host = first(ATTR_SERVER_ADDRESS, 'net.peer.name', 'http.host') ?? url?.host
  const route = first('url.template', ATTR_HTTP_ROUTE) ?? pathPattern(first(ATTR_URL_PATH, 'http.target') ?? url?.path)
  const place = target ?? (host === undefined ? (first(...DESTINATIONS) ?? id ?? '') : `${host}${route}`)
  const method = first(ATTR_HTTP_REQUEST_METHOD, 'http.method')
  return `${method ?? ''} ${place}`.trim().slice(0, MAX_LENGTH)
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
  const segments = path.replace(/[?#].*$/su, '').split('/')
  return segments.map((segment) => (isId(segment) ? '*' : segment)).join('/')
}

/** Versions and names such as `v1` and `oauth2` aren't ids. */
function isId(segment: string): boolean {
  if (/^[a-z]+\d{1,2}$/iu.test(segment)) return false
  return /[\d@%]/u.test(segment) || segment.length > MAX_SEGMENT
}

const MAX_SEGMENT = 40

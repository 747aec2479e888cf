import { ATTR_HTTP_REQUEST_METHOD, ATTR_SERVER_ADDRESS, ATTR_URL_FULL } from '@opentelemetry/semantic-conventions'
import type { Attributes } from '../../model/span.ts'

/** The names that older instrumentations use. */
const OLD_NAME = 'net.peer.name'
const OLD_URL = 'http.url'
const OLD_METHOD = 'http.method'

/** A destination that can't be read. It is never listed. */
const UNREADABLE = '?'

/**
 * Every host that a client span says it talks to, in lower case and without port. Usually there is one. A tunnel
 * (CONNECT) leads somewhere that the span doesn't say.
 */
export function hostsOf(attributes: Attributes): readonly string[] {
  const method = attributes[ATTR_HTTP_REQUEST_METHOD] ?? attributes[OLD_METHOD]
  return distinct([
    isTunnel(method) ? UNREADABLE : undefined,
    hostInUrl(attributes[ATTR_URL_FULL]),
    hostInUrl(attributes[OLD_URL]),
    plainHost(attributes[ATTR_SERVER_ADDRESS]),
    plainHost(attributes[OLD_NAME]),
  ])
}

/** What says where a request goes. */
export interface RequestTarget {
  readonly method: unknown
  /** As in the request line. For a proxy, it is the whole URL. */
  readonly path: unknown
  /** The host or the URL that the request is sent to. */
  readonly sentTo: unknown
  /** The `Host` header, if it says one. */
  readonly hostHeader: unknown
}

/** Every host that a request names: the one it's sent to, that of its `Host` header, and the one a proxy passes it to. */
export function hostsOfRequest({ method, path, sentTo, hostHeader }: RequestTarget): readonly string[] {
  const isPlain = typeof path === 'string' && /^(?:[/?]|$)/u.test(path)
  return distinct([
    isTunnel(method) ? UNREADABLE : undefined,
    isPlain ? undefined : (hostInUrl(path) ?? UNREADABLE),
    sentTo instanceof URL || (typeof sentTo === 'string' && sentTo.includes('://'))
      ? hostInUrl(String(sentTo))
      : (plainHost(sentTo) ?? UNREADABLE),
    hostInHeader(hostHeader),
  ])
}

/** The host in the value of a `Host` header, which may have a port. Undefined if there is no header. */
export function hostInHeader(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  const text = Array.isArray(value) ? (value.length === 1 ? value[0] : undefined) : value
  return typeof text === 'string' && /^[^/?#@\\\s]+$/u.test(text) ? hostInUrl(`http://${text}`) : UNREADABLE
}

/** Whether each host is one of `listed`. No host at all isn't a known destination. */
export function areListed(hosts: readonly string[], listed: readonly string[]): boolean {
  return hosts.length > 0 && hosts.every((host) => isListed(host, listed))
}

/** Whether one of `listed` names the host: exactly, or as `*.` and a domain above it. */
export function isListed(host: string, listed: readonly string[]): boolean {
  return listed.some((entry) => {
    const pattern = normalized(entry)
    return pattern.startsWith('*.')
      ? host.endsWith(pattern.slice(1)) && host.length > pattern.length - 1
      : host === pattern
  })
}

function distinct(hosts: readonly (string | undefined)[]): readonly string[] {
  return [...new Set(hosts.filter((host) => host !== undefined))]
}

function isTunnel(method: unknown): boolean {
  return typeof method === 'string' && method.toUpperCase() === 'CONNECT'
}

/** The host of a URL, as the others are written. Undefined only if there is no URL. */
export function hostInUrl(value: unknown): string | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'string' || !URL.canParse(value)) return UNREADABLE
  return plainHost(new URL(value).hostname) ?? UNREADABLE
}

function plainHost(value: unknown): string | undefined {
  const host = typeof value === 'string' ? normalized(value) : ''
  return host === '' ? undefined : host
}

function normalized(host: string): string {
  const text = host.trim().toLowerCase().replace(/\.$/u, '')
  return text.includes(':') ? ipv6(text) : text
}

/** Normalizes an address, with brackets as in a URL. */
function ipv6(text: string): string {
  const url = `http://[${text.replaceAll(/[[\]]/gu, '')}]`
  return URL.canParse(url) ? new URL(url).hostname : text
}

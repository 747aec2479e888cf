import { ATTR_SERVER_ADDRESS, ATTR_URL_FULL } from '@opentelemetry/semantic-conventions'
import type { Attributes } from '../../model/span.ts'

/** The name that older instrumentations use. */
const OLD_NAME = 'net.peer.name'
const OLD_URL = 'http.url'

/** Every host that a client span says it talks to, in lower case and without port. Usually there is one. */
export function hostsOf(attributes: Attributes): readonly string[] {
  const hosts = [
    hostInUrl(attributes[ATTR_URL_FULL]),
    hostInUrl(attributes[OLD_URL]),
    plainHost(attributes[ATTR_SERVER_ADDRESS]),
    plainHost(attributes[OLD_NAME]),
  ]
  return [...new Set(hosts.filter((host) => host !== undefined))]
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

function hostInUrl(value: unknown): string | undefined {
  if (typeof value !== 'string' || !URL.canParse(value)) return undefined
  return plainHost(new URL(value).hostname)
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

import { channel } from 'node:diagnostics_channel'
import type { ClientRequest } from 'node:http'
import { fault, guarded } from '../health/fault.ts'
import { processState } from '../health/process-state.ts'
import { areListed, hostsOfRequest } from './host.ts'
import { hasOurs, withoutOurs } from './own-entries.ts'

/**
 * A client span doesn't always say where a request goes: that of `node:http` drops the URL that a proxy is asked for, and
 * neither shows a `Host` header that is set later. So each request with our baggage is looked at when it's sent, and
 * loses it unless every host that it names is listed.
 */
const state = processState('requests', () => ({
  listed: [] as readonly string[],
  /** What undici is about to send, until our baggage is put into it. */
  created: undefined as UndiciRequest | undefined,
  watched: undefined as Watched | undefined,
}))

/** Whether the requests of a client are looked at. Where they aren't, nothing of ours may go out. */
export interface Watched {
  readonly http: boolean
  readonly undici: boolean
}

/** Looks at every later request of `node:http` and undici. The hosts of the last call count. */
export function watchRequests(listed: readonly string[]): Watched {
  state.listed = listed
  state.watched ??= {
    http: guarded('propagator', 'requests of node:http cannot be watched', watchHttp, false),
    undici: guarded('propagator', 'requests of undici cannot be watched', watchUndici, false),
  }
  return state.watched
}

/** Whether undici is now creating a request for `url` to hosts that aren't all listed. */
export function isHeldBack(url: unknown): boolean {
  const { created } = state
  state.created = undefined
  if (created === undefined || typeof url !== 'string') return false
  const target = guarded('propagator', 'a request cannot be read', () => urlOf(created), undefined)
  return target === url && !goesToListed(created)
}

/** Headers are complete, and not sent yet, when node:http makes text of them. No public API says so before Node 22. */
function watchHttp(): boolean {
  const { ClientRequest: client } = process.getBuiltinModule('node:http')
  const store: unknown = Reflect.get(client.prototype, STORE)
  if (typeof store !== 'function') return false
  Object.defineProperty(client.prototype, STORE, {
    configurable: true,
    writable: true,
    value: function storeHeader(this: ClientRequest, ...args: unknown[]): unknown {
      guarded('propagator', 'a request could not be cleaned', () => cleanHttp(this), undefined)
      return Reflect.apply(store, this, args)
    },
  })
  return true
}

function cleanHttp(request: ClientRequest): void {
  const baggage = request.getHeader(BAGGAGE)
  if (baggage === undefined || !hasOurs(baggage)) return
  const { method, path, host } = request
  const hosts = hostsOfRequest({ method, path, sentTo: host, hostHeader: request.getHeader('host') })
  // A socket in the file system leads to any host.
  if (isOnSocketFile(request) || !areListed(hosts, state.listed)) {
    const others = withoutOurs(baggage)
    if (others === undefined) request.removeHeader(BAGGAGE)
    else request.setHeader(BAGGAGE, others as string)
  }
}

function isOnSocketFile(request: ClientRequest): boolean {
  const path: unknown = Reflect.get(request, 'socketPath')
  return path !== undefined && path !== null
}

/** Of any version of undici. */
interface UndiciRequest {
  readonly origin?: unknown
  readonly path?: unknown
  readonly method?: unknown
  /** The `Host` header, if the caller gave one. */
  readonly host?: unknown
  /** A flat list of names and values, in older versions lines of text. */
  headers?: unknown
}

/** The instrumentation listens to the same channel, before us or after us. */
function watchUndici(): boolean {
  channel('undici:request:create').subscribe((message) => {
    guarded('propagator', 'a request could not be cleaned', () => seeUndici(message), undefined)
  })
  return true
}

function seeUndici(message: unknown): void {
  const { request } = message as { readonly request: UndiciRequest }
  state.created = request
  // An instrumentation that listened before us has asked already. What it asks next is about another request.
  queueMicrotask(() => {
    if (state.created === request) state.created = undefined
  })
  if (goesToListed(request)) return
  if (Array.isArray(request.headers)) cleanList(request.headers)
  else if (typeof request.headers === 'string') request.headers = cleanLines(request.headers)
}

function goesToListed(request: UndiciRequest): boolean {
  try {
    const { method, path, origin, host } = request
    const headers = Array.isArray(request.headers) ? valueIn(request.headers, 'host') : undefined
    const target = { method, path, sentTo: origin, hostHeader: host ?? headers }
    return areListed(hostsOfRequest(target), state.listed)
  } catch (error) {
    fault('propagator', 'a request cannot be read', error)
    return false
  }
}

function urlOf({ path, origin }: UndiciRequest): string {
  return new URL(path as string, origin as string).toString()
}

function valueIn(headers: readonly unknown[], name: string): unknown {
  const index = headers.findIndex((key, at) => at % 2 === 0 && isNamed(key, name))
  return index === -1 ? undefined : headers[index + 1]
}

function cleanList(headers: unknown[]): void {
  for (let at = headers.length - 2; at >= 0; at -= 2) {
    if (!isNamed(headers[at], BAGGAGE)) continue
    const others = withoutOurs(headers[at + 1])
    if (others === undefined) headers.splice(at, 2)
    else headers[at + 1] = others
  }
}

function cleanLines(headers: string): string {
  return headers.replaceAll(/^baggage:(.*)\r\n/gimu, (line: string, value: string) => {
    const others = withoutOurs(value)
    if (others === value) return line
    return others === undefined ? '' : `baggage: ${others as string}\r\n`
  })
}

function isNamed(key: unknown, name: string): boolean {
  return typeof key === 'string' && key.toLowerCase() === name
}

const BAGGAGE = 'baggage'
const STORE = '_storeHeader'

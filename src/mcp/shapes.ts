import { hostInUrl } from '../runtime/crossing/host.ts'

/**
 * The parts of the MCP TypeScript SDK that are used here, 1.x and 2.x. They are recognized by what they have: the SDK is
 * never imported.
 */

export type Code = (this: unknown, ...args: unknown[]) => unknown

/** What a client and a low-level server have in common. */
export interface McpPeer {
  /** The transport while connected. */
  readonly transport?: unknown
  readonly connect: Code
  readonly request: Code
  readonly setRequestHandler: Code
  readonly fallbackRequestHandler?: unknown
}

export interface McpClient extends McpPeer {
  readonly getServerVersion?: unknown
}

export type McpServer = McpPeer

/** A JSON-RPC request of MCP. */
export interface McpRequest {
  readonly id?: unknown
  readonly method: string
  readonly params?: Readonly<Record<string, unknown>>
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isCode(value: unknown): value is Code {
  return typeof value === 'function'
}

export function isPeer(value: unknown): value is McpPeer {
  return isRecord(value) && isCode(value['connect']) && isCode(value['request']) && isCode(value['setRequestHandler'])
}

export function isMcpRequest(value: unknown): value is McpRequest {
  return (
    isRecord(value) &&
    typeof value['method'] === 'string' &&
    (value['params'] === undefined || isRecord(value['params']))
  )
}

/** Not public, and the same in both versions: the handlers of what the other side asks, by method. */
export function requestHandlers(peer: McpPeer): Map<unknown, unknown> | undefined {
  return mapIn(peer, '_requestHandlers')
}

/** Wraps handlers where they are looked up, so that those count too which are set later, and so does the fallback. */
export function wrapHandlers(peer: McpPeer, handlers: Map<unknown, unknown>, wrap: (handler: Code) => Code): void {
  const wrapped = new WeakMap<Code, Code>()
  const lookUp = (method: unknown): unknown => {
    const found: unknown = Map.prototype.get.call(handlers, method) ?? peer.fallbackRequestHandler
    if (!isCode(found)) return found
    const known = wrapped.get(found) ?? wrap(found)
    wrapped.set(found, known)
    return known
  }
  Object.defineProperty(handlers, 'get', { value: lookUp, enumerable: false, writable: true, configurable: true })
}

/** Not public, and the same in both versions: what a client calls once with a response or an error, by request id. */
export function responseHandlers(client: McpClient): Map<unknown, unknown> | undefined {
  return mapIn(client, '_responseHandlers')
}

/** Not public, and the same in both versions: where the transports of HTTP send requests. Undefined for any other. */
export function hostOf(transport: unknown): string | undefined {
  const url: unknown = isRecord(transport) ? transport['_url'] : undefined
  return url instanceof URL ? hostInUrl(url.href) : undefined
}

function mapIn(object: object, name: string): Map<unknown, unknown> | undefined {
  const map: unknown = Reflect.get(object, name)
  return map instanceof Map ? (map as Map<unknown, unknown>) : undefined
}

/** Replaces a method on one object, in a way that shows nowhere else. What the class has then is looked up at each call. */
export function override(object: object, name: string, make: (original: Code) => Code): void {
  const own: unknown = Object.getOwnPropertyDescriptor(object, name)?.value
  const original: Code = function (...args) {
    const code: unknown = own ?? Reflect.get(Object.getPrototypeOf(object) as object, name, this)
    return Reflect.apply(code as Code, this, args)
  }
  Object.defineProperty(object, name, {
    value: make(original),
    enumerable: false,
    writable: true,
    configurable: true,
  })
}

/** A registered symbol, so that two copies of this package don't both do the work. */
const ATTRIBUTED = Symbol.for('onbehalf.mcp.v1')

/** True once per object. */
export function isFirstTime(object: object): boolean {
  if (Object.hasOwn(object, ATTRIBUTED)) return false
  Object.defineProperty(object, ATTRIBUTED, { value: true, configurable: true })
  return true
}

/**
 * What is registered with the OpenTelemetry API in this process, by any copy and version of it: all of 1.x keep it in
 * one place, and no API call returns it.
 */
export interface GlobalApi {
  readonly trace?: TraceProxy
  readonly diag?: object
  propagation?: object
}

/** The API's tracer provider. It learns of the registered one right after it is stored here. */
export interface TraceProxy {
  getDelegate?(): object
  getDelegateTracer?(name: string): object | undefined
  setDelegate(delegate: object): void
}

export function globalApi(): GlobalApi {
  return (globalThis as { readonly [API]?: GlobalApi })[API] ?? {}
}

/** The registered tracer provider. */
export function registeredProvider(): object | undefined {
  const { trace } = globalApi()
  if (trace?.getDelegateTracer === undefined) return trace
  return trace.getDelegateTracer('onbehalf') === undefined ? undefined : trace.getDelegate?.()
}

/** Calls `tell` with the proxy of the first API copy that registers a tracer provider, before the proxy knows. */
export function onceProxied(tell: (proxy: TraceProxy) => void): void {
  onceSet(globalThis, API, (api) => onceSet(api, 'trace', (proxy) => tell(proxy as TraceProxy)))
}

/** Calls `tell` with the logger provider, as soon as one is registered. API 1.10 has it, and earlier a package of its own. */
export function onceLogging(tell: (provider: object) => void): void {
  onceSet(globalThis, API, (api) => onceSet(api, 'logs', tell))
  onceSet(globalThis, LOGS_API, (providerOf) => tell((providerOf as (version: number) => object)(LOGS_API_VERSION)))
}

/** Calls `tell` with the object in a property, or once one is set. Several may wait. */
function onceSet(holder: object, key: PropertyKey, tell: (value: object) => void): void {
  const present = Reflect.get(holder, key) as object | undefined
  if (present !== undefined) return tell(present)
  const others = Reflect.getOwnPropertyDescriptor(holder, key)?.set
  Reflect.defineProperty(holder, key, {
    configurable: true,
    enumerable: true,
    get: () => undefined,
    set: (value: object) => {
      others?.(value)
      Reflect.defineProperty(holder, key, { configurable: true, enumerable: true, writable: true, value })
      tell(value)
    },
  })
}

const API = Symbol.for('opentelemetry.js.api.1')
const LOGS_API = Symbol.for('io.opentelemetry.js.api.logs')
const LOGS_API_VERSION = 1

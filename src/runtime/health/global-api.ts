/**
 * What is registered with the OpenTelemetry API in this process, whatever copy and version of it did so: all of 1.x keep
 * it in one place, and no question of the API shows it.
 */
export interface GlobalApi {
  readonly trace?: TraceProxy
  readonly diag?: object
  propagation?: object
}

/** What the API hands out as tracer provider; it is told of the one that is registered right after it stands here. */
export interface TraceProxy {
  getDelegate?(): object
  getDelegateTracer?(name: string): object | undefined
  setDelegate(delegate: object): void
}

export function globalApi(): GlobalApi {
  return (globalThis as { readonly [API]?: GlobalApi })[API] ?? {}
}

/** The tracer provider that is registered. */
export function registeredProvider(): object | undefined {
  const { trace } = globalApi()
  if (trace?.getDelegateTracer === undefined) return trace
  return trace.getDelegateTracer('onbehalf') === undefined ? undefined : trace.getDelegate?.()
}

/** Calls `tell` with the proxy of whichever copy of the API registers a tracer provider first, before it is told. */
export function onceProxied(tell: (proxy: TraceProxy) => void): void {
  onceSet(globalThis, API, (api) => onceSet(api, 'trace', (proxy) => tell(proxy as TraceProxy)))
}

/** Calls `tell` with the object that stands in a property, or as soon as one is put there; others that wait too. */
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

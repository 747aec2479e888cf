/**
 * What is registered with the OpenTelemetry API in this process, whatever copy and version of it did so: all of 1.x keep
 * it in one place, and no question of the API shows it.
 */
export interface GlobalApi {
  readonly trace?: { getDelegate?(): object; getDelegateTracer?(name: string): object | undefined }
  readonly diag?: object
  propagation?: object
}

export function globalApi(): GlobalApi {
  return (globalThis as { readonly [API]?: GlobalApi })[API] ?? {}
}

/** The tracer provider that is registered: the API hands out a proxy, which knows what it stands for. */
export function registeredProvider(): object | undefined {
  const { trace } = globalApi()
  if (trace?.getDelegateTracer === undefined) return trace
  return trace.getDelegateTracer('onbehalf') === undefined ? undefined : trace.getDelegate?.()
}

const API = Symbol.for('opentelemetry.js.api.1')

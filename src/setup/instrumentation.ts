/** The part of an OpenTelemetry instrumentation that a setup uses. It patches as soon as it is made. */
export interface Instrumentation {
  readonly instrumentationName: string
  disable(): void
  setTracerProvider(provider: object): void
}

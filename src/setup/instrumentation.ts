/** An OpenTelemetry instrumentation, as far as a setup touches it. It patches as soon as it is made. */
export interface Instrumentation {
  readonly instrumentationName: string
  disable(): void
  setTracerProvider(provider: object): void
}

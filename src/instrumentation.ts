/** An OpenTelemetry instrumentation, as far as a setup touches it. It patches as soon as it is made. */
export interface Instrumentation {
  readonly instrumentationName: string
  disable(): void
  setTracerProvider(provider: object): void
}

/** The exports of the app's own `@opentelemetry/instrumentation`, of which an instrumentation of ours is made. */
export type InstrumentationPackage = Readonly<Record<string, unknown>>

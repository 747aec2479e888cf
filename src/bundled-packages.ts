import type { Load } from './app-packages.ts'

/**
 * Packages by names that a bundler can read, so that it puts into the bundle those which the app holds. Outside of a
 * bundle an ES module has no `require`: there, none is found here.
 */
export const bundledPackage: Load = (name) => {
  try {
    return PACKAGES[name]?.() as ReturnType<Load>
  } catch {
    return undefined
  }
}

const PACKAGES: Readonly<Record<string, () => unknown>> = {
  '@opentelemetry/instrumentation': () => require('@opentelemetry/instrumentation'),
  '@opentelemetry/instrumentation-http': () => require('@opentelemetry/instrumentation-http'),
  '@opentelemetry/instrumentation-undici': () => require('@opentelemetry/instrumentation-undici'),
  '@opentelemetry/sdk-node': () => require('@opentelemetry/sdk-node'),
}

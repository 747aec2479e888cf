import type { Load } from './app-packages.ts'

/**
 * Packages by names that a bundler can read, so that it bundles those that the app has. Outside of a bundle, an ES
 * module has no `require`, so none is found here.
 */
export const bundledPackage: Load = (name) => {
  try {
    return PACKAGES[name]?.() as ReturnType<Load>
  } catch {
    return undefined
  }
}

/** Each call has a `try` of its own: only then does a bundler go on if the app doesn't have the package. */
const PACKAGES: Readonly<Record<string, () => unknown>> = {
  '@opentelemetry/instrumentation-http': () => {
    try {
      return require('@opentelemetry/instrumentation-http')
    } catch {
      return undefined
    }
  },
  '@opentelemetry/instrumentation-undici': () => {
    try {
      return require('@opentelemetry/instrumentation-undici')
    } catch {
      return undefined
    }
  },
  '@opentelemetry/sdk-node': () => {
    try {
      return require('@opentelemetry/sdk-node')
    } catch {
      return undefined
    }
  },
  'require-in-the-middle': () => {
    try {
      return require('require-in-the-middle')
    } catch {
      return undefined
    }
  },
}

import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Loads a CommonJS entry of a package that the app holds; undefined where it holds none. */
export type Load = (name: string) => Readonly<Record<string, unknown>> | undefined

/**
 * Finds OpenTelemetry packages as the app has them: next to the app, next to this package, and among what the app's own
 * `@opentelemetry/sdk-node` depends on, which a strict package manager hides from everybody else. Nothing is loaded
 * before it is asked for.
 */
export function appPackages(): Load {
  const places = [join(process.cwd(), 'package.json'), ...mainScript(), import.meta.url].map((place) =>
    createRequire(place),
  )
  const sdkNode = places
    .flatMap((place) => resolved(place, '@opentelemetry/sdk-node'))
    .map((path) => createRequire(path))
  return (name) => {
    for (const place of [...sdkNode, ...places]) {
      const [path] = resolved(place, name)
      if (path !== undefined) return place(path) as Readonly<Record<string, unknown>>
    }
    return undefined
  }
}

function mainScript(): readonly string[] {
  const script = process.argv[1]
  return script === undefined ? [] : [pathToFileURL(script).href]
}

function resolved(place: NodeJS.Require, name: string): readonly string[] {
  try {
    return [place.resolve(name)]
  } catch {
    return []
  }
}

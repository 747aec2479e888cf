import { realpathSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { notice } from '../runtime/health/notice.ts'

/** Not imported: webpack would look into each call of it, and warn that it cannot. */
const { createRequire } = process.getBuiltinModule('node:module')

/** Loads a CommonJS entry of a package that the app holds; undefined where it holds none. */
export type Load = (name: string) => Readonly<Record<string, unknown>> | undefined

export interface AppPackages {
  readonly load: Load
  /** Where a package, or a file of one, lies; undefined where the app holds none. */
  resolve(name: string): string | undefined
}

/**
 * Finds OpenTelemetry packages as the app has them: among what its own `@opentelemetry/sdk-node` depends on, which a
 * strict package manager hides from everybody else; next to its main script; and next to this package. Never in the
 * working directory, where anybody may have put code. Nothing is loaded before it is asked for.
 */
export function appPackages(): AppPackages {
  const own = [...mainScript(), ...ownPlace()].map((place) => createRequire(place))
  const sdkNode = own.flatMap((place) => resolved(place, '@opentelemetry/sdk-node')).map((path) => createRequire(path))
  const places = [...sdkNode, ...own]
  const resolve = (name: string) => first(places, (place) => resolved(place, name)[0])
  return {
    resolve,
    load: (name) => first([...new Set(places.flatMap((place) => resolved(place, name)))], (path) => loaded(path, name)),
  }
}

/** The place from which Node itself looks for the packages of the main script, or of the worker. */
function mainScript(): readonly string[] {
  const script = process.argv[1]
  if (script === undefined || !isAbsolute(script) || isEvaluated()) return []
  const place = keepsSymlinks() ? script : realPath(script)
  return [isDirectory(place) ? join(place, 'index.js') : place]
}

/** Whether code stands on the command line, so that the first argument is the app's and no script. */
function isEvaluated(): boolean {
  return process.execArgv.some((flag) => /^-(?:[ep]|pe|-eval|-print)(?:=|$)/u.test(flag))
}

function keepsSymlinks(): boolean {
  const { NODE_OPTIONS = '', NODE_PRESERVE_SYMLINKS_MAIN } = process.env
  const flags = [...process.execArgv, ...NODE_OPTIONS.split(/\s+/u)]
  return NODE_PRESERVE_SYMLINKS_MAIN === '1' || flags.includes('--preserve-symlinks-main')
}

/** Of a script that is named without its ending, the folder is what can be followed. */
function realPath(script: string): string {
  return attempt(() => realpathSync(script)) ?? attempt(() => join(realpathSync(dirname(script)), 'main.js')) ?? script
}

function isDirectory(path: string): boolean {
  return attempt(() => statSync(path).isDirectory()) ?? false
}

/**
 * In a bundle, that of the bundle. A bundler that writes the place where it built into the code in place of
 * `import.meta.url` knows no `import.meta.resolve`: that place is nobody's where the bundle runs.
 */
function ownPlace(): readonly string[] {
  const resolve = import.meta.resolve
  const place = attempt(() => resolve('./app-packages.js'))
  return place?.startsWith('file:') === true ? [place] : []
}

function resolved(place: NodeJS.Require, name: string): readonly string[] {
  const path = attempt(() => place.resolve(name))
  return path === undefined ? [] : [path]
}

function loaded(path: string, name: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return createRequire(path)(path) as Readonly<Record<string, unknown>>
  } catch (error) {
    const reason = error instanceof Error ? error.constructor.name : typeof error
    notice('warn', `${name} is installed and cannot be loaded (${reason}): import it alone to see why`)
    return undefined
  }
}

function attempt<T>(step: () => T): T | undefined {
  try {
    return step()
  } catch {
    return undefined
  }
}

function first<T, R>(candidates: readonly T[], look: (candidate: T) => R | undefined): R | undefined {
  for (const candidate of candidates) {
    const found = look(candidate)
    if (found !== undefined) return found
  }
  return undefined
}

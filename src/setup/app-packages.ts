import { realpathSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { notice } from '../runtime/health/notice.ts'

/** Not imported: webpack would examine each call of it and warn that it can't. */
const { createRequire } = process.getBuiltinModule('node:module')

/** Loads a CommonJS entry of one of the app's packages. Undefined if the app doesn't have it. */
export type Load = (name: string) => Readonly<Record<string, unknown>> | undefined

export interface AppPackages {
  readonly load: Load
  /** The path of a package, or of a file in one. Undefined if the app doesn't have it. */
  resolve(name: string): string | undefined
}

/**
 * Finds OpenTelemetry packages as the app has them: among the dependencies of its own `@opentelemetry/sdk-node`, which
 * a strict package manager hides from everything else; next to its main script; and next to this package. Never in the
 * working directory, where anyone may have put code. Loads nothing before it is asked for.
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

/** The place where Node itself starts to look for packages of the main script, or of the worker. */
function mainScript(): readonly string[] {
  const script = process.argv[1]
  if (script === undefined || !isAbsolute(script) || isEvaluated()) return []
  const place = keepsSymlinks() ? script : realPath(script)
  return [isDirectory(place) ? join(place, 'index.js') : place]
}

/** Whether code was passed on the command line, so that the first argument is the app's and not a script. */
function isEvaluated(): boolean {
  return process.execArgv.some((flag) => /^-(?:[ep]|pe|-eval|-print)(?:=|$)/u.test(flag))
}

function keepsSymlinks(): boolean {
  const { NODE_OPTIONS = '', NODE_PRESERVE_SYMLINKS_MAIN } = process.env
  const flags = [...process.execArgv, ...NODE_OPTIONS.split(/\s+/u)]
  return NODE_PRESERVE_SYMLINKS_MAIN === '1' || flags.includes('--preserve-symlinks-main')
}

/** If a script is named without its extension, only its folder can be resolved. */
function realPath(script: string): string {
  return attempt(() => realpathSync(script)) ?? attempt(() => join(realpathSync(dirname(script)), 'main.js')) ?? script
}

function isDirectory(path: string): boolean {
  return attempt(() => statSync(path).isDirectory()) ?? false
}

/**
 * In a bundle, the place of the bundle. Some bundlers replace `import.meta.url` with the place where they built. They
 * don't support `import.meta.resolve`, and that place doesn't exist where the bundle runs.
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
    notice('warn', `${name} is installed but can't be loaded (${reason}): import it alone to see why`)
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

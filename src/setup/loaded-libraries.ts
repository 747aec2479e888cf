import { readFileSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { guarded } from '../runtime/health/fault.ts'
import { LIBRARIES } from '../queues/libraries.ts'
import type { Exports, Library, Patch } from '../queues/library.ts'

/** Not imported: webpack would examine each call of it and warn that it can't. */
const { createRequire } = process.getBuiltinModule('node:module')

/** The package that a loaded module belongs to. */
interface Place {
  /** The folder of the package. */
  readonly folder: string
  readonly name: string
  /** Its path inside the folder, with slashes. */
  readonly file: string
}

/**
 * Patches what CommonJS has already loaded, in place: a setup that loads after its app is too late for a hook. Exports
 * stay the same objects, so this reaches classes but not functions.
 */
export function patchLoaded(apply: (library: Library, patch: Patch, exports: Exports) => unknown): void {
  const require = createRequire(process.execPath)
  for (const [path, module] of Object.entries(require.cache)) {
    const place = placeOf(path)
    const library = LIBRARIES.find(({ name }) => name === place?.name)
    if (module?.loaded !== true || place === undefined || library === undefined) continue
    guarded('binding', 'a loaded package cannot be looked at', () => patchOne(library, place, module, apply), undefined)
  }
}

function patchOne(
  library: Library,
  place: Place,
  module: NodeModule,
  apply: (library: Library, patch: Patch, exports: Exports) => unknown,
): void {
  const patches = library.patches.filter(({ file = mainOf(place, module) }) => file === place.file)
  if (patches.length === 0 || !isOneOf(library.versions, versionIn(place.folder))) return
  for (const patch of patches) apply(library, patch, module.exports as Exports)
}

const FOLDER = `${sep}node_modules${sep}`

function placeOf(path: string): Place | undefined {
  const start = path.lastIndexOf(FOLDER)
  if (start === -1) return undefined
  const inside = path.slice(start + FOLDER.length).split(sep)
  const name = inside.splice(0, inside[0]?.startsWith('@') === true ? 2 : 1).join('/')
  return { folder: join(path.slice(0, start + FOLDER.length), name), name, file: inside.join('/') }
}

/** The file that the package exports, if this is it. */
function mainOf({ folder, name, file }: Place, { filename }: NodeModule): string | undefined {
  try {
    return createRequire(join(dirname(folder), 'index.js')).resolve(name) === filename ? file : undefined
  } catch {
    return undefined
  }
}

/** The version of the package in a folder. Throws if there is none. */
export function versionIn(folder: string): string {
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { readonly version?: unknown }
  return String(version)
}

const RANGE = /^>=(?<from>[\d.]+) <(?<below>\d+)$/u

/** Whether a version is in one of the list's ranges, which all have the same form. */
export function isOneOf(range: string, version: string): boolean {
  const { from = '', below = '' } = RANGE.exec(range)?.groups ?? {}
  const [release, first] = [version, from].map((text) => text.split(/[.+-]/u).slice(0, 3).map(Number))
  if (release === undefined || first === undefined || release.some(Number.isNaN)) return false
  const difference = release.map((part, index) => part - (first[index] ?? 0)).find((part) => part !== 0) ?? 0
  return difference >= 0 && (release[0] ?? 0) < Number(below)
}

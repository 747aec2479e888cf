import { sep } from 'node:path'
import { bundledPackage } from './bundled-packages.ts'
import type { AppPackages } from './app-packages.ts'
import { seeImports } from './import-hook.ts'
import { isOneOf, patchLoaded, versionIn } from './loaded-libraries.ts'
import { fault, guarded } from '../runtime/health/fault.ts'
import { LIBRARIES, SEEN_BY_IMPORT } from '../queues/libraries.ts'
import type { Exports, Library, Patch } from '../queues/library.ts'

/** Not imported: webpack would look into each call of it, and warn that it cannot. */
const { createRequire } = process.getBuiltinModule('node:module')

type OnLoad = (exports: Exports, name: string, folder: string | undefined) => unknown
/** That of require-in-the-middle and that of import-in-the-middle, which take the same. */
type Hook = (packages: readonly string[], options: { readonly internals: true }, onLoad: OnLoad) => object

const HIDDEN =
  'queues that ES modules import stay as they are: no loader hook can be installed; wrap what they are handed in bindAttribution'

let hooked = false

/**
 * Has queues, limiters, pools and workers run what they are handed for whom handed it over: those that are loaded
 * already, and those that are loaded from now on. Once in this process; it never throws. It makes no spans, so it
 * belongs to every setup. It uses the hooks that the app's `@opentelemetry/instrumentation` brings, and nothing is
 * patched where the app has none.
 *
 * It is no `InstrumentationBase`. All of those share one hook, which remembers each module as it was first required: an
 * instrumentation that the app makes after ours would no longer see `http`.
 */
export function hookQueues(packages: () => AppPackages): void {
  if (hooked) return
  hooked = true
  guarded('binding', 'queues stay as they are: they cannot be patched', () => hookAll(packages()), undefined)
}

function hookAll({ resolve }: AppPackages): void {
  patchLoaded(safely)
  const place = resolve('@opentelemetry/instrumentation')
  const owner = place === undefined ? undefined : createRequire(place)
  const hookRequire = hookOf(owner?.('require-in-the-middle') ?? bundledPackage('require-in-the-middle'))
  if (hookRequire === undefined) return
  const names = LIBRARIES.map(({ name }) => name)
  hookRequire(names, { internals: true }, patched)
  // What a bundle holds is not imported.
  if (owner === undefined) return
  const hookImport = hookOf(owner('import-in-the-middle'))
  if (hookImport !== undefined) hookImport(SEEN_BY_IMPORT, { internals: true }, patched)
  guarded('binding', HIDDEN, () => seeImports(owner, SEEN_BY_IMPORT), undefined)
}

/** Older releases export the class itself, and under its name as well. */
function hookOf(exports: unknown): Hook | undefined {
  return (exports as { readonly Hook?: Hook } | undefined)?.Hook
}

/** `name` is that of the package, for what it exports, or goes on with the path of a file of it. */
const patched: OnLoad = (exports, name, folder) => {
  const library = LIBRARIES.find((each) => name === each.name || name.startsWith(each.name + sep))
  if (library === undefined || folder === undefined) return exports
  const file = name === library.name ? undefined : name.slice(library.name.length + 1).replaceAll(sep, '/')
  const patches = library.patches.filter((patch) => patch.file === file)
  if (patches.length === 0 || !isOneOf(library.versions, versionIn(folder))) return exports
  return patches.reduce<unknown>((seen, patch) => safely(library, patch, seen as Exports), exports)
}

/** A library that is not as expected is left alone. */
function safely({ name }: Library, patch: Patch, exports: Exports): unknown {
  try {
    return patch.apply(exports) ?? exports
  } catch (error) {
    fault('binding', `${name} is not as expected and stays as it is: wrap what you hand it in bindAttribution`, error)
    return exports
  }
}

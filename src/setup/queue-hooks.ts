import { sep } from 'node:path'
import { bundledPackage } from './bundled-packages.ts'
import type { AppPackages } from './app-packages.ts'
import { seeImports } from './import-hook.ts'
import { isOneOf, patchLoaded, versionIn } from './loaded-libraries.ts'
import { fault, guarded } from '../runtime/health/fault.ts'
import { LIBRARIES, SEEN_BY_IMPORT } from '../queues/libraries.ts'
import type { Exports, Library, Patch } from '../queues/library.ts'

/** Not imported: webpack would examine each call of it and warn that it can't. */
const { createRequire } = process.getBuiltinModule('node:module')

type OnLoad = (exports: Exports, name: string, folder: string | undefined) => unknown
/** Those of require-in-the-middle and import-in-the-middle, which take the same arguments. */
type Hook = (packages: readonly string[], options: { readonly internals: true }, onLoad: OnLoad) => object

const HIDDEN =
  'queues that ES modules import stay as they are: no loader hook can be installed; wrap what you pass to them in bindAttribution'

let hooked = false

/**
 * Makes queues, limiters, pools and workers run work on behalf of the caller that handed it over, whether they are
 * already loaded or load later. Once per process. Never throws. It makes no spans, so it belongs to every setup. It
 * uses the hooks from the app's `@opentelemetry/instrumentation`, and patches nothing if the app has none.
 *
 * It isn't an `InstrumentationBase`. All of those share one hook, which remembers each module as it was first required:
 * an instrumentation that the app makes after ours would no longer see `http`.
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
  // A bundle's contents aren't imported.
  if (owner === undefined) return
  const hookImport = hookOf(owner('import-in-the-middle'))
  if (hookImport !== undefined) hookImport(SEEN_BY_IMPORT, { internals: true }, patched)
  guarded('binding', HIDDEN, () => seeImports(owner, SEEN_BY_IMPORT), undefined)
}

/** Older versions export the class itself, and also under its name. */
function hookOf(exports: unknown): Hook | undefined {
  return (exports as { readonly Hook?: Hook } | undefined)?.Hook
}

/** `name` is the package's for its main export, or continues with the path of a file in it. */
const patched: OnLoad = (exports, name, folder) => {
  const library = LIBRARIES.find((each) => name === each.name || name.startsWith(each.name + sep))
  if (library === undefined || folder === undefined) return exports
  const file = name === library.name ? undefined : name.slice(library.name.length + 1).replaceAll(sep, '/')
  const patches = library.patches.filter((patch) => patch.file === file)
  if (patches.length === 0 || !isOneOf(library.versions, versionIn(folder))) return exports
  return patches.reduce<unknown>((seen, patch) => safely(library, patch, seen as Exports), exports)
}

/** Leaves a library alone if it isn't as expected. */
function safely({ name }: Library, patch: Patch, exports: Exports): unknown {
  try {
    return patch.apply(exports) ?? exports
  } catch (error) {
    fault('binding', `${name} isn't as expected and stays as it is: wrap what you pass to it in bindAttribution`, error)
    return exports
  }
}

import { pathToFileURL } from 'node:url'

/** Not imported: webpack would examine each call of it and warn that it can't. */
const nodeModule = process.getBuiltinModule('node:module')

/** The exports of import-in-the-middle that we use. */
interface HookPackage {
  createHook(meta: { readonly url: string }): {
    applyOptions(options: object): void
    resolveSync: unknown
    loadSync: unknown
  }
}
type RegisterHooks = (hooks: { readonly resolve: unknown; readonly load: unknown }) => void

/**
 * Lets instrumentations see these packages when ES modules import them, as `require` shows them to CommonJS. It uses
 * its own copy of OpenTelemetry's loader hook, only for these packages, so a hook that the app installs before or after
 * sees what it always would. `owner` is the `require` of the package that brings the hook.
 */
export function seeImports(owner: NodeJS.Require, packages: readonly string[]): void {
  const include = packages.map((name) => new RegExp(`/node_modules/${name}/`, 'u'))
  if (!hookInThread(owner, include)) hookOffThread(owner, include)
}

/** Saves starting another thread, if Node and the package support it. */
function hookInThread(owner: NodeJS.Require, include: readonly RegExp[]): boolean {
  const { registerHooks } = nodeModule as { registerHooks?: RegisterHooks }
  const path = resolved(owner, 'import-in-the-middle/register-hooks.mjs')
  if (registerHooks === undefined || path === undefined) return false
  const { supportsSyncHooks } = owner(path) as { supportsSyncHooks(): boolean }
  if (!supportsSyncHooks()) return false
  const { createHook } = owner('import-in-the-middle/create-hook.mjs') as HookPackage
  const hook = createHook({ url: pathToFileURL(path).href })
  hook.applyOptions({ include: [...include] })
  registerHooks({ resolve: hook.resolveSync, load: hook.loadSync })
  return true
}

/** The package sets the mark to warn of a second copy of its hook. Ours interferes with no other. */
function hookOffThread(owner: NodeJS.Require, include: readonly RegExp[]): void {
  const hook = `${pathToFileURL(owner.resolve('import-in-the-middle/hook.mjs')).href}?onbehalf`
  const code = `
    import { initialize as begin, load, resolve } from ${JSON.stringify(hook)}
    export { load, resolve }
    export async function initialize(data) {
      const mark = '__import_in_the_middle_initialized__'
      const before = globalThis[mark]
      globalThis[mark] = false
      await begin(data)
      globalThis[mark] = before
    }`
  nodeModule.register(`data:text/javascript,${encodeURIComponent(code)}`, { data: { include: [...include] } })
}

function resolved(owner: NodeJS.Require, name: string): string | undefined {
  try {
    return owner.resolve(name)
  } catch {
    return undefined
  }
}

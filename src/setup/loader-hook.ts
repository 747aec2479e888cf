import { createRequire, isBuiltin, register, syncBuiltinESMExports } from 'node:module'
import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import { modulesOf } from './app-instrumentations.ts'
import type { PatchedModule } from './app-instrumentations.ts'
import type { AppPackages } from './app-packages.ts'
import type { Instrumentation } from './instrumentation.ts'
import { notice } from '../runtime/health/notice.ts'

/**
 * Lets the instrumentations see what ES modules import, as `require` shows them what CommonJS loads. It patches builtin
 * modules now. For packages it uses OpenTelemetry's loader hook, only for those that an instrumentation asks for.
 */
export function patchForImport(packages: AppPackages, instrumentations: readonly Instrumentation[]): void {
  const modules = instrumentations.flatMap(modulesOf)
  patchBuiltins(modules.map(({ name }) => name).filter((name) => isBuiltin(name)))
  const others = modules.filter(({ name }) => !isBuiltin(name))
  if (others.length > 0 && !isHooked()) hook(packages, [...new Set(others.flatMap(included))])
}

/**
 * An instrumentation patches a builtin module when `require` first returns it, and an ES module that imports it never
 * calls `require`. Calling it here, and updating the ES module exports, works for both kinds of apps.
 */
export function patchBuiltins(names: readonly string[]): void {
  const require = createRequire(process.execPath)
  for (const name of new Set(names)) require(name)
  syncBuiltinESMExports()
}

/** Whether the app has installed its own hook. A second one would warn and have no use. */
function isHooked(): boolean {
  if (flags().some((flag) => HOOK.test(flag))) return true
  try {
    const resolve = import.meta.resolve
    return resolve('node:zlib').includes('iitm=')
  } catch {
    return false
  }
}

const HOOK = /@opentelemetry[/\\]instrumentation[/\\]hook\.mjs|import-in-the-middle/u

function included({ name, files = [] }: PatchedModule): readonly (string | RegExp)[] {
  if (isAbsolute(name)) return [pathToFileURL(name).href]
  const escaped = name.replaceAll(/[$()*+.?[\\\]^{|}]/gu, String.raw`\$&`)
  return files.length === 0 ? [name] : [name, new RegExp(`/node_modules/${escaped}/`, 'u')]
}

/** Runs in the app's thread if Node and the package support it, which saves starting another thread. */
function hook(packages: AppPackages, include: readonly (string | RegExp)[]): void {
  const place = OWNERS.map((name) => packages.resolve(name)).find((path) => path !== undefined)
  if (place === undefined) return
  try {
    const owner = createRequire(createRequire(place).resolve('@opentelemetry/instrumentation'))
    if (hookInThread(owner, include)) return
    if (breaksThread()) notice('warn', 'packages that ES modules import stay unseen: use --import instead of --require')
    else register(pathToFileURL(owner.resolve('@opentelemetry/instrumentation/hook.mjs')), { data: { include } })
  } catch (error) {
    const reason = error instanceof Error ? error.constructor.name : typeof error
    notice('warn', `packages that ES modules import stay unseen: the loader hook cannot be installed (${reason})`)
  }
}

/** The packages that may have the instrumentations. The hook must be that of their own base class. */
const OWNERS = [
  '@opentelemetry/auto-instrumentations-node',
  '@opentelemetry/instrumentation-http',
  '@opentelemetry/instrumentation-undici',
  '@opentelemetry/sdk-node',
]

function hookInThread(owner: NodeJS.Require, include: readonly (string | RegExp)[]): boolean {
  const path = resolved(owner, 'import-in-the-middle/register-hooks.mjs')
  if (path === undefined || !('registerHooks' in process.getBuiltinModule('node:module'))) return false
  const hooks = owner(path) as { supportsSyncHooks(): boolean; register(options: object): void }
  if (!hooks.supportsSyncHooks()) return false
  hooks.register({ include: [...include] })
  return true
}

/** Node 22 and later also preloads required modules into the hooks' thread, and an ES module breaks that thread. */
function breaksThread(): boolean {
  const [major] = process.versions.node.split('.')
  return Number(major) >= 22 && flags().some((flag) => /^(?:-r|--require)(?:=|$)/u.test(flag))
}

function flags(): readonly string[] {
  return [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/u)]
}

function resolved(owner: NodeJS.Require, name: string): string | undefined {
  try {
    return owner.resolve(name)
  } catch {
    return undefined
  }
}

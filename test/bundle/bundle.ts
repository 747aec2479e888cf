import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

export const FORMATS = ['cjs', 'esm', 'cjs minified'] as const
export type Format = (typeof FORMATS)[number]

export interface Bundle {
  /** An empty folder, but for the bundle. */
  readonly folder: string
  readonly path: string
  remove(): void
}

/** What esbuild's own pages advise: packages in CommonJS ask for builtin modules by `require`. */
const BANNER =
  "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);"

/** One file out of an app and all its packages, as it is deployed. */
export function bundle(app: string, format: Format): Promise<Bundle> {
  return built(app, format, {})
}

/** As if these packages were not installed: what asks for one of them without a way out fails to build. */
export function bundleWithout(app: string, packages: readonly string[]): Promise<Bundle> {
  return built(app, 'cjs', Object.fromEntries(packages.map((name) => [name, 'a-package-that-is-not-installed'])))
}

async function built(app: string, format: Format, alias: Readonly<Record<string, string>>): Promise<Bundle> {
  const folder = mkdtempSync(join(tmpdir(), 'onbehalf-bundle-'))
  const path = join(folder, format === 'esm' ? 'index.mjs' : 'index.cjs')
  await build({
    entryPoints: [fileURLToPath(new URL(`apps/${app}`, import.meta.url))],
    outfile: path,
    bundle: true,
    platform: 'node',
    format: format === 'esm' ? 'esm' : 'cjs',
    minify: format === 'cjs minified',
    ...(format === 'esm' ? { banner: { js: BANNER } } : {}),
    alias,
    logLevel: 'silent',
  })
  return { folder, path, remove: () => rmSync(folder, { recursive: true }) }
}

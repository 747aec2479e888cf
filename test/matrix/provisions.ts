import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { run } from './run.ts'

declare module 'vitest' {
  interface ProvidedContext {
    readonly tarball: string
    /** Where the versions of Node are installed, each as a package named `node-` and the version. */
    readonly nodes: string
  }
}

/** The floor, the first release of 22 that requires ES modules without a flag, and the newest of 24 and 26. */
export const NODE_VERSIONS = ['20.19.0', '22.15.0', '24.21.0', '26.10.0'] as const

/** What all test files share, made once: the package as it would be published, and the versions of Node. */
export default async function provision({ provide }: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'onbehalf-matrix-'))
  const [tarball] = await Promise.all([pack(folder), installNodes(folder)])
  provide('tarball', tarball)
  provide('nodes', join(folder, 'node_modules'))
  return () => rmSync(folder, { recursive: true, force: true })
}

async function pack(folder: string): Promise<string> {
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder])
  // A list up to npm 11, an object by package from npm 12 on.
  const [packed] = Object.values(JSON.parse(stdout) as object) as { readonly filename: string }[]
  if (packed === undefined) throw new Error('npm pack made nothing')
  return join(folder, packed.filename)
}

async function installNodes(folder: string): Promise<void> {
  const binary = `node-${process.platform}-${process.arch}`
  const dependencies = Object.fromEntries(
    NODE_VERSIONS.map((version) => [`node-${version}`, `npm:${binary}@${version}`]),
  )
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }))
  await run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline'], { cwd: folder })
}

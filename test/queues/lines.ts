import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const FOLDER = fileURLToPath(new URL('lines', import.meta.url))

/** Each has one release of a library at most: the oldest that is patched, the newest, and majors in between. */
export const LINES = readdirSync(FOLDER).sort()

/** The releases in a line, by name. */
export function releasesOf(line: string): Readonly<Record<string, string>> {
  const file = readFileSync(join(FOLDER, line, 'package.json'), 'utf8')
  return (JSON.parse(file) as { readonly dependencies: Readonly<Record<string, string>> }).dependencies
}

/** A Node that can run loader hooks in the thread of the app, where that is not the one that runs the tests. */
export const NEWER_NODE = join(FOLDER, `newest/node_modules/node-${process.platform}-${process.arch}/bin/node`)

/** Installs them before the tests run. */
export default function install(): void {
  for (const line of LINES) {
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--silent']
    const { status } = spawnSync('npm', args, { cwd: join(FOLDER, line), stdio: 'inherit' })
    if (status !== 0) throw new Error(`npm ci failed in ${line}`)
  }
  if (!existsSync(NEWER_NODE)) console.warn(`there is no newer Node for ${process.platform} on ${process.arch}`)
}

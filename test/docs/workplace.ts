import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface Workplace {
  readonly folder: string
  remove(): void
}

/** An empty folder, as a newcomer begins with. */
export function makeWorkplace(): Workplace {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'onbehalf-docs-')))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/**
 * What `npm install` would do, without the network: links packages that this repository holds where their version is
 * the one asked for, and unpacks the package as it is packed now. `npm run test:matrix` installs for real.
 */
export async function installLocally(packages: readonly string[], folder: string): Promise<void> {
  for (const asked of packages) {
    if (asked.endsWith('.tgz')) await unpack(basename(asked), folder)
    else link(asked, folder)
  }
}

function link(asked: string, folder: string): void {
  const { name = '', version = '' } = /^(?<name>@?[^@]+)@(?<version>[\d.]+)$/u.exec(asked)?.groups ?? {}
  const held = join(ROOT, 'node_modules', name)
  const manifest = JSON.parse(readFileSync(join(held, 'package.json'), 'utf8')) as Held
  if (!`${manifest.version}.`.startsWith(`${version}.`)) throw new Error(`${asked} is ${manifest.version} here`)
  const place = join(folder, 'node_modules', name)
  mkdirSync(dirname(place), { recursive: true })
  symlinkSync(held, place)
  const { bin = {} } = manifest
  const programs = typeof bin === 'string' ? { [basename(name)]: bin } : bin
  for (const [program, path] of Object.entries(programs)) linkProgram(program, join(place, path), folder)
}

function linkProgram(name: string, path: string, folder: string): void {
  const program = join(folder, 'node_modules', '.bin', name)
  mkdirSync(dirname(program), { recursive: true })
  symlinkSync(path, program)
}

interface Held {
  readonly version: string
  readonly bin?: string | Readonly<Record<string, string>>
}

async function unpack(tarball: string, folder: string): Promise<void> {
  await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], { cwd: ROOT })
  const place = join(folder, 'node_modules', 'onbehalf')
  mkdirSync(place, { recursive: true })
  await run('tar', ['-xzf', join(folder, tarball), '-C', place, '--strip-components=1'])
  const { bin, dependencies } = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8')) as Manifest
  for (const name of [...Object.keys(dependencies), '@opentelemetry/api']) {
    const inside = join(place, 'node_modules', name)
    mkdirSync(dirname(inside), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules', name), inside)
  }
  chmodSync(join(place, bin.onbehalf), 0o755)
  linkProgram('onbehalf', join(place, bin.onbehalf), folder)
}

interface Manifest {
  readonly bin: { readonly onbehalf: string }
  readonly dependencies: Readonly<Record<string, string>>
}

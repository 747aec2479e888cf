import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withLock } from './lock.ts'

/** The real programs, by the path of each. */
export interface Programs {
  readonly otelcol: string
  readonly jaeger: string
  readonly prometheus: string
  readonly promtool: string
  readonly alertmanager: string
  readonly amtool: string
  readonly opa: string
  /** Only to check docker-compose.yml: it needs no engine for that. */
  readonly dockerCompose: string
}

export type ProgramName = keyof Programs

/** What is there, and why the rest is not. */
export interface Provision {
  readonly programs: Partial<Programs>
  readonly missing: Partial<Record<ProgramName, string>>
}

const MANIFEST = fileURLToPath(new URL('../../collector-config/builder.yaml', import.meta.url))
const BUILDER = 'go.opentelemetry.io/collector/cmd/builder@v0.155.0'
/** The module of Jaeger v2.13.0: no later version of it can be had under a path that Go takes. */
const JAEGER = 'github.com/jaegertracing/jaeger@v1.76.0'
const OPA = 'github.com/open-policy-agent/opa@v1.22.4'

/**
 * Builds or installs what is not there yet, and says what it does on `say`. Everything is kept, keyed by the manifest that
 * it was made from, under `ONBEHALF_BACKENDS_CACHE`, else `$XDG_CACHE_HOME/onbehalf/backends`, else `~/.cache`. What
 * cannot be made is told in `missing`; nothing throws.
 */
export async function providePrograms(say: (line: string) => void): Promise<Provision> {
  const programs: Partial<Programs> = {}
  const missing: Partial<Record<ProgramName, string>> = {}
  for (const { names, provide } of SOURCES) {
    try {
      Object.assign(programs, await provide(say))
    } catch (error) {
      for (const name of names) missing[name] = error instanceof Error ? error.message : String(error)
    }
  }
  return { programs, missing }
}

interface Source {
  readonly names: readonly ProgramName[]
  readonly provide: (say: (line: string) => void) => Promise<Partial<Programs>>
}

const SOURCES: readonly Source[] = [
  { names: ['otelcol'], provide: async (say) => ({ otelcol: await otelcol(say) }) },
  { names: ['jaeger'], provide: async (say) => ({ jaeger: await jaeger(say) }) },
  { names: ['prometheus', 'promtool'], provide: (say) => debian('prometheus', ['prometheus', 'promtool'], say) },
  {
    names: ['alertmanager', 'amtool'],
    provide: async (say) => {
      const { amtool, 'prometheus-alertmanager': alertmanager } = await debian(
        'prometheus-alertmanager',
        ['prometheus-alertmanager', 'amtool'],
        say,
      )
      linkTemplates(join(alertmanager, '../../share/prometheus/alertmanager'))
      return { amtool, alertmanager }
    },
  },
  { names: ['opa'], provide: async (say) => ({ opa: await opa(say) }) },
  { names: ['dockerCompose'], provide: async (say) => ({ dockerCompose: await dockerCompose(say) }) },
]

async function otelcol(say: (line: string) => void): Promise<string> {
  const key = digest(`${BUILDER}\n${readFileSync(MANIFEST, 'utf8')}`)
  return kept(`otelcol-${key}`, 'otelcol', say, async (folder) => {
    needGo()
    say('building the OpenTelemetry Collector from collector-config/builder.yaml (two minutes, cold)')
    cpSync(MANIFEST, join(folder, 'builder.yaml'))
    await run('go', ['install', BUILDER], { cwd: folder, env: { GOBIN: folder } })
    // It writes all that is needed and then fails at `go mod tidy` where a proxy lacks modules that only tests import.
    await run(join(folder, 'builder'), ['--config', 'builder.yaml', '--skip-compilation'], { cwd: folder }).catch(
      (error: unknown) => {
        if (!existsSync(join(folder, '_build/go.mod'))) throw error
      },
    )
    await run('go', ['build', '-mod=mod', '-trimpath', '-o', '../otelcol', '.'], { cwd: join(folder, '_build') })
    for (const leftOver of ['_build', 'builder']) rmSync(join(folder, leftOver), { recursive: true })
  })
}

async function jaeger(say: (line: string) => void): Promise<string> {
  return kept(`jaeger-${digest(JAEGER)}`, 'jaeger', say, async (folder) => {
    needGo()
    say(`building ${JAEGER} (five minutes, cold)`)
    const { Dir } = JSON.parse(await run('go', ['mod', 'download', '-json', JAEGER], { cwd: folder })) as {
      Dir: string
    }
    // `go install` refuses a module with `replace`; the module's own folder brings its go.mod and go.sum.
    cpSync(Dir, join(folder, 'source'), { recursive: true })
    await run('chmod', ['-R', 'u+w', 'source'], { cwd: folder })
    await run('go', ['build', '-trimpath', '-o', '../jaeger', './cmd/jaeger'], { cwd: join(folder, 'source') })
    rmSync(join(folder, 'source'), { recursive: true })
  })
}

async function opa(say: (line: string) => void): Promise<string> {
  return kept(`opa-${digest(OPA)}`, 'opa', say, async (folder) => {
    needGo()
    say(`building ${OPA} (two minutes, cold)`)
    await run('go', ['install', '-trimpath', OPA], { cwd: folder, env: { GOBIN: folder, GOFLAGS: '-mod=mod' } })
  })
}

/** Debian's package, unpacked and not installed, so that it needs no root and starts no service. */
async function debian<Name extends string>(
  name: string,
  programs: readonly Name[],
  say: (line: string) => void,
): Promise<Record<Name, string>> {
  const installed = programs.map(onPath)
  if (installed.every((path) => path !== undefined)) return byName(programs, installed)
  const key = digest(`${name} ${process.arch}`)
  const first = await kept(`${name}-${key}`, `usr/bin/${programs[0]}`, say, async (folder) => {
    if (onPath('apt-get') === undefined) throw new Error(`${name} is not installed and there is no apt-get`)
    say(`fetching Debian's package ${name}`)
    const download = () => run('apt-get', ['download', '-qq', name], { cwd: folder })
    await download().catch(async () => {
      await run('apt-get', ['update', '-qq'], { cwd: folder })
      await download()
    })
    await run('sh', ['-c', 'dpkg-deb -x ./*.deb . && rm ./*.deb'], { cwd: folder })
  })
  return byName(
    programs,
    programs.map((program) => join(first, '..', program)),
  )
}

/** Debian's Alertmanager reads its templates from this folder and no other. */
const TEMPLATES = '/usr/share/prometheus/alertmanager'

function linkTemplates(unpacked: string): void {
  if (existsSync(TEMPLATES)) return
  mkdirSync(dirname(TEMPLATES), { recursive: true })
  // A link into a cache that is gone has no target.
  rmSync(TEMPLATES, { force: true })
  symlinkSync(unpacked, TEMPLATES)
}

/** It is a Python program with libraries of Debian's: it has to be installed, by root. */
async function dockerCompose(say: (line: string) => void): Promise<string> {
  const installed = onPath('docker-compose')
  if (installed !== undefined) return installed
  if (onPath('apt-get') === undefined) throw new Error('docker-compose is not installed and there is no apt-get')
  say("installing Debian's package docker-compose")
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  await run('apt-get', ['install', '-qq', '-y', '--no-install-recommends', 'docker-compose'], { env })
  return onPath('docker-compose') ?? 'docker-compose'
}

function byName<Name extends string>(names: readonly Name[], paths: readonly string[]): Record<Name, string> {
  return Object.fromEntries(names.map((name, index) => [name, paths[index]])) as Record<Name, string>
}

/** The path of `program` in the folder `name` of the cache, which `make` fills where it is not there. */
async function kept(
  name: string,
  program: string,
  say: (line: string) => void,
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const path = join(cacheFolder(), name, program)
  if (existsSync(path)) return path
  mkdirSync(cacheFolder(), { recursive: true })
  await withLock(join(cacheFolder(), `${name}.lock`), say, async () => {
    if (existsSync(path)) return
    const folder = mkdtempSync(join(cacheFolder(), 'making-'))
    try {
      await make(folder)
      chmodSync(folder, 0o755)
      renameSync(folder, join(cacheFolder(), name))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
  return path
}

function cacheFolder(): string {
  const { ONBEHALF_BACKENDS_CACHE: own, XDG_CACHE_HOME: xdg } = process.env
  return own ?? join(xdg ?? join(homedir(), '.cache'), 'onbehalf', 'backends')
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

function needGo(): void {
  if (spawnSync('go', ['version']).error !== undefined)
    throw new Error('Go is absent, and this program is built with it')
}

function onPath(program: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path))
}

/** What is told of a command that failed: the end of what it printed, up to this many characters. */
const MAX_COMPLAINT = 4_000

/** Runs a command to its end and gives back what it printed. Rejects, with the end of its output, where it fails. */
export function run(
  command: string,
  args: readonly string[],
  { cwd, env = {} }: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const child = spawn(command, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, complaint] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    complaint = `${complaint}${text}`.slice(-MAX_COMPLAINT)
  })
  child.stderr
    .setEncoding('utf8')
    .on('data', (text: string) => (complaint = `${complaint}${text}`.slice(-MAX_COMPLAINT)))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) =>
      code === 0
        ? resolve(stdout)
        : reject(new Error(`${command} ${args.join(' ')} ended with ${code}:\n${complaint}`)),
    )
  })
}

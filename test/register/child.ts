import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startReceiver } from '../../src/cli/demo/receiver.ts'
import { readRequest } from '../../src/otlp/otlp-json.ts'
import { seen } from '../live/seen.ts'
import type { Seen } from '../live/seen.ts'

/** What is built: children have no other way to it than an app has. */
const REGISTER = 'onbehalf/register'

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Start {
  /** A file of `apps`, a path, or `--eval` with the code as its first argument. */
  readonly app: string
  readonly args?: readonly string[]
  /** Files that are loaded before the app. Default: register alone. */
  readonly imports?: readonly string[]
  /** Flags of Node beside those. */
  readonly flags?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** The Node that runs it. Default: the one that runs the tests. */
  readonly node?: string
  /** Is called with what was printed, each time that something was. */
  readonly onOutput?: (stdout: string, kill: (signal: NodeJS.Signals) => void) => void
}

/** Runs an app under the settings of `env` alone, and resolves when it has ended. */
export function run({
  app,
  args = [],
  imports = [REGISTER],
  flags = [],
  env = {},
  cwd,
  node = process.execPath,
  onOutput,
}: Start): Promise<Ended> {
  const path = /^[-/]/u.test(app) ? app : fileURLToPath(new URL(`apps/${app}`, import.meta.url))
  const loaded = imports.flatMap((file) => ['--import', file])
  return new Promise((resolve, reject) => {
    const child = spawn(node, [...loaded, ...flags, path, ...args], {
      cwd: cwd ?? fileURLToPath(new URL('../..', import.meta.url)),
      env: { ...environment(), ...QUIET, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += String(chunk)
      onOutput?.(stdout, (signal) => child.kill(signal))
    })
    child.stderr.on('data', (chunk: Buffer) => (stderr += String(chunk)))
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
}

const QUIET = { OTEL_SERVICE_NAME: 'app', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' }

/** The settings of whoever runs the tests must not steer the children. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:OTEL_|ONBEHALF_|NODE_OPTIONS$|VITEST)/u.test(name)),
  )
}

export interface Sink {
  /** The settings that send spans here. */
  readonly env: Readonly<Record<string, string>>
  readonly file: string
  spans(): readonly Seen[]
  judged(): readonly Seen[]
  close(): void
}

/** A real receiver of OTLP/HTTP JSON on the loopback interface. */
export async function startSink(): Promise<Sink> {
  const folder = mkdtempSync(join(tmpdir(), 'onbehalf-test-'))
  const file = join(folder, 'spans.otlp.jsonl')
  const receiver = await startReceiver(file, undefined)
  const spans = () => spansIn(file)
  return {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint },
    file,
    spans,
    judged: () => spans().filter(({ verdict }) => verdict !== undefined),
    close: () => {
      receiver.close()
      rmSync(folder, { recursive: true })
    },
  }
}

/** The spans in a file of OTLP JSON, one request a line. */
export function spansIn(file: string): readonly Seen[] {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
  const unreadable = ({ place, reason }: { place: string; reason: string }) => {
    throw new Error(`${place}: ${reason}`)
  }
  return lines.flatMap((line) => [...readRequest(JSON.parse(line), unreadable)].map(seen))
}

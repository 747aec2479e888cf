import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, inject } from 'vitest'
import type { ProgramName } from './programs.ts'

/** One program as it runs. It can be stopped and started again on the same ports and the same data. */
export interface Running {
  readonly pid: number
  /** What it printed so far, over all its starts. */
  log(): string
  start(): Promise<void>
  stop(): Promise<void>
  /** Ends it as a crash does: nothing is flushed. */
  kill(): Promise<void>
  /** It keeps its connections and answers nothing, until `thaw`. */
  freeze(): void
  thaw(): void
}

export interface Launch {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Whether it is ready. What it throws means that it is not yet. */
  readonly isHealthy: () => Promise<boolean>
}

/** A place for the programs of one test file. */
export interface Bench {
  /** A fresh folder; it is left behind, and named, where a test failed. */
  readonly folder: string
  /** A fresh folder inside. */
  subfolder(name: string): string
  /** The path of a file of collector-config. What docker-compose.yml mounts has to be asked for here, by its name. */
  config(name: string): string
  launch(launch: Launch): Promise<Running>
}

const CONFIG_FOLDER = fileURLToPath(new URL('../../collector-config/', import.meta.url))

const HEALTH_MS = 100_000
const STOP_MS = 15_000

/** Where a suite needs these programs: whether they are there, and what its title says where they are not. */
export function available(...names: readonly ProgramName[]): { readonly has: boolean; readonly note: string } {
  const { missing } = inject('provision')
  const absent = names.filter((name) => missing[name] !== undefined)
  return { has: absent.length === 0, note: absent.length === 0 ? '' : ` (SKIPPED: no ${absent.join(', ')} here)` }
}

/** The path of a program. Throws where it is not there. */
export function program(name: ProgramName): string {
  const path = inject('provision').programs[name]
  if (path === undefined) throw new Error(`${name} is not there`)
  return path
}

/** Opens a bench whose programs are stopped after the last test of this suite. */
export function openBench(): Bench {
  const folder = mkdtempSync(join(tmpdir(), 'onbehalf-backends-'))
  const launched: Running[] = []
  let hasFailed = false
  afterEach(({ task }) => {
    if (task.result?.state === 'fail') hasFailed = true
  })
  afterAll(async () => {
    await Promise.all(launched.map((one) => one.stop()))
    if (hasFailed) process.stderr.write(`the logs of the programs stand in ${folder}\n`)
    else rmSync(folder, { recursive: true, force: true })
  })
  return {
    folder,
    subfolder(name) {
      const path = join(folder, name)
      mkdirSync(path, { recursive: true })
      return path
    },
    config: (name) => join(CONFIG_FOLDER, name),
    async launch(launch) {
      const running = createRunning(launch, join(folder, `${launch.name}.log`))
      launched.push(running)
      try {
        await running.start()
      } catch (error) {
        hasFailed = true
        throw error
      }
      return running
    },
  }
}

function createRunning(launch: Launch, logFile: string): Running {
  let child: ChildProcess | undefined
  const log = () => readFileSync(logFile, 'utf8')
  const end = async (signal: NodeJS.Signals) => {
    const ending = child
    child = undefined
    if (ending !== undefined) await ended(ending, signal)
  }
  return {
    get pid() {
      return child?.pid ?? 0
    },
    log,
    async start() {
      if (child !== undefined) throw new Error(`${launch.name} runs already`)
      child = spawned(launch, logFile)
      await healthy(launch, child, log)
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
  }
}

function spawned({ command, args, env = {}, cwd }: Launch, logFile: string): ChildProcess {
  const output = openSync(logFile, 'a')
  const child = spawn(command, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...env },
    stdio: ['ignore', output, output],
  })
  closeSync(output)
  return child
}

async function healthy({ name, isHealthy }: Launch, child: ChildProcess, log: () => string): Promise<void> {
  let failure: Error | undefined
  child.once('error', (error) => (failure = error))
  child.once('exit', (code, signal) => (failure = new Error(`it ended with ${code ?? signal}`)))
  const until = Date.now() + HEALTH_MS
  while (!(await isHealthy().catch(() => false))) {
    if (failure !== undefined) throw new Error(`${name} did not start (${failure.message}):\n${log().slice(-4_000)}`)
    if (Date.now() > until) throw new Error(`${name} is not healthy after ${HEALTH_MS} ms:\n${log().slice(-4_000)}`)
    await wait(100)
  }
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGCONT')
  child.kill(signal)
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await gone
  clearTimeout(timer)
}

/** Ports of the loopback interface that nobody listened on just now. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  await Promise.all(servers.map((server) => new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))))
  return ports
}

/** Whether `url` answers with a status of success. */
export async function answers(url: string): Promise<boolean> {
  return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok
}

/**
 * What `probe` gives back as soon as it is not undefined; what it throws counts as undefined. Rejects after `timeoutMs`
 * with what was waited for, and the last error.
 */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined> | T | undefined,
  timeoutMs = 30_000,
): Promise<T> {
  const until = Date.now() + timeoutMs
  for (;;) {
    let last: unknown
    try {
      const value = await probe()
      if (value !== undefined) return value
    } catch (error) {
      last = error
    }
    if (Date.now() > until) throw new Error(`within ${timeoutMs} ms there was not: ${what}`, { cause: last })
    await wait(200)
  }
}

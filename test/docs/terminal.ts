import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

const START_MS = 30_000
const POLL_MS = 50

/** Runs commands in a folder as somebody does at a shell, and stops what it left running by Ctrl+C. */
export class Terminal {
  readonly #folder: string
  readonly #env: NodeJS.ProcessEnv
  readonly #running = new Map<string, ChildProcess>()

  constructor(folder: string, env: Readonly<Record<string, string>> = {}) {
    this.#folder = folder
    this.#env = { ...environment(), ...env }
  }

  /** What it printed, errors included; rejects with that where it ends with anything but 0. */
  async run(command: string): Promise<string> {
    const child = this.#spawn(command)
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (output += text))
    }
    const code = await ended(child)
    if (code !== 0) throw new Error(`$ ${command}\nended with ${code}\n${output}`)
    return output
  }

  /** Resolves when it listens at these ports. */
  async start(command: string, ports: readonly number[]): Promise<void> {
    const child = this.#spawn(command)
    this.#running.set(command, child)
    let errors = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors += text))
    child.stdout?.resume()
    for (const port of ports) {
      const limit = Date.now() + START_MS
      while (!(await isOpen(port))) {
        if (hasEnded(child) || Date.now() > limit) throw new Error(`$ ${command}\nlistens nowhere\n${errors}`)
        await new Promise((resolve) => setTimeout(resolve, POLL_MS))
      }
    }
  }

  /** Ctrl+C to every command that is meant; how many there were. */
  async stop(isMeant: (command: string) => boolean = () => true): Promise<number> {
    const meant = [...this.#running].filter(([command]) => isMeant(command))
    for (const [command, child] of meant) {
      this.#running.delete(command)
      const end = ended(child)
      if (child.pid !== undefined && !hasEnded(child)) process.kill(-child.pid, 'SIGINT')
      await end
    }
    return meant.length
  }

  /** In a group of its own, which is what Ctrl+C reaches. */
  #spawn(command: string): ChildProcess {
    const where = { cwd: this.#folder, env: this.#env }
    return spawn('sh', ['-c', command], { ...where, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

function ended(child: ChildProcess): Promise<number | null> {
  if (hasEnded(child)) return Promise.resolve(child.exitCode)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, 'localhost')
    const settle = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => settle(true)).once('error', () => settle(false))
  })
}

/** A port at which nothing listens. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

/** The settings of whoever runs the tests must not steer the children, and a page shows no colors. */
function environment(): NodeJS.ProcessEnv {
  const isTheirs = (name: string) =>
    /^(?:OTEL_|ONBEHALF_|NODE_OPTIONS$|NODE_ENV$|VITEST|npm_|INIT_CWD|FORCE_COLOR)/u.test(name)
  const others = Object.entries(process.env).filter(([name]) => !isTheirs(name))
  return { ...Object.fromEntries(others), NO_COLOR: '1' }
}

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { blocksOf, commandsIn, idsBehind, withOutput } from './page.ts'
import type { Block } from './page.ts'
import { freePort, Terminal } from './terminal.ts'

export interface Walk {
  /** The page with what really came out, wherever that is not what it shows but for ids and times. */
  readonly page: string
  /** What `traces.jsonl`, if there is one, held when the app was stopped, once for each time that it ran. */
  readonly recordings: readonly string[]
}

/** Installs what an `npm install` of the page names. */
export type Install = (packages: readonly string[], folder: string) => Promise<void>

/**
 * Does in a folder what a page says, block by block: writes its files, makes its changes, runs its commands. Throws,
 * with the line of the page, at a block that it does not know how to run and at a command that fails.
 */
export async function walk(page: string, folder: string, install: Install): Promise<Walk> {
  const ports = await portsFor(page)
  const otlp = ports.get(OTLP_PORT) ?? OTLP_PORT
  const terminal = new Terminal(folder, { OTEL_EXPORTER_OTLP_ENDPOINT: `http://localhost:${otlp}` })
  const walker = new Walker(page, folder, terminal, ports, install)
  try {
    for (const block of blocksOf(page)) await walker.run(block)
    return walker.result()
  } finally {
    await terminal.stop()
  }
}

const OTLP_PORT = '4318'
const LISTEN = /\.listen\((?<port>\d+)\)/gu

/** For each port that the page listens at, a free one. */
async function portsFor(page: string): Promise<ReadonlyMap<string, string>> {
  const named = [...page.matchAll(LISTEN)].map(({ groups }) => groups?.['port'] ?? '')
  const free = await Promise.all(named.map(async () => String(await freePort())))
  return new Map(named.map((port, index) => [port, free[index] ?? port]))
}

class Walker {
  readonly #shown: string
  readonly #folder: string
  readonly #terminal: Terminal
  readonly #ports: ReadonlyMap<string, string>
  readonly #install: Install
  readonly #recordings: string[] = []
  #page: string

  constructor(page: string, folder: string, terminal: Terminal, ports: ReadonlyMap<string, string>, install: Install) {
    this.#shown = page
    this.#page = page
    this.#folder = folder
    this.#terminal = terminal
    this.#ports = ports
    this.#install = install
  }

  result(): Walk {
    return { page: this.#page, recordings: this.#recordings }
  }

  async run(block: Block): Promise<void> {
    try {
      if (block.language === 'js') this.#write(block)
      else if (block.language === 'diff') this.#change(block)
      else if (block.language === 'sh') await this.#commands(block)
      else if (block.language === 'console') await this.#session(block)
      else throw new Error(`nothing runs a block of "${block.language}"`)
    } catch (error) {
      throw new Error(`line ${block.line} of the page: ${(error as Error).message}`, { cause: error })
    }
  }

  #write({ text }: Block): void {
    writeFileSync(this.#path(text), this.#withPorts(text))
  }

  /** Hunks are parted by a line `…`; each stands at one place of the file. */
  #change({ text }: Block): void {
    const path = this.#path(text.slice(1))
    let file = readFileSync(path, 'utf8')
    for (const hunk of this.#withPorts(text).split(/^…\n/mu)) {
      const lines = hunk.trimEnd().split('\n')
      const side = (other: string) =>
        lines.flatMap((line) => (line.startsWith(other) ? [] : [`${line.slice(1)}\n`])).join('')
      const before = side('+')
      if (file.split(before).length !== 2) throw new Error(`stands not once in the file:\n${before}`)
      file = file.replace(before, () => side('-'))
    }
    writeFileSync(path, file)
  }

  async #commands({ text }: Block): Promise<void> {
    for (const command of text.trim().split('\n')) {
      const packages = /^npm install (?<packages>.+)$/u.exec(command)?.groups?.['packages']
      const ports = this.#portsOf(command)
      if (packages !== undefined) await this.#install(packages.split(' '), this.#folder)
      else if (ports.length > 0) await this.#terminal.start(command, ports)
      else await this.#terminal.run(command)
    }
  }

  async #session(block: Block): Promise<void> {
    const session = commandsIn(block)
    if (session.length === 0) throw new Error('no command behind a $')
    for (const shown of session) {
      if (shown.command.startsWith('npx --no-install onbehalf')) await this.#stopApp()
      const output = await this.#terminal.run(shown.command)
      if (idsBehind(shown.output, output) === undefined) this.#page = this.#replaced(block, shown, output)
    }
  }

  /** What changed above has moved the block, and a command may stand on the page more than once. */
  #replaced(block: Block, shown: { command: string; output: string }, output: string): string {
    const moved = this.#page.split('\n').length - this.#shown.split('\n').length
    return withOutput(this.#page, { ...block, line: block.line + moved }, shown, output)
  }

  /** Whoever looks at the spans has stopped the app, which sends what it has left. */
  async #stopApp(): Promise<void> {
    const stopped = await this.#terminal.stop((command) => command.includes('--import'))
    const recording = join(this.#folder, 'traces.jsonl')
    if (stopped > 0 && existsSync(recording)) this.#recordings.push(readFileSync(recording, 'utf8'))
  }

  #portsOf(command: string): readonly number[] {
    const file = /\bnode .*?(?<file>[\w-]+\.mjs)(?: > \S+)?$/u.exec(command)?.groups?.['file']
    if (file === undefined) return []
    const code = readFileSync(join(this.#folder, file), 'utf8')
    return [...code.matchAll(LISTEN)].map(({ groups }) => Number(groups?.['port']))
  }

  /** A file names itself in its first line. */
  #path(text: string): string {
    const name = /^\/\/ (?<name>[\w.-]+\.mjs)/u.exec(text)?.groups?.['name']
    if (name === undefined) throw new Error('its first line does not name its file')
    return join(this.#folder, name)
  }

  #withPorts(text: string): string {
    return text.replaceAll(/\b\d{4}\b/gu, (port) => this.#ports.get(port) ?? port)
  }
}

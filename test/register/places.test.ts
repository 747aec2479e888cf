import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { run, startSink } from './child.ts'
import type { Sink, Start } from './child.ts'

/** Every package that a setup may ask for; each says so where it runs. */
const ASKED_FOR = [
  'api',
  'auto-instrumentations-node',
  'core',
  'exporter-trace-otlp-http',
  'instrumentation',
  'instrumentation-http',
  'instrumentation-undici',
  'sdk-node',
  'sdk-trace',
  'sdk-trace-base',
]

const REGISTER = import.meta.resolve('onbehalf/register')
const PACKAGES = fileURLToPath(new URL('../../node_modules', import.meta.url))

let root: string
let evil: string
let sink: Sink

beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'onbehalf-places-')))
  evil = join(root, 'evil')
  plant(evil)
})
afterAll(() => rmSync(root, { recursive: true }))
beforeEach(async () => {
  sink = await startSink()
})
afterEach(() => sink.close())

/** A folder into which somebody has put packages of theirs. */
function plant(folder: string): void {
  for (const name of ASKED_FOR) {
    const place = join(folder, 'node_modules', '@opentelemetry', name)
    mkdirSync(place, { recursive: true })
    writeFileSync(join(place, 'package.json'), JSON.stringify({ name: `@opentelemetry/${name}`, main: 'index.js' }))
    writeFileSync(join(place, 'index.js'), 'process.stdout.write("EVIL " + __filename + "\\n")')
    writeFileSync(join(place, 'hook.mjs'), 'process.stdout.write("EVIL hook\\n")')
  }
}

/** An app with packages of its own, away from every other folder. */
function app(name: string, code: string): string {
  const folder = join(root, name)
  mkdirSync(folder)
  symlinkSync(PACKAGES, join(folder, 'node_modules'))
  writeFileSync(join(folder, 'main.mjs'), code)
  return join(folder, 'main.mjs')
}

const WORK = `
import { trace } from '@opentelemetry/api'
trace.getTracer('app').startSpan('work').end()
`
const SETUP = `
import { NodeSDK } from '@opentelemetry/sdk-node'
const { attribution, flush } = await import(${JSON.stringify(import.meta.resolve('onbehalf'))})
new NodeSDK(attribution()).start()
${WORK}
await flush()
`
const REQUIRE = `require(${JSON.stringify(join(PACKAGES, '@opentelemetry/api'))})`
const EVALUATED = `${REQUIRE}.trace.getTracer('app').startSpan('work').end()`

const start = (how: Start) => run({ imports: [REGISTER], cwd: evil, ...how, env: { ...sink.env, ...how.env } })

async function outcomeOf(how: Start) {
  const { code, stdout, stderr } = await start(how)
  return { code, stdout, stderr, left: sink.spans().map(({ name }) => name) }
}

const CLEAN = { code: 0, stdout: '', stderr: '', left: ['work'] }

describe('code that lies in the working directory does not run', () => {
  it('under register', async () => {
    expect(await outcomeOf({ app: app('registered', WORK) })).toEqual(CLEAN)
  })

  it('under attribution()', async () => {
    expect(await outcomeOf({ app: app('set-up', SETUP), imports: [] })).toEqual(CLEAN)
  })

  it('where a link is what was called', async () => {
    const bin = join(root, 'bin')
    plant(bin)
    symlinkSync(app('tool', WORK), join(bin, 'tool.mjs'))
    expect(await outcomeOf({ app: join(bin, 'tool.mjs') })).toEqual(CLEAN)
  })

  it('where it is the place of the script without its ending', async () => {
    const folder = join(root, 'plain')
    mkdirSync(folder)
    symlinkSync(PACKAGES, join(folder, 'node_modules'))
    writeFileSync(join(folder, 'main.js'), EVALUATED)
    expect(await outcomeOf({ app: join(folder, 'main') })).toEqual(CLEAN)
  })

  it.each([
    ['--eval', EVALUATED, 'script.js'],
    ['--eval', EVALUATED, '/evil/script.js'],
    [`--eval=${EVALUATED}`],
    ['-e', EVALUATED, 'script.js'],
    ['-pe', EVALUATED],
  ])('where code stands on the command line: %.6s', async (flag, ...args) => {
    const absolute = args.map((arg) => arg.replace('/evil', evil))
    const { code, stdout, stderr } = await start({ app: flag, args: absolute })
    expect({ code, stderr, evil: stdout.includes('EVIL') }).toEqual({ code: 0, stderr: '', evil: false })
    expect(sink.spans().map(({ name }) => name)).toEqual(['work'])
  })

  it('in workers, of files and of code', async () => {
    const worker = app('worker', WORK)
    const code = `
      import { once } from 'node:events'
      import { Worker } from 'node:worker_threads'
      await once(new Worker(new URL(${JSON.stringify(pathToFileURL(worker).href)})), 'exit')
      await once(new Worker(${JSON.stringify(EVALUATED)}, { eval: true }), 'exit')
    `
    const { stdout, stderr } = await start({ app: app('starts-workers', code) })
    expect({ stdout, stderr }).toEqual({ stdout: '', stderr: '' })
    // Node 20 preloads nothing in a worker of code.
    expect(new Set(sink.spans().map(({ name }) => name))).toEqual(new Set(['work']))
  })
})

describe('packages are found', () => {
  it('beside the main script, where register is installed elsewhere', async () => {
    const elsewhere = join(root, 'global', 'node_modules', 'onbehalf')
    mkdirSync(join(root, 'global', 'node_modules'), { recursive: true })
    symlinkSync(dirname(dirname(fileURLToPath(REGISTER))), elsewhere)
    const imports = [pathToFileURL(join(elsewhere, 'dist', 'register.js')).href]
    expect(await outcomeOf({ app: app('local', WORK), imports, cwd: root })).toEqual(CLEAN)
  })
})

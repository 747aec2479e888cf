import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { run as runProgram } from '../matrix/run.ts'
import { run, startSink } from '../register/child.ts'
import type { Sink } from '../register/child.ts'

const PROGRAMS = fileURLToPath(new URL('node_modules', import.meta.url))
const CALLS = readFileSync(fileURLToPath(new URL('apps/plain/calls.mjs', import.meta.url)), 'utf8')

let folder: string
let sink: Sink
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'onbehalf-managers-'))
  sink = await startSink()
  const dependencies = {
    '@opentelemetry/api': '1.9.1',
    '@opentelemetry/instrumentation-http': '0.223.0',
    '@opentelemetry/instrumentation-undici': '0.33.0',
    '@opentelemetry/sdk-node': '0.223.0',
    onbehalf: `file:${inject('packed')}`,
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies }))
  writeFileSync(join(folder, 'app.mjs'), CALLS)
})
afterEach(() => {
  sink.close()
  rmSync(folder, { recursive: true })
})

const manager = (program: string, ...args: readonly string[]) =>
  runProgram(process.execPath, [join(PROGRAMS, program), ...args], {
    cwd: folder,
    env: { YARN_ENABLE_TELEMETRY: '0', YARN_ENABLE_IMMUTABLE_INSTALLS: 'false', CI: '' },
  })

const start = (flags: readonly string[]) =>
  run({ app: join(folder, 'app.mjs'), imports: [], flags, cwd: folder, env: sink.env })

const called = () => {
  const seen = sink.judged().map(({ principal, verdict, span }) => ({
    url: new URL(String(span.attributes['url.full'])).pathname,
    principal,
    verdict,
  }))
  return seen.toSorted((a, b) => (a.url < b.url ? -1 : 1))
}

const KAI = { principal: 'kai@contoso.com', verdict: 'separated' }
const BOTH = [
  { ...KAI, url: '/fetch' },
  { ...KAI, url: '/http' },
]

/** The exporter and the propagators are there as what sdk-node depends on, and the app does not ask for them. */
describe('register finds what the app holds', () => {
  it('in the strict layout of pnpm', async () => {
    await manager('pnpm/bin/pnpm.cjs', 'install', '--ignore-scripts', '--config.hoist=false')
    const { code, stderr } = await start(['--import', 'onbehalf/register'])
    expect({ code, stderr, called: called() }).toEqual({ code: 0, stderr: '', called: BOTH })
  })

  it('in Yarn’s Plug’n’Play, where there is no folder of packages', async () => {
    writeFileSync(join(folder, '.yarnrc.yml'), 'nodeLinker: pnp\nenableScripts: false\nenableGlobalCache: false\n')
    writeFileSync(join(folder, 'yarn.lock'), '')
    await manager('@yarnpkg/cli-dist/bin/yarn.js', 'install')
    const pnp = ['--require', './.pnp.cjs', '--loader', './.pnp.loader.mjs', '--no-warnings']
    const { code, stderr } = await start([...pnp, '--import', 'onbehalf/register'])
    expect({ code, stderr, called: called() }).toEqual({ code: 0, stderr: '', called: BOTH })
  })
})

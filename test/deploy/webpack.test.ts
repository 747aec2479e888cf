import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { run as runProgram } from '../matrix/run.ts'
import { run, startSink } from '../register/child.ts'
import type { Sink } from '../register/child.ts'

let folder: string
let warnings: readonly string[]
let sink: Sink

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'onbehalf-webpack-'))
  const [script, entry] = ['apps/webpack.mjs', '../bundle/apps/node-sdk.mjs'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  )
  const { stdout } = await runProgram(process.execPath, [script ?? '', entry ?? '', folder])
  warnings = JSON.parse(stdout) as readonly string[]
})
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(async () => {
  sink = await startSink()
})
afterEach(() => sink.close())

it('bundled by webpack, alone in a folder, each span leaves once, attributed, and no foreign attribution passes', async () => {
  const env = { ...sink.env, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }
  const { code, stdout, stderr } = await run({ app: join(folder, 'index.cjs'), imports: [], cwd: folder, env })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const { passedOn, arrived } = JSON.parse(stdout) as Readonly<Record<string, Readonly<Record<string, string>>>>
  expect([passedOn?.['baggage'], arrived?.['baggage']]).toEqual(['theirs=1', 'theirs=1'])
  const left = sink.judged().map(({ name, principal, verdict }) => ({ name, principal, verdict }))
  const KAI = { principal: 'kai@contoso.com', verdict: 'separated' }
  expect(left.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
    { ...KAI, name: 'GET' },
    { ...KAI, name: 'work' },
  ])
})

it('webpack warns of nothing of ours', () => {
  expect(warnings.filter((warning) => /onbehalf|\/dist\//u.test(warning.split(': ')[0] ?? ''))).toEqual([])
})

import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../register/child.ts'
import { NEWER_NODE } from './lines.ts'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const QUIET = { OTEL_TRACES_EXPORTER: 'none', OTEL_LOG_LEVEL: 'error' }

describe.each([
  { title: 'this Node', node: process.execPath },
  { title: 'a newer Node', node: NEWER_NODE },
])('the loader hook of ours, on $title', ({ node }) => {
  it.each(['before', 'after'])('takes nothing from one that the app installs %s it', async (order) => {
    const env = { ...QUIET, HOOK: order }
    const { stdout, stderr } = await run({
      app: at('apps/look.mjs'),
      imports: [at('apps/hooked-setup.mjs')],
      env,
      node,
    })
    expect(stderr).toBe('')
    expect(
      stdout
        .split('\n')
        .filter((text) => text.startsWith('saw'))
        .sort(),
    ).toEqual(['saw fastq', 'saw p-limit', 'saw p-queue'].sort())
    expect(stdout).toContain('patched: p-queue, fastq, fastq.promise, async')
  })

  it('shows the packages of the list alone, where the app has none', async () => {
    const { stdout, stderr } = await run({
      app: at('apps/look.mjs'),
      imports: [at('apps/hooked-setup.mjs')],
      env: QUIET,
      node,
    })
    expect(stderr).toBe('')
    expect(
      stdout
        .split('\n')
        .filter((text) => text.startsWith('saw'))
        .sort(),
    ).toEqual(['saw fastq', 'saw p-queue'])
    expect(stdout).toContain('patched: p-queue, fastq, fastq.promise, async')
  })
})

describe('packages that were loaded before the setup', () => {
  it('are patched where they export classes', async () => {
    const { stdout, stderr } = await run({ app: at('apps/late.cjs'), imports: [], env: QUIET })
    expect(stderr).toBe('')
    expect(stdout).toBe('patched: bottleneck, async-lock, p-queue, async, promise-queue, cockatiel\n')
  })
})

it('an instrumentation that the app makes later sees what was loaded in between', async () => {
  const { stdout, stderr } = await run({ app: at('apps/later-instrumentation.cjs'), imports: [], env: QUIET })
  expect({ stdout, stderr }).toEqual({ stdout: 'seen: true\n', stderr: '' })
})

describe('a package that is not what its name says', () => {
  let folder: string

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'onbehalf-queues-'))
    const odd = { fastq: 'module.exports = { odd: true }', 'promise-queue': 'module.exports = 7' }
    for (const [name, code] of Object.entries(odd)) {
      mkdirSync(join(folder, 'node_modules', name), { recursive: true })
      writeFileSync(
        join(folder, 'node_modules', name, 'package.json'),
        JSON.stringify({ name, version: name === 'fastq' ? '1.20.0' : '2.2.0' }),
      )
      writeFileSync(join(folder, 'node_modules', name, 'index.js'), code)
    }
    writeFileSync(
      join(folder, 'app.cjs'),
      "process.stdout.write(JSON.stringify([require('fastq'), require('promise-queue')]))",
    )
  })

  afterAll(() => rmSync(folder, { recursive: true }))

  it('is left alone, and counts a fault', async () => {
    const { stdout, stderr, code } = await run({
      app: join(folder, 'app.cjs'),
      imports: [at('apps/own-setup.mjs')],
      env: { ...QUIET, OTEL_LOG_LEVEL: 'warn' },
    })
    expect({ code, stdout }).toEqual({ code: 0, stdout: '[{"odd":true},7]' })
    expect(stderr).toContain("fastq isn't as expected and stays as it is")
  })
})

describe('two copies of this package', () => {
  let folder: string

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'onbehalf-queues-'))
    symlinkSync(at('../../node_modules'), join(folder, 'node_modules'))
    for (const part of ['dist', 'package.json'])
      cpSync(at(`../../${part}`), join(folder, 'onbehalf', part), { recursive: true })
  })

  afterAll(() => rmSync(folder, { recursive: true }))

  it('patch each function once, and bind what is handed over once', async () => {
    const second = join(folder, 'onbehalf/dist/index.js')
    const { stdout, stderr } = await run({ app: at('apps/copies.mjs'), args: [second], imports: [], env: QUIET })
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual({ isSame: true, principals: ['kai', 'mia', 'lee'] })
  })
})

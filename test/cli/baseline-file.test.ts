import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createJudge } from '../../src/judge/judge.ts'
import { judgeTrace } from '../../src/judge/trace.ts'
import type { JudgedSpan } from '../../src/judge/trace.ts'
import { createPolicy } from '../../src/policy/policy.ts'
import { Baseline, isBaseline, MAX_KNOWN, readBaseline } from '../../src/cli/audit/baseline.ts'
import { checkWritable, writeBaseline } from '../../src/cli/audit/baseline-file.ts'
import { UsageError } from '../../src/cli/terminal/usage-error.ts'
import { agent, spansOf } from '../judge/spans.ts'
import { wireAttributes, wireRequest, wireSpan } from './otlp.ts'
import { onbehalf } from './program.ts'

let directory: string
const path = (name: string) => join(directory, name)

const RECORDING = `${JSON.stringify(
  wireRequest(wireSpan('1', { attributes: wireAttributes({ 'gen_ai.operation.name': 'invoke_agent' }) })),
)}\n`
const KNOWN = '[\n  {"code":"missing_intent","kind":"agent","service":"","name":"old"}\n]\n'

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'onbehalf-baseline-'))
  writeFileSync(path('traces.jsonl'), RECORDING)
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

const run = (file: string, ...more: readonly string[]) =>
  onbehalf(['audit', 'traces.jsonl', '--write-baseline', file, ...more], directory)

describe('a baseline is written', () => {
  it('to a new file, of which nothing else is left', async () => {
    expect(await run('known.json')).toMatchObject({ code: 0, stderr: '' })
    expect(isBaseline(path('known.json'))).toBe(true)
    expect(readdirSync(directory).toSorted()).toEqual(['known.json', 'traces.jsonl'])
  })
  it.each([
    ['another baseline', KNOWN],
    ['an empty file', ''],
  ])('in place of %s, whose permissions stay', async (_, content) => {
    writeFileSync(path('known.json'), content)
    chmodSync(path('known.json'), 0o640)
    expect(await run('known.json')).toMatchObject({ code: 0, stderr: '' })
    expect(readFileSync(path('known.json'), 'utf8')).toContain('missing_principal')
    expect(statSync(path('known.json')).mode & 0o777).toBe(0o640)
  })
  it('in place of the one that it is compared with', async () => {
    writeFileSync(path('known.json'), KNOWN)
    expect(await run('known.json', '--baseline', 'known.json')).toMatchObject({ code: 0, stderr: '' })
    expect(readFileSync(path('known.json'), 'utf8')).toContain('missing_principal')
  })
})

describe('a baseline is not written, before anything is audited, and nothing is touched', () => {
  const NONE = 'what this file holds is no baseline and would be lost; name a new file'
  const LINK = 'this is a symbolic link; name the file that it leads to'
  const OTHERS: Readonly<Record<string, string>> = {
    'policy.yaml': 'profile: strict\n',
    'package.json': '{"name":"shop"}\n',
    'list.json': '[1,2,3]\n',
    'spaces.txt': '   \n',
    'image.bin': '\u0000\u0001',
  }

  const refusal = (file: string, reason: string) => ({
    code: 2,
    stdout: '',
    stderr: `cannot write the baseline ${file}: ${reason}\n`,
  })

  it('over the recording', async () => {
    expect(await run('traces.jsonl')).toEqual(refusal('traces.jsonl', NONE))
    expect(readFileSync(path('traces.jsonl'), 'utf8')).toBe(RECORDING)
  })
  for (const [name, content] of Object.entries(OTHERS)) {
    it(`over ${name}`, async () => {
      writeFileSync(path(name), content)
      expect(await run(name)).toEqual(refusal(name, NONE))
      expect(readFileSync(path(name), 'utf8')).toBe(content)
    })
  }
  for (const [title, target] of [
    ['to the recording', 'traces.jsonl'],
    ['to another baseline', 'known.json'],
    ['to nothing', 'missing.json'],
    ['to a directory', '.'],
  ] as const) {
    it(`through a symbolic link ${title}`, async () => {
      writeFileSync(path('known.json'), KNOWN)
      symlinkSync(target, path('link.json'))
      expect(await run('link.json')).toEqual(refusal('link.json', LINK))
      expect(lstatSync(path('link.json')).isSymbolicLink()).toBe(true)
      expect(existsSync(path('missing.json'))).toBe(false)
      expect(readFileSync(path('known.json'), 'utf8')).toBe(KNOWN)
    })
  }
  it('to a pipe, which nobody reads', async () => {
    execFileSync('mkfifo', [path('pipe')])
    expect(await run('pipe')).toEqual(refusal('pipe', 'this is not a file'))
  })
  it('below a file', async () => {
    const file = 'traces.jsonl/known.json'
    expect(await run(file)).toEqual(refusal(file, 'a part of its path is a file and no directory'))
  })

  it('over what another program wrote there while the audit ran', () => {
    checkWritable(path('known.json'))
    writeFileSync(path('known.json'), RECORDING)
    expect(() => writeBaseline(path('known.json'), KNOWN)).toThrow(UsageError)
    expect(readFileSync(path('known.json'), 'utf8')).toBe(RECORDING)
    expect(readdirSync(directory)).toHaveLength(2)
  })
  it('through a directory that is gone by then', () => {
    mkdirSync(path('folder'))
    checkWritable(path('folder/known.json'))
    rmSync(path('folder'), { recursive: true })
    expect(() => writeBaseline(path('folder/known.json'), KNOWN)).toThrow(/there is no such file/u)
  })
})

describe('what a baseline holds', () => {
  /** As many spans as asked for, each with a name of its own. */
  function baselineOf(count: number, nameOf: (at: number) => string): Baseline {
    const policy = createPolicy({})
    const [one] = judgeTrace(spansOf(agent('a')), policy, createJudge(policy)) as [JudgedSpan]
    const baseline = new Baseline()
    for (let at = 0; at < count; at++) {
      const span = Object.assign(Object.create(one.span) as typeof one.span, { name: nameOf(at) })
      baseline.add('missing_intent', { ...one, span })
    }
    return baseline
  }

  it('is bounded, and the rest is counted', () => {
    const baseline = baselineOf(MAX_KNOWN + 7, (at) => `run ${at}`)
    expect([baseline.size, baseline.left]).toEqual([MAX_KNOWN, 7])
    writeBaseline(path('known.json'), baseline.toString())
    expect(isBaseline(path('known.json'))).toBe(true)
  })
  it('is bounded in its text too, so that it can be read again', () => {
    const baseline = baselineOf(6_000, (at) => `${at} ${'n'.repeat(4_000)}`)
    expect(baseline.size).toBeLessThan(5_000)
    expect(baseline.left).toBe(6_000 - baseline.size)
    writeBaseline(path('known.json'), baseline.toString())
    expect(readBaseline(path('known.json')).left).toBe(0)
  })
  it('is read in bounded memory', () => {
    writeFileSync(path('many.json'), `[${'{},'.repeat(2_000_000)}{}]`)
    expect(() => readBaseline(path('many.json'))).toThrow(/this baseline holds more than 1,000,000 values/u)
  })
})

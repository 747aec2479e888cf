import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { filesIn, isLasting } from '../../src/recording/files.ts'
import { wireLine } from './otlp.ts'
import { onbehalf } from './program.ts'

let directory: string
const path = (name: string) => join(directory, name)

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'onbehalf-files-'))
  mkdirSync(path('traces'))
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

const audit = (...args: readonly string[]) => onbehalf(['audit', ...args, '--format', 'json'], directory)

/** What is told of the directory `traces`. */
async function told(): Promise<{ readonly found: number; readonly words: readonly string[] }> {
  const words: string[] = []
  const listener = {
    add: (problem: { reason: string }) => words.push(problem.reason),
    note: (_: string, text: string) => words.push(text),
  }
  const files = await filesIn([path('traces')], listener)
  return { found: files.length, words }
}

describe('a directory', () => {
  it('with a pipe in it is read without that, which is told', async () => {
    writeFileSync(path('traces/spans.jsonl'), `${wireLine('1')}\n`)
    execFileSync('mkfifo', [path('traces/pipe.jsonl')])
    symlinkSync('pipe.jsonl', path('traces/link.jsonl'))
    const { code, stdout, stderr } = await audit('traces')
    expect([code, stderr]).toEqual([
      0,
      'traces: 2 files passed over: link.jsonl (not a file), pipe.jsonl (not a file)\n',
    ])
    expect(JSON.parse(stdout)).toMatchObject({ spans: 1 })
  })
  it('tells of everything that it passes over why, of the first five by name', async () => {
    writeFileSync(path('traces/spans.log'), `${wireLine('1')}\n`)
    writeFileSync(path('traces/.spans.jsonl'), `${wireLine('2')}\n`)
    mkdirSync(path('traces/.git'))
    symlinkSync('..', path('traces/back'))
    writeFileSync(path('traces/notes.txt'), 'no traces')
    expect(await told()).toEqual({
      found: 1,
      words: [
        '4 files passed over: .git (hidden), .spans.jsonl (hidden), back (a link to a directory), notes.txt (no traces at its beginning)',
      ],
    })
    for (let at = 0; at < 2_000; at++) writeFileSync(path(`traces/more-${at}.txt`), 'no traces')
    const { words } = await told()
    expect(words[0]).toMatch(/^2,004 files passed over: .*, notes\.txt|more-0.*, \.\.\.$/u)
    expect(words[0]?.length).toBeLessThan(300)
  })
  it('that is nested too deep is told', async () => {
    const deep = join('traces', ...Array.from({ length: 9 }, (_, at) => `d${at}`))
    mkdirSync(path(deep), { recursive: true })
    writeFileSync(path(join(deep, 'spans.jsonl')), `${wireLine('1')}\n`)
    const { found, words } = await told()
    expect(found).toBe(0)
    expect(words).toEqual([expect.stringContaining('d8 (more than 8 directories deep)')])
  })
  it('that only holds hidden traces says so, in one line', async () => {
    writeFileSync(path('traces/.spans.jsonl'), `${wireLine('1')}\n`)
    const { code, stderr } = await audit('traces')
    expect([code, stderr]).toEqual([
      2,
      'traces: there is no file of traces in this directory: name the files, or another directory; 1 file passed over: .spans.jsonl (hidden)\n',
    ])
  })
})

describe('a pipe that is named', () => {
  /** Writes once: whoever opens the pipe again waits forever. */
  function written(text: string): void {
    execFileSync('mkfifo', [path('pipe')])
    spawn('sh', ['-c', 'printf "%s" "$TEXT" > pipe'], { cwd: directory, env: { ...process.env, TEXT: text } })
  }

  it('is audited as standard input is', async () => {
    written(`${wireLine('1')}\n`)
    const { code, stdout } = await audit('pipe')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ spans: 1 })
  })
  it('is explained from one reading, although a credential may have been used elsewhere', async () => {
    written(
      `${wireLine('1').replace('"attributes":[', '"attributes":[{"key":"attribution.context.id","value":{"stringValue":"mail"}},{"key":"attribution.context.credential.id","value":{"stringValue":"key-7"}},')}\n`,
    )
    const { code, stdout } = await onbehalf(['explain', '1'.repeat(32), '--file', 'pipe'], directory)
    expect(code).toBe(0)
    expect(stdout.length).toBeGreaterThan(0)
  })
  it('does not last, as a file and a directory do', () => {
    execFileSync('mkfifo', [path('pipe')])
    writeFileSync(path('file'), '')
    expect(['file', 'traces', 'pipe', 'missing'].map((name) => isLasting(path(name)))).toEqual([
      true,
      true,
      false,
      false,
    ])
    expect(isLasting('-')).toBe(false)
  })
})

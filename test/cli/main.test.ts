import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { wireLine } from './otlp.ts'
import { onbehalf, PROGRAM } from './program.ts'

let directory: string
const path = (name: string) => join(directory, name)
const run = (args: readonly string[], env?: Readonly<Record<string, string>>) =>
  onbehalf(args, directory, undefined, env)
const utf16 = (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le')

/** Asked by nobody, so that there is something to paint. */
const NOBODYS = wireLine('2', { attributes: [{ key: 'gen_ai.operation.name', value: { stringValue: 'chat' } }] })

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'onbehalf-main-'))
  writeFileSync(path('ok.jsonl'), `${wireLine('1')}\n${NOBODYS}\n`)
  mkdirSync(path('folder/deeper'), { recursive: true })
  writeFileSync(path('folder/deeper/notes.txt'), 'no traces')
  symlinkSync('circle', path('circle'))
  mkdirSync(path('links'))
  writeFileSync(path('links/a.jsonl'), wireLine('1'))
  symlinkSync('/nowhere/at/all', path('links/b.jsonl'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

describe('an input that cannot be read', () => {
  it('ends with 2 where a list stands for an id, and names the span', async () => {
    const attributes = [{ key: 'user.id', value: { arrayValue: { values: [{ stringValue: 'kai' }] } } }]
    const [traceId, spanId] = ['1'.repeat(32), 'a'.repeat(16)]
    for (const command of [
      ['audit', '-'],
      ['explain', traceId, '--file', '-'],
    ]) {
      const { code, stderr } = await onbehalf(command, undefined, wireLine('1', { attributes }))
      expect(stderr).toContain(`-: span ${spanId} of trace ${traceId}: user.id holds a list or an object where text`)
      expect(code).toBe(2)
    }
  })
  it.each([
    ['has a name that is too long', 'x'.repeat(5_000), 'its name is too long'],
    ['is a link that leads in a circle', 'circle', 'its links lead in a circle'],
    ['stands below a file', 'ok.jsonl/a', 'a part of its path is a file'],
    ['has no name', '', '"": there is no such file'],
    ['is a directory without traces', 'folder', 'there is no file of traces in this directory'],
  ])('%s: says so, and the rest is audited', async (_, file, reason) => {
    const { code, stdout, stderr } = await run(['audit', file, 'ok.jsonl', '--format', 'json'])
    expect(code).toBe(2)
    expect(JSON.parse(stdout)).toMatchObject({ spans: 2, unreadable: 1 })
    expect(stderr).toContain(reason)
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })
  it('is a broken link in a directory: it is named, and the other files are audited', async () => {
    const { code, stdout, stderr } = await run(['audit', 'links', '--format', 'json'])
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'links/b.jsonl: there is no such file\n' })
    expect(JSON.parse(stdout)).toMatchObject({ spans: 1, unreadable: 1 })
  })
  it('is UTF-16 in big-endian order: says how to convert it', async () => {
    writeFileSync(path('big-endian.jsonl'), utf16(wireLine('1')).swap16())
    const { code, stderr } = await run(['audit', 'big-endian.jsonl'])
    expect(code).toBe(2)
    expect(stderr).toContain('iconv -f UTF-16 -t UTF-8')
  })
})

describe('a policy file and a baseline', () => {
  it('may be written by Windows: in UTF-16, or in UTF-8 with a byte order mark', async () => {
    for (const [name, bytes] of [
      ['utf16', utf16],
      ['marked', (text: string) => Buffer.from(`\uFEFF${text}`)],
    ] as const) {
      writeFileSync(path(`${name}.yaml`), bytes('profile: strict\r\n'))
      writeFileSync(path(`${name}.json`), bytes('[]\r\n'))
      const args = ['audit', 'ok.jsonl', '--policy', `${name}.yaml`, '--baseline', `${name}.json`]
      expect(await run(args)).toMatchObject({ code: 0, stderr: '' })
    }
  })
  it.each([
    ['is no text', Buffer.from([0x5b, 0xff, 0xfe, 0x80]), "isn't UTF-8 text"],
    ['breaks off', '[{"code":"missing_intent",', "this baseline isn't JSON"],
    ['is empty', '', "this baseline isn't JSON"],
    ['is no list', '{}', 'a baseline is a list of findings; write a new one with --write-baseline'],
    [
      'has an entry that is none',
      '[null]',
      `entry 1: "code" isn't a finding code; write a new one with --write-baseline`,
    ],
    ['holds what a terminal obeys', '[\u001B[2J]', String.raw`\u001b`],
  ])('that is damaged ends with 2 before anything is audited: it %s', async (_, content, reason) => {
    writeFileSync(path('damaged.json'), content)
    const { code, stdout, stderr } = await run(['audit', 'ok.jsonl', '--baseline', 'damaged.json'])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(reason)
    expect(stderr).not.toContain('\u001B')
  })
  it.skipIf(!existsSync('/dev/zero'))(
    'that has no end is not read to it (skipped where there is no /dev/zero)',
    async () => {
      for (const option of ['--policy', '--baseline']) {
        const { code, stderr } = await run(['audit', 'ok.jsonl', option, '/dev/zero'])
        expect(code).toBe(2)
        expect(stderr).toContain('/dev/zero is longer than 67108864 bytes')
      }
    },
  )
  it.each([
    ['in a directory that does not exist', 'nowhere/known.json', 'its directory does not exist'],
    ['that is a directory', 'folder', 'this is a directory'],
  ])('that cannot be written, %s, is told before anything is audited', async (_, file, reason) => {
    const { code, stdout, stderr } = await run(['audit', 'ok.jsonl', '--write-baseline', file])
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr: `cannot write the baseline ${file}: ${reason}\n`,
    })
  })
})

describe('the program', () => {
  const code = (child: ReturnType<typeof spawn>) =>
    new Promise<number | null>((resolve) => child.once('close', (exit) => resolve(exit)))

  it.skipIf(!existsSync('/dev/full'))(
    'ends with 2, never with the 1 of findings, where its output cannot be written (skipped where there is no /dev/full)',
    async () => {
      for (const format of ['text', 'ndjson']) {
        const full = openSync('/dev/full', 'w')
        const args = [PROGRAM, 'audit', path('ok.jsonl'), '--format', format, '--fail-on', 'critical']
        const child = spawn(process.execPath, args, { stdio: ['ignore', full, 'pipe'] })
        let stderr = ''
        child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
        expect(await code(child)).toBe(2)
        expect(stderr).toBe('standard output cannot be written: no space is left on the device\n')
      }
    },
  )
  it('keeps its answer and its exit code where nobody reads what is said beside', async () => {
    // Behind a span, each line is a complaint.
    writeFileSync(path('words.jsonl'), `${wireLine('1')}\n${'word\n'.repeat(20_000)}`)
    const child = spawn(process.execPath, [PROGRAM, 'audit', path('words.jsonl'), '--format', 'json'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stderr.destroy()
    let stdout = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    expect(await code(child)).toBe(2)
    expect(JSON.parse(stdout)).toMatchObject({ unreadable: 20_000 })
  })
  it('complains once of a file that holds no traces, and counts its places', async () => {
    writeFileSync(path('README.md'), '# Words\n\n'.repeat(3_000))
    const child = spawn(process.execPath, [PROGRAM, 'audit', path('README.md'), '--format', 'json'])
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    expect(await code(child)).toBe(2)
    expect(stderr).toMatch(
      /^\S+README\.md:1: this is no JSON: .*; 2,999 more places like it in this file, and no span\n$/u,
    )
    expect(JSON.parse(stdout)).toMatchObject({ spans: 0, unreadable: 3_000 })
  })
  it('sends no control character of an argument to the terminal', async () => {
    for (const args of [['audit', '--\u001B[2J'], ['audit', 'ok.jsonl', '--profile', '\u001B[2J'], ['\u001B[2J']]) {
      const { code: exit, stderr } = await run(args)
      expect(exit).toBe(2)
      expect(stderr).toContain(String.raw`\u001b[2J`)
      expect(stderr).not.toContain('\u001B')
    }
  })
  it.each([
    [{ FORCE_COLOR: '1' }, true],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, true],
    [{ FORCE_COLOR: '0' }, false],
  ])('paints what goes into a file with %j: %s', async (env, isPainted) => {
    const { stdout } = await run(['audit', 'ok.jsonl'], env)
    expect(stdout.includes('\u001B[')).toBe(isPainted)
  })
  it.each(['correlation', 'resource', 'principal'])('takes no empty --%s', async (option) => {
    expect(await run(['explain', `--${option}`, ' ', '--file', 'ok.jsonl'])).toEqual({
      code: 2,
      stdout: '',
      stderr: `--${option} is empty: it takes an id\n`,
    })
  })
})

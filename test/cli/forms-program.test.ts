import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canUnpackZstd } from '../../src/recording/zstd.ts'
import { wireLine } from './otlp.ts'
import { onbehalf } from './program.ts'
import type { Run } from './program.ts'

const RECORDED = fileURLToPath(new URL('forms/recorded', import.meta.url))
const OTHERS = ['README.md', 'record-js.mjs', 'record_go.go', 'record_python.py']
const FILES = readdirSync(RECORDED).filter((name) => !OTHERS.includes(name) && !name.includes('zstd'))
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'

let directory: string
/** What is said of the spans as OTLP JSON: the same has to come of every other form. */
let expected: Run
let answer: Run
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'onbehalf-forms-'))
  expected = await onbehalf(['audit', '--format', 'ndjson', fileOf('otlp-json')])
  answer = await onbehalf(['explain', TRACE.slice(0, 8), '--file', fileOf('otlp-json')])
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const sorted = ({ stdout }: { readonly stdout: string }) => stdout.split('\n').toSorted()
const fileOf = (name: string) => join(RECORDED, name)

describe('the program on the same spans in every form', () => {
  it.each(FILES)('audits, from a file and from standard input, and explains: %s', async (name) => {
    expect(sorted(expected)).toHaveLength(4)
    const file = await onbehalf(['audit', '--format', 'ndjson', fileOf(name)])
    expect(file).toMatchObject({ code: 0, stderr: '' })
    expect(sorted(file)).toEqual(sorted(expected))
    const input = await onbehalf(['audit', '--format', 'ndjson', '-'], undefined, readFileSync(fileOf(name)))
    expect(sorted(input)).toEqual(sorted(expected))
    expect(answer.stdout).toContain('kai@contoso.com asked')
    expect(await onbehalf(['explain', TRACE.slice(0, 8), '--file', fileOf(name)])).toEqual(answer)
  })
  it('takes files of several forms, and a directory of them, at once', async () => {
    const mixed = join(directory, 'mixed')
    mkdirSync(mixed)
    for (const name of FILES) cpSync(fileOf(name), join(mixed, name))
    writeFileSync(join(mixed, 'notes.txt'), 'no traces')
    mkdirSync(join(mixed, 'older'))
    const whole = await onbehalf(['audit', '--format', 'json', mixed])
    expect(whole.stderr).toBe(`${mixed}: 1 file passed over: notes.txt (no traces at its beginning)\n`)
    expect(whole.code).toBe(0)
    expect(JSON.parse(whole.stdout)).toMatchObject({ recognized: 2, traces: 1, unreadable: 0 })
    const named = await onbehalf(['audit', '--format', 'json', ...FILES.map(fileOf)])
    expect(named).toMatchObject({ code: 0, stderr: '', stdout: whole.stdout })
  })
  it('ends with 2 where something cannot be read, says where, and audits the rest', async () => {
    const file = join(directory, 'broken')
    const protobuf = readFileSync(fileOf('collector-proto'))
    writeFileSync(file, protobuf.subarray(0, -20))
    const { code, stdout, stderr } = await onbehalf(['audit', '--format', 'ndjson', file])
    expect(code).toBe(2)
    expect(stdout.trim().split('\n')).toHaveLength(3)
    expect(stderr).toMatch(/broken: message 2 at byte \d+: byte \d+: the request breaks off\n$/u)
  })
  it('says in SARIF where a span was read that stands on a line, and names the file of others', async () => {
    const lines = join(directory, 'lines')
    const failing = { attributes: [{ key: 'gen_ai.operation.name', value: { stringValue: 'chat' } }] }
    writeFileSync(lines, `${wireLine('1')}\n${wireLine('2', failing)}\n`)
    const { stdout } = await onbehalf(['audit', '--format', 'sarif', lines, fileOf('collector-proto')])
    expect(stdout).toContain('"startLine": 2')
    expect(stdout).toContain('collector-proto')
  })
  const audited = async (name: string) => {
    const folder = join(directory, name)
    mkdirSync(folder)
    cpSync(fileOf('collector-native-json-zstd'), join(folder, 'spans'))
    const file = await onbehalf(['audit', '--format', 'ndjson', join(folder, 'spans'), fileOf('otlp-json')])
    return { ...file, inFolder: await onbehalf(['audit', folder]) }
  }
  const isTold = async () => {
    const { code, stdout, stderr, inFolder } = await audited('unread')
    expect([code, inFolder.code]).toEqual([2, 2])
    expect(stdout.trim().split('\n')).toHaveLength(3)
    for (const said of [stderr, inFolder.stderr]) {
      expect(said).toMatch(/zstd, which Node reads from 22\.15 on: .*\(zstd -d FILE\)/u)
    }
  }
  const isRead = async () => {
    const { code, stdout, inFolder } = await audited('read')
    expect([code, inFolder.code]).toEqual([0, 0])
    expect(stdout.trim().split('\n')).toHaveLength(3)
  }
  it('reads zstd, or says what to do where Node has none, and audits the rest', () =>
    expect((canUnpackZstd ? isRead : isTold)()).resolves.toBeUndefined())
})

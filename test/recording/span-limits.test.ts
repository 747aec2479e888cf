import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createDocumentReader } from '../../src/recording/documents.ts'
import { HeldProblems } from '../../src/recording/held-problems.ts'
import { readBatches, spansOfBytes } from '../../src/recording/input.ts'
import { holdsTooMuch, MAX_SPAN, MAX_VALUES } from '../../src/recording/span-limits.ts'
import type { SpanShape } from '../../src/model/span.ts'
import { wireRequest, wireSpan } from '../cli/otlp.ts'

const GOOD = wireSpan('2', { name: 'good' })

/** A request with a span that has this extra member, and a good one behind it. */
const requestWith = (member: string) =>
  JSON.stringify(wireRequest(wireSpan('1', { name: 'hostile' }), GOOD)).replace('"hostile"', `"hostile",${member}`)

function read(text: string): { readonly names: readonly string[]; readonly problems: readonly string[] } {
  const problems: string[] = []
  const reader = createDocumentReader((line, reason) => problems.push(`${line}: ${reason}`), 1_000)
  const spans: SpanShape[] = []
  for (let at = 0; at < text.length; at += 65_536) spans.push(...reader.read(text.slice(at, at + 65_536)))
  spans.push(...reader.end())
  return { names: spans.map(({ name }) => name), problems }
}

describe('a span beyond a limit is told with its line, and what follows is read', () => {
  it('if it is too long', () => {
    const { names, problems } = read(`\n\n${requestWith(`"x":"${'y'.repeat(MAX_SPAN)}"`)}`)
    expect([names, problems]).toEqual([['good'], ['3: a span is larger than 16 MB']])
  })
  for (const [title, value] of [
    ['objects', '{},'],
    ['lists', '[],'],
    ['numbers', '1,'],
    ['members', '{"a":1},'],
  ] as const) {
    it(`if it holds too many ${title}`, () => {
      const values = value.repeat(MAX_VALUES).slice(0, -1)
      const { names, problems } = read(requestWith(`"x":[${values},0,0]`))
      expect([names, problems]).toEqual([['good'], ['1: a span holds more than 1,000,000 values']])
    })
  }
  it('but not for commas and brackets in a text', () => {
    const text = '{[\\",'.repeat(MAX_VALUES / 2)
    expect(holdsTooMuch(`{"x":"${text}"}`)).toBe(false)
    expect(read(requestWith(`"x":"${text}"`))).toEqual({ names: ['hostile', 'good'], problems: [] })
  })
  it('in protobuf, with its byte', async () => {
    const field = (number: number, bytes: Uint8Array) => {
      const length: number[] = []
      for (let left = bytes.length; ; left = Math.floor(left / 128)) {
        length.push(left < 128 ? left : (left % 128) + 128)
        if (left < 128) break
      }
      return Buffer.concat([Buffer.from([number * 8 + 2, ...length]), bytes])
    }
    const ids = (digit: number) => Buffer.concat([field(1, Buffer.alloc(16, digit)), field(2, Buffer.alloc(8, digit))])
    const empty = Buffer.alloc(2 * (MAX_VALUES + 10), Buffer.from([0x4a, 0]))
    const spans = [
      Buffer.concat([ids(1), empty]),
      Buffer.concat([ids(1), Buffer.alloc(MAX_SPAN + 2, Buffer.from([0x4a, 0]))]),
      ids(2),
    ]
    const request = field(1, field(2, Buffer.concat(spans.map((span) => field(2, span)))))
    const problems: string[] = []
    const found: SpanShape[] = []
    const listener = { report: (_: number, reason: string) => void problems.push(reason), onLine: undefined }
    for await (const batch of spansOfBytes(inPieces(request), listener)) found.push(...batch)
    expect(found.map((span) => span.spanContext().spanId)).toEqual(['02'.repeat(8)])
    expect(problems).toEqual([
      expect.stringMatching(/^byte \d+: a span cannot be read: it holds more than 1,000,000 fields$/u),
      expect.stringMatching(/^byte \d+: a span is larger than 16 MB$/u),
    ])
  })
})

async function* inPieces(bytes: Buffer): AsyncGenerator<Buffer> {
  await Promise.resolve()
  for (let at = 0; at < bytes.length; at += 262_144) yield bytes.subarray(at, at + 262_144)
}

describe('what is kept of a span', () => {
  it('is the beginning of a long name', () => {
    const { names } = read(JSON.stringify(wireRequest(wireSpan('1', { name: 'n'.repeat(5_000) }))))
    expect(names[0]).toHaveLength(4_096)
  })
})

describe('problems that are held', () => {
  const MANY = 5_000
  const held = (isOpened: boolean) => {
    const said: { readonly reason: string; readonly places: number }[] = []
    const problems = new HeldProblems((_, reason, places = 1) => said.push({ reason, places }))
    for (let line = 1; line <= MANY; line++) problems.add(line, `reason ${line}`)
    if (isOpened) problems.open()
    problems.end()
    return said
  }
  for (const isOpened of [true, false]) {
    it(`are bounded, whatever the reasons, and all are counted ${isOpened ? 'before a span' : 'without one'}`, () => {
      const said = held(isOpened)
      expect(said).toHaveLength(1_001)
      expect(said.reduce((sum, { places }) => sum + places, 0)).toBe(MANY)
    })
  }
})

it('a reason is short, whatever key of the recording it names', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'onbehalf-limits-')), 'traces.json')
  const span = { ...GOOD, attributes: [{ key: 'k'.repeat(1_000_000), value: { unknown: 1 } }] }
  writeFileSync(file, JSON.stringify(wireRequest(span)))
  const reasons: string[] = []
  for await (const _ of readBatches(file, ({ reason }) => reasons.push(reason)));
  rmSync(dirname(file), { recursive: true })
  expect(reasons.map((reason) => reason.length)).toEqual([1_001])
})

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import zlib from 'node:zlib'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { describe, expect, it } from 'vitest'
import { ByteQueue } from '../../src/recording/byte-queue.ts'
import { createDocumentReader } from '../../src/recording/documents.ts'
import { spansOfBytes } from '../../src/recording/input.ts'
import { protobufSpans } from '../../src/recording/protobuf.ts'
import type { SpanShape } from '../../src/model/span.ts'
import { consoleText, pythonText } from './forms/console.ts'
import { jaegerAnswer } from './forms/jaeger.ts'
import { protobufRequest, withLengths, withVarints } from './forms/protobuf.ts'
import { spansOf } from './forms/spans.ts'
import type { WireSpan } from './forms/spans.ts'
import { wireLine, wireRequest, wireSpan } from './otlp.ts'

interface Read {
  /** The first digit of the trace of each span, in order. */
  readonly traces: string
  readonly problems: readonly string[]
  readonly spans: readonly SpanShape[]
}

async function read(content: string | Uint8Array, step = Infinity): Promise<Read> {
  const bytes = Buffer.from(content as string)
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step)
  }
  const problems: string[] = []
  const spans: SpanShape[] = []
  const report = (line: number, reason: string) => problems.push(`${line}: ${reason}`)
  for await (const batch of spansOfBytes(pieces(), { report, onLine: undefined })) spans.push(...batch)
  return { traces: digitsOf(spans), problems, spans }
}

const digitsOf = (spans: readonly SpanShape[]) => spans.map((span) => span.spanContext().traceId.charAt(0)).join('')
const matching = (...patterns: readonly RegExp[]) =>
  patterns.map((pattern) => expect.stringMatching(pattern) as unknown as string)

const spanOf = (digit: string): WireSpan => spansOf(wireRequest({ ...wireSpan(digit), kind: 1 }))[0] as WireSpan
const [ONE, TWO, THREE] = ['1', '2', '3'].map(spanOf) as [WireSpan, WireSpan, WireSpan]
const withoutEnd = (text: string, length: number) => text.slice(0, -length)
const jaeger = (...spans: readonly WireSpan[]) => JSON.stringify(jaegerAnswer(spans))
const prettyJaeger = (...spans: readonly WireSpan[]) => JSON.stringify(jaegerAnswer(spans), null, 4)

describe('a text of several forms', () => {
  it('is read, whatever stands between, and what is no span is told with its line', async () => {
    const text = [
      'Server listening on port 3000',
      consoleText(ONE).trimEnd(),
      '[INFO] it started (again',
      consoleText(TWO).trimEnd(),
      '{"level":30,"msg":"hello"}',
      pythonText(THREE).trimEnd(),
      pythonText(spanOf('4'), 4).trimEnd(),
      wireLine('5'),
      jaeger(spanOf('6')),
      prettyJaeger(spanOf('7')),
      "it's over",
    ]
    const { traces, problems } = await read(text.join('\n'))
    expect(traces).toBe('1234567')
    const lineOf = (part: string) => text.join('\n').slice(0, text.join('\n').indexOf(part)).split('\n').length
    expect([...new Set(problems.map((problem) => Number(problem.split(':')[0])))]).toEqual([
      1,
      lineOf('[INFO]'),
      lineOf('{"level"'),
      lineOf("it's over"),
    ])
  })
  const FORMS: readonly (readonly [string, (span: WireSpan) => string])[] = [
    ['what the JavaScript SDK prints', consoleText],
    ['what the Python SDK prints', (span) => pythonText(span, 4)],
    ['lines of the Python SDK', (span) => pythonText(span)],
    ["Jaeger's answers", (span) => `${jaeger(span)}\n`],
    ["Jaeger's answers, indented", (span) => `${prettyJaeger(span)}\n`],
    ['OTLP JSON', (span) => `${wireLine(span.traceId.charAt(0))}\n`],
  ]
  it.each(FORMS)('loses nothing but a document that breaks off: %s', async (_, write) => {
    for (const [, next] of FORMS) {
      const cut = withoutEnd(write(TWO), 150)
      const { traces, problems } = await read(`${write(ONE)}${cut}\n${next(THREE)}${write(spanOf('4'))}`)
      expect(traces.replace('2', '')).toBe('134')
      expect(problems).toHaveLength(1)
      expect(problems[0]).toMatch(/the document breaks off|is no JSON|no span as a console exporter/u)
    }
    const last = await read(`${write(ONE)}${withoutEnd(write(TWO), 150)}`)
    expect(last.traces.replace('2', '')).toBe('1')
    expect(last.problems).toEqual(matching(/: the document breaks off$/u))
  })
  it('may come in pieces of any size', async () => {
    const text = `${consoleText(ONE)}${pythonText(TWO, 4)}${prettyJaeger(THREE)}`
    for (const step of [1, 3, 50]) expect(await read(text, step)).toMatchObject({ traces: '123', problems: [] })
  })
  it('may be colored', async () => {
    const colored = consoleText(ONE).replaceAll(/'[^'\n]*'/gu, (string) => `\u001B[32m${string}\u001B[39m`)
    for (const step of [1, 3, 50]) expect(await read(colored, step)).toMatchObject({ traces: '1', problems: [] })
  })
})

describe('a document that is too large to hold', () => {
  const SPANS = Array.from({ length: 40 }, (_, index) => ({
    ...spanOf(String((index % 9) + 1)),
    spanId: `${index}`.padStart(16, 'a'),
    name: `quoted "${index}" \\`,
  }))
  const split = (text: string, step: number, maxHeld = 500) => {
    const problems: string[] = []
    const reader = createDocumentReader((line, reason) => problems.push(`${line}: ${reason}`), maxHeld)
    const spans: SpanShape[] = []
    for (let at = 0; at < text.length; at += step) spans.push(...reader.read(text.slice(at, at + step)))
    spans.push(...reader.end())
    return { spans, problems }
  }
  const seen = (spans: readonly SpanShape[]) =>
    spans
      .map((span) => JSON.stringify([span.spanContext(), span.name, span.resource.attributes, span.attributes]))
      .toSorted()

  it.each([
    ['what Jaeger answers', jaeger(...SPANS)],
    ['what Jaeger answers, indented', prettyJaeger(...SPANS)],
    ['one trace of Jaeger', JSON.stringify((jaegerAnswer(SPANS) as { data: unknown[] }).data[0])],
    ['a list of answers', JSON.stringify([jaegerAnswer(SPANS.slice(0, 20)), jaegerAnswer(SPANS.slice(20))])],
    ['a list of spans of Python', JSON.stringify(SPANS.map((span) => JSON.parse(pythonText(span)) as unknown))],
  ])('is read as a whole one is: %s', (_, text) => {
    const whole = split(text, text.length, Infinity)
    expect(whole.spans.length).toBeGreaterThan(3)
    expect(whole.problems).toEqual([])
    for (const step of [1, 7, 64, 1_000]) {
      const { spans, problems } = split(text, step)
      expect(problems).toEqual([])
      expect(seen(spans)).toEqual(seen(whole.spans))
    }
  })
  it('gives its whole spans where it breaks off', () => {
    const { spans, problems } = split(withoutEnd(jaeger(...SPANS), 400), 64)
    expect(spans.length).toBeGreaterThan(30)
    expect(problems[0]).toBe('1: the document breaks off')
  })
  it('is told where it holds something else', () => {
    const { spans, problems } = split(
      JSON.stringify(Array.from({ length: 20 }, () => ({ level: 30, msg: 'x'.repeat(99) }))),
      64,
    )
    expect(spans).toEqual([])
    expect(problems).toHaveLength(20)
    expect(problems[0]).toBe('1: this is no trace in a form that is known')
  })
  it('is told of where it is one span that no memory should hold, and what follows is read', () => {
    const long = consoleText({ ...ONE, name: 'x'.repeat(2_000) })
    const { spans, problems } = split(`${long}${consoleText(TWO)}`, 64, 1_500)
    expect(digitsOf(spans)).toBe('2')
    expect(problems).toEqual(matching(/^1: a span is larger than/u))
  })
})

describe('OTLP in protobuf', () => {
  const SPANS = [ONE, TWO, THREE]
  const REQUEST = protobufRequest(SPANS)

  it('may come in pieces of any size', async () => {
    for (const step of [1, 7, 100]) expect(await read(REQUEST, step)).toMatchObject({ traces: '123', problems: [] })
  })
  it('is read up to where it breaks off, which is told', async () => {
    const groups = SPANS.map((span) => protobufRequest([span]).length)
    const ends = groups.map((_, at) => groups.slice(0, at + 1).reduce((sum, length) => sum + length, 0))
    for (let length = 40; length < REQUEST.length; length += 1) {
      const { traces, problems } = await read(REQUEST.subarray(0, length))
      expect(problems).toEqual(ends.includes(length) ? [] : matching(/^0: byte \d+: the request breaks off$/u))
      expect('123'.startsWith(traces)).toBe(true)
      expect(traces.length).toBeGreaterThanOrEqual(ends.filter((end) => end <= length).length)
    }
  })
  it('goes on behind a group that is damaged', async () => {
    const damaged = Buffer.from(protobufRequest([ONE]))
    // The tag of the group of scopes, which stands behind the resource.
    const place = damaged.indexOf(0x12, damaged.indexOf('shop-api') + 'shop-api'.length)
    damaged[place] = 0x07
    const { traces, problems } = await read(Buffer.concat([damaged, protobufRequest([TWO])]))
    expect(traces).toBe('2')
    expect(problems).toEqual([`0: byte ${place}: a group is damaged; what follows in it is not read`])
  })
  it('goes on behind a span that is damaged, or none', async () => {
    const bad = { ...ONE, traceId: '11' }
    const log = new BinaryWriter().tag(1, WireType.Bit64).fixed64(5n).finish()
    const broken = new BinaryWriter().tag(1, WireType.LengthDelimited).uint32(99).finish()
    const group = (span: Uint8Array) => wrapped(1, wrapped(2, wrapped(2, span)))
    const request = Buffer.concat([protobufRequest([bad]), group(log), group(broken), protobufRequest([TWO])])
    const { traces, problems } = await read(request)
    expect(traces).toBe('2')
    expect(problems).toEqual(
      matching(
        /^0: byte \d+: traceId is not 32 hex digits other than zeros$/u,
        /^0: byte \d+: a span cannot be read: this is a log record and no span$/u,
        /^0: byte \d+: a span cannot be read: /u,
      ),
    )
  })
  it('may have its resource and its scope behind its spans, as the Collector writes them', async () => {
    const resource = wrapped(1, wrapped(1, Buffer.concat([field(1, 'service.name'), wrapped(2, field(1, 'late'))])))
    const scope = wrapped(1, field(1, 'lib'))
    const spans = SPANS.map((span) => wrapped(2, spanBytes(span)))
    for (const number of [2, 1_000]) {
      const group = Buffer.concat([wrapped(number, Buffer.concat([...spans, scope])), resource])
      for (const step of [1, 1_000]) {
        const { spans: found, problems } = await read(wrapped(1, group), step)
        expect(problems).toEqual([])
        expect(found.map((span) => span.instrumentationScope.name)).toEqual(['lib', 'lib', 'lib'])
        expect(found.map((span) => span.resource.attributes['service.name'])).toEqual(['late', 'late', 'late'])
      }
    }
  })
  it('has a scope, and a resource, for its own group alone', async () => {
    const bare = wrapped(1, wrapped(2, wrapped(2, spanBytes(TWO))))
    const { spans } = await read(Buffer.concat([protobufRequest([ONE]), bare]))
    expect(spans.map((span) => span.resource.attributes['service.name'])).toEqual(['shop-api', undefined])
    expect(spans.map((span) => span.instrumentationScope.name)).toEqual(['test', ''])
  })
  it('lets fields pass that it does not know', async () => {
    const unknown = new BinaryWriter().tag(99, WireType.Varint).int32(5).tag(98, WireType.Bit32).fixed32(5)
    const group = Buffer.concat([
      unknown.finish(),
      wrapped(7, Buffer.alloc(300)),
      wrapped(2, wrapped(2, spanBytes(TWO))),
    ])
    const { traces, problems } = await read(
      Buffer.concat([protobufRequest([ONE]), wrapped(9, Buffer.alloc(9)), wrapped(1, group)]),
    )
    expect([traces, problems]).toEqual(['12', []])
  })
  it('is read no further than it is long', async () => {
    async function* bytes() {
      yield Buffer.concat([REQUEST, Buffer.from('rest')])
    }
    const queue = new ByteQueue(bytes())
    const spans: SpanShape[] = []
    for await (const batch of protobufSpans(queue, REQUEST.length, () => expect.fail())) spans.push(...batch)
    expect([digitsOf(spans), queue.rest.toString()]).toEqual(['123', 'rest'])
  })
})

function wrapped(number: number, bytes: Uint8Array): Buffer {
  return Buffer.from(new BinaryWriter().tag(number, WireType.LengthDelimited).bytes(bytes).finish())
}

function field(number: number, text: string): Buffer {
  return wrapped(number, Buffer.from(text))
}

function spanBytes(span: WireSpan): Buffer {
  return Buffer.concat([
    wrapped(1, Buffer.from(span.traceId, 'hex')),
    wrapped(2, Buffer.from(span.spanId, 'hex')),
    field(5, span.name),
  ])
}

describe('messages behind their lengths', () => {
  const MESSAGES = [ONE, TWO, THREE].map((span) => protobufRequest([span]))
  const LENGTHS = [withLengths, withVarints] as const

  it.each(LENGTHS)('may come in pieces of any size, with nothing in some: %o', async (write) => {
    const bytes = write([new Uint8Array(), MESSAGES[0]!, new Uint8Array(), MESSAGES[1]!, MESSAGES[2]!])
    for (const step of [1, 7, 100, 1_000_000])
      expect(await read(bytes, step)).toMatchObject({ traces: '123', problems: [] })
  })
  it.each(LENGTHS)('go on behind one that is damaged: %o', async (write) => {
    const bytes = write([MESSAGES[0]!, Buffer.from('garbage \u0007 that is no message'), MESSAGES[2]!])
    const { traces, problems } = await read(bytes)
    expect(traces).toBe('13')
    expect(problems).toEqual(matching(/^0: message 2 at byte \d+: this is binary, and neither OTLP/u))
  })
  it.each(LENGTHS)('are read up to where the last one breaks off: %o', async (write) => {
    const bytes = write(MESSAGES)
    for (const missing of [1, 50]) {
      const { traces, problems } = await read(bytes.subarray(0, bytes.length - missing))
      expect(traces.startsWith('12')).toBe(true)
      expect(problems).toEqual(matching(/^0: message 3 at byte \d+: byte \d+: the request breaks off$/u))
    }
    const { traces, problems } = await read(Buffer.concat([withLengths(MESSAGES), Buffer.from([0, 0])]))
    expect([traces, problems]).toEqual(['123', matching(/^0: message 4 at byte \d+: its length cannot be read$/u)])
  })
  it('may be text, of one form or another', async () => {
    const texts = [wireLine('1'), `${wireLine('2')}\ngarbage`, jaeger(THREE)].map((text) => Buffer.from(text))
    const { traces, problems } = await read(withLengths(texts))
    expect(traces).toBe('123')
    expect(problems).toEqual(matching(/^0: message 2 at byte \d+: line 2: this is no JSON/u))
  })
})

const { zstdCompressSync } = zlib as { zstdCompressSync?: (content: string | Uint8Array) => Buffer }
const pack = (content: string | Uint8Array) => (zstdCompressSync as NonNullable<typeof zstdCompressSync>)(content)

describe.skipIf(zstdCompressSync === undefined)('zstd (skipped where Node has none: 20, and 22 before 22.15)', () => {
  const LINES = ['1', '2', '3'].map((digit) => `${wireLine(digit)}\n`)
  const SKIPPABLE = Buffer.from([0x51, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3])

  it('may be many frames, and some that hold nothing', async () => {
    const bytes = Buffer.concat([pack(LINES[0]!), SKIPPABLE, pack(LINES[1]!), pack(''), pack(LINES[2]!)])
    for (const step of [1, 7, 1_000]) expect(await read(bytes, step)).toMatchObject({ traces: '123', problems: [] })
  })
  it('may hold what is much larger than it', async () => {
    const long = JSON.stringify(wireRequest(wireSpan('1', { name: 'x'.repeat(12_000_000) })))
    expect(await read(pack(`${long}\n${LINES[1]}`))).toMatchObject({ traces: '12', problems: [] })
  })
  it('is read up to where it breaks off, is damaged, or something else follows', async () => {
    const two = pack(LINES[1]!)
    const cut = await read(Buffer.concat([pack(LINES[0]!), two.subarray(0, -5)]))
    expect(cut.traces.startsWith('1')).toBe(true)
    expect(cut.problems).toEqual(matching(/^\d: the zstd data breaks off$/u))
    const damaged = Buffer.from(two)
    damaged[damaged.length - 1]! ^= 0xff
    const checked = await read(Buffer.concat([pack(LINES[0]!), damaged]))
    expect(checked.traces).toBe('1')
    expect(checked.problems.length).toBeLessThan(2)
    const other = await read(Buffer.concat([pack(LINES[0]!), Buffer.from('rest')]))
    expect([other.traces, other.problems]).toEqual(['1', matching(/^0: bytes \d+ to \d+: this is no zstd data$/u)])
  })
  it('is read around zeros, around anything else, and after a damaged frame', async () => {
    const [one, two] = [pack(LINES[0]!), pack(LINES[1]!)]
    const zeros = await read(Buffer.concat([one, Buffer.alloc(999), two, Buffer.alloc(9)]))
    expect(zeros).toMatchObject({ traces: '12', problems: [] })
    const other = await read(Buffer.concat([one, Buffer.from('rest'), two]))
    expect([other.traces, other.problems]).toEqual(['12', matching(/no zstd data/u)])
    const damaged = Buffer.from(one).fill(0xff, 12, 20)
    const after = await read(Buffer.concat([damaged, two]))
    expect(after.traces).toBe('2')
    expect(after.problems.length).toBeGreaterThan(0)
  })
  it('may pack each message by itself, and one that is damaged says nothing of the next', async () => {
    const good = pack(protobufRequest([ONE]))
    const damaged = Buffer.concat([good.subarray(0, 12), Buffer.from('damaged')])
    const { traces, problems } = await read(withLengths([good, damaged, pack(wireLine('2')), pack(jaeger(THREE))]))
    expect(traces).toBe('123')
    expect(problems).toEqual(matching(/^0: message 2 at byte \d+: .*zstd/u))
  })
  it('is what the Collector wrote, in pieces of any size', async () => {
    const name = 'forms/recorded/collector-native-proto-zstd'
    const bytes = readFileSync(fileURLToPath(new URL(name, import.meta.url)))
    for (const step of [1, 100]) expect(await read(bytes, step)).toMatchObject({ traces: '444444', problems: [] })
  })
})

it('what is packed again and again is not unpacked for ever', async () => {
  const packed = [1, 2, 3, 4, 5].reduce<Uint8Array>((bytes) => zlib.gzipSync(bytes), Buffer.from(wireLine('1')))
  expect(await read(packed)).toMatchObject({ traces: '', problems: ['0: this is packed too many times over'] })
  expect(await read(zlib.gunzipSync(packed))).toMatchObject({ traces: '1', problems: [] })
})

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SpanShape } from '../../src/model/span.ts'
import { createDocumentReader } from '../../src/recording/documents.ts'
import { filesIn } from '../../src/recording/files.ts'
import { readSpans } from '../../src/recording/input.ts'
import { wireAttributes, wireLine, wireRequest, wireSpan } from './otlp.ts'

let directory: string

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'onbehalf-input-'))
})

afterAll(() => rmSync(directory, { recursive: true, force: true }))

interface Read {
  readonly spans: readonly SpanShape[]
  /** As `line: reason`; 0 where it is about the file. */
  readonly problems: readonly string[]
}

async function read(content: string | Uint8Array): Promise<Read> {
  const file = join(directory, 'input')
  writeFileSync(file, content)
  const spans: SpanShape[] = []
  const problems: string[] = []
  for await (const span of readSpans(file, ({ line, reason }) => problems.push(`${line}: ${reason}`))) spans.push(span)
  return { spans, problems }
}

const traces = ({ spans }: Read) => spans.map((span) => span.spanContext().traceId.charAt(0)).join('')

const [A, B, C] = [wireLine('1'), wireLine('2'), wireLine('3')]
const pretty = (line: string) => JSON.stringify(JSON.parse(line), null, 2)
const ZIPKIN = [{ traceId: 'a', id: 'b', name: 'c', tags: {} }]

describe('the forms of input that are read whole', () => {
  const FORMS: readonly (readonly [string, string | Uint8Array, string])[] = [
    ['one request', A, '1'],
    ['one request a line', `${A}\n${B}\n${C}\n`, '123'],
    ['lines that end as on Windows', `${A}\r\n${B}\r\n`, '12'],
    ['a byte order mark', `\uFEFF${A}\n${B}`, '12'],
    ['UTF-16, as PowerShell redirects', Buffer.from(`\uFEFF${A}\n${B}`, 'utf16le'), '12'],
    ['blank lines between', `\n${A}\n\n  \n${B}\n`, '12'],
    ['a request over many lines', pretty(A), '1'],
    ['several requests over many lines', `${pretty(A)}\n${pretty(B)}\n${C}`, '123'],
    ['several requests on one line', `${A}${B} ${C}`, '123'],
    ['a list of requests', `[${A},${B}]`, '12'],
    ['a list of requests, each on its line', `[\n${A},\n${B}\n]\n`, '12'],
    ['gzip', gzipSync(`${A}\n${B}`), '12'],
    ['gzip of several members', Buffer.concat([A, B, C].map((line) => gzipSync(`${line}\n`))), '123'],
    ['nothing at all', '', ''],
    ['a request without spans', '{"resourceSpans":[]}', ''],
    ["the answer of Jaeger's /api/v3", `{"result":${A}}\n{"result":${B}}`, '12'],
    ['the answer of Tempo', `{"batches":${JSON.stringify(JSON.parse(A).resourceSpans)}}\n{"trace":${B}}`, '12'],
    ['a name with a line separator in it', wireLine('1', { name: 'a\u2028b' }), '1'],
  ]
  for (const [title, content, expected] of FORMS) {
    it(`reads ${title}`, async () => {
      const found = await read(content)
      expect(found.problems).toEqual([])
      expect(traces(found)).toBe(expected)
    })
  }
})

describe('what cannot be read', () => {
  const CASES: readonly (readonly [string, string | Uint8Array, string, readonly RegExp[]])[] = [
    ['a bad line in the middle', `${A}\ngarbage\n${C}`, '13', [/^2: this is no JSON: .*garbage/u]],
    ['a line with brackets that do not match', `${A}\n{"resourceSpans":[}\n${C}`, '13', [/^2: this is no JSON: /u]],
    ['a line that is cut', `${A}\n${B.slice(0, -40)}\n${C}`, '13', [/^2: the document breaks off$/u]],
    ['a last line that is cut', `${A}\n${B.slice(0, -40)}`, '1', [/^2: the document breaks off$/u]],
    ['a document that is cut', pretty(A).slice(0, -80), '', [/^1: the document breaks off$/u]],
    [
      'a mistake in a document over many lines',
      pretty(A).replace('"kind": 1', '"kind": oops'),
      '',
      [/^\d\d: this is no/u],
    ],
    ['two documents with a cut one before', `${pretty(A).slice(0, -80)}\n${pretty(B)}`, '2', [/^\d+: /u]],
    [
      'data that is no JSON',
      'a,b\n1,2\n',
      '',
      [/^1: this is no JSON: .*; 1 more place like it in this file, and no span$/u],
    ],
    [
      'prose with something in braces and lists',
      `# Title\n\n${'Words.\n'.repeat(200)}{ a }\n[1, 2]\n`,
      '',
      [/^1: this is no JSON: .*; 20\d more places like it in this file, and no span$/u],
    ],
    [
      'log lines around a trace that is cut',
      `started\n${A.slice(0, 200)}\nstopped\nbye`,
      '',
      [/^1: this is no JSON: Unexpected token 's', "started "/u, /^2: this is no JSON/u],
    ],
    ['log lines before a span', `started\nready\n${A}`, '1', [/^1: this is no JSON/u, /^2: this is no JSON/u]],
    ['Zipkin JSON', JSON.stringify(ZIPKIN), '', [/^1: this is Zipkin JSON, not OTLP/u]],
    ['logs among traces', `{"resourceLogs":[]}\n${A}`, '1', [/^1: these are logs, not traces$/u]],
    ['metrics', '{"resourceMetrics":[]}', '', [/^1: these are metrics, not traces$/u]],
    ['the error of a server', '{"error":{"message":"gone"}}', '', [/^1: this is the error .*: gone$/u]],
    ['another object', '{}', '', [/^1: this is no trace in a form that is known: OTLP/u]],
    [
      'what is binary and nothing that is known',
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
      '',
      [/^0: this is binary, and neither OTLP in protobuf nor packed/u],
    ],
    [
      'zstd that breaks off, or that this Node does not read',
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x04]),
      '',
      [/^0: this is compressed with zstd.*zstd -d FILE|^[01]: the zstd data breaks off$/u],
    ],
    ['a zip archive', 'PK\u0003\u0004', '', [/^0: this is a zip archive/u]],
  ]
  for (const [title, content, expected, problems] of CASES) {
    it(`is told with its place, and the rest is read: ${title}`, async () => {
      const found = await read(content)
      expect(traces(found)).toBe(expected)
      expect(found.problems).toEqual(problems.map((problem) => expect.stringMatching(problem) as string))
    })
  }
  it('is the rest of a gzipped file that breaks off', async () => {
    const lines = Array.from({ length: 400 }, (_, index) => wireLine('1', { spanId: `${index}`.padStart(16, 'a') }))
    const whole = gzipSync(lines.join('\n'))
    const found = await read(whole.subarray(0, whole.length / 2))
    expect(found.spans.length).toBeGreaterThan(10)
    expect(found.problems).toEqual([`${found.spans.length + 1}: the gzipped data breaks off`])
  })
  it('takes nothing with it: the whole spans of a document that breaks off are read', async () => {
    const spans = ['1', '2', '3'].map((digit) => wireSpan(digit))
    const found = await read(JSON.stringify(wireRequest(...spans)).slice(0, -60))
    expect(traces(found)).toBe('12')
    expect(found.spans[0]?.resource.attributes['service.name']).toBe('shop-api')
    expect(found.problems).toEqual(['1: the document breaks off'])
  })
  it('is named with its place in the request', async () => {
    const request = wireRequest(wireSpan('1'), wireSpan('2', { traceId: 'zz' }), null, wireSpan('3', { spanId: '' }))
    const found = await read(JSON.stringify(request))
    expect(traces(found)).toBe('1')
    expect(found.problems).toEqual([
      '1: resourceSpans[0].scopeSpans[0].spans[1]: traceId is not 32 hex digits other than zeros',
      '1: resourceSpans[0].scopeSpans[0].spans[2]: this has to be an object',
      '1: resourceSpans[0].scopeSpans[0].spans[3]: spanId is not 16 hex digits other than zeros',
    ])
  })
})

describe('packed data', () => {
  const [a, b, c] = [A, B, C].map((line) => gzipSync(`${line}\n`)) as [Buffer, Buffer, Buffer]
  const zeros = Buffer.alloc(1_000)
  const garbage = Buffer.from('this is no gzip at all')
  const noise = Buffer.from(Array.from({ length: 700_000 }, (_, at) => (at * 7 + (at >> 8)) % 251))
  const damaged = (packed: Buffer, at: number) => Buffer.from(packed).fill(0xff, at, at + 8)
  const CASES: readonly (readonly [string, readonly Buffer[], string, readonly RegExp[]])[] = [
    ['members', [a, b, c], '123', []],
    ['members with zeros between and behind', [a, zeros, b, zeros], '12', []],
    ['a member before garbage', [a, garbage], '1', [/^0: bytes \d+ to \d+: this is no gzipped data$/u]],
    ['members around garbage', [a, garbage, b], '12', [/^0: bytes \d+ to \d+: this is no gzipped data$/u]],
    ['members around much garbage', [a, noise, b, noise, c], '123', [/no gzipped data/u, /no gzipped data/u]],
    ['members around zeros and garbage', [a, zeros, garbage, zeros, b], '12', [/no gzipped data/u]],
    ['a member that breaks off', [a, b.subarray(0, 50)], '1', [/breaks off/u]],
    ['a member that breaks off in its header', [a, b.subarray(0, 7)], '1', [/breaks off/u]],
    ['a member after a damaged one', [a, damaged(b, 40), c], '13', [/the gzipped data is damaged/u]],
    ['a member after one whose sum is wrong', [damaged(a, a.length - 8), c], '13', [/incorrect data check/u]],
    ['plain text behind', [a, Buffer.from(B)], '1', [/no gzipped data/u]],
  ]
  it.each(CASES)('is read as far as it goes: %s', async (_, parts, expected, complaints) => {
    const found = await read(Buffer.concat(parts))
    expect(traces(found)).toBe(expected)
    expect(found.problems.map(() => '')).toEqual(complaints.map(() => ''))
    complaints.forEach((complaint, at) => expect(found.problems[at]).toMatch(complaint))
  })
  it('has names, comments and more in its header', async () => {
    const header = Buffer.from([0x1f, 0x8b, 8, 0x1e, 0, 0, 0, 0, 0, 3, 3, 0, 1, 2, 3, 0x61, 0, 0x62, 0, 9, 9])
    const found = await read(Buffer.concat([header, a.subarray(10), b]))
    expect([traces(found), found.problems]).toEqual(['12', []])
  })
  it('of many members is read in bounded time', async () => {
    const start = process.hrtime.bigint()
    const found = await read(Buffer.concat(Array.from({ length: 2_000 }, () => a)))
    expect(found.spans.length).toBe(2_000)
    expect(Number(process.hrtime.bigint() - start) / 1e6).toBeLessThan(10_000)
  })
})

describe('a span as senders write it', () => {
  const only = async (span: unknown) => (await read(JSON.stringify(wireRequest(span)))).spans[0]
  const BASE64 = { traceId: Buffer.from('1'.repeat(32), 'hex').toString('base64'), spanId: 'qqqqqqqqqqo=' }

  it('may have its ids in base64 or in capitals', async () => {
    const { traceId, spanId } = (await only(wireSpan('1', BASE64)))?.spanContext() ?? {}
    expect({ traceId, spanId }).toEqual({ traceId: '1'.repeat(32), spanId: 'a'.repeat(16) })
    const capitals = await only(wireSpan('1', { traceId: 'AB'.repeat(16), spanId: 'CD'.repeat(8) }))
    expect(capitals?.spanContext()).toEqual({ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) })
  })
  it('may have its times and enums as numbers or as text', async () => {
    const named = await only(wireSpan('1', { kind: 'SPAN_KIND_CLIENT', status: { code: 'STATUS_CODE_ERROR' } }))
    expect([named?.kind, named?.status.code]).toEqual([2, 2])
    const numbered = await only(wireSpan('1', { kind: 3, status: { code: 2 }, startTimeUnixNano: 1.5e18 }))
    expect([numbered?.kind, numbered?.status.code, numbered?.startTime]).toEqual([2, 2, [1_500_000_000, 0]])
  })
  it('may be in snake_case, and under the scopes of old', async () => {
    const attributes = [{ key: 'k', value: { string_value: 'v' } }]
    const span = { trace_id: '1'.repeat(32), span_id: 'b'.repeat(16), name: 'n', attributes }
    const snake = await read(JSON.stringify({ resource_spans: [{ scope_spans: [{ spans: [span] }] }] }))
    expect(snake.spans[0]?.attributes).toMatchObject({ k: 'v' })
    const old = { instrumentationLibrarySpans: [{ instrumentationLibrary: { name: 'lib' }, spans: [wireSpan('1')] }] }
    const { spans } = await read(JSON.stringify({ resourceSpans: [old] }))
    expect(spans[0]?.instrumentationScope.name).toBe('lib')
  })
  it('may have attributes of every type, without a value, twice, and called __proto__', async () => {
    const values = { values: [{ stringValue: 'x' }, { intValue: '7' }] }
    const attributes = [
      ...wireAttributes({ list: { arrayValue: values }, bytes: { bytesValue: 'aGk=' }, __proto__: 'p' }),
      ...wireAttributes({ twice: 'first' }),
      ...wireAttributes({
        twice: 'second',
        map: { kvlistValue: { values: [{ key: 'a', value: { boolValue: true } }] } },
      }),
      { key: '__proto__', value: { stringValue: 'p' } },
      { key: 'null', value: null },
      { key: 'none' },
    ]
    const span = await only(wireSpan('1', { attributes }))
    expect(span?.attributes).toMatchObject({
      list: ['x', 7],
      bytes: { bytes: 'aGk=' },
      twice: 'second',
      map: { a: true },
    })
    expect(({} as Record<string, unknown>)['stringValue']).toBeUndefined()
  })
  it('may be nested deeper than a stack, and longer than a page', async () => {
    const depth = 5_000
    const deep = `${'{"arrayValue":{"values":['.repeat(depth)}{"stringValue":"x"}${']}}'.repeat(depth)}`
    const text = JSON.stringify(wireRequest(wireSpan('1', { attributes: [{ key: 'deep', value: 0 }] })))
    expect(traces(await read(text.replace('"value":0', `"value":${deep}`)))).toBe('1')
    const long = await only(wireSpan('1', { attributes: wireAttributes({ long: 'x'.repeat(5_000_000) }) }))
    expect(String(long?.attributes['long']).length).toBeLessThan(10_000)
  })
})

describe('a part of a span that cannot be read', () => {
  const AT = '1: resourceSpans[0].scopeSpans[0].spans[0]'
  it.each([
    [{ attributes: 'user.id=kai' }, `${AT}.attributes: this has to be a list`],
    [{ attributes: [null] }, `${AT}.attributes[0]: this has to be an object`],
    [{ attributes: [{ value: { stringValue: 'kai' } }] }, `${AT}.attributes[0]: this attribute has no key`],
    [{ attributes: [{ key: 7, value: { stringValue: 'kai' } }] }, `${AT}.attributes[0]: this attribute has no key`],
    [
      { attributes: [{ key: 'user.id', value: { stringValue: ['kai'] } }] },
      `${AT}.attributes["user.id"]: this value has no type that OTLP knows`,
    ],
    [
      { attributes: [{ key: 'user.id', value: { text: 'kai' } }] },
      `${AT}.attributes["user.id"]: this value has no type that OTLP knows`,
    ],
    [{ parentSpanId: ['bbbbbbbbbbbbbbbb'] }, `${AT}.parentSpanId: is not 16 hex digits other than zeros`],
    [{ parentSpanId: 'parent' }, `${AT}.parentSpanId: is not 16 hex digits other than zeros`],
    [{ name: ['run'] }, `${AT}.name: this has to be text`],
    [{ kind: 'AGENT' }, `${AT}.kind: this is no kind of span`],
    [{ kind: [3] }, `${AT}.kind: this is no kind of span`],
    [{ status: 2 }, `${AT}.status: this has to be an object`],
    [{ status: { code: 'BAD' } }, `${AT}.status.code: this is no code of a status`],
    [{ startTimeUnixNano: 'yesterday' }, `${AT}.startTimeUnixNano: this is no number of nanoseconds`],
  ])('is reported with its place, and the span is read: %j', async (over, problem) => {
    const found = await read(JSON.stringify(wireRequest(wireSpan('1', over))))
    expect(found.problems).toEqual([problem])
    expect(traces(found)).toBe('1')
  })
  it.each([
    [{ resource: [] }, /^1: resourceSpans\[0\]\.resource: this has to be an object$/u],
    [{ resource: { attributes: 7 } }, /^1: resourceSpans\[0\]\.resource\.attributes: this has to be a list$/u],
    [
      { scopeSpans: [{ scope: 'tracer', spans: [wireSpan('1')] }] },
      /^1: .*scopeSpans\[0\]\.scope: this has to be an object$/u,
    ],
  ])('is reported where it belongs to several spans: %j', async (over, problem) => {
    const [group] = wireRequest(wireSpan('1'))['resourceSpans'] as readonly object[]
    const found = await read(JSON.stringify({ resourceSpans: [{ ...group, ...over }] }))
    expect(found.problems).toEqual([expect.stringMatching(problem)])
    expect(traces(found)).toBe('1')
  })
  it.each([
    ['absent', undefined],
    ['null', null],
    ['an empty text', ''],
    ['zeros', '0000000000000000'],
    ['zeros in base64', 'AAAAAAAAAAA='],
  ])('is no parent that is %s, which says that there is none', async (_, parentSpanId) => {
    const found = await read(JSON.stringify(wireRequest(wireSpan('1', { parentSpanId }))))
    expect(found.problems).toEqual([])
    expect(found.spans[0]?.parentSpanContext).toBeUndefined()
  })
})

describe('attributes in another shape', () => {
  const user = async (attributes: unknown) => {
    const { spans, problems } = await read(JSON.stringify(wireRequest(wireSpan('1', { attributes }))))
    return { id: spans[0]?.attributes['user.id'], problems }
  }
  it.each([
    ['an object of typed values', { 'user.id': { stringValue: 'kai' } }],
    ['an object of bare values', { 'user.id': 'kai' }],
    ['a list of bare values', [{ key: 'user.id', value: 'kai' }]],
    ['one attribute without a list', { key: 'user.id', value: { stringValue: 'kai' } }],
    ['the structs of Go', [{ key: 'user.id', value: { Value: { StringValue: 'kai' } } }]],
    ["the attributes of Go's SDK", [{ Key: 'user.id', Value: { Type: 'STRING', Value: 'kai' } }]],
    ['an object that has a member named key', { key: 'value', 'user.id': 'kai' }],
  ])('is read: %s', async (_, attributes) => {
    expect(await user(attributes)).toEqual({ id: 'kai', problems: [] })
  })
})

describe('what products export in a form of their own', () => {
  it.each([
    [
      'Tempo',
      { traces: [{ traceID: '2f3e', rootServiceName: 'shop', rootTraceName: 'GET /' }], metrics: {} },
      '/api/v2/traces/ID',
    ],
    [
      'Phoenix',
      { name: 'run', context: { trace_id: 'a', span_id: 'b' }, span_kind: 'TOOL', attributes: {} },
      '/spans/otlpv1',
    ],
    ['Phoenix', { name: 'run', 'context.trace_id': 'a', 'context.span_id': 'b', span_kind: 'TOOL' }, '/spans/otlpv1'],
    [
      'LangSmith',
      { id: 'a', run_type: 'tool', trace_id: 'b', dotted_order: '2026', name: 'search' },
      'LANGSMITH_OTEL_ENABLED',
    ],
    ['Langfuse', { id: 'a', traceId: 'b', type: 'SPAN', projectId: 'p', name: 'run' }, 'file exporter'],
    ['Langfuse', { id: 'a', projectId: 'p', observations: [{ id: 'b' }] }, 'file exporter'],
    ['Langfuse', { id: 'a', name: 'run', userId: 'kai', observations: [], scores: [] }, 'file exporter'],
    ['X-Ray', { Traces: [{ Id: '1-a-b', Segments: [{ Id: 'c', Document: '{}' }] }] }, 'aws/spans'],
    ['Datadog', { trace_id: 1, span_id: 2, service: 's', resource: 'r', duration: 1, meta: {} }, 'datadog receiver'],
  ])('is named, and how to get OTLP: %s', async (product, document, way) => {
    for (const text of [JSON.stringify(document), JSON.stringify([document, document])]) {
      const { problems } = await read(text)
      expect(problems).toEqual([expect.stringContaining(product)])
      expect(problems[0]).toContain(way)
    }
  })
  it('is no span where a log record has the ids of one', async () => {
    const record = {
      timestamp: 1,
      traceId: '1'.repeat(32),
      spanId: 'a'.repeat(16),
      name: 'x',
      body: 'hi',
      attributes: {},
    }
    expect(await read(JSON.stringify(record))).toEqual({
      spans: [],
      problems: [expect.stringContaining('this is no trace in a form that is known')],
    })
  })
})

describe('a document that is too large to hold', () => {
  const SPANS = Array.from({ length: 60 }, (_, index) =>
    wireSpan(`${index % 10}`, { name: `quoted "${index}" \\`, spanId: `${index}`.padStart(16, 'a') }),
  ).filter(({ traceId }) => traceId !== '0'.repeat(32))
  const GROUPS = Array.from({ length: 18 }, (_, at) => wireRequest(...SPANS.slice(at * 3, at * 3 + 3))).flatMap(
    ({ resourceSpans }) => resourceSpans,
  )
  const withMock = (group: unknown) => ({ ...(group as object), mock: [{ resource: {} }, { resource: {} }] })
  const split = (text: string, step: number) => {
    const problems: string[] = []
    const reader = createDocumentReader((line, reason) => problems.push(`${line}: ${reason}`), 500)
    const spans: SpanShape[] = []
    for (let at = 0; at < text.length; at += step) spans.push(...reader.read(text.slice(at, at + step)))
    spans.push(...reader.end())
    return { spans, problems }
  }
  const seen = (spans: readonly SpanShape[]) =>
    spans.map(({ name, resource, instrumentationScope }) => [name, resource.attributes, instrumentationScope.name])

  for (const [title, text] of [
    ['on one line', JSON.stringify(wireRequest(...SPANS))],
    ['over many lines', JSON.stringify(wireRequest(...SPANS), null, 2)],
    ['in what Jaeger puts around it', JSON.stringify({ result: wireRequest(...SPANS) })],
    ['in a list', JSON.stringify([wireRequest(...SPANS.slice(0, 30)), wireRequest(...SPANS.slice(30))])],
    ['in groups of few spans', JSON.stringify({ resourceSpans: GROUPS })],
    ['in groups that hold what looks like groups', JSON.stringify({ resourceSpans: GROUPS.map(withMock) })],
  ] as const) {
    it(`is read ${title}, wherever it is cut into pieces`, () => {
      const whole = split(text, text.length)
      expect(seen(whole.spans)).toEqual(
        seen([...createDocumentReader(() => {}).read(`${JSON.stringify(wireRequest(...SPANS))}\n`)]),
      )
      expect(whole.problems).toEqual([])
      for (const step of [1, 7, 64, 1_000]) expect(split(text, step)).toEqual({ ...whole, spans: expect.anything() })
      for (const step of [1, 7, 64, 1_000]) expect(seen(split(text, step).spans)).toEqual(seen(whole.spans))
    })
  }
  it('says where it breaks off or isn’t JSON, and reads on after it', () => {
    const text = JSON.stringify(wireRequest(...SPANS))
    const cut = split(`${text.slice(0, -30)}\n${A}`, 64)
    expect(cut.spans).toHaveLength(SPANS.length)
    expect(cut.problems).toEqual(['1: the document breaks off'])
    const bad = split(text.replace('"name":"quoted \\"31', '"name":oops,"x":"'), 64)
    expect(bad.spans).toHaveLength(SPANS.length - 1)
    expect(bad.problems).toEqual([expect.stringMatching(/^1: .*oops/u)])
  })
  it('says that a resource after its spans isn’t theirs', () => {
    const [group] = wireRequest(...SPANS)['resourceSpans'] as readonly { resource: unknown; scopeSpans: unknown }[]
    const turned = JSON.stringify({ resourceSpans: [{ scopeSpans: group?.scopeSpans, resource: group?.resource }] })
    const { spans, problems } = split(turned, 64)
    expect(spans).toHaveLength(SPANS.length)
    expect(problems).toEqual([expect.stringContaining('a resource stands behind its spans')])
  })
})

describe('a directory', () => {
  it('stands for its files, rotated and gzipped ones too, in the order of their spans', async () => {
    const rotated = join(directory, 'rotated')
    mkdirSync(rotated)
    writeFileSync(join(rotated, 'traces.jsonl'), C)
    writeFileSync(join(rotated, 'traces.jsonl.1'), B)
    writeFileSync(join(rotated, 'traces-2026-01-01T00-00-00.000.jsonl.gz'), gzipSync(A))
    writeFileSync(join(rotated, 'README.md'), 'no traces')
    writeFileSync(join(rotated, '.hidden.json'), 'no traces')
    for (const name of ['traces.jsonl', 'traces.jsonl.1']) utimesSync(join(rotated, name), 1, 1)
    const problems: unknown[] = []
    const notes: string[] = []
    const files = await filesIn([rotated], {
      add: (problem) => problems.push(problem),
      note: (file, words) => notes.push(`${file}: ${words}`),
    })
    expect(files.map((file) => file.slice(rotated.length + 1))).toEqual([
      'traces-2026-01-01T00-00-00.000.jsonl.gz',
      'traces.jsonl.1',
      'traces.jsonl',
    ])
    expect(problems).toEqual([])
    expect(notes).toEqual([
      `${rotated}: 2 files passed over: .hidden.json (hidden), README.md (no traces at its beginning)`,
    ])
  })
  it('stands for the directories in it too, but not for what a link leads back to', async () => {
    const outer = join(directory, 'outer')
    mkdirSync(join(outer, '2026', '11'), { recursive: true })
    writeFileSync(join(outer, '2026', '11', 'spans.log'), A)
    writeFileSync(join(outer, 'later.txt'), B)
    symlinkSync(outer, join(outer, '2026', 'back'))
    const notes: string[] = []
    const files = await filesIn([outer], { add: () => expect.fail(), note: (_, words) => notes.push(words) })
    expect(files).toEqual([join(outer, '2026', '11', 'spans.log'), join(outer, 'later.txt')])
    expect(notes).toEqual([expect.stringContaining(join('2026', 'back'))])
  })
  it('is read past other JSON in it, which one line counts, but not past what is no trace for another reason', async () => {
    const project = join(directory, 'project')
    mkdirSync(project)
    writeFileSync(join(project, 'package.json'), '{"name":"shop","dependencies":{}}')
    writeFileSync(join(project, 'logs.json'), '{"resourceLogs":[]}')
    writeFileSync(join(project, 'broken.json'), A.slice(0, 200))
    writeFileSync(join(project, 'traces.json'), A)
    const notes: string[] = []
    const files = await filesIn([project], { add: () => expect.fail(), note: (_, words) => notes.push(words) })
    expect(files.map((file) => file.slice(project.length + 1))).toEqual(['broken.json', 'logs.json', 'traces.json'])
    expect(notes).toEqual(['1 file passed over: package.json (no traces at its beginning)'])
  })
  it('that holds none is a problem', async () => {
    const empty = join(directory, 'empty')
    mkdirSync(empty)
    const problems: string[] = []
    const listener = { add: ({ reason }: { reason: string }) => problems.push(reason), note: () => expect.fail() }
    expect(await filesIn([empty], listener)).toEqual([])
    expect(problems).toEqual([expect.stringContaining('no file of traces in this directory')])
  })
})

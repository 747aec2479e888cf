import { describe, expect, it } from 'vitest'
import type { SpanShape } from '../../src/model/span.ts'
import { readDocument } from '../../src/forms/document.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'
const PARENT = '00f067aa0ba902aa'

const PROCESSES = {
  p1: { serviceName: 'reports', tags: [{ key: 'host.name', type: 'string', value: 'a' }] },
}

const span = (over: Readonly<Record<string, unknown>> = {}) => ({
  traceID: TRACE,
  spanID: SPAN,
  operationName: 'run',
  references: [],
  startTime: 1_767_225_600_000_123,
  duration: 5,
  tags: [],
  logs: [],
  processID: 'p1',
  warnings: null,
  ...over,
})

interface Read {
  readonly spans: readonly SpanShape[]
  readonly problems: readonly string[]
}

function read(document: unknown): Read {
  const problems: string[] = []
  const spans = readDocument(document, ({ place, reason }) => problems.push(`${place}: ${reason}`))
  return { spans, problems }
}

const answer = (...spans: readonly unknown[]) => ({ data: [{ traceID: TRACE, spans, processes: PROCESSES }] })
const one = (over?: Readonly<Record<string, unknown>>) => {
  const { spans, problems } = read(answer(span(over)))
  expect(problems).toEqual([])
  return spans[0] as SpanShape
}
const tagged = (...tags: readonly (readonly [string, string, unknown])[]) =>
  one({ tags: tags.map(([key, type, value]) => ({ key, type, value })) })

describe("Jaeger's JSON", () => {
  it('has its service and its process tags as resource, and microseconds', () => {
    const { resource, startTime } = one()
    expect(resource.attributes).toEqual({ 'service.name': 'reports', 'host.name': 'a' })
    expect(startTime).toEqual([1_767_225_600, 123_000])
  })
  it.each(['OTLPResourceNoServiceName', 'missing-service-name', 'empty-service-name', 'service-name-wrong-type'])(
    'has no service where Jaeger made its name up, in its JSON or in OTLP: %s',
    (serviceName) => {
      const { spans } = read({ data: [{ traceID: TRACE, spans: [span()], processes: { p1: { serviceName } } }] })
      expect(spans[0]?.resource.attributes['service.name']).toBeUndefined()
      const resource = { attributes: [{ key: 'service.name', value: { stringValue: serviceName } }] }
      const scopeSpans = [{ spans: [{ traceId: TRACE, spanId: SPAN, name: 'run' }] }]
      const otlp = read({ result: { resourceSpans: [{ resource, scopeSpans }] } })
      expect(otlp.spans[0]?.resource.attributes['service.name']).toBeUndefined()
    },
  )
  it('has tags of every type, and integers as numbers or as text', () => {
    const { attributes } = tagged(
      ['text', 'string', 'x'],
      ['flag', 'bool', true],
      ['said', 'bool', 'true'],
      ['not', 'bool', 'false'],
      ['number', 'int64', 7],
      ['digits', 'int64', '8'],
      ['large', 'int64', '9223372036854775807'],
      ['float', 'float64', 0.5],
      ['spelled', 'float64', '0.25'],
      ['bytes', 'binary', 'aGk='],
      ['list', 'string', '["a","b"]'],
      ['twice', 'string', 'first'],
      ['twice', 'string', 'second'],
      ['__proto__', 'string', 'p'],
    )
    expect(attributes).toMatchObject({ text: 'x', flag: true, said: true, not: false, number: 7, digits: 8 })
    expect(attributes).toMatchObject({
      large: '9223372036854775807',
      float: 0.5,
      spelled: 0.25,
      bytes: { bytes: 'aGk=' },
    })
    expect(attributes).toMatchObject({ list: '["a","b"]', twice: 'second' })
    expect(Object.hasOwn(attributes, '__proto__')).toBe(true)
  })
  it.each([
    ['internal', 0],
    ['server', 1],
    ['client', 2],
    ['producer', 3],
    ['consumer', 4],
    ['constructor', 0],
  ])('has its kind in a tag: %s', (kind, expected) => {
    const read = tagged(['span.kind', 'string', kind])
    expect([read.kind, read.attributes]).toEqual([expected, {}])
  })
  it.each([
    [[['otel.status_code', 'string', 'OK']], 1],
    [[['otel.status_code', 'string', 'Error']], 2],
    [[['error', 'bool', true]], 2],
    [[['error', 'bool', 'true']], 2],
    [[['error', 'bool', false]], 0],
    [
      [
        ['otel.status_code', 'string', 'ERROR'],
        ['error', 'bool', false],
      ],
      2,
    ],
  ] as const)('has its status in tags: %j', (tags, expected) => {
    expect(tagged(...tags).status.code).toBe(expected)
  })
  it.each(['otel.scope', 'otel.library'])('has its scope in tags: %s', (prefix) => {
    const read = tagged([`${prefix}.name`, 'string', 'lib'], [`${prefix}.version`, 'string', '1'])
    expect(read.instrumentationScope).toEqual({ name: 'lib', version: '1' })
  })
})

describe('the parent of a span of Jaeger', () => {
  const reference = (refType: string, spanID: unknown, traceID: unknown = TRACE) => ({ refType, traceID, spanID })
  const parent = (over: Readonly<Record<string, unknown>>) => one(over).parentSpanContext?.spanId

  it('is what it is a child of, before what it follows from', () => {
    const references = [reference('FOLLOWS_FROM', 'b'.repeat(16)), reference('CHILD_OF', PARENT)]
    expect(parent({ references })).toBe(PARENT)
  })
  it('is what it follows from, where it is a child of nothing: so Jaeger writes a parent that is linked too', () => {
    expect(parent({ references: [reference('FOLLOWS_FROM', PARENT)] })).toBe(PARENT)
  })
  it('is in the same trace', () => {
    expect(parent({ references: [reference('CHILD_OF', PARENT, 'c'.repeat(32))] })).toBeUndefined()
  })
  it('is named by the span itself in old recordings', () => {
    expect(parent({ references: undefined, parentSpanID: PARENT })).toBe(PARENT)
    expect(parent({ references: null, parentSpanID: '0' })).toBeUndefined()
    expect(parent({ references: [], parentSpanID: '' })).toBeUndefined()
  })
  it('that cannot be read is told', () => {
    const { spans, problems } = read(answer(span({ references: [reference('CHILD_OF', 'zz')] })))
    expect(spans).toHaveLength(1)
    expect(problems).toEqual(['data[0].spans[0]: the id of its parent is not 16 hex digits other than zeros'])
  })
})

describe('the ids of Jaeger', () => {
  it('may lack the zeros that they begin with', () => {
    const short = span({ traceID: 'a3ce929d0e0e4736', spanID: 'f067aa0ba902b7' })
    const child = span({
      traceID: '0a3ce929d0e0e4736',
      spanID: 'c',
      references: [{ refType: 'CHILD_OF', traceID: 'a3ce929d0e0e4736', spanID: 'f067aa0ba902b7' }],
    })
    const { spans, problems } = read(answer(short, child))
    expect(problems).toEqual([])
    expect(spans.map((one) => one.spanContext())).toEqual([
      { traceId: `${'0'.repeat(16)}a3ce929d0e0e4736`, spanId: '00f067aa0ba902b7' },
      { traceId: `${'0'.repeat(16)}a3ce929d0e0e4736`, spanId: `${'0'.repeat(15)}c` },
    ])
    expect(spans[1]?.parentSpanContext?.spanId).toBe('00f067aa0ba902b7')
  })
})

describe('what Jaeger answers', () => {
  const TRACES = [
    { traceID: TRACE, spans: [span()], processes: PROCESSES },
    { traceID: 'c'.repeat(32), spans: [span({ traceID: 'c'.repeat(32) })], processes: PROCESSES, warnings: ['w'] },
  ]
  it.each([
    ['the answer', { data: TRACES, total: 0, limit: 0, offset: 0, errors: null }],
    ['a list of traces', TRACES],
    ['a list of answers', TRACES.map((trace) => ({ data: [trace] }))],
    ['an answer with one trace', { data: TRACES[0] }],
    ['a trace', TRACES[0]],
    ['a span that brings its process', { ...span({ processID: undefined }), process: PROCESSES.p1 }],
    ['lists of spans of that sort', [{ ...span(), process: PROCESSES.p1 }]],
  ])('is read as %s', (_, document) => {
    const { spans, problems } = read(document)
    expect(problems).toEqual([])
    expect(spans.length).toBeGreaterThan(0)
    for (const { resource } of spans) expect(resource.attributes['service.name']).toBe('reports')
  })
  it('is nothing, without a complaint, where nothing was found', () => {
    expect(read({ data: [], total: 0, errors: null })).toEqual({ spans: [], problems: [] })
  })
  it('is told where it is an error, and the rest is read', () => {
    const { spans, problems } = read({ data: [TRACES[0]], errors: [{ code: 404, msg: 'trace not found' }] })
    expect(spans).toHaveLength(1)
    expect(problems).toEqual(['errors[0]: this is the error that a server answered: trace not found'])
    expect(read({ data: null, errors: [{ msg: 'gone' }] }).problems).toHaveLength(1)
  })
  it('is told where it cannot be read, with its place, and the rest is read', () => {
    const bad = [span({ traceID: '' }), span({ spanID: '0' }), null, span({ startTime: 'soon' }), span({ tags: {} })]
    const { spans, problems } = read(answer(...bad, span()))
    expect(spans).toHaveLength(3)
    expect(problems).toEqual([
      'data[0].spans[0]: traceID is not 32 hex digits other than zeros',
      'data[0].spans[1]: spanID is not 16 hex digits other than zeros',
      'data[0].spans[2]: this has to be an object',
      'data[0].spans[3]: startTime is no number of microseconds',
      'data[0].spans[4]: tags has to be a list',
    ])
  })
  it('is told where a process is missing, and its spans are read', () => {
    const { spans, problems } = read(answer(span({ processID: 'p7' }), span({ processID: 'p7', spanID: 'c' })))
    expect(spans).toHaveLength(2)
    expect(problems).toEqual([
      'processes: no process has the id that spans name: p7; the resource of these spans is not known',
    ])
  })
  it('is no trace where data is something else', () => {
    expect(read({ data: [{ a: 1 }] }).problems).toEqual([expect.stringMatching(/^data\[0\]: this is no trace/u)])
    expect(read({ data: 'x' }).problems).toEqual([expect.stringMatching(/^: this is no trace/u)])
  })
})

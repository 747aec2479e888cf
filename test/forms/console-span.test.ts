import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { SpanShape } from '../../src/model/span.ts'
import { readDocument } from '../../src/forms/document.ts'
import { CUT, readInspected } from '../../src/forms/inspected.ts'

class Bag {
  one = 1
}

/** As `console.dir` does it for the console exporter. */
const shown = (value: unknown, options: object = {}) => inspect(value, { customInspect: false, depth: 3, ...options })

function value(text: string): unknown {
  const read = readInspected(text)
  if (!('value' in read)) throw new Error(`${read.offset}: ${read.reason}`)
  return read.value
}

describe('what util.inspect shows', () => {
  const TEXTS = [
    'plain',
    '',
    "it's",
    `it's "quoted"`,
    'it\'s "quoted" `too`',
    '${x} \\ \n \t \u0001 \u2028 é 😀 \uD800',
    `${'long words in a line '.repeat(10)}\n${'and more of them '.repeat(10)}\nend`,
    "', b: 'c",
    '} ] { [ ,',
    '\\',
    "\\'",
  ]
  it.each(TEXTS.map((text) => [JSON.stringify(text), text]))('is read again: the text %s', (_, text) => {
    for (const options of [{}, { breakLength: Infinity }, { compact: false }, { breakLength: 20 }]) {
      expect(value(shown({ a: text, list: [text], [text]: 1 }, options))).toEqual({ a: text, list: [text], [text]: 1 })
    }
  })
  const VALUES: readonly unknown[] = [
    { yes: true, no: false, none: null, unset: undefined, nan: Number.NaN, more: Infinity, less: -Infinity, zero: -0 },
    { half: 0.5, small: 1e-7, large: 1e21, negative: -12 },
    { 'a.b': 1, 'a-b': 2, $a: 3, _: 4, 5: 6, '': 7, "it's": 8, '[x]': 9 },
    { empty: {}, none: [], nested: { a: { b: [1, 2] } } },
    { many: Array.from({ length: 30 }, (_, index) => index) },
    { list: ['a', null, undefined, true] },
    Object.assign(Object.create(null) as object, { a: 1 }),
  ]
  it.each(VALUES.map((one) => [inspect(one, { breakLength: Infinity }), one]))('is read again: %s', (_, one) => {
    for (const options of [{}, { breakLength: Infinity }, { compact: false }]) {
      expect(value(shown(one, options))).toEqual(one)
    }
  })
  it('keeps large integers as their digits, and times as text', () => {
    expect(value(shown({ n: 2n ** 60n, m: 5n }))).toEqual({ n: String(2n ** 60n), m: 5 })
    expect(value(shown({ at: new Date(0) }))).toEqual({ at: '1970-01-01T00:00:00.000Z' })
  })
  it('is marked where it is not shown', () => {
    const circle: Record<string, unknown> = { a: 1 }
    circle['self'] = circle
    const hidden = {
      deep: { a: { b: { c: { d: 1 } } } },
      list: { a: { b: { c: [1] } } },
      call: () => {},
      kind: Bag,
      circle,
      map: new Map([['a', 1]]),
      set: new Set(['a']),
      waiting: Promise.resolve(),
      weak: new WeakSet(),
      long: Array.from({ length: 105 }, () => 1),
      holes: [1, , 2], // eslint-disable-line no-sparse-arrays
    }
    const read = value(shown(hidden)) as Record<string, unknown>
    expect(read).toMatchObject({
      deep: { a: { b: { c: CUT } } },
      list: { a: { b: { c: CUT } } },
      call: CUT,
      kind: CUT,
      circle: { a: 1, self: CUT },
      map: CUT,
      set: CUT,
      waiting: CUT,
      weak: CUT,
      holes: [1, CUT, 2],
    })
    expect((read['long'] as unknown[]).at(-1)).toBe(CUT)
  })
  it('is read of an object of a class', () => {
    expect(value(shown({ bag: new Bag() }))).toEqual({ bag: { one: 1 } })
  })
  it('is read as far as it was printed of a very long text', () => {
    const { long, after } = value(shown({ long: 'x'.repeat(10_010), after: 1 })) as { long: string; after: number }
    expect([long.length, after]).toEqual([10_000, 1])
  })
  it('never means anything to the language', () => {
    const read = value("{ ['__proto__']: { polluted: true }, constructor: { prototype: 1 } }")
    expect(Object.keys(read as object)).toEqual(['__proto__', 'constructor'])
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
  it.each([
    ['', 0],
    ['{ a: 1', 6],
    ["{ a: 'x }", 5],
    ['{ a: oops }', 10],
    ['{ a 1 }', 4],
    ['{ a: 1 } b', 9],
    [`${'['.repeat(100)}${']'.repeat(100)}`, 65],
  ])('is not read where it is something else: %s', (text, offset) => {
    expect(readInspected(text)).toMatchObject({ offset })
  })
})

const EXPORTED = {
  resource: { attributes: { 'service.name': 'reports', ports: [1, 2] } },
  instrumentationScope: { name: 'lib', version: '1', schemaUrl: undefined },
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  parentSpanContext: { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902aa', traceFlags: 1 },
  traceState: undefined,
  name: 'run',
  id: '00f067aa0ba902b7',
  kind: 2,
  timestamp: 1_767_225_600_000_123.5,
  duration: 1.5,
  attributes: { list: ['a'], 'user.id': 'kai' },
  status: { code: 2, message: 'no' },
  events: [{ name: 'e', attributes: { list: ['a'] }, time: [1, 2] }],
  links: [],
}

function read(over: Readonly<Record<string, unknown>> = {}): {
  readonly span: SpanShape | undefined
  readonly problems: readonly string[]
} {
  const problems: string[] = []
  const spans = readDocument(value(shown({ ...EXPORTED, ...over })), ({ reason }) => problems.push(reason))
  return { span: spans[0], problems }
}

describe("a span that the JavaScript SDK's console exporter prints", () => {
  it('has what it had', () => {
    const { span, problems } = read()
    expect(problems).toEqual([])
    expect(span).toMatchObject({ name: 'run', kind: 2, status: { code: 2 }, attributes: { list: ['a'] } })
    expect(span?.resource.attributes).toEqual({ 'service.name': 'reports', ports: [1, 2] })
    expect(span?.instrumentationScope).toEqual({ name: 'lib', version: '1' })
    expect(span?.startTime).toEqual([1_767_225_600, 123_500])
    expect(span?.parentSpanContext?.spanId).toBe('00f067aa0ba902aa')
  })
  it('of SDK 1.x names its parent and its library in another way', () => {
    const { span } = read({ parentSpanContext: undefined, parentId: '00f067aa0ba902ab' })
    expect(span?.parentSpanContext?.spanId).toBe('00f067aa0ba902ab')
    const old = read({ instrumentationScope: undefined, instrumentationLibrary: { name: 'old' } })
    expect(old.span?.instrumentationScope.name).toBe('old')
  })
  it('is told where an attribute was not printed whole, and read but for that', () => {
    const attributes = { 'user.id': 'kai', map: { a: { b: { c: 1 } } }, many: Array.from({ length: 101 }, () => 'x') }
    const { span, problems } = read({ attributes })
    expect(problems).toEqual([
      'attributes["map"] was not printed whole by the console exporter',
      'attributes["many"] was not printed whole by the console exporter',
    ])
    expect(span?.attributes['user.id']).toBe('kai')
    expect(span?.attributes['many']).toHaveLength(100)
  })
  it('is not told of what nobody reads: events, links, texts of models', () => {
    const deep = { a: { b: { c: 1 } } }
    const { problems } = read({ events: [{ attributes: deep }], attributes: { 'gen_ai.input.messages': deep } })
    expect(problems).toEqual([])
  })
  it.each([
    [{ traceId: 'x' }, 'traceId is not 32 hex digits other than zeros'],
    [{ id: '0'.repeat(16) }, 'id is not 16 hex digits other than zeros'],
  ])('is none with %j', (over, reason) => {
    expect(read(over)).toEqual({ span: undefined, problems: [reason] })
  })
  it.each([
    [{ parentSpanContext: { spanId: 'x' } }, 'the id of its parent is not 16 hex digits other than zeros'],
    [{ timestamp: 'soon' }, 'timestamp is no number of microseconds'],
  ])('is read and told with %j', (over, reason) => {
    const { span, problems } = read(over)
    expect(span?.name).toBe('run')
    expect(problems).toEqual([reason])
  })
})

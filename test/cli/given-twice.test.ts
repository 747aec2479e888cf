import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson } from '../../src/forms/json.ts'
import { repeatedIn } from '../../src/model/other-records.ts'
import { createDocumentReader } from '../../src/recording/documents.ts'
import { wireAttributes, wireRequest, wireSpan } from './otlp.ts'

/** The traces of the spans that are read, and what is complained about, of a document held whole or taken apart. */
function read(text: string, maxHeld: number) {
  const problems: string[] = []
  const reader = createDocumentReader((line, reason) => problems.push(`${line}: ${reason}`), maxHeld)
  const spans = [...reader.read(text), ...reader.end()]
  return {
    traces: spans
      .map((span) => span.spanContext().traceId.charAt(0))
      .toSorted()
      .join(''),
    spans,
    problems,
  }
}

const WHOLE = 8 * 1024 * 1024
const [HELD, APART] = [(text: string) => read(text, WHOLE), (text: string) => read(text, 10)]

const groups = (digit: string) => JSON.stringify(wireRequest(wireSpan(digit))['resourceSpans'])
const inGroup = (digit: string) => groups(digit).slice(1, -1)
const scopes = (digit: string) => `[{"scope":{"name":"t"},"spans":[${JSON.stringify(wireSpan(digit))}]}]`

describe('what a document says twice is read twice, and told', () => {
  const CASES: readonly (readonly [title: string, text: string, traces: string])[] = [
    ['the list of a request', `{"resourceSpans":${groups('1')},"resourceSpans":${groups('2')}}`, '12'],
    [
      'the list of a request, in both spellings',
      `{"resourceSpans":${groups('1')},"resource_spans":${groups('2')}}`,
      '12',
    ],
    [
      'the list of a request, the other one first',
      `{"resource_spans":${groups('1')},"resourceSpans":${groups('2')}}`,
      '12',
    ],
    ["the list of a request, as Tempo's", `{"resourceSpans":${groups('1')},"batches":${groups('2')}}`, '12'],
    [
      'the list of a request, with an escape',
      `{"resourceSpans":${groups('1')},"resource\\u0053pans":${groups('2')}}`,
      '12',
    ],
    ['a wrapper', `{"resourceSpans":${groups('1')},"data":[{"resourceSpans":${groups('2')}}]}`, '12'],
    ['a wrapper before it', `{"result":{"resourceSpans":${groups('1')}},"resourceSpans":${groups('2')}}`, '12'],
    ['two wrappers', `{"result":{"resourceSpans":${groups('1')}},"trace":{"resourceSpans":${groups('2')}}}`, '12'],
    ['the scopes of a group', `{"resourceSpans":[{"scopeSpans":${scopes('1')},"scopeSpans":${scopes('2')}}]}`, '12'],
    [
      'the scopes, in both spellings',
      `{"resourceSpans":[{"scopeSpans":${scopes('1')},"scope_spans":${scopes('2')}}]}`,
      '12',
    ],
    [
      'the spans of a scope',
      `{"resourceSpans":[{"scopeSpans":[{"spans":[${JSON.stringify(wireSpan('1'))}],"spans":[${JSON.stringify(wireSpan('2'))}]}]}]}`,
      '12',
    ],
    ['an id', `{"resourceSpans":[${inGroup('1').replace('"spanId"', '"spanId":"bbbbbbbbbbbbbbbb","spanId"')}]}`, '1'],
    ['the attributes', `{"resourceSpans":[${inGroup('1').replace('"kind"', '"attributes":[],"kind"')}]}`, '1'],
  ]
  it.each(CASES)('%s', (_, text, traces) => {
    expect(HELD(text).traces).toBe(traces)
    expect(HELD(text).problems).toHaveLength(1)
    expect(APART(text).traces).toBe(traces)
    expect(APART(text).problems).toHaveLength(1)
  })

  it('with its place', () => {
    const text = JSON.stringify(wireRequest(wireSpan('1'))).replace('"kind":1', '"kind":1,"kind":2')
    expect(HELD(text).problems).toEqual([
      '1: resourceSpans[0].scopeSpans[0].spans[0].kind: this is given twice in one object',
    ])
    expect(HELD(`{"resourceSpans":${groups('1')},"resource_spans":${groups('2')}}`).problems).toEqual([
      '1: resource_spans beside resourceSpans: both are read',
    ])
  })

  it('also where two spellings of a field say two things', () => {
    const said = (over: Record<string, unknown>) => HELD(JSON.stringify(wireRequest(wireSpan('1', over)))).problems
    expect(said({ parentSpanId: '', parent_span_id: 'b'.repeat(16) })).toEqual([
      '1: resourceSpans[0].scopeSpans[0].spans[0].parentSpanId: parent_span_id says something else',
    ])
    expect(said({ parentSpanId: 'b'.repeat(16), parent_span_id: 'b'.repeat(16) })).toEqual([])
  })

  it('as attributes of a span: in a list, in an object, in one entry, in one value', () => {
    const text = (attributes: string) =>
      JSON.stringify(wireRequest(wireSpan('1', { attributes: 0 }))).replace(
        '"attributes":0',
        `"attributes":${attributes}`,
      )
    const entry = (value: string) => JSON.stringify(wireAttributes({ 'user.id': value })).slice(1, -1)
    for (const attributes of [
      `[${entry('kai')},${entry('lea')}]`,
      `[${entry('kai')}],"attributes":[${entry('lea')}]`,
      '{"user.id":"kai","user.id":"lea"}',
      '{"user.id":"kai"},"attributes":{"user.id":"lea"}',
      '[{"key":"user.id","value":{"stringValue":"kai"},"value":{"stringValue":"lea"}}]',
      '[{"key":"user.id","value":{"stringValue":"kai","stringValue":"lea"}}]',
    ]) {
      const [span] = HELD(text(attributes)).spans
      expect(span?.attributes['user.id'], `${attributes}`).toBe('lea')
      expect([...(repeatedIn(span?.attributes ?? {}) ?? [])], `${attributes}`).toEqual([['user.id', ['kai']]])
    }
  })

  it('as attributes that a console exporter prints', () => {
    const text = `{ traceId: '${'1'.repeat(32)}', name: 'x', id: '${'a'.repeat(16)}', timestamp: 1, attributes: { 'user.id': 'kai', 'user.id': 'lea' } }`
    const { spans, problems } = HELD(text)
    expect(repeatedIn(spans[0]?.attributes ?? {})?.get('user.id')).toEqual(['kai'])
    expect(problems).toEqual(['1: user.id: this is given twice in one object'])
  })
})

describe('parseJson', () => {
  const twice = () => expect.fail('nothing is there twice')
  it('reads valid JSON as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseJson(text, () => {})).toEqual(JSON.parse(text))
      }),
    )
    for (const text of [
      '{}',
      '[]',
      ' [ ] ',
      '{"a":{"a":[{"a":1},{"a":2}]},"b":{"a":1}}',
      '"a"',
      '7',
      '{"\\"":1,"\\\\":2}',
    ])
      expect(parseJson(text, twice)).toEqual(JSON.parse(text))
  })
  it('finds every key that is there twice, with its place', () => {
    const places: string[] = []
    const text = '[{"a":1,"b":{"c":[],"\\u0063":[1]},"a":2}, {"a":{"x":1}, "a" : {"x":2,"y":3}}]'
    const value = parseJson(text, (place) => places.push(place))
    expect(places).toEqual(['[0].b.c', '[0].a', '[1].a'])
    expect(value).toEqual([{ a: 2, b: { c: [1] } }, { a: { x: 2, y: 3 } }])
  })
  it('finds one among many', () => {
    const keys = Array.from({ length: 200 }, (_, at) => `"k${at}":${at}`)
    const places: string[] = []
    parseJson(`{${[...keys, '"k7":0'].join(',')}}`, (place) => places.push(place))
    expect(places).toEqual(['k7'])
  })
  it('throws where JSON.parse does, and reads what is nested deeper than a stack', () => {
    expect(() => parseJson('{"a":1,"a":', () => {})).toThrow(SyntaxError)
    const deep = `{"a":1,"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`
    expect(parseJson(deep, () => {})).toHaveProperty('a')
  })
  it('takes bounded time', () => {
    const start = process.hrtime.bigint()
    parseJson(`{${'"a":[1],'.repeat(100_000)}"b":1}`, () => {})
    parseJson(`{${Array.from({ length: 100_000 }, (_, at) => `"k${at}":1`).join(',')}}`, () => {})
    expect(Number(process.hrtime.bigint() - start) / 1e6).toBeLessThan(5_000)
  })
})

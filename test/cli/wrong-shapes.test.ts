import { describe, expect, it } from 'vitest'
import { createDocumentReader } from '../../src/recording/documents.ts'
import { wireRequest, wireSpan } from './otlp.ts'

function problemsIn(text: string, maxHeld: number): readonly string[] {
  const problems: string[] = []
  const reader = createDocumentReader((_, reason) => problems.push(reason), maxHeld)
  reader.read(text)
  reader.end()
  return problems
}

const GROUPS = JSON.stringify(wireRequest(wireSpan('1'))['resourceSpans'])
const SPAN = JSON.stringify(wireSpan('2'))
const inGroup = (members: string) => `{"resourceSpans":[{"resource":{},${members}}]}`
const inScope = (members: string) => inGroup(`"scopeSpans":[{"scope":{},${members}}]`)

/** What is passed over without a complaint takes its spans out of the audit. */
describe('spans where OTLP has none are told, held whole or taken apart', () => {
  it.each([
    ['a list by another spelling', `{"resourceSpans":[],"ResourceSpans":${GROUPS}}`],
    ['a request in a group', `{"resourceSpans":[{"resourceSpans":${GROUPS}}]}`],
    ['an object in place of the list', `{"resourceSpans":${GROUPS.slice(1, -1)}}`],
    ['text in place of the list', '{"resourceSpans":"none"}'],
    ['a list in place of a group', `{"resourceSpans":[${GROUPS}]}`],
    ['text in place of a group', `{"resourceSpans":["none"]}`],
    ['null in place of a group', `{"resourceSpans":[null]}`],
    ['scopes by another spelling', inGroup(`"ScopeSpans":[{"spans":[${SPAN}]}]`)],
    ['scopes by a name of their own', inGroup(`"librarySpans":[{"spans":[${SPAN}]}]`)],
    ['an object in place of the scopes', inGroup(`"scopeSpans":{"spans":[${SPAN}]}`)],
    ['a list in place of a scope', inGroup(`"scopeSpans":[[${SPAN}]]`)],
    ['spans by another spelling', inScope(`"Spans":[${SPAN}]`)],
    ['an object in place of the spans', inScope(`"spans":${SPAN}`)],
    ['a number in place of the spans', inScope('"spans":7')],
    ['text in place of a span', inScope('"spans":["none"]')],
    ['a parent by another spelling', inScope(`"spans":[${SPAN.replace('"spanId"', '"parentSpanID":"x","spanId"')}]`)],
  ])('%s', (_, text) => {
    expect(problemsIn(text, 8 * 1024 * 1024)).toHaveLength(1)
    expect(problemsIn(text, 10)).toHaveLength(1)
  })
  it.each([
    ['members that OTLP has or may get', `{"resourceSpans":${GROUPS},"partialSuccess":{}}`],
    ['null for none', inScope('"spans":null')],
  ])('but not %s', (_, text) => {
    expect(problemsIn(text, 8 * 1024 * 1024)).toEqual([])
    expect(problemsIn(text, 10)).toEqual([])
  })
})

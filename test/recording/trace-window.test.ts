import { describe, expect, it } from 'vitest'
import { originWeight, weightOf, windowBytes } from '../../src/recording/span-weight.ts'
import { createWindow } from '../../src/recording/trace-window.ts'
import type { TraceGroup } from '../../src/recording/trace-window.ts'
import type { SpanShape } from '../../src/model/span.ts'
import { readRequest } from '../../src/otlp/otlp-json.ts'
import { wireAttributes, wireRequest, wireSpan } from '../cli/otlp.ts'

const unreadable = () => expect.fail('a span of the test is unreadable')

/** Spans of trace 1, each with a key more than the last. */
function spansOf(count: number, attributes: Readonly<Record<string, string>> = {}): readonly SpanShape[] {
  const spans = Array.from({ length: count }, (_, at) =>
    wireSpan('1', { spanId: `${at}`.padStart(16, 'a'), attributes: wireAttributes(attributes) }),
  )
  return readRequest(wireRequest(...spans), unreadable)
}

const seen = (spans: readonly SpanShape[]) =>
  spans.map((span) => [span.spanContext().spanId, Object.keys(span.attributes)])

function grouped(capacity: number, spans: readonly SpanShape[]) {
  const window = createWindow(capacity)
  const groups: TraceGroup[] = []
  for (const span of spans) groups.push(...window.add(span))
  groups.push(...window.end())
  return { window, groups }
}

describe('a window over traces', () => {
  for (const count of [1, 16, 17, 18, 200]) {
    it(`counts each of ${count} spans of a trace once, and keeps of two the one that says more`, () => {
      const short = spansOf(count, { 'user.id': 'kai' })
      const full = spansOf(count, { 'user.id': 'kai', 'gen_ai.operation.name': 'chat' })
      for (const spans of [
        [...short, ...full],
        [...full, ...short],
        short.flatMap((span, at) => [span, full[at] as SpanShape]),
      ]) {
        const { window, groups } = grouped(1_000, spans)
        expect(groups.map((group) => seen(group.spans))).toEqual([seen(full)])
        expect([window.traces, window.duplicates, window.late]).toEqual([1, count, 0])
      }
    })
  }

  it('gives back a trace as it makes room, and what comes after that as late', () => {
    const { window, groups } = grouped(20, spansOf(42))
    expect(groups.map(({ spans, late }) => [spans.length, late])).toEqual([
      [21, false],
      [21, true],
    ])
    expect([window.traces, window.duplicates, window.late]).toEqual([1, 0, 21])
  })
})

describe('the bytes of a window', () => {
  const long = 'x'.repeat(1_000)

  it('are bounded too: traces make room before their number is reached, and that is told', () => {
    const spans = spansOf(40, { 'app.note': long })
    const bytes = spans.reduce((sum, span) => sum + weightOf(span), 0)
    const window = createWindow(1_000, bytes / 2)
    const groups = spans.flatMap((span) => [...window.add(span)])
    expect(groups.length).toBeGreaterThan(0)
    expect([window.isCrowded, window.traces]).toEqual([true, 1])
    groups.push(...window.end())
    expect(groups.flatMap((group) => seen(group.spans))).toEqual(seen(spans))
    expect(window.late).toBeGreaterThan(0)
  })
  it('are given back with their traces, however often that happens', () => {
    const spans = spansOf(2, { 'app.note': long })
    const bytes = spans.reduce((sum, span) => sum + weightOf(span), 0)
    const window = createWindow(1_000, bytes * 2 + 10_000)
    for (let round = 0; round < 500; round++) {
      for (const span of spans) expect(window.add(span)).toEqual([])
      expect([...window.end()]).toHaveLength(1)
    }
    expect(window.isCrowded).toBe(false)
  })
  it('count the record of a span that replaces a shorter one', () => {
    const window = createWindow(1_000, 20_000)
    const [short] = spansOf(1, {})
    const [full] = spansOf(1, Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`app.${at}`, long])))
    expect(window.add(short as SpanShape)).toEqual([])
    expect(window.add(full as SpanShape)).toHaveLength(1)
  })
  it('count a resource once for spans that follow each other, and each resource of its own', () => {
    const resource = { attributes: { 'service.name': 'shop', 'app.note': long } }
    const spans = spansOf(100)
    const bytes = spans.reduce((sum, span) => sum + weightOf(span), 0) + 50_000
    const addAll = (ownOf: () => SpanShape['resource']) => {
      const window = createWindow(1_000, bytes)
      for (const span of spans) window.add({ ...bare(span), resource: ownOf() })
      return window.isCrowded
    }
    expect(addAll(() => resource)).toBe(false)
    expect(addAll(() => ({ ...resource }))).toBe(true)
  })
})

function bare(span: SpanShape): SpanShape {
  const { name, kind, startTime, status, attributes, resource, instrumentationScope } = span
  const context = span.spanContext()
  return { name, kind, startTime, status, attributes, resource, instrumentationScope, spanContext: () => context }
}

describe('the weight of a span', () => {
  const weigh = (attributes: SpanShape['attributes']) => weightOf({ ...bare(spansOf(1)[0] as SpanShape), attributes })
  const empty = weigh({})

  it('grows with its texts, its lists and its members', () => {
    expect(weigh({ a: 'x'.repeat(1_000) })).toBeGreaterThan(empty + 1_000)
    expect(weigh({ a: Array.from({ length: 1_000 }, () => 1) })).toBeGreaterThan(empty + 8_000)
    expect(weigh({ a: { b: ['x'.repeat(1_000)] } })).toBeGreaterThan(empty + 1_000)
    expect(weigh(Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`k${at}`, true])))).toBeGreaterThan(
      empty + 40_000,
    )
  })
  it('has its origin apart', () => {
    const [span] = spansOf(1) as [SpanShape]
    const resource = { attributes: { 'app.note': 'x'.repeat(1_000) } }
    expect(weightOf({ ...bare(span), resource })).toBe(weightOf(span))
    expect(originWeight({ ...bare(span), resource })).toBeGreaterThan(1_000)
    expect(windowBytes()).toBeGreaterThan(32 * 1024 * 1024)
  })
})

import { describe, expect, it } from 'vitest'
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

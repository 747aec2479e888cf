import { describe, expect, it } from 'vitest'
import type { SpanShape } from '../../src/model/span.ts'
import { keyAcrossTraces, SpanTree } from '../../src/model/span-tree.ts'

function span(id: string, parent?: string, traceId = 't'): SpanShape {
  return {
    name: id,
    kind: 0,
    spanContext: () => ({ traceId, spanId: id }),
    ...(parent === undefined ? {} : { parentSpanContext: { traceId, spanId: parent } }),
    startTime: [0, 0],
    status: { code: 0 },
    attributes: {},
    resource: { attributes: {} },
    instrumentationScope: { name: '' },
  }
}

function names(spans: Iterable<SpanShape>): string {
  return [...spans].map(({ name }) => name).join('')
}

describe('a tree of spans', () => {
  it('gives each span after its parent, else in the given order', () => {
    const tree = new SpanTree([span('c', 'b'), span('x'), span('b', 'a'), span('a'), span('y', 'a')])
    expect(names(tree.parentsFirst())).toBe('abcxy')
  })
  it('knows parents and ancestors, and where they end', () => {
    const [a, b, c] = [span('a', 'lost'), span('b', 'a'), span('c', 'b')]
    const tree = new SpanTree([a, b, c])
    expect(tree.parentOf(c)).toBe(b)
    expect(tree.parentOf(a)).toBeUndefined()
    expect(names(tree.lineageOf(c))).toBe('cba')
    expect(names(tree.pathTo(c, new Set([a])))).toBe('bc')
  })
  it('cuts a circle where it closes', () => {
    const [a, b, self] = [span('a', 'b'), span('b', 'a'), span('s', 's')]
    const tree = new SpanTree([a, b, self])
    expect(names(tree.lineageOf(a))).toBe('ab')
    expect(names(tree.parentsFirst())).toBe('bas')
  })
  it('holds spans that share their id, the last of them as the parent', () => {
    const [first, last] = [span('a'), span('a')]
    const child = span('b', 'a')
    const tree = new SpanTree([first, last, child])
    expect(tree.parentOf(child)).toBe(last)
    expect(tree.parentsFirst().size).toBe(3)
  })
  it('may hold several traces', () => {
    const [here, there] = [span('a', undefined, 't'), span('a', undefined, 'u')]
    const child = span('b', 'a', 't')
    expect(new SpanTree([here, child, there], keyAcrossTraces).parentOf(child)).toBe(here)
  })
  it('may be 20,000 spans deep, given in any order', () => {
    const deep = Array.from({ length: 20_000 }, (_, at) => span(`${at}`, at === 0 ? undefined : `${at - 1}`))
    for (const spans of [deep, deep.toReversed()]) {
      expect([...new SpanTree(spans).parentsFirst()].map(({ name }) => Number(name))).toEqual([...deep.keys()])
    }
  })
})

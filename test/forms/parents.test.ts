import { describe, expect, it } from 'vitest'
import { createJudge } from '../../src/judge/judge.ts'
import { judgeTree, treeOf } from '../../src/judge/trace.ts'
import { readDocument } from '../../src/forms/document.ts'
import { createPolicy } from '../../src/policy/policy.ts'
import { wireRequest, wireSpan } from '../cli/otlp.ts'

const [TRACE, SPAN] = ['1'.repeat(32), 'a'.repeat(16)]

/** One span that names this parent, in each form. */
const FORMS: Readonly<Record<string, (parent: unknown) => unknown>> = {
  OTLP: (parent) => wireRequest(wireSpan('1', { parentSpanId: parent })),
  "Jaeger's JSON": (parent) => ({
    traceID: TRACE,
    spanID: SPAN,
    operationName: 'run',
    startTime: 1,
    process: {},
    parentSpanID: parent,
  }),
  'the console of JavaScript': (parent) => ({
    traceId: TRACE,
    id: SPAN,
    name: 'run',
    timestamp: 1,
    attributes: {},
    parentId: parent,
  }),
  'the console of Python': (parent) => ({
    name: 'run',
    context: { trace_id: `0x${TRACE}`, span_id: `0x${SPAN}` },
    parent_id: parent,
  }),
  'the console of Go': (parent) => ({
    Name: 'run',
    SpanContext: { TraceID: TRACE, SpanID: SPAN },
    Parent: { SpanID: parent },
    Resource: [],
  }),
}

function read(document: unknown) {
  const problems: string[] = []
  const [span] = readDocument(document, ({ place, reason }) => problems.push(`${place}: ${reason}`))
  return { span, problems }
}

describe.each(Object.entries(FORMS))('the parent of a span in %s', (_, withParent) => {
  it.each([undefined, null, '', '0000000000000000'])('is none: %j', (parent) => {
    const { span, problems } = read(withParent(parent))
    expect([span?.parentSpanContext, problems]).toEqual([undefined, []])
  })
  it.each(['xyz', 'parent-span', 7, true, ['b'.repeat(16)], {}, [], 'b'.repeat(17)])("can't be read: %j", (parent) => {
    const { span, problems } = read(withParent(parent))
    expect(span, 'the span is read').toBeDefined()
    expect(problems).toHaveLength(1)
    expect(span?.parentSpanContext?.spanId).toBe('[unreadable]')
  })
})

describe('a span whose parent cannot be read', () => {
  it('inherits nothing and is incomplete, but is no end of a recording that was cut', () => {
    const { span } = read(wireRequest(wireSpan('1', { parentSpanId: 'xyz' })))
    if (span === undefined) throw new Error('no span')
    const policy = createPolicy()
    const tree = treeOf([span])
    const [judged] = judgeTree(tree, policy, createJudge(policy))
    expect(judged?.judgement).toMatchObject({ complete: false, verdict: 'separated' })
    expect([tree.isParentMissing(span), tree.isCutOff(span)]).toEqual([false, false])
  })
})

describe('the references of a span in Jaeger', () => {
  const refers = (reference: unknown) =>
    read({ traceID: TRACE, spanID: SPAN, operationName: 'run', startTime: 1, process: {}, references: [reference] })
  it.each([
    { refType: 'child_of', traceID: TRACE, spanID: 'b'.repeat(16) },
    { refType: 'CHILD_OF', traceID: 'xyz', spanID: 'b'.repeat(16) },
    7,
  ])('are told where they cannot be read: %j', (reference) => {
    const { span, problems } = refers(reference)
    expect(problems).toEqual([': a reference names no trace, or is of no known type'])
    expect(span?.parentSpanContext?.spanId).toBe('[unreadable]')
  })
  it('may be to another trace', () => {
    const { span, problems } = refers({ refType: 'FOLLOWS_FROM', traceID: '2'.repeat(32), spanID: 'b'.repeat(16) })
    expect([span?.parentSpanContext, problems]).toEqual([undefined, []])
  })
})

describe('attributes that are no list', () => {
  it.each([7, 'x', true])('are told: %j', (attributes) => {
    expect(read(wireRequest(wireSpan('1', { attributes }))).problems).toHaveLength(1)
    for (const form of ['the console of JavaScript', 'the console of Python']) {
      const document = { ...(FORMS[form]?.(undefined) as object), attributes }
      expect(read(document).problems, `${form}`).toHaveLength(1)
    }
    const tags = { ...(FORMS["Jaeger's JSON"]?.(undefined) as object), tags: attributes }
    expect(read(tags).problems).toHaveLength(1)
  })
})

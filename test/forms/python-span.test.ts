import { describe, expect, it } from 'vitest'
import type { SpanShape } from '../../src/model/span.ts'
import { readDocument } from '../../src/forms/document.ts'

const PRINTED = {
  name: 'run',
  context: { trace_id: '0x4bf92f3577b34da6a3ce929d0e0e4736', span_id: '0x00f067aa0ba902b7', trace_state: '[]' },
  kind: 'SpanKind.CLIENT',
  parent_id: '0x00f067aa0ba902aa',
  start_time: '2026-01-01T00:00:00.000123Z',
  end_time: '2026-01-01T00:00:01.000123Z',
  status: { status_code: 'ERROR', description: 'no' },
  attributes: { 'user.id': 'kai', list: ['a', 1, true], n: 7, none: null },
  events: [],
  links: [],
  resource: { attributes: { 'service.name': 'reports' }, schema_url: '' },
}

function read(over: Readonly<Record<string, unknown>> = {}): {
  readonly span: SpanShape | undefined
  readonly problems: readonly string[]
} {
  const problems: string[] = []
  const spans = readDocument({ ...PRINTED, ...over }, ({ reason }) => problems.push(reason))
  return { span: spans[0], problems }
}

describe('a span that the Python SDK prints', () => {
  it('has what it had', () => {
    const { span, problems } = read()
    expect(problems).toEqual([])
    expect(span).toMatchObject({
      name: 'run',
      kind: 2,
      status: { code: 2 },
      attributes: { list: ['a', 1, true], n: 7 },
    })
    expect(span?.spanContext()).toEqual({ traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' })
    expect(span?.parentSpanContext?.spanId).toBe('00f067aa0ba902aa')
    expect(span?.startTime).toEqual([1_767_225_600, 123_000])
    expect(span?.resource.attributes).toEqual({ 'service.name': 'reports' })
  })
  it.each([
    ['SpanKind.INTERNAL', 0],
    ['SpanKind.SERVER', 1],
    ['CLIENT', 2],
    ['SpanKind.PRODUCER', 3],
    ['SpanKind.CONSUMER', 4],
    ['SpanKind.constructor', 0],
    [3, 0],
  ])('has the kind %s', (kind, expected) => expect(read({ kind }).span?.kind).toBe(expected))
  it.each([
    [{ status_code: 'UNSET' }, 0],
    [{ status_code: 'OK' }, 1],
    [{ status_code: 'StatusCode.ERROR' }, 2],
    [{ canonical_code: 'OK' }, 1],
    [null, 0],
  ])('has the status %j', (status, expected) => expect(read({ status }).span?.status.code).toBe(expected))
  it.each([
    ['2026-01-01T00:00:00Z', [1_767_225_600, 0]],
    ['2026-01-01T00:00:00.5+00:00', [1_767_225_600, 500_000_000]],
    ['2026-01-01T01:00:00.123456789+01:00', [1_767_225_600, 123_456_789]],
    [null, [0, 0]],
  ])('started at %s', (start_time, expected) => {
    expect(read({ start_time }).span?.startTime).toEqual(expected)
    expect(read({ start_time }).problems).toEqual([])
  })
  it('of an older SDK has its resource by itself, ids without a prefix, and a scope of another name', () => {
    const { span, problems } = read({
      resource: { 'service.name': 'old' },
      context: { trace_id: '4bf92f3577b34da6a3ce929d0e0e4736', span_id: '00f067aa0ba902b7' },
      parent_id: null,
      instrumentation_info: { name: 'lib', version: '1' },
    })
    expect(problems).toEqual([])
    expect(span?.resource.attributes).toEqual({ 'service.name': 'old' })
    expect(span?.parentSpanContext).toBeUndefined()
    expect(span?.instrumentationScope).toEqual({ name: 'lib', version: '1' })
  })
  it.each([
    [{ context: null }, 'context.trace_id is not 32 hex digits other than zeros'],
    [{ context: { trace_id: '0x0' } }, 'context.trace_id is not 32 hex digits other than zeros'],
    [{ context: { ...PRINTED.context, span_id: 5 } }, 'context.span_id is not 16 hex digits other than zeros'],
  ])('is none with %j', (over, reason) => expect(read(over)).toEqual({ span: undefined, problems: [reason] }))
  it.each([
    [{ parent_id: '0xzz' }, 'parent_id is not 16 hex digits other than zeros'],
    [{ start_time: 'soon' }, 'start_time is no time in ISO 8601'],
  ])('is read and told with %j', (over, reason) => {
    const { span, problems } = read(over)
    expect(span?.name).toBe('run')
    expect(problems).toEqual([reason])
  })
})

import { plainMembers, plainValue } from './spans.ts'
import type { WireAttribute, WireSpan, WireValue } from './spans.ts'

/** Spans as Jaeger's `/api/traces` answers and Jaeger UI downloads them. */
export function jaegerAnswer(spans: readonly WireSpan[]): unknown {
  const traces = new Map<string, WireSpan[]>()
  for (const span of spans) traces.set(span.traceId, [...(traces.get(span.traceId) ?? []), span])
  return {
    data: [...traces].map(([traceId, own]) => jaegerTrace(traceId, own)),
    total: 0,
    limit: 0,
    offset: 0,
    errors: null,
  }
}

function jaegerTrace(traceID: string, spans: readonly WireSpan[]): unknown {
  const processes = new Map<string, { readonly id: string; readonly process: unknown }>()
  const processIdOf = ({ resource }: WireSpan) => {
    const key = JSON.stringify(resource)
    const known = processes.get(key) ?? { id: `p${processes.size + 1}`, process: processOf(resource) }
    processes.set(key, known)
    return known.id
  }
  return {
    traceID,
    spans: spans.map((span) => jaegerSpan(span, processIdOf(span))),
    processes: Object.fromEntries([...processes.values()].map(({ id, process }) => [id, process])),
    warnings: null,
  }
}

function jaegerSpan(span: WireSpan, processID: string): unknown {
  const { traceId, spanId, parentSpanId } = span
  const parent = { refType: 'CHILD_OF', traceID: traceId, spanID: parentSpanId }
  return {
    traceID: traceId,
    spanID: spanId,
    flags: 1,
    operationName: span.name,
    references: parentSpanId === undefined ? [] : [parent],
    startTime: Number(span.startNanos / 1_000n),
    duration: 1,
    tags: tagsOf(span),
    logs: [{ timestamp: Number(span.startNanos / 1_000n), fields: [text('event', 'started')] }],
    processID,
    warnings: null,
  }
}

const KINDS = [undefined, 'internal', 'server', 'client', 'producer', 'consumer'] as const

function tagsOf({ scope, attributes, kind, status }: WireSpan): readonly unknown[] {
  const kindName = KINDS[kind]
  return [
    ...(scope.name === '' ? [] : [text('otel.scope.name', scope.name)]),
    ...(scope.version === '' ? [] : [text('otel.scope.version', scope.version)]),
    ...attributes.map(tagOf),
    ...(kindName === undefined ? [] : [text('span.kind', kindName)]),
    ...(status === 1 ? [text('otel.status_code', 'OK')] : []),
    ...(status === 2 ? [text('otel.status_code', 'ERROR'), { key: 'error', type: 'bool', value: true }] : []),
    text('internal.span.format', 'otlp'),
  ]
}

function processOf(resource: readonly WireAttribute[]): unknown {
  const service = resource.find(({ key }) => key === 'service.name')
  return {
    serviceName: service === undefined ? 'OTLPResourceNoServiceName' : plainValue(service.value),
    tags: resource.filter(({ key }) => key !== 'service.name').map(tagOf),
  }
}

function text(key: string, value: string): unknown {
  return { key, type: 'string', value }
}

/** Lists and maps are the text of their JSON. */
function tagOf({ key, value }: WireAttribute): unknown {
  const [[type, content] = []] = Object.entries(value as WireValue)
  if (type === 'boolValue') return { key, type: 'bool', value: content }
  if (type === 'intValue') return { key, type: 'int64', value: Number(content) }
  if (type === 'doubleValue') return { key, type: 'float64', value: content }
  if (type === 'arrayValue') return { key, type: 'string', value: JSON.stringify(plainValue(value)) }
  if (type === 'kvlistValue') {
    const { values = [] } = content as { values?: readonly WireAttribute[] }
    return { key, type: 'string', value: JSON.stringify(plainMembers(values)) }
  }
  return { key, type: 'string', value: content ?? '' }
}

import { plainMembers } from './spans.ts'
import type { WireSpan, WireValue } from './spans.ts'

const NANOS = 1_000_000_000n
const KINDS = ['INTERNAL', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'] as const
const STATUSES = ['UNSET', 'OK', 'ERROR'] as const

/** A line of the file that Copilot CLI writes (`COPILOT_OTEL_FILE_EXPORTER_PATH`), between records of its metrics. */
export function copilotLine(span: WireSpan): string {
  const start = [Number(span.startNanos / NANOS), Number(span.startNanos % NANOS)]
  const shown = {
    type: 'span',
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    name: span.name,
    kind: Math.max(span.kind - 1, 0),
    startTime: start,
    endTime: start,
    attributes: plainMembers(span.attributes),
    status: { code: span.status },
    events: [],
    resource: { attributes: plainMembers(span.resource), schemaUrl: '' },
    instrumentationScope: span.scope,
  }
  const metric = { type: 'metric', name: 'gen_ai.client.token.usage', attributes: {}, dataPoints: [] }
  return `${JSON.stringify(metric)}\n${JSON.stringify(shown)}\n`
}

/** A span in the log group `aws/spans` of CloudWatch. */
export function cloudWatchSpan(span: WireSpan): unknown {
  return {
    resource: { attributes: plainMembers(span.resource) },
    scope: span.scope,
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    flags: 1,
    name: span.name,
    kind: KINDS[span.kind],
    startTimeUnixNano: String(span.startNanos),
    attributes: plainMembers(span.attributes),
    status: { code: STATUSES[span.status] },
  }
}

/** What `aws logs filter-log-events` prints of that group. */
export function logEvents(spans: readonly WireSpan[]): unknown {
  const events = spans.map((span) => ({ logStreamName: 'default', message: JSON.stringify(cloudWatchSpan(span)) }))
  return { events, searchedLogStreams: [] }
}

/** What `aws logs get-query-results` prints of `fields @message`. */
export function queryResults(spans: readonly WireSpan[]): unknown {
  const cell = (span: WireSpan) => ({ field: '@message', value: JSON.stringify(cloudWatchSpan(span)) })
  return { status: 'Complete', results: spans.map((span) => [cell(span), { field: '@ptr', value: 'CmUK' }]) }
}

/** A request in which `encoding/json` of Go has written the structs of the protobuf types. */
export function goStructs(request: unknown): string {
  return JSON.stringify(request, (key, value: unknown) =>
    key === 'value' && isValue(value) ? { Value: asGo(value) } : value,
  )
}

function isValue(value: unknown): value is WireValue {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 1
}

function asGo(value: WireValue): unknown {
  return Object.fromEntries(Object.entries(value).map(([type, content]) => [type.replace(/^[a-z]/u, upper), content]))
}

const upper = (letter: string) => letter.toUpperCase()

/** A request whose attributes are objects, with the types or without them. */
export function withMaps(spans: readonly WireSpan[], isTyped: boolean): unknown {
  const members = (list: WireSpan['attributes']) =>
    isTyped ? Object.fromEntries(list.map(({ key, value }) => [key, value])) : plainMembers(list)
  return {
    resourceSpans: spans.map(({ resource, scope, startNanos, status, attributes, ...span }) => ({
      resource: { attributes: members(resource) },
      scopeSpans: [
        {
          scope,
          spans: [
            {
              ...span,
              attributes: members(attributes),
              startTimeUnixNano: String(startNanos),
              status: { code: status },
            },
          ],
        },
      ],
    })),
  }
}

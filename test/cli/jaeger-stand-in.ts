import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One `ExportTraceServiceRequest` with the spans of one trace and one service. */
export interface Recorded {
  readonly resourceSpans: readonly [ResourceSpans]
}

interface ResourceSpans {
  readonly resource: { readonly attributes: readonly KeyValue[] }
  readonly scopeSpans: readonly [{ readonly scope: object; readonly spans: readonly RecordedSpan[] }]
}

interface KeyValue {
  readonly key: string
  readonly value: { readonly stringValue?: string; readonly arrayValue?: object }
}

export interface RecordedSpan {
  readonly traceId: string
  readonly startTimeUnixNano: string
  readonly attributes: readonly KeyValue[]
}

export interface StandIn {
  readonly url: string
  /** Path and parameters of each request, in their order. */
  readonly requests: readonly URL[]
  readonly headers: readonly IncomingMessage['headers'][]
  close(): void
}

export interface StandInOptions {
  /** `current`: as of v2.20, whose `/api/v3` filters by attribute. `older`: as of v2.13, whose does not. */
  readonly api: 'current' | 'older'
  readonly basePath?: string
  /** Takes a request over, where it gives back true. */
  readonly instead?: (url: URL, response: ServerResponse) => boolean
}

/**
 * Answers over HTTP as Jaeger's sources of v2.13 and v2.20 say: for what the real one that can be built does not do.
 */
export async function startStandIn(traces: readonly Recorded[], options: StandInOptions): Promise<StandIn> {
  const requests: URL[] = []
  const headers: IncomingMessage['headers'][] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://stand-in')
    requests.push(url)
    headers.push(request.headers)
    if (options.instead?.(url, response) !== true) answer(traces, options, url, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, headers, close }
}

function answer(
  traces: readonly Recorded[],
  { api, basePath = '' }: StandInOptions,
  url: URL,
  response: ServerResponse,
) {
  const path = url.pathname.startsWith(basePath) ? url.pathname.slice(basePath.length) : ''
  if (path === '/api/v3/services') return sendJson(response, { services: [...new Set(traces.map(serviceOf))] })
  if (path === '/api/v3/traces') return search(traces, api, url.searchParams, response)
  if (path.startsWith('/api/v3/traces/')) {
    const id = path.slice('/api/v3/traces/'.length)
    return sendTraces(
      response,
      traces.filter((trace) => spansOf(trace)[0]?.traceId === id),
    )
  }
  if (path === '/api/traces' && api === 'older') return olderSearch(traces, url.searchParams, response)
  // The user interface, for every path that is not known.
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<!doctype html><title>Jaeger UI</title>')
}

function search(
  traces: readonly Recorded[],
  api: StandInOptions['api'],
  given: URLSearchParams,
  response: ServerResponse,
) {
  const value = (camel: string, snake: string) =>
    (api === 'current' ? given.get(`query.${camel}`) : null) ?? given.get(`query.${snake}`)
  const [min, max] = [value('startTimeMin', 'start_time_min'), value('startTimeMax', 'start_time_max')]
  const limit = Number(value('searchDepth', 'num_traces'))
  if (min === null || max === null)
    return refuse(response, 400, 'query.start_time_min and query.start_time_max are required')
  if (!(limit > 0)) return refuse(response, 500, 'search depth must be greater than 0 and less than max traces')
  const asked = (api === 'current' ? given.get('query.attributes') : null) ?? '{}'
  const wanted = JSON.parse(asked) as Record<string, string>
  const found = traces.filter((trace) => matches(trace, [Date.parse(min), Date.parse(max)], wanted))
  sendTraces(response, found.slice(0, limit))
}

function olderSearch(traces: readonly Recorded[], given: URLSearchParams, response: ServerResponse) {
  const service = given.get('service')
  const errors = [{ code: 400, msg: "parameter 'service' is required" }]
  if (service === null) return sendJson(response, { data: null, errors }, 400)
  const wanted = JSON.parse(given.get('tags') ?? '{}') as Record<string, string>
  const range = [Number(given.get('start')) / 1_000, Number(given.get('end')) / 1_000] as const
  const found = traces.filter((trace) => serviceOf(trace) === service && matches(trace, range, wanted))
  const data = found.slice(0, Number(given.get('limit'))).map((trace) => {
    const spans = spansOf(trace).map((span) => ({ traceID: span.traceId, startTime: startOf(span) * 1_000 }))
    return { traceID: spans[0]?.traceID, spans, processes: {} }
  })
  sendJson(response, { data, total: 0, limit: 0, offset: 0, errors: null })
}

/** Everything that is asked for on one span, or on its resource. */
function matches(
  trace: Recorded,
  [min, max]: readonly [number, number],
  wanted: Readonly<Record<string, string>>,
): boolean {
  const { resource } = trace.resourceSpans[0]
  return spansOf(trace).some((span) => {
    const start = startOf(span)
    const texts = new Map(
      [...resource.attributes, ...span.attributes].map(({ key, value }) => [key, value.stringValue]),
    )
    return start >= min && start <= max && Object.entries(wanted).every(([key, text]) => texts.get(key) === text)
  })
}

function sendTraces(response: ServerResponse, traces: readonly Recorded[]): void {
  if (traces.length === 0) return refuse(response, 404, 'No traces found')
  sendJson(response, { result: { resourceSpans: traces.flatMap(({ resourceSpans }) => resourceSpans) } })
}

function refuse(response: ServerResponse, httpCode: number, message: string): void {
  sendJson(response, { error: { httpCode, message } }, httpCode)
}

/** Jaeger names no type of its JSON, so that it goes out as text. */
function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(JSON.stringify(body))
}

function serviceOf({ resourceSpans: [{ resource }] }: Recorded): string {
  return resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? ''
}

function spansOf({ resourceSpans: [{ scopeSpans }] }: Recorded): readonly RecordedSpan[] {
  return scopeSpans[0].spans
}

/** In milliseconds; nanoseconds are no exact number, so that a span would now and then start before its millisecond. */
function startOf({ startTimeUnixNano }: RecordedSpan): number {
  return Number(BigInt(startTimeUnixNano) / 1_000n) / 1_000
}

import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { SpanShape } from '../../src/model/span.ts'
import { readRequest } from '../../src/otlp/otlp-json.ts'
import { answers, eventually, freePorts, program } from './bench.ts'
import type { Bench, Running } from './bench.ts'

export const TOKEN = 'a-token-of-the-tests'

export interface Collector extends Running {
  /** Where strangers send. */
  readonly outside: string
  /** Where services send that hold the token. */
  readonly inside: string
  /** Its counters, as Prometheus reads them. */
  readonly prometheus: string
  /** The spans that left the judge, by id. */
  readonly received: ReadonlyMap<string, SpanShape>
  /** The requests that they left in, as text. */
  readonly requests: readonly string[]
  /** The file of what violates. */
  readonly violations: string
}

/**
 * Starts a Collector with configurations that users get; only ports, folders and waits differ, by its environment. A
 * further pipeline sends every judged span to the test.
 */
export async function startCollector(
  bench: Bench,
  name: string,
  texts: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<Collector> {
  const folder = bench.subfolder(name)
  const sink = await startSink()
  const files = [...texts, overlay(sink.url)].map((text, index) => {
    const file = join(folder, `${index}.yaml`)
    writeFileSync(file, text)
    return `--config=file:${file}`
  })
  const [grpc, http, inside, prometheus, health, metrics] = (await freePorts(6)).map(String)
  const violations = join(folder, 'violations.jsonl')
  const running = await bench.launch({
    name,
    command: program('otelcol'),
    args: files,
    env: {
      ONBEHALF_INSIDE_TOKEN: TOKEN,
      QUEUE_DIR: bench.subfolder(`${name}-queue`),
      VIOLATIONS_FILE: violations,
      INHERIT_WAIT: '1s',
      DECISION_WAIT: '1s',
      OTELCOL_GRPC_PORT: grpc as string,
      OTELCOL_HTTP_PORT: http as string,
      OTELCOL_INSIDE_PORT: inside as string,
      OTELCOL_PROMETHEUS_PORT: prometheus as string,
      OTELCOL_HEALTH_PORT: health as string,
      OTELCOL_METRICS_PORT: metrics as string,
      ...more,
    },
    isHealthy: () => answers(`http://127.0.0.1:${health}/`),
  })
  return Object.assign(running, {
    outside: `http://127.0.0.1:${http}/v1/traces`,
    inside: `http://127.0.0.1:${inside}/v1/traces`,
    prometheus: `http://127.0.0.1:${prometheus}/metrics`,
    received: sink.received,
    requests: sink.requests,
    violations,
  })
}

function overlay(endpoint: string): string {
  const exporter = { endpoint, encoding: 'json', compression: 'none', sending_queue: { enabled: false } }
  const pipeline = { receivers: ['forward/judged'], processors: ['transform/clean'], exporters: ['otlp_http/test'] }
  return JSON.stringify({
    exporters: { 'otlp_http/test': exporter },
    service: { pipelines: { 'traces/test': pipeline } },
  })
}

interface Sink {
  readonly received: ReadonlyMap<string, SpanShape>
  readonly requests: readonly string[]
  readonly url: string
}

async function startSink(): Promise<Sink> {
  const received = new Map<string, SpanShape>()
  const requests: string[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString()
      requests.push(text)
      const spans = readRequest(JSON.parse(text), () => {})
      for (const span of spans) received.set(span.spanContext().spanId, span)
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  afterAll(() => new Promise((closed) => server.close(closed)))
  return { received, requests, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** Sends spans as one request, and gives back the status. */
export async function send(url: string, spans: readonly SpanShape[], token?: string): Promise<number> {
  return sendRequest(url, otlpOf(spans), token)
}

/** Sends a request in OTLP JSON, and gives back the status. */
export async function sendRequest(url: string, request: unknown, token?: string): Promise<number> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(request),
  })
  const answer = await response.text()
  if (response.status === 400) throw new Error(`the Collector refused the request: ${answer}`)
  return response.status
}

/** Waits until all of these spans have come out at the other end, and gives them back in their order. */
export async function receivedAll(collector: Collector, spans: readonly SpanShape[]): Promise<readonly SpanShape[]> {
  const ids = spans.map((span) => span.spanContext().spanId)
  await eventually(`${ids.length} spans behind the Collector`, () =>
    ids.every((id) => collector.received.has(id)) ? true : undefined,
  )
  return ids.map((id) => collector.received.get(id) as SpanShape)
}

/** An `ExportTraceServiceRequest` in OTLP JSON. */
export function otlpOf(spans: readonly SpanShape[]): unknown {
  return {
    resourceSpans: spans.map((span) => ({
      resource: { attributes: keyValues(span.resource.attributes) },
      scopeSpans: [{ scope: span.instrumentationScope, spans: [wireOf(span)] }],
    })),
  }
}

function wireOf(span: SpanShape): unknown {
  const [seconds, nanos] = span.startTime
  const start = BigInt(seconds) * 1_000_000_000n + BigInt(Math.round(nanos))
  const parent = span.parentSpanContext?.spanId
  const { traceId, spanId } = span.spanContext()
  return {
    traceId,
    spanId,
    ...(parent === undefined ? {} : { parentSpanId: parent }),
    name: span.name,
    kind: span.kind + 1,
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(start + 1_000_000n),
    status: { code: span.status.code },
    attributes: keyValues(span.attributes),
  }
}

function keyValues(attributes: SpanShape['attributes']): unknown {
  return Object.entries(attributes).flatMap(([key, value]) => {
    const wire = anyValue(value)
    return wire === undefined ? [] : [{ key, value: wire }]
  })
}

function anyValue(value: unknown): unknown {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'bigint') return { intValue: String(value) }
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return { intValue: String(value) }
    return { doubleValue: Number.isFinite(value) ? value : String(value) }
  }
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue).filter((one) => one !== undefined) } }
  return typeof value === 'object' && value !== null
    ? { kvlistValue: { values: keyValues(value as never) } }
    : undefined
}

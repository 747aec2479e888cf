import { appendFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { networkReason } from '../terminal/network-reason.ts'
import { decoded } from '../terminal/url.ts'
import type { PlainUrl } from '../terminal/url.ts'

export interface Receiver {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly endpoint: string
  /** What went wrong when forwarding requests. */
  readonly failures: readonly string[]
  /** The export requests since the last call. */
  taken(): readonly unknown[]
  close(): void
}

/**
 * An OTLP/HTTP receiver for JSON (OTLP 1.x, section OTLP/HTTP): it writes every request as a line of `file`, as the
 * Collector's file exporter does, and forwards it to `forwardTo` if that is given.
 */
export async function startReceiver(file: string, forwardTo: PlainUrl | undefined): Promise<Receiver> {
  const failures: string[] = []
  let requests: unknown[] = []
  writeFileSync(file, '')
  const server = createServer((request, response) => {
    void receive(request, file, forwardTo, (taken) => requests.push(taken))
      .catch((error: unknown) => failures.push(String(error instanceof Error ? error.message : error)))
      .then(() => answer(response))
  })
  const port = await listening(server)
  const taken = () => {
    const all = requests
    requests = []
    return all
  }
  return { endpoint: `http://127.0.0.1:${port}`, failures, taken, close: () => server.close() }
}

async function receive(
  request: IncomingMessage,
  file: string,
  forwardTo: PlainUrl | undefined,
  take: (request: unknown) => void,
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const sent = Buffer.concat(chunks)
  const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent
  const parsed: unknown = JSON.parse(body.toString())
  appendFileSync(file, `${JSON.stringify(parsed)}\n`)
  take(parsed)
  if (forwardTo === undefined) return
  const url = new URL(forwardTo.url)
  url.pathname = `${url.pathname.replace(/\/$/u, '')}${request.url ?? '/v1/traces'}`
  const headers = new Headers({ ...headersOfProcess(), 'content-type': 'application/json' })
  if (forwardTo.basic !== undefined && !headers.has('authorization')) headers.set('authorization', forwardTo.basic)
  const response = await fetch(url, { method: 'POST', headers, body }).catch((error: unknown) => {
    throw new Error(`${url.origin} cannot be reached: ${networkReason(error)}`)
  })
  if (!response.ok) throw new Error(`${url.origin}${url.pathname} answered ${response.status}`)
}

/** As the OpenTelemetry exporters read them: `name=value`, separated by commas, each percent-encoded. */
function headersOfProcess(): Record<string, string> {
  const pairs = (process.env['OTEL_EXPORTER_OTLP_HEADERS'] ?? '').split(',').filter((pair) => pair.includes('='))
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      const value = pair.slice(at + 1).trim()
      return [pair.slice(0, at).trim(), decoded(value) ?? value]
    }),
  )
}

function answer(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

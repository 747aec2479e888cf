import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll } from 'vitest'

/** A mood of a backend: it takes requests, refuses them, or takes them and says that it took only some. */
export type Mood = 'well' | 429 | 503 | 'partial'

export interface MoodyProxy {
  readonly url: string
  mood: Mood
  /** Requests that it did not pass on. */
  readonly refused: number
}

/** Stands before a real receiver of OTLP/HTTP, and answers in its place while its mood is bad. */
export async function startMoodyProxy(target: string): Promise<MoodyProxy> {
  const proxy = { url: '', mood: 'well' as Mood, refused: 0 }
  const server = createServer((request, response) => {
    void handle(request, response).catch(() => response.destroy())
  })
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { mood } = proxy
    if (typeof mood === 'number') {
      proxy.refused += 1
      response.writeHead(mood, { 'retry-after': '1' }).end()
      return
    }
    // What belongs to one connection is not for the next.
    const passing = Object.entries(request.headers).filter(([name]) => !OF_CONNECTION.has(name))
    const passed = await fetch(`${target}${request.url}`, {
      method: 'POST',
      headers: Object.fromEntries(passing) as Record<string, string>,
      body: Buffer.concat(chunks),
    })
    const body = Buffer.from(await passed.arrayBuffer())
    response.writeHead(passed.status, { 'content-type': passed.headers.get('content-type') ?? '' })
    response.end(mood === 'partial' ? partialSuccess(request.headers['content-type']) : body)
  }
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  afterAll(() => new Promise((closed) => server.close(closed).closeAllConnections()))
  proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return proxy
}

const OF_CONNECTION = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'keep-alive'])

const MESSAGE = 'one span is too old'

/** ExportTraceServiceResponse { partial_success: { rejected_spans: 1, error_message } }, in the encoding of the request. */
function partialSuccess(type: string | undefined): Buffer | string {
  if (type?.includes('json') === true) {
    return JSON.stringify({ partialSuccess: { rejectedSpans: 1, errorMessage: MESSAGE } })
  }
  const inner = Buffer.concat([Buffer.from([0x08, 1, 0x12, MESSAGE.length]), Buffer.from(MESSAGE)])
  return Buffer.concat([Buffer.from([0x0a, inner.length]), inner])
}

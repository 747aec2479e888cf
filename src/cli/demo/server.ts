import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Serves on a free port of the loopback interface and sends the port to the parent process. */
export function serve(answer: (request: IncomingMessage, body: string) => Promise<number> | number): void {
  const server = createServer((request, response) => {
    void bodyOf(request)
      .then((body) => answer(request, body))
      .catch(() => 500)
      .then((status) => end(response, status))
  })
  server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  return body
}

function end(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ status }))
}

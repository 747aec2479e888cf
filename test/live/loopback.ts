import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Loopback {
  readonly url: string
  close(): Promise<void>
}

/** A real server on a free port of the loopback interface. */
export async function loopback(answer: RequestListener = sayOk): Promise<Loopback> {
  const server = createServer(answer)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close: () => closed(server) }
}

function sayOk(...[request, response]: Parameters<RequestListener>): void {
  request.resume().on('end', () => response.end('{"ok":true}'))
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

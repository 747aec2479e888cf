import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An HTTP server on loopback that counts its requests, and answers as its `answer` says at the moment. */
export class KeyServer {
  requests = 0
  answer: RequestListener = (_, response) => response.end('{"keys":[]}')
  readonly #server: Server

  private constructor() {
    this.#server = createServer((request, response) => {
      this.requests += 1
      this.answer(request, response)
    })
  }

  static async start(): Promise<KeyServer> {
    const server = new KeyServer()
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve))
    return server
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/jwks`
  }

  publish(...keys: readonly object[]): void {
    this.answer = (_, response) => response.end(JSON.stringify({ keys }))
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as v from 'valibot'

/*
 * A decision point as the AuthZEN Authorization API 1.0 defines it (https://openid.net/specs/authorization-api-1_0.html):
 * the entities of section 5, the request and answer of section 6, and the HTTPS binding of section 10.
 */

const PROPERTIES = v.optional(v.record(v.string(), v.unknown()))
const EVALUATION = v.strictObject({
  subject: v.strictObject({ type: v.string(), id: v.string(), properties: PROPERTIES }),
  action: v.strictObject({ name: v.string(), properties: PROPERTIES }),
  resource: v.strictObject({ type: v.string(), id: v.string(), properties: PROPERTIES }),
  context: PROPERTIES,
})
export type Evaluation = v.InferOutput<typeof EVALUATION>

export interface Answer {
  readonly decision: boolean
  readonly context?: object
}

export interface Served {
  readonly url: string
  /** What was asked, as it was understood. */
  readonly asked: Evaluation[]
  readonly requests: IncomingMessage[]
  close(): Promise<void>
}

/** Serves what `decide` says of each request that follows the specification. Others get 400, as section 10.1.1 says. */
export async function serveAuthzen(decide: (asked: Evaluation) => Answer): Promise<Served> {
  const asked: Evaluation[] = []
  const requests: IncomingMessage[] = []
  const served = await serve(async (request, response) => {
    requests.push(request)
    const isEvaluation = request.url === '/pdp/access/v1/evaluation' && request.method === 'POST'
    if (!isEvaluation) return response.writeHead(404).end()
    const body: unknown = JSON.parse(await bodyOf(request))
    const read = v.safeParse(EVALUATION, body)
    const isJson = request.headers['content-type'] === 'application/json'
    if (!read.success || !isJson) return response.writeHead(400).end('"it does not follow the specification"')
    asked.push(read.output)
    const id = request.headers['x-request-id']
    response.writeHead(200, { 'content-type': 'application/json', ...(id === undefined ? {} : { 'x-request-id': id }) })
    return response.end(JSON.stringify(decide(read.output)))
  })
  return { ...served, url: `${served.url}/pdp`, asked, requests }
}

export async function serve(
  answer: (request: IncomingMessage, response: ServerResponse) => unknown,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server: Server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request.setEncoding('utf8')) body += String(chunk)
  return body
}

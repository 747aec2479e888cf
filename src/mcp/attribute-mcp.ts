import { AttributionConfigError } from '../policy/config-error.ts'
import { fault, guarded } from '../runtime/health/fault.ts'
import { attributeClient } from './client.ts'
import { attributeServer } from './server.ts'
import { isFirstTime, isPeer, isRecord, requestHandlers } from './shapes.ts'
import type { McpServer } from './shapes.ts'

/**
 * Makes an MCP client tell servers for whom it calls: each request takes along the trace context and what is bound where
 * it was sent, in `params._meta` (SEP-414: `traceparent`, `tracestate`, `baggage`). What the app put there stays. Makes
 * the CLIENT span of each call, as the semantic conventions of MCP define it, unless an instrumentation has made it. What
 * the server asks of the client during a call, such as a model call, runs as the caller; as nobody, if it isn't known which.
 *
 * Works on the MCP TypeScript SDK 1.x and 2.x, over any transport. Changes the client in place and returns it; a second
 * time changes nothing. Throws `AttributionConfigError` if it isn't a client. After that, a failure of ours never changes
 * a call: it counts a fault, and the request goes out as it was.
 *
 * @example
 * ```ts
 * import { Client } from '@modelcontextprotocol/sdk/client/index.js'
 * import { attributeMcpClient } from 'onbehalf'
 *
 * const client = attributeMcpClient(new Client({ name: 'assistant', version: '1.0.0' }))
 * ```
 */
export function attributeMcpClient<T extends object>(client: T): T {
  if (!isPeer(client)) throw new AttributionConfigError(['attributeMcpClient: expected a client of the MCP SDK'])
  guarded('mcp', 'a client could not be attributed', () => isFirstTime(client) && attributeClient(client), undefined)
  return client
}

/**
 * Makes an MCP server run its handlers, such as the callbacks of its tools, as the continuation of the request that they
 * serve: what the client put into `params._meta` is in force inside, request by request. Without a signature all of it is
 * `claimed`. Makes the SERVER span of each request, as the semantic conventions of MCP define it, unless an
 * instrumentation has made it.
 *
 * Works on `McpServer` and `Server` of the MCP TypeScript SDK 1.x and 2.x, over any transport, and on handlers that are
 * added later. Changes the server in place and returns it; a second time changes nothing. Throws
 * `AttributionConfigError` if it isn't a server. After that, a failure of ours never changes a response: it counts a
 * fault, and the handler runs as it would.
 *
 * @example
 * ```ts
 * import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
 * import { attributeMcpServer } from 'onbehalf'
 *
 * const server = attributeMcpServer(new McpServer({ name: 'crm', version: '1.0.0' }))
 * ```
 */
export function attributeMcpServer<T extends object>(server: T): T {
  const inner: unknown = isRecord(server) && isPeer(server['server']) ? server['server'] : server
  if (!isPeer(inner)) throw new AttributionConfigError(['attributeMcpServer: expected a server of the MCP SDK'])
  guarded('mcp', 'a server could not be attributed', () => isFirstTime(inner) && attribute(inner), undefined)
  return server
}

function attribute(server: McpServer): void {
  const handlers = requestHandlers(server)
  if (handlers === undefined) fault('mcp', 'a server keeps its handlers where they were not expected')
  else attributeServer(server, handlers)
}

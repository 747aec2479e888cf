import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { z } from 'zod'
import { loopback } from './loopback.ts'
import type { Loopback } from './loopback.ts'

/** What the server's tool `lookup` does; it answers with the text that this brings. */
export type Lookup = (customer: string) => Promise<string>

function serverWith(lookup: Lookup): McpServer {
  const server = new McpServer({ name: 'crm-server', version: '1.0.0' })
  server.registerTool('lookup', { inputSchema: { customer: z.string() } }, async ({ customer }) => ({
    content: [{ type: 'text', text: await lookup(customer) }],
  }))
  return server
}

/** A real MCP server over Streamable HTTP on the loopback interface: a session for each client that connects. */
export async function startMcpServer(lookup: Lookup): Promise<Loopback> {
  const sessions = new Map<string, StreamableHTTPServerTransport>()
  return loopback((request, response) => {
    void sessionOf(request, sessions, lookup).then((transport) => handle(transport, request, response))
  })
}

function handle(transport: StreamableHTTPServerTransport, request: IncomingMessage, response: ServerResponse) {
  return transport.handleRequest(request, response)
}

async function sessionOf(
  request: IncomingMessage,
  sessions: Map<string, StreamableHTTPServerTransport>,
  lookup: Lookup,
): Promise<StreamableHTTPServerTransport> {
  const known = sessions.get(String(request.headers['mcp-session-id']))
  if (known !== undefined) return known
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => void sessions.set(id, transport),
  })
  await serverWith(lookup).connect(transport as Transport)
  return transport
}

export async function connectOverHttp(url: string): Promise<Client> {
  return connected(new StreamableHTTPClientTransport(new URL(url)) as Transport)
}

/** Client and server in one process, with nothing between them. */
export async function connectInMemory(lookup: Lookup): Promise<Client> {
  const [near, far] = InMemoryTransport.createLinkedPair()
  await serverWith(lookup).connect(far)
  return connected(near)
}

async function connected(transport: Transport): Promise<Client> {
  const client = new Client({ name: 'assistant', version: '1.0.0' })
  await client.connect(transport)
  return client
}

/** What the tool answered, as one text. */
export async function lookup(client: Client, customer: string): Promise<string> {
  const result = await client.callTool({ name: 'lookup', arguments: { customer } })
  return (result.content as { text: string }[]).map(({ text }) => text).join('')
}

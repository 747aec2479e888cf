import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { context, propagation, SpanKind, trace } from '@opentelemetry/api'
import { attributeMcpServer, onBehalfOf } from 'onbehalf'
import { z } from 'zod'
import { serverSdk, settings } from './sdk.mjs'

/**
 * An MCP server in a process of its own. Its tool `lookup` waits until as many calls as `MEET` says are inside it, and
 * then asks the CRM over HTTP.
 */

const { sdk, transport, level = 'McpServer', attributed, instrumented, bound, sessions } = settings()
const mcp = await serverSdk(sdk)
const { CRM, MEET = '1' } = process.env

let inside = 0
let open
const all = new Promise((resolve) => (open = resolve))
function meet() {
  if (++inside === Number(MEET)) open()
  return all
}

async function lookup({ customer }) {
  if (customer === 'broken') throw new Error('no such customer')
  if (MEET !== '1') await meet()
  const response = await fetch(`${CRM}${customer}`)
  return { content: [{ type: 'text', text: `${customer} ${await response.text()}` }] }
}

function makeServer() {
  const server = level === 'Server' ? lowLevel() : highLevel()
  if (instrumented) instrument(server.server ?? server)
  return server
}

function highLevel() {
  const server = new mcp.McpServer({ name: 'crm-server', version: '1.0.0' }, { capabilities: { tools: {} } })
  const made = attributed ? attributeMcpServer(server) : server
  // Added after the server was attributed.
  made.registerTool('lookup', { inputSchema: z.object({ customer: z.string() }) }, lookup)
  return made
}

function lowLevel() {
  const server = new mcp.Server({ name: 'crm-server', version: '1.0.0' }, { capabilities: { tools: {} } })
  const made = attributed ? attributeMcpServer(server) : server
  mcp.on(made, 'tools/list', () => ({
    tools: [{ name: 'lookup', inputSchema: { type: 'object', properties: { customer: { type: 'string' } } } }],
  }))
  mcp.on(made, 'tools/call', ({ params }) => lookup(params.arguments))
  return made
}

/** What an instrumentation of the semantic conventions does: a span below what `_meta` says, at the transport. */
function instrument(server) {
  const tracer = trace.getTracer('an-mcp-instrumentation')
  const { connect } = server
  server.connect = async function (to) {
    await connect.call(this, to)
    const { onmessage, send } = to
    const open = new Map()
    const received = function (message, extra) {
      if (message.method !== 'tools/call') return onmessage.call(this, message, extra)
      const { name, _meta = {} } = message.params
      const attributes = { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': name }
      const options = { kind: SpanKind.SERVER, attributes }
      const parent = propagation.extract(context.active(), _meta)
      tracer.startActiveSpan(`tools/call ${name}`, options, parent, (span) => {
        open.set(message.id, span)
        onmessage.call(this, message, extra)
      })
    }
    const sent = function (message, options) {
      open.get(message.id)?.end()
      return send.call(this, message, options)
    }
    Object.assign(to, { onmessage: received, send: sent })
  }
}

const serveHere = () =>
  sdk === '2' ? mcp.serveStdio(makeServer) : makeServer().connect(new mcp.StdioServerTransport())

if (transport === 'stdio') {
  if (bound) await onBehalfOf({ principal: { id: 'eve@contoso.com', type: 'human' }, intent: 'connect' }, serveHere)
  else await serveHere()
} else {
  const listening = createServer((request, response) => void serve(request, response))
  listening.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${listening.address().port}/mcp`))
  process.once('SIGTERM', () => {
    listening.close()
    listening.closeAllConnections()
  })
}

const handler = sdk === '2' ? mcp.createMcpHandler(makeServer) : undefined

async function serve(incoming, outgoing) {
  const chunks = await incoming.toArray()
  const body = chunks.length === 0 ? undefined : Buffer.concat(chunks)
  const request = new Request(`http://127.0.0.1${incoming.url}`, {
    method: incoming.method,
    headers: incoming.headers,
    ...(body === undefined ? {} : { body }),
  })
  const response = await answer(request)
  outgoing.writeHead(response.status, Object.fromEntries(response.headers))
  if (response.body !== null) for await (const chunk of response.body) outgoing.write(chunk)
  outgoing.end()
}

const bySession = new Map()

/** Without sessions, a server for each request. */
async function answer(request) {
  if (handler !== undefined) return handler.fetch(request)
  const known = bySession.get(request.headers.get('mcp-session-id'))
  if (known !== undefined) return known.handleRequest(request)
  const to = new mcp.WebTransport({
    sessionIdGenerator: sessions ? randomUUID : undefined,
    onsessioninitialized: (id) => void bySession.set(id, to),
  })
  await makeServer().connect(to)
  return to.handleRequest(request)
}

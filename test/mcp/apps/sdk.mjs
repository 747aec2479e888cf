/** Both versions of the MCP SDK, under the same names. */

export async function clientSdk(version) {
  if (version === '2') {
    const { Client, StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client')
    const { StdioClientTransport } = await import('@modelcontextprotocol/client/stdio')
    const on = (client, method, handler) => client.setRequestHandler(method, handler)
    return { Client, StreamableHTTPClientTransport, StdioClientTransport, on }
  }
  const { Client } = await import('@modelcontextprotocol/sdk/client/index.js')
  const { StdioClientTransport } = await import('@modelcontextprotocol/sdk/client/stdio.js')
  const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/sdk/client/streamableHttp.js')
  const types = await import('@modelcontextprotocol/sdk/types.js')
  const schemas = {
    'sampling/createMessage': types.CreateMessageRequestSchema,
    'elicitation/create': types.ElicitRequestSchema,
  }
  const on = (client, method, handler) => client.setRequestHandler(schemas[method], handler)
  return { Client, StreamableHTTPClientTransport, StdioClientTransport, on }
}

export async function serverSdk(version) {
  if (version === '2') {
    const { McpServer, Server, createMcpHandler, WebStandardStreamableHTTPServerTransport } =
      await import('@modelcontextprotocol/server')
    const { StdioServerTransport, serveStdio } = await import('@modelcontextprotocol/server/stdio')
    const on = (server, method, handler) => server.setRequestHandler(method, handler)
    return {
      McpServer,
      Server,
      StdioServerTransport,
      serveStdio,
      createMcpHandler,
      WebTransport: WebStandardStreamableHTTPServerTransport,
      on,
    }
  }
  const { McpServer } = await import('@modelcontextprotocol/sdk/server/mcp.js')
  const { Server } = await import('@modelcontextprotocol/sdk/server/index.js')
  const { StdioServerTransport } = await import('@modelcontextprotocol/sdk/server/stdio.js')
  const { WebStandardStreamableHTTPServerTransport } =
    await import('@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js')
  const types = await import('@modelcontextprotocol/sdk/types.js')
  const schemas = { 'tools/call': types.CallToolRequestSchema, 'tools/list': types.ListToolsRequestSchema }
  const on = (server, method, handler) => server.setRequestHandler(schemas[method], handler)
  return { McpServer, Server, StdioServerTransport, WebTransport: WebStandardStreamableHTTPServerTransport, on }
}

/** `--sdk 2 --attributed` as `{ sdk: '2', attributed: true }`. */
export function settings(args = process.argv.slice(2)) {
  const found = {}
  for (let at = 0; at < args.length; at++) {
    const name = args[at].slice(2)
    const next = args[at + 1]
    found[name] = next === undefined || next.startsWith('--') ? true : args[++at]
  }
  return found
}

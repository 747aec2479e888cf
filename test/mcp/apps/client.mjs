import { fileURLToPath } from 'node:url'
import { McpInstrumentation } from '@traceloop/instrumentation-mcp'
import { asAgent, attributeMcpClient, onBehalfOf } from 'onbehalf'
import { clientSdk, settings } from './sdk.mjs'

/** An assistant in a process of its own: two users at once, on one MCP client. */

const { sdk, transport, attributed, instrumented, negotiated } = settings()
const mcp = await clientSdk(sdk)
const { USERS = 'kai@contoso.com,mia@contoso.com', URL: url, SERVER_FLAGS: flags, SERVER_ENV: serverEnv } = process.env
const { ONBEHALF_SIGNING_KEY: _, ONBEHALF_POLICY: __, ...shared } = process.env

if (instrumented) new McpInstrumentation().manuallyInstrument({ Client: mcp.Client })

const serverApp = fileURLToPath(new URL('server.mjs', import.meta.url))
const options = sdk === '2' && negotiated ? { versionNegotiation: { mode: 'auto' } } : undefined
const plain = new mcp.Client({ name: 'assistant', version: '1.0.0' }, options)
const client = attributed ? attributeMcpClient(plain) : plain
await client.connect(
  transport === 'stdio'
    ? new mcp.StdioClientTransport({
        command: process.execPath,
        args: ['--import', 'onbehalf/register', serverApp, '--sdk', sdk, '--transport', 'stdio', ...JSON.parse(flags)],
        env: { ...shared, ...JSON.parse(serverEnv), OTEL_SERVICE_NAME: 'crm-server' },
      })
    : new mcp.StreamableHTTPClientTransport(new URL(url)),
)

function ask(user) {
  const principal = { id: user, type: 'human' }
  return onBehalfOf({ principal, intent: `look up for ${user}` }, () =>
    asAgent('researcher', () => client.callTool({ name: 'lookup', arguments: { customer: user.split('@')[0] } })),
  )
}

const answers = await Promise.all(USERS.split(',').map(ask))
console.log(JSON.stringify(answers))
await client.close()

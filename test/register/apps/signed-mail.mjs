// The service that is called: makes a tool span for each request, and prints the address that it listens at.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { trace } from '@opentelemetry/api'
import { flush } from 'onbehalf'

const TOOL = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'sendMail' }
const server = createServer(async (request, response) => {
  const name = new URL(request.url, 'http://x').searchParams.get('name')
  if (name === null) {
    response.end('bye')
    server.close()
    server.closeAllConnections()
    return
  }
  trace.getTracer('mail').startSpan(name, { attributes: TOOL }).end()
  await flush()
  response.end('sent')
})
await once(server.listen(0, '127.0.0.1'), 'listening')
process.stdout.write(`http://127.0.0.1:${server.address().port}/\n`)

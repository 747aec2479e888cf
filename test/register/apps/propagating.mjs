// Sends one request for Kai to a server of its own, and prints the headers of propagation that arrived.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { asAgent, onBehalfOf } from 'onbehalf'

const NAMES = /^(?:baggage|traceparent|tracestate|b3|x-b3-.*|uber.*)$/u
let arrived
const server = createServer(({ headers }, response) => {
  arrived = Object.fromEntries(Object.entries(headers).filter(([name]) => NAMES.test(name)))
  response.end('ok')
})
await once(server.listen(0, '127.0.0.1'), 'listening')
const url = `http://127.0.0.1:${server.address().port}/`
await onBehalfOf({ principal: 'kai@contoso.com', intent: 'look' }, () =>
  asAgent('looker', async () => (await fetch(url)).text()),
)
server.close()
server.closeAllConnections()
process.stdout.write(JSON.stringify(arrived))

// Calls a server of its own for Kai: over http, by names that it imports, and over fetch.
import { createServer, get } from 'node:http'
import { once } from 'node:events'
import { asAgent, onBehalfOf, via } from 'onbehalf'

const server = createServer((request, response) => response.end('ok'))
await once(server.listen(0, '127.0.0.1'), 'listening')
const url = `http://127.0.0.1:${server.address().port}`
const overHttp = () =>
  new Promise((resolve, reject) => {
    get(`${url}/http`, { agent: false }, (response) => response.resume().on('end', resolve)).on('error', reject)
  })
await onBehalfOf({ principal: { id: 'kai@contoso.com', type: 'human' }, intent: 'look' }, () =>
  asAgent('buyer', () => via('shop', () => Promise.all([overHttp(), fetch(`${url}/fetch`)]))),
)
server.close()
server.closeAllConnections()

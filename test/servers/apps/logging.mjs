import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { setTimeout as wait } from 'node:timers/promises'
import { asAgent, onBehalfOf } from '../../../dist/index.js'

// Its instrumentation is not installed beside the SDK here, as in an app, so that it only sees what is required.
const log = createRequire(import.meta.url)('pino')()
const users = ['kai@contoso.com', 'mia@contoso.com', 'kai@contoso.com', 'mia@contoso.com']

/** Two users ask at once, twice each, and their agents log in between. */
const server = createServer((request, response) => {
  const principal = String(request.headers['x-user'])
  const intent = { id: `intent of ${principal}`, summary: 'the words of the user' }
  void onBehalfOf({ principal, intent }, () =>
    asAgent('report-assistant', async () => {
      for (let step = 0; step < 3; step++) {
        await wait(1)
        log.info({ user: principal, step }, 'working')
      }
      response.end('ok')
    }),
  )
}).listen(0, '127.0.0.1', async () => {
  log.info('listening')
  const url = `http://127.0.0.1:${server.address().port}/`
  await Promise.all(users.map(async (user) => (await fetch(url, { headers: { 'x-user': user } })).text()))
  server.close()
  server.closeAllConnections()
})

import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { request } from 'undici'
import { expect, it } from 'vitest'
import { onBehalfOf } from '../../src/index.ts'
import { startLiveSdk } from './live-sdk.ts'
import { loopback } from './loopback.ts'

it('an instrumentation that listens to undici before us sends nothing to another Host either', async () => {
  const instrumentation = new UndiciInstrumentation()
  const sdk = startLiveSdk({ baggage: { hosts: ['127.0.0.1'] } }, [instrumentation])
  const arrived: boolean[] = []
  const server = await loopback((incoming, response) => {
    arrived.push(String(incoming.headers['baggage'] ?? '').includes('attribution.'))
    incoming.resume().on('end', () => response.end('ok'))
  })
  const send = (headers: Record<string, string>) => request(server.url, { headers }).then(({ body }) => body.text())
  await onBehalfOf({ principal: 'kai@contoso.com', intent: 'work' }, async () => {
    await send({})
    await send({ host: 'evil.example' })
    await send({})
  })
  await server.close()
  await sdk.stop()
  expect(arrived).toEqual([true, false, true])
})

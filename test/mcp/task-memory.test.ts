import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { attributeMcpServer } from '../../src/index.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Of a server that has what those of the SDK have, without what they keep. */
function handlersOfServer() {
  const none = (): void => {}
  const handlers = new Map<string, (request: object) => unknown>()
  attributeMcpServer({ connect: none, request: none, setRequestHandler: none, _requestHandlers: handlers })
  return handlers
}

it('a task that was created holds nothing once nobody else does', async () => {
  const handlers = handlersOfServer()
  handlers.set('tools/call', async () => ({ task: { taskId: 't-1' } }))
  const created = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const params = { name: 'report', _meta: { baggage: 'attribution.principal.id=kai' } }
      const result = handlers.get('tools/call')?.({ method: 'tools/call', params })
      return new WeakRef((await result) as object)
    }),
  )
  for (let turns = 0; turns < 3; turns++) {
    await new Promise((resolve) => void setTimeout(resolve, 10))
    collect()
  }
  expect(created.filter((one) => one.deref() !== undefined).length).toBeLessThanOrEqual(1)
})

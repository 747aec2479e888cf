import { createServer } from 'node:http'
import { once } from 'node:events'
import { context, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { asAgent, onBehalfOf, via } from 'onbehalf'

const FOREIGN = {
  traceparent: '00-11111111111111111111111111111111-2222222222222222-01',
  baggage: 'attribution.principal.id=mallory,theirs=1',
}

/** In the tick in which the SDK started: an agent's span, and what goes on of the baggage that a stranger sends. */
export function workAtOnce() {
  onBehalfOf({ principal: { id: 'kai@contoso.com', type: 'human' }, intent: 'work' }, () =>
    asAgent('worker', () => {
      const attributes = { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'worker' }
      trace.getTracer('app').startSpan('work', { attributes }).end()
    }),
  )
  const passedOn = {}
  propagation.inject(propagation.extract(ROOT_CONTEXT, FOREIGN), passedOn)
  return passedOn
}

/** A call of the agent to the outside, inside what a stranger sent; returns the headers that arrived there. */
export async function callOut() {
  let arrived
  const server = createServer(({ headers }, response) => {
    arrived = headers
    response.end('ok')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${server.address().port}/`
  await context.with(propagation.extract(ROOT_CONTEXT, FOREIGN), () =>
    onBehalfOf({ principal: { id: 'kai@contoso.com', type: 'human' }, intent: 'call' }, () =>
      asAgent('caller', () => via('shop', async () => (await fetch(url)).text())),
    ),
  )
  server.close()
  server.closeAllConnections()
  return { traceparent: arrived.traceparent, baggage: arrived.baggage }
}

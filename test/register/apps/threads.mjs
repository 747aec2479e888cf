// Makes a span in the app, one in a worker thread and one in a child process; each ends by itself.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Worker, workerData } from 'node:worker_threads'
import { trace } from '@opentelemetry/api'
import { asAgent, onBehalfOf } from 'onbehalf'

const place = process.argv[2] ?? workerData ?? 'in the app'

onBehalfOf({ principal: { id: 'kai@contoso.com', type: 'human' }, intent: 'work' }, () =>
  asAgent('worker', () => {
    const attributes = { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'worker' }
    trace.getTracer('app').startSpan(place, { attributes }).end()
  }),
)

if (place === 'in the app') {
  const self = fileURLToPath(import.meta.url)
  const worker = new Worker(self, { workerData: 'in a worker' })
  const child = fork(self, ['in a child'])
  await Promise.all([once(worker, 'exit'), once(child, 'exit')])
}

// Makes one agent span and then ends, in the way that its argument says.
import { writeSync } from 'node:fs'
import { trace } from '@opentelemetry/api'
import { asAgent, flush, onBehalfOf } from 'onbehalf'

const ENDINGS = {
  naturally: () => {},
  'with an exit code': () => {
    process.exitCode = 3
  },
  'by throwing': () => {
    setImmediate(() => {
      throw new Error('the app is broken')
    })
  },
  'by rejecting': () => void Promise.reject(new Error('the app is broken')),
  'by process.exit': () => process.exit(4),
  'by process.exit after flush': () => void flush().then(() => process.exit(4)),
  'by a signal': () => stayAlive(),
  'by a signal that it handles': () => {
    const alive = stayAlive()
    process.once('SIGTERM', () => {
      work('last work')
      clearInterval(alive)
      process.exitCode = 5
    })
  },
  'with work in beforeExit': () => {
    process.once('beforeExit', () => setImmediate(() => work('last work')))
  },
}

work('work')
ENDINGS[process.argv[2]]()
writeSync(1, 'ready\n')

function work(name) {
  onBehalfOf({ principal: { id: 'kai@contoso.com', type: 'human' }, intent: 'work' }, () =>
    asAgent('worker', () => {
      const attributes = { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'worker' }
      trace.getTracer('app').startSpan(name, { attributes }).end()
    }),
  )
}

function stayAlive() {
  return setInterval(() => {}, 2 ** 30)
}

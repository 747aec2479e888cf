// Does a piece of agent's work every few milliseconds for a while, every second one for nobody, and then ends in order.
// It prints a line when it begins, and then one of JSON: what it made, what of that was acknowledged, and how much it was held up.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { ExportResultCode } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { trace } from '@opentelemetry/api'
import { asAgent, attribution, onBehalfOf, via } from '../../../dist/index.js'

const WORK_MS = Number(process.env.WORK_MS)
const PAUSE_MS = 10

/** Notes the traces of which the backend acknowledged every span. */
class NotingExporter extends OTLPTraceExporter {
  acknowledged = []
  failures = 0

  export(spans, done) {
    super.export(spans, (result) => {
      if (result.code === ExportResultCode.SUCCESS) {
        for (const span of spans) this.acknowledged.push(span.spanContext().spanId)
      } else this.failures += 1
      done(result)
    })
  }
}

const exporter = new NotingExporter()
const sdk = new NodeSDK({ ...attribution({ traceExporter: exporter }) })
sdk.start()
process.stdout.write('begun\n')

const tracer = trace.getTracer('steady-work')
const made = []
let longestStepMs = 0
const delay = monitorEventLoopDelay({ resolution: 5 })
delay.enable()

function act() {
  tracer.startActiveSpan(
    'invoke_agent booker',
    { attributes: { 'gen_ai.operation.name': 'invoke_agent' } },
    (agent) => {
      via({ id: 'booking-api', type: 'api' }, () => {
        const attributes = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'book' }
        const tool = tracer.startSpan('execute_tool book', { attributes })
        tool.end()
        made.push([tool.spanContext().traceId, tool.spanContext().spanId])
      })
      agent.end()
      made.push([agent.spanContext().traceId, agent.spanContext().spanId])
    },
  )
}

for (let [step, until] = [0, Date.now() + WORK_MS]; Date.now() < until; step += 1) {
  const started = performance.now()
  asAgent('booker', () => {
    if (step % 2 === 0) onBehalfOf({ principal: { id: 'kai@contoso.com', type: 'human' }, intent: 'book a room' }, act)
    else act()
  })
  longestStepMs = Math.max(longestStepMs, performance.now() - started)
  await wait(PAUSE_MS)
}

delay.disable()
const ending = performance.now()
await sdk.shutdown().catch(() => {})
const { acknowledged, failures } = exporter
const held = { longestStepMs, longestDelayMs: delay.max / 1e6, shutdownMs: performance.now() - ending }
process.stdout.write(`${JSON.stringify({ made, acknowledged, failures, ...held })}\n`)

// OpenTelemetry as an app has it, with attribution spread into it. Loaded before the app: node --import ./telemetry.js
import { appendFileSync, rmSync } from 'node:fs'
import { register } from 'node:module'
import { ExpressInstrumentation } from '@opentelemetry/instrumentation-express'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg'
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { attribution } from 'onbehalf'

const FILE = 'spans.jsonl'
rmSync(FILE, { force: true })

// In production this is an OTLP exporter. A file of OTLP is all that the audit needs.
const traceExporter = {
  export(spans, done) {
    appendFileSync(FILE, `${Buffer.from(JsonTraceSerializer.serializeRequest(spans))}\n`)
    done({ code: 0 })
  },
  async forceFlush() {},
  async shutdown() {},
}

// The app's modules are ES modules; this is how OpenTelemetry sees what they import.
register('@opentelemetry/instrumentation/hook.mjs', import.meta.url)

export const sdk = new NodeSDK({
  ...attribution({ serviceName: 'shop', policy: 'policy.yaml', traceExporter }),
  instrumentations: [new HttpInstrumentation(), new ExpressInstrumentation(), new PgInstrumentation()],
})
sdk.start()

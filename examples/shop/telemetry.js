// OpenTelemetry with attribution. It is loaded before the app: node --import ./telemetry.js main.js
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

// In place of your exporter: OTLP in a file, which the audit reads.
const traceExporter = {
  export(spans, done) {
    appendFileSync(FILE, `${Buffer.from(JsonTraceSerializer.serializeRequest(spans))}\n`)
    done({ code: 0 })
  },
  async forceFlush() {},
  async shutdown() {},
}

// The hook with which OpenTelemetry sees the packages that ES modules import.
register('@opentelemetry/instrumentation/hook.mjs', import.meta.url)

export const sdk = new NodeSDK({
  ...attribution({ serviceName: 'shop', policy: 'policy.yaml', traceExporter }),
  instrumentations: [new HttpInstrumentation(), new ExpressInstrumentation(), new PgInstrumentation()],
})
sdk.start()

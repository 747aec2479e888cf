// NodeSDK with attribution; the environment says how it is composed.
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { SimpleSpanProcessor } from '@opentelemetry/sdk-trace'
import { attribution, flush } from 'onbehalf'
import { callOut, workAtOnce } from './work.mjs'

const theirs = { onStart() {}, onEnd() {}, forceFlush: async () => {}, shutdown: async () => {} }
const SETUPS = {
  'by the environment': () => ({}),
  'with an exporter': () => ({ traceExporter: new OTLPTraceExporter() }),
  'with an exporting processor': () => ({
    spanProcessors: [new SimpleSpanProcessor({ exporter: new OTLPTraceExporter() })],
  }),
  'with a processor of the app': () => ({ spanProcessors: [theirs] }),
  'with an exporter and a processor of the app': () => ({
    traceExporter: new OTLPTraceExporter(),
    spanProcessors: [theirs],
  }),
}

const options = SETUPS[process.env.SETUP ?? 'by the environment']()
const sdk = new NodeSDK({ ...attribution(options), instrumentations: [new UndiciInstrumentation()] })
sdk.start()
const passedOn = workAtOnce()
callOut()
  .then((arrived) => process.stdout.write(JSON.stringify({ passedOn, arrived })))
  .then(() => flush())
  .then(() => sdk.shutdown())

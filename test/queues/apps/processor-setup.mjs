// A setup that has the processor alone: no library is patched, and only the net below is left.
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace'
import { AttributionSpanProcessor } from '../../../dist/index.js'

const exporting = new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })
const sdk = new NodeSDK({
  spanProcessors: [new AttributionSpanProcessor(), exporting],
  instrumentations: [new UndiciInstrumentation()],
})
sdk.start()
process.once('SIGTERM', () => void sdk.shutdown().finally(() => process.exit(0)))

// A setup with one of the two instrumentations of LangChain; with attribution composed into it, or with the processor
// alone (`SETUP=processor`).
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace'
import { AttributionSpanProcessor, attribution } from '../../../dist/index.js'

const PACKAGES = {
  openinference: '@arizeai/openinference-instrumentation-langchain',
  traceloop: '@traceloop/instrumentation-langchain',
}
const composed =
  process.env['SETUP'] === 'processor'
    ? {
        spanProcessors: [new AttributionSpanProcessor(), new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
      }
    : attribution()
const { LangChainInstrumentation } = await import(PACKAGES[process.argv[2]])
globalThis.langchain = new LangChainInstrumentation()
const sdk = new NodeSDK({ ...composed, instrumentations: [globalThis.langchain] })
sdk.start()
process.once('SIGTERM', () => void sdk.shutdown().finally(() => process.exit(0)))

import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer'
import { JudgedSpans } from 'onbehalf/testing'

const judged = new JudgedSpans()
new NodeTracerProvider({ spanProcessors: [judged] }).register()

/** Writes a line of OTLP for what was recorded since the last call. */
export function recorded() {
  process.stdout.write(`${Buffer.from(JsonTraceSerializer.serializeRequest(judged.spans())).toString()}\n`)
  judged.reset()
}

// Two copies of onbehalf in one process. The third argument says what of them stands where; it prints what left, what
// was counted and what a later message would carry.
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { context, metrics, trace } from '@opentelemetry/api'
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'

const [, , firstUrl, secondUrl, how] = process.argv
const [first, second] = [await import(firstUrl), await import(secondUrl)]

const sink = new InMemorySpanExporter()
const exporting = (exporter) => new SimpleSpanProcessor({ exporter })
const SETUPS = {
  'the processor of one': () => [new first.AttributionSpanProcessor(), exporting(sink)],
  'the processors of both': () => [
    new first.AttributionSpanProcessor(),
    new second.AttributionSpanProcessor(),
    exporting(sink),
  ],
  'the processor of one and the exporter of the other': () => [
    new first.AttributionSpanProcessor(),
    exporting(new second.AttributionSpanExporter(sink)),
  ],
  'the exporters of both': () => [
    exporting(new first.AttributionSpanExporter(new second.AttributionSpanExporter(sink))),
  ],
}

const scrape = new PrometheusExporter({ preventServerStart: true })
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [scrape] }))
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: SETUPS[how]() }))

const tracer = trace.getTracer('app')
const AGENT = { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'assistant' }
const TOOL = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'sendMail' }
const principal = { id: 'kai@contoso.com', type: 'human' }
let carried
second.onBehalfOf({ principal, intent: 'send the report' }, () =>
  first.asAgent('assistant', () =>
    tracer.startActiveSpan('agent', { attributes: AGENT }, (agent) => {
      tracer.startSpan('tool', { attributes: TOOL }).end()
      carried = { first: first.carry(), second: second.carry() }
      agent.end()
    }),
  ),
)

const { resourceMetrics } = await scrape.collect()
const lines = new PrometheusSerializer().serialize(resourceMetrics).split('\n')
const counted = lines
  .filter((line) => line.startsWith('attribution_spans_total{'))
  .reduce((sum, line) => sum + Number(line.split('} ')[1].split(' ')[0]), 0)
const spans = sink.getFinishedSpans().map(({ name, attributes }) => ({ name, attributes }))
process.stdout.write(JSON.stringify({ isTwo: first.onBehalfOf !== second.onBehalfOf, spans, counted, carried }))

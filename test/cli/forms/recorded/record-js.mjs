// Makes the spans of this folder by the real SDK and prints them in the form that is asked for: console, json, protobuf or objects.
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  ConsoleSpanExporter,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace'

const form = process.argv[2]
const memory = new InMemorySpanExporter()
let spans = 0
const provider = new TracerProvider({
  resource: resourceFromAttributes({ 'service.name': 'reports', 'host.cpus': [1, 2] }),
  idGenerator: {
    generateTraceId: () => '4bf92f3577b34da6a3ce929d0e0e4736',
    generateSpanId: () => `00f067aa0ba902${String(++spans).padStart(2, '0')}`,
  },
  spanProcessors: [new SimpleSpanProcessor({ exporter: form === 'console' ? new ConsoleSpanExporter() : memory })],
})
const tracer = provider.getTracer('reports-agent', '1.2.3')
const at = (millis) => new Date(1_767_225_600_000 + millis)
const below = (span) => trace.setSpan(ROOT_CONTEXT, span)

const agent = tracer.startSpan('invoke_agent assistant', {
  startTime: at(0),
  attributes: {
    'gen_ai.operation.name': 'invoke_agent',
    'gen_ai.agent.name': 'assistant',
    'attribution.principal.id': 'kai@contoso.com',
    'attribution.principal.type': 'human',
    'attribution.actor.chain': ['planner', 'assistant'],
    'attribution.intent.summary': `send "the weekly report" to the board, it's due\nand mind the \`draft\``,
    'gen_ai.input.messages': 'the report '.repeat(40),
    'app.attempt': 3,
    'app.ratio': 0.5,
    'app.urgent': true,
    'app.bytes': 9_007_199_254_740_991,
  },
})
const tool = tracer.startSpan(
  'execute_tool sendMail',
  {
    startTime: at(1),
    links: [{ context: agent.spanContext(), attributes: { why: ['retry'] } }],
    attributes: {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'sendMail',
      'attribution.context.id': 'mail-connector',
      'attribution.decision.outcome': 'deny',
      'attribution.authority.scopes': ['mail.send', 'mail.read'],
    },
  },
  below(agent),
)
const effect = tracer.startSpan(
  'POST',
  { kind: SpanKind.CLIENT, startTime: at(2), attributes: { 'server.address': 'mail.internal', 'server.port': 443 } },
  below(tool),
)
effect.addEvent('sent', { to: ['board@contoso.com'] }, at(3))
effect.setStatus({ code: SpanStatusCode.OK })
effect.end(at(4))
tool.setStatus({ code: SpanStatusCode.ERROR, message: 'no answer' })
tool.end(at(5))
agent.end(at(6))
await provider.forceFlush()

const serializer = { json: JsonTraceSerializer, protobuf: ProtobufTraceSerializer }[form]
if (serializer !== undefined) process.stdout.write(serializer.serializeRequest(memory.getFinishedSpans()))

// As Gemini CLI writes its outfile: the span objects themselves, without what refers back to them.
if (form === 'objects')
  for (const span of memory.getFinishedSpans()) console.log(JSON.stringify(span, withoutCycles(), 2))

function withoutCycles() {
  const above = []
  return function (_, value) {
    if (typeof value !== 'object' || value === null) return value
    while (above.length > 0 && above.at(-1) !== this) above.pop()
    if (above.includes(value)) return '[Circular]'
    above.push(value)
    return value
  }
}

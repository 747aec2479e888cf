// Serves many requests that hold much text; prints how much memory is held afterwards by what was not held before, in
// bytes, and the longest text of ours on any span. The third argument names what is done, the fourth where it is judged.
import { setTimeout as wait } from 'node:timers/promises'
import { getHeapStatistics } from 'node:v8'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { asAgent, AttributionSpanExporter, AttributionSpanProcessor, carry, onBehalfOf, resume, via } from 'onbehalf'

const [, , what, where] = process.argv
const KIB = 1_024
const SIZE = 50 * KIB
const REQUESTS = 1_200
const AGENT = { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'assistant' }
const TOOL = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'sendMail' }

let longest = 0
let chain = 0
const sink = {
  export(spans, done) {
    for (const { attributes } of spans) {
      chain = Math.max(chain, attributes['attribution.actor.chain']?.length ?? 0)
      const ours = Object.entries(attributes).filter(([key]) => key.startsWith('attribution.'))
      for (const text of ours.flatMap(([, value]) => value)) longest = Math.max(longest, text.length ?? 0)
    }
    done({ code: 0 })
  },
  shutdown: () => Promise.resolve(),
}
const spanLimits = what === 'ids that the SDK cuts' ? { attributeValueLengthLimit: 512 } : {}
const spanProcessors =
  where === 'the exporter'
    ? [new SimpleSpanProcessor({ exporter: new AttributionSpanExporter(sink) })]
    : [new AttributionSpanProcessor(), new SimpleSpanProcessor({ exporter: sink })]
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors, spanLimits }))
const tracer = trace.getTracer('app')

const inSpan = (name, options, work) =>
  tracer.startActiveSpan(name, options, (span) => {
    work(span)
    span.end()
  })
/** Random, so that no two are one, and in one piece. */
const text = (length) => Buffer.alloc(length, `${Math.random()} `).toString('latin1')
const times = (count, work) => Array.from({ length: count }, (_, index) => void work(index))

const WORK = {
  'one id of a megabyte over four hundred spans': () =>
    inSpan('request', { attributes: { 'user.id': text(KIB * KIB) } }, () =>
      times(400, () => inSpan('tool', { attributes: TOOL }, () => {})),
    ),
  'ids of 50 KiB': () =>
    times(REQUESTS, () =>
      inSpan('request', { attributes: { 'user.id': text(SIZE) } }, () =>
        inSpan('agent', { attributes: { ...AGENT, 'gen_ai.agent.id': text(SIZE) } }, () => {}),
      ),
    ),
  'ids that the SDK cuts': () =>
    times(REQUESTS, () =>
      inSpan('request', { attributes: { 'user.id': text(SIZE) } }, () =>
        inSpan('agent', { attributes: AGENT }, () => {}),
      ),
    ),
  'ids in a wide space': () =>
    times(REQUESTS, () =>
      inSpan('agent', { attributes: { ...AGENT, 'user.id': `${text(20)}${' '.repeat(SIZE)}` } }, () => {}),
    ),
  'everything that a span can state': () =>
    times(REQUESTS / 10, () => {
      const attributes = { ...TOOL, 'attribution.actor.chain': times(300, () => {}).map(() => text(2 * KIB)) }
      for (const key of ['principal', 'context', 'intent', 'authority', 'correlation']) {
        attributes[`attribution.${key}.id`] = text(20 * KIB)
      }
      for (const key of ['context.credential.id', 'context.credential.subject', 'intent.summary', 'principal.issuer']) {
        attributes[`attribution.${key}`] = text(20 * KIB)
      }
      inSpan('tool', { attributes }, () => {})
    }),
  'parts of bodies': () =>
    times(REQUESTS, () => {
      const body = text(SIZE)
      const bound = { principal: body.slice(10, 50), intent: body.slice(100, 3_000), correlationId: body.slice(60, 90) }
      onBehalfOf(bound, () => via(body.slice(20, 60), () => inSpan('tool', { attributes: TOOL }, () => {})))
    }),
  'carriers that are parts of messages': () =>
    times(REQUESTS, () => {
      const carrier = onBehalfOf({ principal: text(40), intent: text(40) }, carry)
      const message = `${text(SIZE)}${carrier['attribution.principal.id']}`
      const part = { ...carrier, 'attribution.principal.id': message.slice(SIZE) }
      resume(part, () => inSpan('tool', { attributes: TOOL }, () => {}))
    }),
  'a thousand agents that start each other': async () => {
    const start = async (depth) => {
      await undefined
      if (depth === 0) return
      await asAgent(`agent-${depth}-${text(200)}`, () =>
        tracer.startActiveSpan('agent', { attributes: AGENT }, async (span) => {
          await start(depth - 1)
          span.end()
        }),
      )
    }
    await start(1_000)
  },
}

const held = async () => {
  // The exporting processor lets go of spans once their export is over.
  await wait(50)
  for (let round = 0; round < 3; round++) globalThis.gc()
  return getHeapStatistics().used_heap_size + getHeapStatistics().external_memory
}

// What is made once, by the SDK and by us, is not what this is about.
inSpan('first', { attributes: { ...AGENT, 'user.id': 'kai' } }, () => {})
const before = await held()
await WORK[what]()
process.stdout.write(JSON.stringify({ bytes: (await held()) - before, longest, chain }))

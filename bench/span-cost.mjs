import { context, SpanKind, trace } from '@opentelemetry/api'
import { median, spread } from './figures.mjs'
import { PIPELINES } from './pipelines.mjs'

const ROUNDS = Number(process.env.ROUNDS ?? 40)
const SPANS_PER_ROUND = 4_000

/** What instrumentations of models set on about every span, over and above the kind. */
const USUAL = {
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'gpt-4o',
  'gen_ai.usage.input_tokens': 120,
  'gen_ai.usage.output_tokens': 40,
  'server.address': 'api.example',
  'gen_ai.conversation.id': 'c-1',
}

function agentWithTool(tracer) {
  const agent = { ...USUAL, 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'reports' }
  const tool = { ...USUAL, 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'sendMail' }
  within(tracer.startSpan('invoke_agent reports', { attributes: agent }), () =>
    tracer.startSpan('execute_tool sendMail', { attributes: tool }).end(),
  )
}

function within(span, fn) {
  context.with(trace.setSpan(context.active(), span), fn)
  span.end()
}

const REQUEST = {
  'http.request.method': 'GET',
  'http.route': '/reports/:id',
  'http.response.status_code': 200,
  'url.path': '/reports/7',
  'url.scheme': 'https',
  'server.address': 'shop.example',
  'server.port': 443,
  'user_agent.original': 'curl/8',
}

function served(tracer) {
  for (let i = 0; i < 2; i++) tracer.startSpan('GET /reports/:id', { kind: SpanKind.SERVER, attributes: REQUEST }).end()
}

/**
 * A request as instrumentations write it, most of it after the start: a server span and middleware, an agent that four
 * times asks a model and calls a tool, which calls HTTP.
 */
function request(tracer, bind) {
  within(tracer.startSpan('POST /chat', { kind: SpanKind.SERVER, attributes: REQUEST }), () => {
    tracer.startSpan('middleware - json').end()
    bind(() => {
      const agent = tracer.startSpan('invoke_agent reports')
      agent.setAttributes({ ...USUAL, 'gen_ai.operation.name': 'invoke_agent' })
      within(agent, () => {
        for (let i = 0; i < 4; i++) modelAndTool(tracer)
      })
    })
  })
}

function modelAndTool(tracer) {
  const model = tracer.startSpan('chat gpt-4o', { kind: SpanKind.CLIENT })
  model.setAttributes({ ...USUAL, 'gen_ai.operation.name': 'chat' })
  model.end()
  const tool = tracer.startSpan('execute_tool sendMail')
  tool.setAttributes({ 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'sendMail' })
  within(tool, () => tracer.startSpan('POST', { kind: SpanKind.CLIENT, attributes: CALL }).end())
}

const CALL = { 'http.request.method': 'POST', 'server.address': 'mail.example', 'url.full': 'https://mail.example/' }

const REQUEST_SPANS = 15

/** What a step does, how many spans that is, and whether it is bound once a round, once a step or not at all. */
const WORKLOADS = {
  'agent span': { step: agentWithTool, spans: 2, boundBy: 'round' },
  'agent span, bound anew for each two': { step: agentWithTool, spans: 2, boundBy: 'step' },
  'span of a request with an agent': { step: request, spans: REQUEST_SPANS, boundBy: 'itself' },
  'non-agent span inside a binding': { step: served, spans: 2, boundBy: 'round' },
  'non-agent span, nothing bound': { step: served, spans: 2, boundBy: 'nothing' },
}

/** No collection of garbage is forced: what a pipeline leaves behind is collected in rounds that are drawn by lot. */
function round({ tracer, bind }, { step, spans, boundBy }) {
  const outer = boundBy === 'round' ? bind : (fn) => fn()
  const inner = boundBy === 'step' ? bind : (fn) => fn()
  const steps = Math.round(SPANS_PER_ROUND / spans)
  const before = process.cpuUsage()
  outer(() => {
    for (let i = 0; i < steps; i++) inner(() => step(tracer, bind))
  })
  const { user, system } = process.cpuUsage(before)
  return ((user + system) * 1_000) / (steps * spans)
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 60))

function shuffled(items) {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item)
}

async function measure(workload) {
  const costs = Object.fromEntries(Object.keys(PIPELINES).map((name) => [name, []]))
  for (let i = -5; i < ROUNDS; i++) {
    for (const name of shuffled(Object.keys(PIPELINES))) {
      const cost = round(PIPELINES[name], workload)
      if (i >= 0) costs[name].push(cost)
      await turn()
    }
  }
  return costs
}

const results = {}
for (const [name, workload] of Object.entries(WORKLOADS)) {
  const costs = await measure(workload)
  const added = (pipeline) => costs[pipeline].map((cost, round) => cost - costs.stock[round])
  results[name] = {
    stock: { median: median(costs.stock), spread: spread(costs.stock) },
    ...Object.fromEntries(
      Object.keys(PIPELINES)
        .filter((pipeline) => pipeline !== 'stock')
        .map((pipeline) => [pipeline, { median: median(added(pipeline)), spread: spread(added(pipeline)) }]),
    ),
  }
}
console.log(JSON.stringify(results))
process.exit(0)

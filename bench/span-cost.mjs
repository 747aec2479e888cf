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
  const agent = tracer.startSpan('invoke_agent reports', {
    attributes: { ...USUAL, 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'reports' },
  })
  context.with(trace.setSpan(context.active(), agent), () => {
    tracer
      .startSpan('execute_tool sendMail', {
        attributes: { ...USUAL, 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'sendMail' },
      })
      .end()
  })
  agent.end()
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

/** Two spans a step, bound once a round or once a step, or not at all. */
const WORKLOADS = {
  'agent span': { step: agentWithTool, boundBy: 'round' },
  'agent span, bound anew for each two': { step: agentWithTool, boundBy: 'step' },
  'non-agent span inside a binding': { step: served, boundBy: 'round' },
  'non-agent span, nothing bound': { step: served, boundBy: 'nothing' },
}

/** A full collection throws away the shapes of spans too, of which a process that works always has some. */
const WARM_UP_SPANS = 1_000

function run({ tracer, bind }, { step, boundBy }, spans) {
  const outer = boundBy === 'round' ? bind : (fn) => fn()
  const inner = boundBy === 'step' ? bind : (fn) => fn()
  outer(() => {
    for (let i = 0; i < spans / 2; i++) inner(() => step(tracer))
  })
}

function round(pipeline, workload) {
  globalThis.gc?.()
  run(pipeline, workload, WARM_UP_SPANS)
  const before = process.cpuUsage()
  run(pipeline, workload, SPANS_PER_ROUND)
  const { user, system } = process.cpuUsage(before)
  return ((user + system) * 1_000) / SPANS_PER_ROUND
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

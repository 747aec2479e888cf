import { context, trace } from '@opentelemetry/api'
import { PIPELINES } from './pipelines.mjs'

const { tracer, bind } = PIPELINES.onbehalf
const SIZES = [1_000, 10_000, 100_000, 1_000_000]

function tool() {
  tracer.startSpan('execute_tool sendMail', { attributes: { 'gen_ai.operation.name': 'execute_tool' } }).end()
}

/** A root that never ends, as where a process dies or an instrumentation forgets it, with one tool beneath. */
function endless() {
  const root = tracer.startSpan('invoke_agent reports', { attributes: { 'gen_ai.operation.name': 'invoke_agent' } })
  context.with(trace.setSpan(context.active(), root), tool)
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** In turns, so that what the stock batch processor holds until its next export is let go. */
async function run(step, count) {
  const before = process.cpuUsage()
  for (let done = 0; done < count; done += 1_000) {
    bind(() => {
      for (let i = 0; i < 1_000; i++) step()
    })
    await turn()
  }
  const { user, system } = process.cpuUsage(before)
  return ((user + system) * 1_000) / count
}

async function held() {
  await new Promise((resolve) => setTimeout(resolve, 300))
  globalThis.gc()
  return process.memoryUsage().heapUsed / 2 ** 20
}

await run(tool, 50_000)
const flat = {}
for (const size of SIZES) flat[size] = await run(tool, size)
const endlessHeap = {}
await run(endless, 10_000)
let made = 10_000
for (const size of [100_000, 1_000_000]) {
  await run(endless, size - made)
  made = size
  endlessHeap[size] = await held()
}
console.log(JSON.stringify({ nanosecondsPerSpan: flat, megabytesHeldWithEndlessTraces: endlessHeap }))
process.exit(0)

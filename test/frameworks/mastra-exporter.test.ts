import { Mastra } from '@mastra/core/mastra'
import type { TracingOptions } from '@mastra/core/observability'
import { Observability } from '@mastra/observability'
import { OtelExporter } from '@mastra/otel-exporter'
import { trace } from '@opentelemetry/api'
import { InMemorySpanExporter } from '@opentelemetry/sdk-trace'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { AttributionSpanExporter } from '../../src/index.ts'
import { meeting } from '../live/meeting.ts'
import { seen } from '../live/seen.ts'
import type { Seen } from '../live/seen.ts'
import { ERRANDS } from './errands.ts'
import { mastraBuyer } from './mastra-buyer.ts'
import { USERS, effectsIn, effectsOf, mineOf, othersIn, startStage, toolsIn, toolsOf } from './stage.ts'
import type { Stage } from './stage.ts'

/**
 * Mastra makes spans of its own that no span processor sees, and hands them to the exporter that its OtelExporter is
 * given. What the tools do to the outside goes through the SDK as ever.
 */

let stage: Stage
let mastra: Mastra
let otel: OtelExporter
/** Runs before the tool `stock` ends, which both users call. */
let beforeEnd: () => Promise<unknown>
/** The trace of each user, as Mastra says. */
const traces = new Map<string, string | undefined>()
const sink = new InMemorySpanExporter()

beforeAll(async () => {
  stage = await startStage()
  otel = new OtelExporter({
    // Where to send is asked for even where an exporter is given.
    provider: { custom: { endpoint: stage.modelUrl, protocol: 'http/json' } },
    exporter: new AttributionSpanExporter(sink) as never,
    signals: { logs: false },
  })
  mastra = new Mastra({
    logger: false,
    agents: { buyer: mastraBuyer(stage, () => beforeEnd()) },
    observability: new Observability({ configs: { otel: { serviceName: 'assistant-service', exporters: [otel] } } }),
  })
})

beforeEach(() => {
  beforeEnd = () => Promise.resolve()
  traces.clear()
  sink.reset()
})

afterAll(async () => {
  await mastra.shutdown()
  await stage.stop()
})

type Run = (user: string, tracingOptions?: TracingOptions) => Promise<void>

const QUESTION = 'order a chair'

const generated: Run = async (user, tracingOptions = {}) => {
  const { traceId } = await mastra.getAgent('buyer').generate(QUESTION, { tracingOptions })
  traces.set(user, traceId)
}

const streamed: Run = async (user, tracingOptions = {}) => {
  const { textStream, traceId } = await mastra.getAgent('buyer').stream(QUESTION, { tracingOptions })
  for await (const _ of textStream);
  traces.set(user, traceId)
}

/** Inside a span of the SDK that says that it is the agent's, and is the parent of what Mastra makes. */
function within(run: Run): Run {
  const attributes = { 'attribution.span.kind': 'agent' }
  return (user) =>
    trace.getTracer('shop').startActiveSpan('buyer', { attributes }, async (span) => {
      const { traceId, spanId } = span.spanContext()
      await run(user, { traceId, parentSpanId: spanId, metadata: { userId: user } }).finally(() => span.end())
    })
}

/** What left Mastra for a user. */
async function exportedFor(user: string): Promise<readonly Seen[]> {
  await otel.flush()
  const trace = traces.get(user)
  expect(trace).toBeDefined()
  const spans = sink.getFinishedSpans().map(seen)
  return spans.filter(({ traceId, verdict }) => traceId === trace && verdict !== undefined)
}

const WAYS = [
  { how: 'generated', run: generated },
  { how: 'streamed', run: streamed },
] as const

describe.each(WAYS)('Mastra behind AttributionSpanExporter, $how for two users at once', ({ run }) => {
  it('attributes everything to its user where a span of the SDK is passed as the parent', async () => {
    await stage.askAll(within(run))
    for (const user of USERS) {
      const spans = await exportedFor(user)
      expect(toolsIn(spans)).toEqual(toolsOf(user))
      const others = othersIn(spans)
      expect(new Set(others.map(({ kind }) => kind))).toEqual(new Set(['agent', 'workflow', 'llm']))
      expect(others).toEqual(others.map(({ name, kind }) => ({ ...mineOf(user), context: undefined, name, kind })))
    }
  })

  it('attributes each effect to its user by what is bound, for the SDK sees it', async () => {
    await stage.askAll(within(run))
    for (const user of USERS) {
      // Mastra's spans are not active, so that what it sends to its model counts as an effect too.
      expect(effectsIn(await stage.requestOf(user))).toEqual(effectsOf(user, { modelCalls: 2 }))
    }
  })

  it('has the user of the metadata on each span, and misses the intent, where no parent is passed', async () => {
    await stage.askAll((user) => run(user, { metadata: { userId: user } }))
    for (const user of USERS) {
      const lacking = { intent: undefined, complete: false, findings: ['missing_intent'] }
      const tools = toolsIn(await exportedFor(user))
      expect(tools).toEqual(toolsOf(user).map((tool) => ({ ...tool, ...lacking })))
    }
  })

  it('misses the principal where nothing is passed', async () => {
    await stage.askAll(run)
    for (const user of USERS) {
      const tools = toolsIn(await exportedFor(user))
      expect(tools).toHaveLength(ERRANDS.length)
      expect(new Set(tools.map(({ principal, verdict }) => `${principal} ${verdict}`))).toEqual(
        new Set(['undefined unknown']),
      )
      expect(tools.flatMap(({ findings }) => findings)).toContain('missing_principal')
      expect(effectsIn(await stage.requestOf(user))).toEqual(effectsOf(user, { modelCalls: 2 }))
    }
  })

  it('has nothing but the user of the metadata on a tool that leaves before its agent ends', async () => {
    const early = (ERRANDS.length - 1) * USERS.length
    const haveLeft = async () => {
      await otel.flush()
      expect(toolsIn(sink.getFinishedSpans().map(seen))).toHaveLength(early)
    }
    const both = meeting(USERS.length)
    beforeEnd = async () => {
      await vi.waitFor(haveLeft, { timeout: 20_000 })
      await both()
    }
    await stage.askAll(within(run))
    for (const user of USERS) {
      const lacking = { actor: 'assistant-service', intent: undefined, complete: false, findings: ['missing_intent'] }
      const tools = toolsIn(await exportedFor(user))
      expect(tools.filter(({ context }) => context !== 'stock')).toEqual(
        toolsOf(user).flatMap((tool) => (tool.context === 'stock' ? [] : [{ ...tool, ...lacking }])),
      )
      expect(tools.map(({ principal }) => principal)).toEqual(ERRANDS.map(() => user))
    }
  })
})

import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import {
  AggregationTemporality,
  DataPointType,
  InMemoryMetricExporter,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { generateText, stepCountIs, tool } from 'ai'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { asAgent, attributeMcpClient, attributeMcpServer, onBehalfOf, via } from '../../src/index.ts'
import { METRIC } from '../../src/model/names.ts'
import { startLiveSdk } from '../live/live-sdk.ts'
import type { LiveSdk } from '../live/live-sdk.ts'
import { modelCalling } from '../live/stand-in.ts'
import { SDKS } from './sdks.ts'
import type { Client, Sdk } from './sdks.ts'

/** An agent of the AI SDK whose tool is an MCP server's: the framework makes a span of the tool, and we one of the call. */

const KAI = 'kai@contoso.com'

let sdk: LiveSdk
const counted = new InMemoryMetricExporter(AggregationTemporality.DELTA)
const reader = new PeriodicExportingMetricReader({ exporter: counted, exportIntervalMillis: 2 ** 30 })

beforeAll(() => {
  sdk = startLiveSdk({ metricReaders: [reader] })
})
beforeEach(async () => {
  sdk.clear()
  await reader.forceFlush()
  counted.reset()
})
afterAll(() => sdk.stop())

type Run = () => unknown
const found: Run = () => ({ content: [{ type: 'text', text: 'Mia' }] })

async function connected(sdkOf: Sdk, run = found): Promise<Client> {
  const server = attributeMcpServer(sdkOf.server())
  server.registerTool('lookup', { inputSchema: z.looseObject({}) }, run)
  const [near, far] = sdkOf.linked()
  const { send } = near
  near.send = (...args) => context.with(ROOT_CONTEXT, () => Reflect.apply(send, near, args))
  await server.connect(far)
  const client = attributeMcpClient(sdkOf.client())
  await client.connect(near)
  return client
}

function ask(execute: () => Promise<unknown>): Promise<unknown> {
  return onBehalfOf({ principal: { id: KAI, type: 'human' }, intent: 'find out who 42 is' }, () =>
    asAgent('researcher', () =>
      generateText({
        model: modelCalling({ tool: 'lookup' }),
        prompt: 'who is 42?',
        stopWhen: stepCountIs(2),
        experimental_telemetry: { isEnabled: true },
        tools: { lookup: tool({ inputSchema: z.object({}), execute }) },
      }),
    ),
  )
}

/** How many tools the metric counted since the test began. */
async function toolsCounted(): Promise<number> {
  await reader.forceFlush()
  const all = counted.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
  const points = all.flatMap((metric) =>
    metric.dataPointType === DataPointType.SUM && metric.descriptor.name === METRIC.spans ? metric.dataPoints : [],
  )
  const tools = points.filter(({ attributes }) => attributes['kind'] === 'tool')
  return tools.reduce((sum, { value }) => sum + value, 0)
}

describe.each(SDKS)('an instrumentation that wraps the tools of a server of SDK $version', (sdkOf) => {
  it('has its span below ours, and both are one action', async () => {
    const attributes = { 'mcp.method.name': 'tools/call', 'mcp.tool.name': 'lookup' }
    const run = () =>
      trace.getTracer('theirs').startActiveSpan('theirs', { attributes }, (span) => {
        span.end()
        return found()
      })
    const client = await connected(sdkOf, run)
    await onBehalfOf({ principal: { id: KAI, type: 'human' }, intent: 'find out who 42 is' }, () =>
      asAgent('researcher', () => sdkOf.call(client, { name: 'lookup', arguments: {} })),
    )
    const spans = (await sdk.judged()).map(({ name, principal, verdict }) => [name, principal, verdict])
    expect(spans).toEqual([
      ['theirs', KAI, 'separated'],
      ['tools/call lookup', KAI, 'separated'],
      ['tools/call lookup', KAI, 'separated'],
    ])
    expect(await toolsCounted()).toBe(2)
  })
})

describe.each(SDKS)('a framework’s tool that is an MCP server’s, of SDK $version', (sdkOf) => {
  it('is judged on each of its spans, from the framework’s to the server’s', async () => {
    const client = await connected(sdkOf)
    await ask(() => sdkOf.call(client, { name: 'lookup', arguments: {} }))
    const mine = { kind: 'tool', principal: KAI, actor: 'researcher', verdict: 'separated', complete: true }
    expect((await sdk.judged()).filter(({ kind }) => kind === 'tool')).toMatchObject([
      { ...mine, name: 'tools/call lookup', assurance: { principal: 'claimed' }, findings: ['unverified_principal'] },
      { ...mine, name: 'tools/call lookup', assurance: { principal: 'asserted' }, findings: [] },
      { ...mine, name: 'ai.toolCall', assurance: { principal: 'asserted' }, findings: [] },
    ])
  })

  it('is one action in the process of the agent, and another one in that of the server', async () => {
    const client = await connected(sdkOf)
    await ask(() => sdkOf.call(client, { name: 'lookup', arguments: {} }))
    expect(await toolsCounted()).toBe(2)
  })

  it('goes through the connector that the app names', async () => {
    const client = await connected(sdkOf)
    await ask(() => via({ id: 'crm', type: 'mcp_server' }, () => sdkOf.call(client, { name: 'lookup', arguments: {} })))
    const asserted = (await sdk.judged()).filter(({ assurance }) => assurance['context'] === 'asserted')
    expect(asserted.map(({ name, context: through }) => [name, through])).toEqual([
      ['tools/call lookup', 'crm'],
      ['ai.toolCall', 'crm'],
    ])
  })
})

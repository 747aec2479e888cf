import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import {
  AggregationTemporality,
  DataPointType,
  InMemoryMetricExporter,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { McpInstrumentation } from '@traceloop/instrumentation-mcp'
import { generateText, stepCountIs, tool } from 'ai'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { asAgent, onBehalfOf, via } from '../../src/index.ts'
import { METRIC } from '../../src/model/names.ts'
import { startLiveSdk } from './live-sdk.ts'
import type { LiveSdk } from './live-sdk.ts'
import { loopback } from './loopback.ts'
import type { Loopback } from './loopback.ts'
import { connectInMemory, connectOverHttp, lookup, startMcpServer } from './mcp-server.ts'
import { meeting } from './meeting.ts'
import type { Seen } from './seen.ts'
import { modelCalling } from './stand-in.ts'

/**
 * MCP under Traceloop's instrumentation, which parents every call on the context in which the client was connected:
 * the caller's user is in the active context alone.
 */

const USERS = ['kai@contoso.com', 'mia@contoso.com'] as const
const [KAI, MIA] = USERS

let sdk: LiveSdk
let crm: Loopback
let server: Loopback
let meet: () => Promise<void>
const counted = new InMemoryMetricExporter(AggregationTemporality.DELTA)
const reader = new PeriodicExportingMetricReader({ exporter: counted, exportIntervalMillis: 2 ** 30 })

beforeAll(async () => {
  const instrumentation = new McpInstrumentation()
  sdk = startLiveSdk({ metricReaders: [reader] }, [instrumentation])
  instrumentation.manuallyInstrument({ Client, Server })
  crm = await loopback()
  server = await startMcpServer(readCustomer)
})

beforeEach(async () => {
  meet = meeting(USERS.length)
  sdk.clear()
  await reader.forceFlush()
  counted.reset()
})

afterAll(async () => {
  await Promise.all([crm.close(), server.close()])
  await sdk.stop()
})

async function readCustomer(customer: string): Promise<string> {
  await meet()
  return via({ id: 'crm', type: 'api' }, async () => (await fetch(`${crm.url}${customer}`)).text())
}

function forUser<T>(user: string, run: () => T): T {
  return onBehalfOf({ principal: { id: user, type: 'human' }, intent: `look up for ${user}` }, () =>
    asAgent('researcher', run),
  )
}

function ask(user: string, run: () => Promise<string>): Promise<unknown> {
  return forUser(user, () =>
    generateText({
      model: modelCalling({ tool: 'lookup' }),
      prompt: 'who is 42?',
      stopWhen: stepCountIs(2),
      experimental_telemetry: { isEnabled: true },
      tools: { lookup: tool({ inputSchema: z.object({}), execute: run }) },
    }),
  )
}

const CONNECTED: readonly { where: string; context: string; connect: () => Promise<Client> }[] = [
  { where: 'before any request', context: 'lookup', connect: () => connectOverHttp(server.url) },
  {
    where: 'on behalf of the first of them',
    context: 'lookup',
    connect: () => forUser(KAI, () => connectOverHttp(server.url)),
  },
  // The server's `via` runs inside the execution of the tool.
  { where: 'to a server in the same process', context: 'crm', connect: () => connectInMemory(readCustomer) },
]

async function callOf(user: string): Promise<Seen | undefined> {
  return (await sdk.judged()).find(({ name, principal }) => name === 'lookup.tool' && principal === user)
}

describe.each(CONNECTED)('one MCP client, connected $where, and two users at once', ({ connect, context }) => {
  it('puts each call down to the user who made it', async () => {
    const client = await connect()
    await Promise.all(USERS.map((user) => ask(user, () => lookup(client, '42'))))
    await client.close()
    const calls = await Promise.all(USERS.map(callOf))
    const call = { kind: 'tool', actor: 'researcher', context, verdict: 'separated', complete: true }
    expect(calls).toMatchObject(USERS.map((user) => ({ ...call, principal: user, intent: `look up for ${user}` })))
  })

  it('does not judge what only connects and keeps connected', async () => {
    const client = await connect()
    await Promise.all(USERS.map((user) => ask(user, () => lookup(client, '42'))))
    await client.close()
    await sdk.arrival('mcp.client.session')
    const names = (await sdk.judged()).map(({ name }) => name)
    expect(names.filter((name) => name.startsWith('mcp.') || name.endsWith('.mcp'))).toEqual([])
    expect(sdk.all().map(({ name }) => name)).toEqual(expect.arrayContaining(['initialize.mcp', 'mcp.client.session']))
  })
})

describe('a call that is parented on what somebody else began', () => {
  async function callsOnKaisClient(): Promise<void> {
    const client = await forUser(KAI, () => connectOverHttp(server.url))
    await Promise.all(USERS.map((user) => ask(user, () => lookup(client, '42'))))
    await client.close()
  }

  it('says so', async () => {
    await callsOnKaisClient()
    expect((await callOf(MIA))?.findings).toContain('context_divergence')
  })

  it('says nothing of it for whom began it', async () => {
    await callsOnKaisClient()
    expect((await callOf(KAI))?.findings).not.toContain('context_divergence')
  })

  it('says nothing of it where nobody began it', async () => {
    const client = await connectOverHttp(server.url)
    await Promise.all(USERS.map((user) => ask(user, () => lookup(client, '42'))))
    await client.close()
    const findings = (await sdk.judged()).flatMap((span) => span.findings)
    expect(findings).not.toContain('context_divergence')
  })
})

describe('facets of an MCP call', () => {
  it('cross to the server by trace context alone: its call stands below, and it claims nothing of its own', async () => {
    meet = meeting(1)
    const client = await connectOverHttp(server.url)
    await ask(KAI, () => lookup(client, '42'))
    await client.close()
    const effect = (await sdk.judged()).find(({ context }) => context === 'crm')
    expect(effect).toMatchObject({ kind: 'effect', principal: undefined, verdict: 'unknown' })
    expect(effect?.traceId).toBe((await callOf(KAI))?.traceId)
  })

  it('hide the requests that carry the call: they are transport', async () => {
    meet = meeting(1)
    const client = await connectOverHttp(server.url)
    await ask(KAI, () => lookup(client, '42'))
    await client.close()
    expect((await sdk.judged()).filter(({ name }) => name === 'POST')).toEqual([])
    expect(sdk.all().filter(({ name, kind }) => name === 'POST' && kind === 2).length).toBeGreaterThan(0)
  })

  it('are those of the failed call too', async () => {
    const client = await connectInMemory(() => Promise.reject(new Error('no such customer')))
    await ask(KAI, () => lookup(client, '42'))
    await client.close()
    expect(await callOf(KAI)).toMatchObject({ outcome: 'failure', actor: 'researcher', verdict: 'separated' })
  })
})

describe('an agent’s tool and the MCP call in it', () => {
  /** Connected inside the tool, the session stands below it, and so does the call. */
  const connectAndCall = async () => {
    const client = await connectInMemory(async () => 'found')
    const answer = await lookup(client, '42')
    await client.close()
    return answer
  }

  it('are both judged', async () => {
    await ask(KAI, connectAndCall)
    const tools = (await sdk.judged()).filter(({ kind }) => kind === 'tool')
    expect(tools).toMatchObject(
      ['lookup.tool', 'ai.toolCall'].map((name) => ({ name, principal: KAI, verdict: 'separated', findings: [] })),
    )
  })

  it('are counted as one action', async () => {
    await ask(KAI, connectAndCall)
    expect(await countOf('tool')).toBe(1)
  })

  it('are two actions where they have two names', async () => {
    const model = modelCalling({ tool: 'research' })
    const research = tool({ inputSchema: z.object({}), execute: connectAndCall })
    const telemetry = { isEnabled: true }
    await forUser(KAI, () =>
      generateText({ model, prompt: 'who?', tools: { research }, experimental_telemetry: telemetry }),
    )
    expect(await countOf('tool')).toBe(2)
  })
})

/** How many spans of a kind the metric counted since the test began. */
async function countOf(kind: string): Promise<number> {
  await reader.forceFlush()
  const all = counted.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
  const points = all.flatMap((metric) =>
    metric.dataPointType === DataPointType.SUM && metric.descriptor.name === METRIC.spans ? metric.dataPoints : [],
  )
  const ofKind = points.filter(({ attributes }) => attributes['kind'] === kind)
  return ofKind.reduce((sum, { value }) => sum + value, 0)
}

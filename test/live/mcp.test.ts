import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { generateText, stepCountIs, tool } from 'ai'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { asAgent, onBehalfOf, via } from '../../src/index.ts'
import { startLiveSdk } from './live-sdk.ts'
import type { LiveSdk } from './live-sdk.ts'
import { loopback } from './loopback.ts'
import type { Loopback } from './loopback.ts'
import { connectInMemory, connectOverHttp, lookup, startMcpServer } from './mcp-server.ts'
import { meeting } from './meeting.ts'
import { row } from './seen.ts'
import type { Seen } from './seen.ts'
import { modelCalling } from './stand-in.ts'

/** MCP as it is without an instrumentation of its own: what is seen of it is HTTP. Facets cross as baggage. */

const USERS = ['kai@contoso.com', 'mia@contoso.com'] as const

let sdk: LiveSdk
let crm: Loopback
let server: Loopback
let meet: () => Promise<void>

beforeAll(async () => {
  sdk = startLiveSdk({ baggage: { hosts: ['127.0.0.1'] } })
  crm = await loopback()
  server = await startMcpServer(readCustomer)
})

beforeEach(() => {
  meet = meeting(USERS.length)
  sdk.clear()
})

afterAll(async () => {
  await Promise.all([crm.close(), server.close()])
  await sdk.stop()
})

/** What the tool of the MCP server does: both users' calls are inside it at once. */
async function readCustomer(customer: string): Promise<string> {
  await meet()
  return via({ id: 'crm', type: 'api' }, async () => (await fetch(`${crm.url}${customer}`)).text())
}

function ask(user: string, client: Client): Promise<unknown> {
  return onBehalfOf({ principal: { id: user, type: 'human' }, intent: `look up for ${user}` }, () =>
    asAgent('researcher', () =>
      generateText({
        model: modelCalling({ tool: 'lookup' }),
        prompt: 'who is 42?',
        stopWhen: stepCountIs(2),
        experimental_telemetry: { isEnabled: true },
        tools: { lookup: tool({ inputSchema: z.object({}), execute: () => lookup(client, '42') }) },
      }),
    ),
  )
}

/** In the order of the trace: agent, tool, request to the MCP server, request of the MCP server. */
async function chainOf(user: string): Promise<readonly Seen[]> {
  const spans = await sdk.judged()
  const trace = spans.find(({ kind, principal }) => kind === 'agent' && principal === user)?.traceId
  const of = (kind: string, method?: string) =>
    spans.filter((span) => span.traceId === trace && span.kind === kind && (method ?? span.name) === span.name)
  return [...of('agent'), ...of('tool'), ...of('effect', 'POST'), ...of('effect', 'GET')]
}

const CONNECTED: readonly { where: string; connect: () => Promise<Client> }[] = [
  { where: 'before any request', connect: () => connectOverHttp(server.url) },
  {
    where: 'for the first of them',
    connect: () =>
      onBehalfOf({ principal: USERS[0], intent: 'connect' }, () =>
        asAgent('connecting-agent', () => connectOverHttp(server.url)),
      ),
  },
]

describe.each(CONNECTED)('one MCP client, connected $where, and two users at once', ({ connect }) => {
  it.each(USERS)('keeps %s apart on both sides of MCP', async (user) => {
    const client = await connect()
    await Promise.all(USERS.map((each) => ask(each, client)))
    const mine = {
      principal: user,
      actor: 'researcher',
      intent: `look up for ${user}`,
      verdict: 'separated',
      complete: true,
    }
    expect((await chainOf(user)).map(row)).toEqual([
      { ...mine, kind: 'agent', context: undefined, findings: [] },
      { ...mine, kind: 'tool', context: 'lookup', findings: [] },
      { ...mine, kind: 'effect', context: '127.0.0.1', findings: [] },
      // The server takes who asks from baggage, which nobody signed.
      { ...mine, kind: 'effect', context: 'crm', findings: ['unverified_principal'] },
    ])
    await client.close()
  })

  it('says on the far side that all it was told is a claim', async () => {
    const client = await connect()
    await Promise.all(USERS.map((each) => ask(each, client)))
    const chains = await Promise.all(USERS.map(chainOf))
    const claimed = { principal: 'claimed', actor: 'claimed', intent: 'claimed', context: 'asserted' }
    expect(chains.map((chain) => chain.at(-1)?.assurance)).toEqual([claimed, claimed])
    await client.close()
  })

  it('gives both sides one correlation id a user', async () => {
    const client = await connect()
    await Promise.all(USERS.map((each) => ask(each, client)))
    const chains = await Promise.all(USERS.map(chainOf))
    const ids = chains.map((chain) => [...new Set(chain.map(({ correlation }) => correlation))])
    expect(ids.map((each) => each.length)).toEqual([1, 1])
    expect(ids[0]).not.toEqual(ids[1])
    await client.close()
  })
})

describe('an MCP client and server in one process', () => {
  it.each(USERS)('keep %s apart with nothing between them', async (user) => {
    const client = await connectInMemory(readCustomer)
    await Promise.all(USERS.map((each) => ask(each, client)))
    const mine = {
      principal: user,
      actor: 'researcher',
      intent: `look up for ${user}`,
      verdict: 'separated',
      complete: true,
    }
    expect((await chainOf(user)).map(row)).toEqual([
      { ...mine, kind: 'agent', context: undefined, findings: [] },
      { ...mine, kind: 'tool', context: 'crm', findings: [] },
      { ...mine, kind: 'effect', context: 'crm', findings: [] },
    ])
    await client.close()
  })
})

describe('an MCP server that serves a call of nobody', () => {
  it('names nobody, though it served somebody before', async () => {
    meet = meeting(1)
    const client = await connectOverHttp(server.url)
    await ask(USERS[0], client)
    sdk.clear()
    await lookup(client, '43')
    const [effect, ...others] = await sdk.judged()
    expect(others).toEqual([])
    expect(effect).toMatchObject({
      kind: 'effect',
      context: 'crm',
      principal: undefined,
      intent: undefined,
      verdict: 'unknown',
    })
    expect(effect?.findings).toEqual(expect.arrayContaining(['missing_principal', 'missing_intent']))
    await client.close()
  })
})

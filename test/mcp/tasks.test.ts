import {
  InMemoryTaskMessageQueue,
  InMemoryTaskStore,
} from '@modelcontextprotocol/sdk/experimental/tasks/stores/in-memory.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js'
import { context, ROOT_CONTEXT } from '@opentelemetry/api'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { asAgent, attributeMcpClient, attributeMcpServer, onBehalfOf } from '../../src/index.ts'
import { startLiveSdk } from '../live/live-sdk.ts'
import type { LiveSdk } from '../live/live-sdk.ts'
import { loopback } from '../live/loopback.ts'
import type { Loopback } from '../live/loopback.ts'
import { meeting } from '../live/meeting.ts'

/** A tool that answers with a task at once, and goes on with the work. SDK 1.x has them as an experiment. */

const USERS = ['kai@contoso.com', 'mia@contoso.com'] as const

let sdk: LiveSdk
let crm: Loopback
beforeAll(async () => {
  sdk = startLiveSdk()
  crm = await loopback()
})
beforeEach(() => sdk.clear())
afterAll(async () => {
  await crm.close()
  await sdk.stop()
})

async function connected(isAttributed: boolean): Promise<{ client: Client; done: () => Promise<void> }> {
  const tasks = { requests: { tools: { call: {} } } }
  const plain = new McpServer(
    { name: 'crm-server', version: '1.0.0' },
    {
      capabilities: { tasks, tools: {} },
      taskStore: new InMemoryTaskStore(),
      taskMessageQueue: new InMemoryTaskMessageQueue(),
    },
  )
  const server = isAttributed ? attributeMcpServer(plain) : plain
  const meet = meeting(USERS.length)
  const config = { execution: { taskSupport: 'required' as const } }
  server.experimental.tasks.registerToolTask('report', config, {
    createTask: async ({ taskStore }) => {
      const task = await taskStore.createTask({ ttl: 60_000, pollInterval: 10 })
      void (async () => {
        await meet()
        const response = await fetch(crm.url)
        const result = { content: [{ type: 'text' as const, text: await response.text() }] }
        await taskStore.storeTaskResult(task.taskId, 'completed', result)
      })()
      return { task }
    },
    getTask: ({ taskId, taskStore }) => taskStore.getTask(taskId),
    getTaskResult: async ({ taskId, taskStore }) => CallToolResultSchema.parse(await taskStore.getTaskResult(taskId)),
  })
  const asking = new Client({ name: 'assistant', version: '1.0.0' })
  const client = isAttributed ? attributeMcpClient(asking) : asking
  const [near, far] = InMemoryTransport.createLinkedPair()
  const { send } = near
  near.send = (...args) => context.with(ROOT_CONTEXT, () => Reflect.apply(send, near, args))
  await server.connect(far)
  await client.connect(near)
  return { client, done: () => client.close() }
}

/** The steps that a client sees of its task, one of each. */
async function report(client: Client): Promise<readonly string[]> {
  const steps = new Set<string>()
  for await (const message of client.experimental.tasks.callToolStream({ name: 'report', arguments: {} })) {
    steps.add(message.type === 'result' ? `result ${JSON.stringify(message.result['content'])}` : message.type)
  }
  return [...steps]
}

function forUser<T>(user: string, run: () => T): T {
  return onBehalfOf({ principal: { id: user, type: 'human' }, intent: `report for ${user}` }, () =>
    asAgent('researcher', run),
  )
}

async function both(isAttributed: boolean): Promise<readonly (readonly string[])[]> {
  const { client, done } = await connected(isAttributed)
  await client.listTools()
  // What ended before the resource was detected is exported later.
  await sdk.judged()
  sdk.clear()
  const seen = await Promise.all(USERS.map((user) => forUser(user, () => report(client))))
  await done()
  return seen
}

describe('a tool that answers with a task', () => {
  it('goes on as it would without us', async () => {
    expect(await both(true)).toEqual(await both(false))
  })

  it('does for its user what it does after it has answered', async () => {
    await both(true)
    const spans = await sdk.judged()
    const facts = spans.map(({ kind, principal, intent, verdict, findings }) => ({
      kind,
      principal,
      intent,
      verdict,
      findings,
    }))
    const told = ['unverified_principal']
    for (const user of USERS) {
      const mine = { principal: user, intent: `report for ${user}`, verdict: 'separated' }
      expect(facts.filter(({ principal }) => principal === user)).toEqual(
        expect.arrayContaining([
          { ...mine, kind: 'tool', findings: [] },
          { ...mine, kind: 'tool', findings: told },
          { ...mine, kind: 'effect', findings: told },
        ]),
      )
    }
    expect(facts).toHaveLength(6)
  })
})

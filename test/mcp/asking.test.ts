import { inputRequired } from '@modelcontextprotocol/server'
import { Client as Client2 } from '@modelcontextprotocol/client'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { asAgent, attributeMcpClient, attributeMcpServer, onBehalfOf } from '../../src/index.ts'
import { startLiveSdk } from '../live/live-sdk.ts'
import type { LiveSdk } from '../live/live-sdk.ts'
import { loopback } from '../live/loopback.ts'
import type { Loopback } from '../live/loopback.ts'
import { meeting } from '../live/meeting.ts'
import { pipe } from './pipe.ts'
import { SDKS } from './sdks.ts'
import type { Client, Sdk, Server, Transport } from './sdks.ts'

/**
 * A server that asks its client for something, such as a model call, while it runs a tool. The client was connected on
 * behalf of Eve, who has nothing to do with any of it, and the pipe still runs what comes in as hers.
 */

const [KAI, MIA, EVE] = ['kai@contoso.com', 'mia@contoso.com', 'eve@contoso.com'] as const

let sdk: LiveSdk
let model: Loopback
beforeAll(async () => {
  sdk = startLiveSdk()
  model = await loopback()
})
beforeEach(() => sdk.clear())
afterAll(async () => {
  await model.close()
  await sdk.stop()
})

function forUser<T>(user: string, run: () => T): T {
  return onBehalfOf({ principal: { id: user, type: 'human' }, intent: `ask for ${user}` }, () =>
    asAgent('researcher', run),
  )
}

const text = (value: string) => ({ content: [{ type: 'text', text: value }] })

/** A client that answers what it is asked for with a call over HTTP. */
async function connected(sdkOf: Sdk, meet: () => Promise<void>): Promise<Client> {
  const [near, far] = pipe()
  const server: Server = attributeMcpServer(sdkOf.server())
  server.registerTool('research', { inputSchema: z.looseObject({}) }, async (_, extra) => {
    await meet()
    return text(JSON.stringify(await sdkOf.asking(server, extra).sample('who?')))
  })
  const client = attributeMcpClient(sdkOf.client())
  sdkOf.onClient(client, 'sampling', async () => {
    await (await fetch(model.url)).text()
    return { model: 'm', role: 'assistant', content: { type: 'text', text: 'kai' } }
  })
  await forUser(EVE, async () => {
    await server.connect(far)
    await client.connect(near)
  })
  return client
}

const callsOfModel = async () => {
  await sdk.arrival('GET')
  await sdk.judged()
  return sdk
    .all()
    .filter(({ name, kind }) => name === 'GET' && kind === 2)
    .map(({ attributes }) => attributes['attribution.principal.id'])
}

describe.each(SDKS)('what a server asks of its client, SDK $version', (sdkOf) => {
  it('is done for the user whose call it is', async () => {
    const client = await connected(sdkOf, meeting(1))
    for (const user of [KAI, MIA]) await forUser(user, () => sdkOf.call(client, { name: 'research', arguments: {} }))
    expect(await callsOfModel()).toEqual([KAI, MIA])
  })

  it('is done for nobody, and never for another user, if several wait', async () => {
    const client = await connected(sdkOf, meeting(2))
    const ask = (user: string) => forUser(user, () => sdkOf.call(client, { name: 'research', arguments: {} }))
    await Promise.all([ask(KAI), ask(MIA)])
    const names = await callsOfModel()
    expect(names).toHaveLength(2)
    expect(names).not.toContain(EVE)
    expect(names).toContain(undefined)
  })
})

describe('a call that SDK 2.x makes again once the user has answered', () => {
  async function connectedOnPipe(): Promise<Client2> {
    const [near, far] = pipe() as [Transport, Transport]
    const server = () => {
      const made = attributeMcpServer(SDKS[1]?.server() as Server)
      made.registerTool('research', { inputSchema: z.looseObject({}) }, async (_, extra) => {
        const { mcpReq } = extra as { mcpReq: { inputResponses?: object } }
        if (mcpReq.inputResponses !== undefined) return text(await (await fetch(model.url)).text())
        const message = 'sure?'
        const requestedSchema = { type: 'object' as const, properties: {} }
        return inputRequired({ inputRequests: { sure: inputRequired.elicit({ message, requestedSchema }) } })
      })
      return made
    }
    await forUser(EVE, async () => serveStdio(server as never, { transport: far as never }))
    const options = { capabilities: { elicitation: { form: {} } }, versionNegotiation: { mode: 'auto' as const } }
    const client = attributeMcpClient(new Client2({ name: 'assistant', version: '1.0.0' }, options))
    client.setRequestHandler('elicitation/create', async () => {
      await (await fetch(`${model.url}answer`)).text()
      return { action: 'accept', content: {} }
    })
    await forUser(EVE, () => client.connect(near as never))
    return client
  }

  it('is the same user’s, on both sides, and so is the answer', async () => {
    const client = await connectedOnPipe()
    const ask = (user: string) => forUser(user, () => client.callTool({ name: 'research', arguments: {} }))
    await Promise.all([ask(KAI), ask(MIA)])
    await client.close()
    const spans = await sdk.judged()
    const namesOf = (name: string) => spans.filter((span) => span.name === name).map(({ principal }) => principal)
    expect(namesOf('tools/call research').toSorted()).toEqual([KAI, KAI, KAI, KAI, MIA, MIA, MIA, MIA])
    expect(namesOf('GET').toSorted()).toEqual([KAI, KAI, MIA, MIA])
  })
})

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { asAgent, attributeMcpClient, attributeMcpServer, onBehalfOf } from '../../src/index.ts'
import { startLiveSdk } from '../live/live-sdk.ts'
import type { LiveSdk } from '../live/live-sdk.ts'
import { newPair } from '../trust/carriers/sample-keys.ts'
import { pipe } from './pipe.ts'
import { SDKS } from './sdks.ts'
import type { Client, Message, Sdk } from './sdks.ts'

/** One process that signs what it sends, and admits what it signed. */

const KEY = newPair('assistant-1')
const KAI = 'kai@contoso.com'
const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

let sdk: LiveSdk
beforeAll(() => {
  const jwks = { keys: [KEY.publicJwk] }
  sdk = startLiveSdk({
    signing: { key: KEY.privateJwk, issuer: 'assistant' },
    policy: { boundary: { admit: [{ signer: 'assistant', jwks, as: 'asserted' }] } },
  })
})
beforeEach(() => sdk.clear())
afterAll(() => sdk.stop())

async function connected(sdkOf: Sdk): Promise<{ client: Client; sent: Message[] }> {
  const [near, far] = pipe()
  const server = attributeMcpServer(sdkOf.server())
  const run = () => ({ content: [{ type: 'text', text: 'Mia' }] })
  server.registerTool('lookup', { inputSchema: z.looseObject({}) }, run)
  await server.connect(far)
  const client = attributeMcpClient(sdkOf.client())
  const sent: Message[] = []
  const { send } = near
  near.send = (message, options) => {
    sent.push(message)
    return Reflect.apply(send, near, [message, options]) as Promise<void>
  }
  await client.connect(near)
  return { client, sent }
}

const forKai = <T>(run: () => T): T =>
  onBehalfOf({ principal: { id: KAI, type: 'human' }, intent: 'look up 42' }, () => asAgent('researcher', run))

const admitted = { principal: KAI, actor: 'researcher', assurance: { principal: 'asserted' }, findings: [] }

describe.each(SDKS)('a signed call over MCP of SDK $version', (sdkOf) => {
  it('has one signed text in its baggage, and no facet beside it', async () => {
    const { client, sent } = await connected(sdkOf)
    await forKai(() => sdkOf.call(client, { name: 'lookup', arguments: {} }))
    expect(JSON.stringify(sent)).toMatch(/"baggage":"attribution=ey[\w.%-]+"/u)
    expect(JSON.stringify(sent)).not.toContain(KAI)
  })

  it('arrives in the trace that the app put into _meta, for which it is signed', async () => {
    const { client } = await connected(sdkOf)
    await forKai(() => sdkOf.call(client, { name: 'lookup', arguments: {}, _meta: { traceparent: TRACEPARENT } }))
    await sdk.arrival('tools/call lookup', 2)
    const tools = (await sdk.judged()).filter(({ traceId }) => traceId === TRACEPARENT.split('-')[1])
    expect(tools).toMatchObject([admitted])
  })

  it('isn’t believed in another trace', async () => {
    const { client, sent } = await connected(sdkOf)
    await forKai(() => sdkOf.call(client, { name: 'lookup', arguments: {} }))
    const { params } = sent.find(({ method }) => method === 'tools/call') ?? {}
    const stolen = params?.['_meta'] as { baggage: string }
    sdk.clear()
    const plain = sdkOf.client()
    const [near, far] = pipe()
    const server = attributeMcpServer(sdkOf.server())
    server.registerTool('lookup', { inputSchema: z.looseObject({}) }, () => ({ content: [] }))
    await server.connect(far)
    await plain.connect(near)
    const meta = { baggage: stolen.baggage, traceparent: TRACEPARENT }
    await sdkOf.call(plain, { name: 'lookup', arguments: {}, _meta: meta })
    const [tool] = await sdk.judged()
    expect(tool?.principal).toBeUndefined()
    expect(tool?.findings).toContain('carrier_replayed')
  })
})

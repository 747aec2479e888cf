import { SpanKind, trace } from '@opentelemetry/api'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { asAgent, attributeMcpClient, attributeMcpServer, onBehalfOf } from '../../src/index.ts'
import { startLiveSdk } from '../live/live-sdk.ts'
import type { LiveSdk } from '../live/live-sdk.ts'
import { loopback } from '../live/loopback.ts'
import type { Loopback } from '../live/loopback.ts'
import { pipe } from './pipe.ts'
import { SDKS } from './sdks.ts'
import type { Client, Message, Sdk, Transport } from './sdks.ts'

/**
 * An instrumentation around the server that knows nothing of `_meta`: its span begins a trace of its own, where the server
 * was connected, on behalf of Eve.
 */

const [KAI, MIA, EVE] = ['kai@contoso.com', 'mia@contoso.com', 'eve@contoso.com'] as const

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

function forUser<T>(user: string, run: () => T): T {
  return onBehalfOf({ principal: { id: user, type: 'human' }, intent: `look up for ${user}` }, () =>
    asAgent('researcher', run),
  )
}

function instrument(transport: Transport): void {
  const { onmessage } = transport
  const attributes = { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'lookup' }
  const received = (message: Message, extra?: unknown) => {
    if (message.method !== 'tools/call') return onmessage?.(message, extra)
    const options = { kind: SpanKind.SERVER, attributes, root: true }
    trace.getTracer('theirs').startActiveSpan('theirs', options, (span) => {
      onmessage?.(message, extra)
      setTimeout(() => span.end(), 100)
    })
  }
  Object.assign(transport, { onmessage: received })
}

async function connected(sdkOf: Sdk): Promise<Client> {
  const [near, far] = pipe()
  const server = attributeMcpServer(sdkOf.server())
  server.registerTool('lookup', { inputSchema: z.looseObject({}) }, async () => {
    const response = await fetch(crm.url)
    return { content: [{ type: 'text', text: await response.text() }] }
  })
  const client = attributeMcpClient(sdkOf.client())
  await forUser(EVE, () => server.connect(far))
  instrument(far)
  await client.connect(near)
  return client
}

/** The spans that a span is linked to. */
function linksOf(spanId: string | undefined): readonly string[] {
  const links = sdk.all().find((span) => span.spanContext().spanId === spanId)?.links ?? []
  return links.map(({ context }) => context.spanId)
}

describe.each(SDKS)('an instrumentation that begins a trace of its own, around a server of SDK $version', (sdkOf) => {
  it('makes the only span of the server, which says who called, and is linked to the call', async () => {
    const client = await connected(sdkOf)
    const ask = (user: string) => forUser(user, () => sdkOf.call(client, { name: 'lookup', arguments: {} }))
    await Promise.all([ask(KAI), ask(MIA)])
    await sdk.arrival('theirs', 2)
    const spans = await sdk.judged()
    const of = (name: string, user: string) => spans.find((span) => span.name === name && span.principal === user)
    for (const user of [KAI, MIA]) {
      expect(of('theirs', user)).toMatchObject({ assurance: { principal: 'claimed' }, intent: `look up for ${user}` })
      expect(of('GET', user)).toMatchObject({ kind: 'effect', assurance: { principal: 'claimed' } })
      expect(of('GET', user)?.parentSpanId).toBe(of('theirs', user)?.spanId)
      const call = of('tools/call lookup', user)
      expect(of('theirs', user)?.correlation).toBe(call?.correlation)
      expect(linksOf(of('theirs', user)?.spanId)).toEqual([call?.spanId])
    }
    expect(spans).toHaveLength(6)
  })
})

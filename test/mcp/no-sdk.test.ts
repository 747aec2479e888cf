import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { attributeMcpClient, attributeMcpServer, currentAttribution, onBehalfOf } from '../../src/index.ts'
import { pipe } from './pipe.ts'
import { SDKS } from './sdks.ts'

/** Nothing of OpenTelemetry is set up: no span is made, no context manager keeps a context, and bindings still cross. */

describe.each(SDKS)('without an OpenTelemetry SDK, MCP of SDK $version', (sdkOf) => {
  it('still tells the tool for whom it is called, for two users at once', async () => {
    const [near, far] = pipe()
    const server = attributeMcpServer(sdkOf.server())
    server.registerTool('who', { inputSchema: z.looseObject({}) }, async () => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      return { content: [{ type: 'text', text: String(currentAttribution()?.principal?.id) }] }
    })
    await server.connect(far)
    const client = attributeMcpClient(sdkOf.client())
    await client.connect(near)
    const ask = (id: string) =>
      onBehalfOf({ principal: { id, type: 'human' }, intent: 'ask' }, () =>
        sdkOf.call(client, { name: 'who', arguments: {} }),
      )
    const users = ['kai@contoso.com', 'mia@contoso.com']
    const answers = await Promise.all([...users.map(ask), sdkOf.call(client, { name: 'who', arguments: {} })])
    const texts = [...users, 'undefined'].map((text) => [{ type: 'text', text }])
    expect(answers.map(({ content }) => content)).toEqual(texts)
  })
})

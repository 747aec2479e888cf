import { setTimeout as later } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { attributeMcpClient, attributeMcpServer, onBehalfOf } from '../../src/index.ts'
import { startLiveSdk } from '../live/live-sdk.ts'
import type { LiveSdk } from '../live/live-sdk.ts'
import { metaOf, SDKS } from './sdks.ts'
import type { Client, Message, Sdk, Server } from './sdks.ts'

/**
 * Everything that MCP does is done twice, with clients and servers that are attributed and with others that aren't: what
 * crosses and what both apps see is the same, but for what `_meta` takes along.
 */

let sdk: LiveSdk
beforeAll(() => {
  sdk = startLiveSdk()
})
afterAll(() => sdk.stop())

const text = (value: string) => ({ content: [{ type: 'text', text: value }] })

function addTools(server: Server, sdkOf: Sdk, seen: unknown[]): void {
  const asking = (extra: unknown) => sdkOf.asking(server, extra)
  const add = (name: string, run: (args: Record<string, unknown>, extra: unknown) => unknown) =>
    server.registerTool(name, { inputSchema: z.object({ value: z.string().optional() }) }, run)
  add('plain', ({ value }) => text(`got ${String(value)}`))
  add('failing', () => ({ ...text('could not'), isError: true }))
  add('throwing', () => Promise.reject(new Error('no such customer')))
  add('sampling', async (_, extra) => text(JSON.stringify(await asking(extra).sample('who is it?'))))
  add('eliciting', async (_, extra) => text(JSON.stringify(await asking(extra).elicit('sure?'))))
  add('progressing', async (_, extra) => {
    await asking(extra).progress(1)
    await asking(extra).progress(2)
    return text('done')
  })
  add('logging', async (_, extra) => {
    await asking(extra).log('half way')
    return text('done')
  })
  add('waiting', async (_, extra) => {
    const { signal } = asking(extra)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    seen.push('the tool was told')
    return text('too late')
  })
  server.registerResource('doc', 'doc://one', {}, (uri) => ({ contents: [{ uri: uri.href, text: 'one' }] }))
  server.registerPrompt('greet', { argsSchema: z.object({ who: z.string() }) }, (args) => ({
    messages: [{ role: 'user', content: { type: 'text', text: `greet ${JSON.stringify(args)}` } }],
  }))
  server.server.fallbackRequestHandler = ({ params }) => ({ fallback: true, value: params['value'] })
}

async function outcome(work: () => Promise<unknown>): Promise<unknown> {
  try {
    return { answered: await work() }
  } catch (error) {
    const { name, message, code } = error as Error & { code?: unknown }
    return { rejected: { name, message, code } }
  }
}

/** All that both apps see and all that crosses, with a client and a server that `attribute` changes or not. */
async function play(sdkOf: Sdk, attribute: boolean): Promise<readonly unknown[]> {
  const seen: unknown[] = []
  const server = attribute ? attributeMcpServer(sdkOf.server()) : sdkOf.server()
  const client = attribute ? attributeMcpClient(sdkOf.client()) : sdkOf.client()
  addTools(server, sdkOf, seen)
  sdkOf.onClient(client, 'sampling', ({ params }) => {
    seen.push({ sampled: params['messages'] })
    return { model: 'm', role: 'assistant', content: { type: 'text', text: 'kai' } }
  })
  sdkOf.onClient(client, 'elicitation', ({ params }) => {
    seen.push({ elicited: params['message'] })
    return { action: 'accept', content: { ok: true } }
  })
  sdkOf.onClient(client, 'log', ({ params }) => void seen.push({ logged: params['data'] }))
  const [near, far] = sdkOf.linked()
  for (const [side, end] of [['client', near] as const, ['server', far] as const]) {
    const { send } = end
    end.send = (message, options) => {
      seen.push([side, withoutOurs(message)])
      return Reflect.apply(send, end, [message, options])
    }
  }
  await server.connect(far)
  await client.connect(near)
  await act(sdkOf, client, seen)
  await client.close()
  return seen
}

/** Without what we add to `_meta`, and without parameters if there are none beside. */
function withoutOurs(message: Message): unknown {
  const { params, ...others } = message
  const { _meta: _, ...rest } = params ?? {}
  const { traceparent: __, tracestate: ___, baggage: ____, ...meta } = metaOf(message) ?? {}
  const kept = Object.keys(meta).length === 0 ? rest : { ...rest, _meta: meta }
  return Object.keys(kept).length === 0 ? others : { ...others, params: kept }
}

async function act(sdkOf: Sdk, client: Client, seen: unknown[]): Promise<void> {
  const call = (name: string, options?: object, more?: object) =>
    outcome(() => sdkOf.call(client, { name, arguments: { value: name }, ...more }, options))
  for (const name of ['plain', 'failing', 'throwing', 'sampling', 'eliciting', 'logging', 'missing']) {
    seen.push(await call(name))
  }
  seen.push(await call('plain', undefined, { _meta: { mine: 1 } }))
  seen.push(await call('plain', undefined, { arguments: { value: 7 } }))
  seen.push(await call('progressing', { onprogress: (progress: unknown) => seen.push({ progress }) }))
  const controller = new AbortController()
  const [cancelled] = await Promise.all([
    call('waiting', { signal: controller.signal }),
    later(20).then(() => controller.abort(new Error('never mind'))),
  ])
  seen.push(cancelled, await call('waiting', { timeout: 20 }))
  await later(10)
  seen.push(await outcome(() => client.readResource({ uri: 'doc://one' })))
  seen.push(await outcome(() => client.readResource({ uri: 'doc://none' })))
  seen.push(await outcome(() => client.getPrompt({ name: 'greet', arguments: { who: 'mia' } })))
  seen.push(await outcome(() => client.listTools()), await outcome(() => client.ping()))
  const custom = { method: 'x/custom', params: { value: 1 } }
  seen.push(await outcome(() => client.request(custom, z.looseObject({}))))
}

describe.each(SDKS)('MCP of SDK $version', (sdkOf) => {
  it('is what was given, changed in place', () => {
    const [client, server] = [sdkOf.client(), sdkOf.server()]
    expect(attributeMcpClient(client)).toBe(client)
    expect(attributeMcpServer(server)).toBe(server)
  })

  it('crosses and is seen as it would be without us, where nothing is bound', async () => {
    expect(await play(sdkOf, true)).toEqual(await play(sdkOf, false))
  })

  it('crosses and is seen as it would be without us, on behalf of a user', async () => {
    const forKai = (run: () => Promise<readonly unknown[]>) =>
      onBehalfOf({ principal: { id: 'kai@contoso.com', type: 'human' }, intent: 'look around' }, run)
    expect(await forKai(() => play(sdkOf, true))).toEqual(await play(sdkOf, false))
  })
})

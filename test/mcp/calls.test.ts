import { context, propagation, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { asAgent, AttributionConfigError, attributeMcpClient, attributeMcpServer, onBehalfOf } from '../../src/index.ts'
import { startLiveSdk } from '../live/live-sdk.ts'
import type { LiveSdk } from '../live/live-sdk.ts'
import { loopback } from '../live/loopback.ts'
import type { Loopback } from '../live/loopback.ts'
import { metaOf, SDKS } from './sdks.ts'
import type { Client, Message, Sdk, Server } from './sdks.ts'

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

const KAI = 'kai@contoso.com'
const text = (value: string) => ({ content: [{ type: 'text', text: value }] })

function forUser<T>(user: string, run: () => T): T {
  const principal = { id: user, type: 'human' as const }
  return onBehalfOf({ principal, intent: `look up for ${user}` }, () => asAgent('researcher', run))
}

function abortedSoon(): AbortSignal {
  const controller = new AbortController()
  setTimeout(() => controller.abort(new Error('never mind')), 20)
  return controller.signal
}

/** A tool that tells when it is called, and never answers. */
function called(arrived: (value: unknown) => void): Promise<never> {
  arrived(undefined)
  return new Promise(() => {})
}

interface Pair {
  readonly client: Client
  readonly server: Server
  /** What the client has sent. */
  readonly sent: Message[]
}

interface Wanted {
  readonly run?: (args: Record<string, unknown>, extra: unknown) => unknown
  readonly client?: (client: Client) => Client
  readonly server?: (server: Server) => Server
  /** Runs between the two ends, as a pipe does: without anything of the sender's context. */
  readonly apart?: boolean
}

async function pair(sdkOf: Sdk, wanted: Wanted = {}): Promise<Pair> {
  const { run = () => text('found'), client = attributeMcpClient, server = attributeMcpServer, apart = true } = wanted
  const ends = { client: client(sdkOf.client()), server: server(sdkOf.server()) }
  ends.server.registerTool('lookup', { inputSchema: z.looseObject({}) }, run)
  const [near, far] = sdkOf.linked()
  const sent: Message[] = []
  const { send } = near
  near.send = (message, options) => {
    sent.push(message)
    const go = () => Reflect.apply(send, near, [message, options]) as Promise<void>
    return apart ? context.with(ROOT_CONTEXT, go) : go()
  }
  await ends.server.connect(far)
  await ends.client.connect(near)
  return { ...ends, sent }
}

const metaIn = (sent: readonly Message[]) => metaOf(sent.find(({ method }) => method === 'tools/call') ?? {}) ?? {}
const lookUp = (sdkOf: Sdk, client: Client, more: object = {}) =>
  sdkOf.call(client, { name: 'lookup', arguments: { customer: '42' }, ...more })

describe.each(SDKS)('a call over MCP of SDK $version', (sdkOf) => {
  it('takes along trace context and what is bound', async () => {
    const { client, sent } = await pair(sdkOf)
    await forUser(KAI, () => lookUp(sdkOf, client))
    const meta = metaIn(sent)
    await sdk.arrival('tools/call lookup', 2)
    const [call] = sdk.all().filter(({ kind }) => kind === SpanKind.CLIENT)
    const { traceId, spanId } = call?.spanContext() ?? {}
    expect(meta['traceparent']).toBe(`00-${traceId}-${spanId}-01`)
    expect(decodeURIComponent(String(meta['baggage']))).toContain(`attribution.principal.id=${KAI}`)
  })

  it('changes neither the arguments nor the object that the app passed', async () => {
    const { client, sent } = await pair(sdkOf)
    const args = Object.freeze({ customer: '42' })
    const params = Object.freeze({ name: 'lookup', arguments: args, _meta: Object.freeze({ mine: 1 }) })
    await forUser(KAI, () => sdkOf.call(client, params))
    const call = sent.find(({ method }) => method === 'tools/call')
    expect(call?.params?.['arguments']).toEqual({ customer: '42' })
    expect(metaIn(sent)).toMatchObject({ mine: 1, traceparent: expect.any(String) as unknown })
  })

  it('keeps the trace context and the baggage that the app put there, and adds to the baggage', async () => {
    const { client, sent } = await pair(sdkOf)
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    await forUser(KAI, () => lookUp(sdkOf, client, { _meta: { traceparent, baggage: 'tier=gold;ttl=1' } }))
    const meta = metaIn(sent)
    expect(meta).toMatchObject({ traceparent })
    expect(meta).not.toHaveProperty('tracestate')
    expect(String(meta['baggage'])).toMatch(/^tier=gold;ttl=1,attribution\./u)
  })

  it('does not pass on what another caller claimed in the baggage that the app forwards', async () => {
    const { client, sent } = await pair(sdkOf)
    await forUser(KAI, () => lookUp(sdkOf, client, { _meta: { baggage: 'tier=gold,attribution.principal.id=eve' } }))
    await lookUp(sdkOf, client, { _meta: { baggage: 'attribution.principal.id=eve' } })
    expect(JSON.stringify(sent)).not.toContain('eve')
    expect(String(metaIn(sent)['baggage'])).toMatch(/^tier=gold,attribution\./u)
  })

  it('leaves a _meta alone that is none', async () => {
    const { client, sent } = await pair(sdkOf)
    await forUser(KAI, () => lookUp(sdkOf, client, { _meta: { baggage: 7 } })).catch(() => {})
    expect(metaIn(sent)).toMatchObject({ baggage: 7 })
  })

  it('keeps the baggage of the app that is in its context', async () => {
    const { client, sent } = await pair(sdkOf)
    const baggage = propagation.createBaggage({ tier: { value: 'gold' } })
    await context.with(propagation.setBaggage(context.active(), baggage), () => lookUp(sdkOf, client))
    expect(metaIn(sent)['baggage']).toBe('tier=gold')
  })

  it('has the tool run for the user who called, whatever was bound where the server was connected', async () => {
    const run = async () => text(await (await fetch(crm.url)).text())
    const { client } = await forUser('eve@contoso.com', () => pair(sdkOf, { run }))
    await Promise.all([KAI, 'mia@contoso.com'].map((user) => forUser(user, () => lookUp(sdkOf, client))))
    const effects = (await sdk.judged()).filter(({ kind }) => kind === 'effect')
    expect(effects.map(({ principal, intent }) => [principal, intent]).toSorted()).toEqual(
      [KAI, 'mia@contoso.com'].map((user) => [user, `look up for ${user}`]),
    )
  })

  it('names nobody on the server’s side where the client isn’t attributed', async () => {
    const { client } = await pair(sdkOf, { client: (plain) => plain })
    await forUser(KAI, () => lookUp(sdkOf, client))
    const [tool, ...others] = await sdk.judged()
    expect(others).toEqual([])
    expect(tool).toMatchObject({ name: 'tools/call lookup', principal: undefined, verdict: 'unknown' })
  })

  it('is changed once, however often a client or server is attributed', async () => {
    const twice =
      <T extends object>(attribute: (one: T) => T) =>
      (one: T) =>
        attribute(attribute(one))
    const { client } = await pair(sdkOf, { client: twice(attributeMcpClient), server: twice(attributeMcpServer) })
    await forUser(KAI, () => lookUp(sdkOf, client))
    expect((await sdk.judged()).map(({ name }) => name)).toEqual(['tools/call lookup', 'tools/call lookup'])
  })

  it('is made by a client that was attributed when it was connected already', async () => {
    const { client, sent } = await pair(sdkOf, { client: (plain) => plain })
    attributeMcpClient(client)
    await forUser(KAI, () => lookUp(sdkOf, client))
    expect(metaIn(sent)).toHaveProperty('baggage')
  })

  it('tells the user’s process what it knows, where client and server are in one', async () => {
    const { client } = await pair(sdkOf, { apart: false })
    await forUser(KAI, () => lookUp(sdkOf, client))
    const spans = await sdk.judged()
    expect(spans.map(({ principal, assurance }) => [principal, assurance['principal']])).toEqual([
      [KAI, 'asserted'],
      [KAI, 'asserted'],
    ])
  })
})

describe.each(SDKS)('the spans of MCP of SDK $version', (sdkOf) => {
  const attributesOf = (kind: SpanKind) => sdk.all().find((span) => span.kind === kind)?.attributes ?? {}

  it('say what the semantic conventions ask for', async () => {
    const { client } = await pair(sdkOf)
    await forUser(KAI, () => lookUp(sdkOf, client))
    const said = {
      'mcp.method.name': 'tools/call',
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'lookup',
      'jsonrpc.request.id': '1',
    }
    expect(attributesOf(SpanKind.CLIENT)).toMatchObject({ ...said, 'mcp.server.name': 'crm-server' })
    expect(attributesOf(SpanKind.SERVER)).toMatchObject(said)
  })

  it.each([
    { how: 'answers that it failed', run: () => ({ ...text('could not'), isError: true }) },
    { how: 'throws', run: () => Promise.reject(new Error('no such customer')) },
  ])('say that a tool failed which $how', async ({ run }) => {
    const { client } = await pair(sdkOf, { run })
    await forUser(KAI, () => lookUp(sdkOf, client))
    const said = { 'error.type': 'tool_error' }
    expect(attributesOf(SpanKind.CLIENT)).toMatchObject(said)
    expect(attributesOf(SpanKind.SERVER)).toMatchObject(said)
    expect((await sdk.judged()).map(({ outcome }) => outcome)).toEqual(['failure', 'failure'])
  })

  it('say the code of a JSON-RPC error, which on the server’s side is the caller’s mistake', async () => {
    const { client, server } = await pair(sdkOf)
    server.server.fallbackRequestHandler = () => {
      throw Object.assign(new Error('wrong'), { code: -32_602 })
    }
    const asked = client.request({ method: 'x/custom', params: {} }, z.looseObject({}))
    await expect(asked).rejects.toThrow('wrong')
    const code = { 'rpc.response.status_code': '-32602' }
    expect(attributesOf(SpanKind.CLIENT)).toMatchObject({ ...code, 'error.type': '-32602' })
    expect(attributesOf(SpanKind.SERVER)).toMatchObject(code)
    expect(attributesOf(SpanKind.SERVER)).not.toHaveProperty('error.type')
  })

  it.each([
    { how: 'was cancelled', options: () => ({ signal: abortedSoon() }), type: 'cancelled', says: 'never mind' },
    { how: 'took too long', options: () => ({ timeout: 20 }), type: 'timeout', says: 'timed out' },
  ])('end when a call $how', async ({ options, type, says }) => {
    const run = (_: unknown, extra: unknown) =>
      new Promise((resolve) => sdkOf.asking({} as Server, extra).signal.addEventListener('abort', resolve))
    const { client } = await pair(sdkOf, { run })
    const params = { name: 'lookup', arguments: {} }
    await expect(forUser(KAI, () => sdkOf.call(client, params, options()))).rejects.toThrow(says)
    await sdk.arrival('tools/call lookup', 2)
    expect(attributesOf(SpanKind.CLIENT)).toMatchObject({ 'error.type': type })
  })

  it('end when the connection is closed', async () => {
    let arrived: (value: unknown) => void = () => {}
    const inside = new Promise((resolve) => (arrived = resolve))
    const { client } = await pair(sdkOf, { run: () => called(arrived) })
    const call = forUser(KAI, () => lookUp(sdkOf, client)).catch(String)
    await inside
    await client.close()
    expect(await call).toMatch(/closed/u)
    await sdk.arrival('tools/call lookup')
    expect(attributesOf(SpanKind.CLIENT)['error.type']).toBeDefined()
  })

  it('end when the request could not be sent', async () => {
    const { client, sent } = await pair(sdkOf)
    sent.push = () => {
      throw new Error('broken pipe')
    }
    await expect(forUser(KAI, () => lookUp(sdkOf, client))).rejects.toThrow('broken pipe')
    expect(attributesOf(SpanKind.CLIENT)['error.type']).toBe('Error')
  })

  it('are not made for what only keeps a connection', async () => {
    const { client, sent } = await pair(sdkOf)
    await client.ping()
    expect(sdk.all()).toEqual([])
    expect(sent.filter((message) => metaOf(message) !== undefined)).toEqual([])
  })

  it('are made for what else an agent asks a server, which is an effect', async () => {
    const { client, server } = await pair(sdkOf)
    server.server.fallbackRequestHandler = () => ({})
    await forUser(KAI, () => client.request({ method: 'x/custom', params: {} }, z.looseObject({})))
    const [effect, ...others] = await sdk.judged()
    expect(others).toEqual([])
    expect(effect).toMatchObject({ name: 'x/custom', kind: 'effect', principal: KAI, context: 'crm-server' })
  })
})

describe.each(SDKS)('an instrumentation around MCP of SDK $version', (sdkOf) => {
  const tracer = trace.getTracer('an-mcp-instrumentation')
  const ofCall = { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'lookup' }
  const around = (options: object, name: string, run: () => Promise<unknown>) =>
    tracer.startActiveSpan(name, options, (span) => run().finally(() => span.end()))

  it('that has made the client’s span is left to it', async () => {
    const { client, sent } = await pair(sdkOf)
    const options = { kind: SpanKind.CLIENT, attributes: ofCall }
    await forUser(KAI, () => around(options, 'theirs', () => lookUp(sdkOf, client)))
    const spans = await sdk.judged()
    expect(spans.map(({ name }) => name)).toEqual(['tools/call lookup', 'theirs'])
    expect(String(metaIn(sent)['traceparent'])).toContain(spans[1]?.spanId)
  })

  it.each([
    { what: 'of another tool', attributes: { ...ofCall, 'gen_ai.tool.name': 'other' } },
    { what: 'of another method', attributes: { 'mcp.method.name': 'prompts/get' } },
    { what: 'of something else', attributes: {} },
  ])('that is inside a span $what makes none of its own', async ({ attributes }) => {
    const { client } = await pair(sdkOf)
    await forUser(KAI, () => around({ kind: SpanKind.CLIENT, attributes }, 'theirs', () => lookUp(sdkOf, client)))
    const clients = sdk.all().filter(({ kind }) => kind === SpanKind.CLIENT)
    expect(clients.map(({ name }) => name)).toEqual(['tools/call lookup', 'theirs'])
  })

  it('may inject into _meta itself, at the transport', async () => {
    const { client, sent } = await pair(sdkOf)
    const { push } = sent
    sent.push = (message) => {
      propagation.inject(context.active(), metaOf(message))
      return Reflect.apply(push, sent, [message])
    }
    const baggage = propagation.createBaggage({ tier: { value: 'gold' } })
    const inBaggage = propagation.setBaggage(context.active(), baggage)
    await context.with(inBaggage, () => forUser(KAI, () => lookUp(sdkOf, client)))
    expect(String(metaIn(sent)['baggage'])).toMatch(/^tier=gold,attribution\./u)
    expect((await sdk.judged()).map(({ principal }) => principal)).toEqual([KAI, KAI])
  })

  it('is told call by call: a tool that calls on, under the same name, has spans of its own', async () => {
    const inner = await pair(sdkOf, { apart: false })
    const outer = await pair(sdkOf, { run: () => lookUp(sdkOf, inner.client), apart: false })
    await forUser(KAI, () => lookUp(sdkOf, outer.client))
    expect((await sdk.judged()).map(({ name, principal }) => [name, principal])).toEqual(
      Array.from({ length: 4 }, () => ['tools/call lookup', KAI]),
    )
  })
})

const DEEP = Array.from({ length: 2_000 }).reduce<object>((inner) => ({ inner }), {})
const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const OF_EVE = 'attribution.principal.id=eve'

describe.each(SDKS)('what a client of MCP may send to a server of SDK $version', (sdkOf) => {
  it.each([
    { what: 'no trace', meta: { traceparent: 'not a trace', tracestate: 7, baggage: OF_EVE } },
    { what: 'numbers', meta: { traceparent: 1, tracestate: 2, baggage: 3 } },
    { what: 'lists', meta: { traceparent: [TRACEPARENT], baggage: [OF_EVE, null] } },
    { what: 'nothing', meta: { traceparent: null, baggage: null } },
    { what: 'a flood', meta: { baggage: `${'a=b,'.repeat(100_000)}${OF_EVE}` } },
    { what: 'a long value', meta: { baggage: `attribution.principal.id=${'x'.repeat(1_000_000)}` } },
    { what: 'broken encoding', meta: { baggage: 'attribution.principal.id=%E0%A4%A,%zz=%zz' } },
    { what: 'a prototype', meta: JSON.parse('{"__proto__":{"baggage":"a=b"},"constructor":1}') as object },
    { what: 'depth', meta: { baggage: DEEP, deep: DEEP } },
    { what: 'a signature of nobody', meta: { traceparent: TRACEPARENT, baggage: 'attribution=a.b.c' } },
  ])('$what: the tool answers, and nothing is more than a claim', async ({ meta }) => {
    const { client } = await pair(sdkOf, { client: (plain) => plain })
    expect(await lookUp(sdkOf, client, { _meta: meta })).toMatchObject(text('found'))
    const [tool] = await sdk.judged()
    expect([undefined, 'claimed']).toContain(tool?.assurance['principal'])
  })

  it('another user than the one whom the server’s process bound: that one stands, and the claim is told', async () => {
    const { client } = await pair(sdkOf, { client: (plain) => plain, apart: false })
    const meta = { baggage: `${OF_EVE},attribution.intent.summary=steal` }
    await forUser(KAI, () => lookUp(sdkOf, client, { _meta: meta }))
    const [tool] = await sdk.judged()
    expect(tool).toMatchObject({ principal: KAI, intent: `look up for ${KAI}`, assurance: { principal: 'asserted' } })
    expect(tool?.findings).toContain('claim_contradicted')
  })

  it('a trace in the arguments, as Strands does: it is continued, and nobody is named by what a model writes', async () => {
    const { client } = await pair(sdkOf, { client: (plain) => plain })
    const meta = { traceparent: TRACEPARENT, baggage: OF_EVE }
    await sdkOf.call(client, { name: 'lookup', arguments: { _meta: meta } })
    const [tool] = await sdk.judged()
    expect(tool).toMatchObject({ traceId: TRACEPARENT.split('-')[1], principal: undefined })
  })

  it('a result that looks like attribution: it isn’t read', async () => {
    const run = () => ({ ...text(OF_EVE), _meta: { traceparent: TRACEPARENT, baggage: OF_EVE } })
    const { client } = await pair(sdkOf, { run })
    const result = await forUser(KAI, () => lookUp(sdkOf, client))
    expect(result).toMatchObject({ _meta: { baggage: OF_EVE } })
    expect((await sdk.judged()).map(({ principal }) => principal)).toEqual([KAI, KAI])
  })
})

describe('what isn’t of MCP', () => {
  it.each([undefined, null, {}, { connect() {} }, 'client', () => {}])('%o is refused', (wrong) => {
    expect(() => attributeMcpClient(wrong as object)).toThrow(AttributionConfigError)
    expect(() => attributeMcpServer(wrong as object)).toThrow(AttributionConfigError)
  })

  it('is left as it is where it looks the part and keeps its handlers elsewhere', () => {
    const other = { connect() {}, request() {}, setRequestHandler() {} }
    const before = { ...other }
    expect(attributeMcpServer(other)).toEqual(before)
  })

  it('is left as it is where it is frozen', () => {
    const frozen = Object.freeze({ connect() {}, request() {}, setRequestHandler() {} })
    expect(attributeMcpClient(frozen)).toBe(frozen)
  })
})

import { context, trace } from '@opentelemetry/api'
import type { Span } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  action,
  asAgent,
  attributedTool,
  AttributionConfigError,
  AttributionError,
  onBehalfOf,
  via,
} from '../../src/index.ts'
import type { ToolAct } from '../../src/index.ts'
import { newFaults } from '../runtime/faults.ts'
import { inSpan, silence, tracing } from '../runtime/provider.ts'
import type { Traced } from '../runtime/provider.ts'

let traced: Traced
beforeEach(() => {
  traced = tracing()
  newFaults()
})
afterEach(silence)

const ASKED = { principal: { id: 'kai@contoso.com', type: 'human' }, intent: 'refund order 7' } as const
const asked = <T>(fn: () => T): T => onBehalfOf(ASKED, () => asAgent('support', fn))
const call = () => inSpan(traced.tracer, 'call', { kind: 2 }, () => 'refunded')

const REFUND: ToolAct = {
  context: { id: 'payments', credential: { id: 'key-1', type: 'own' } },
  target: 'api.payments.example',
  resource: 'order-7',
  decision: { outcome: 'allow', policy: { id: 'refunds' } },
}
const DENIED: ToolAct = { ...REFUND, decision: { outcome: 'deny', policy: { id: 'refunds' } } }

const TOOL = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'refund' }
const startTool = () => traced.tracer.startSpan('tool', { attributes: TOOL })

type Body = (input: { readonly order: string }) => unknown

/** As the AI SDK runs a tool: its span is active. */
const aiSdk = (body: Body, act: unknown = REFUND) => {
  const tool = attributedTool({ inputSchema: {}, execute: body }, act as ToolAct)
  return () =>
    traced.tracer.startActiveSpan('tool', { attributes: TOOL }, async (span) => {
      try {
        return await tool.execute({ order: 'order-7' })
      } finally {
        span.end()
      }
    })
}

/** As LangChain does: its span is started on a queue, `before` or `after` the code starts, and isn't active. */
class ChainTool {
  readonly name = 'refund'
  #secret = 'of this object'
  readonly opens: 'before' | 'after'
  readonly body: Body
  constructor(body: Body, opens: 'before' | 'after') {
    this.body = body
    this.opens = opens
  }
  async invoke(input: unknown): Promise<unknown> {
    return await this.call(input)
  }
  async call(input: unknown): Promise<unknown> {
    const queued = context.active()
    const open = () => context.with(queued, startTool)
    let span: Span | undefined = this.opens === 'before' ? open() : undefined
    const opened = new Promise<void>((resolve) =>
      setTimeout(() => {
        span ??= open()
        resolve()
      }, 5),
    )
    try {
      // oxlint-disable-next-line no-underscore-dangle
      return await this._call(input)
    } finally {
      await opened
      span?.end()
    }
  }
  async _call(input: unknown): Promise<unknown> {
    if (this.#secret === '') throw new Error('it is another object')
    return await this.body(input as { order: string })
  }
}

const langChain =
  (opens: 'before' | 'after') =>
  (body: Body, act: unknown = REFUND) => {
    const tool = attributedTool(new ChainTool(body, opens), act as ToolAct)
    return () => tool.invoke({ order: 'order-7' })
  }

/** As OpenAI Agents does; without its instrumentation nothing connects its own span with one of OpenTelemetry. */
const openAiAgents = (body: Body, act: unknown = REFUND) => {
  const invoke = async (_: unknown, input: string): Promise<unknown> =>
    await body(JSON.parse(input) as { order: string })
  const tool = attributedTool({ type: 'function', name: 'refund', invoke }, act as ToolAct)
  return () => tool.invoke({}, '{"order":"order-7"}')
}

const SPANNED = [
  ['the AI SDK', aiSdk],
  ['LangChain', langChain('before')],
  ['LangChain, behind a busy queue', langChain('after')],
] as const
const ALL = [...SPANNED, ['OpenAI Agents', openAiAgents]] as const

function of(name: string) {
  const { findings, verdict, outcome, context: id, span } = traced.one(name)
  const read = (key: string) => span.attributes[`attribution.${key}`]
  return { findings, verdict, outcome, context: id, decision: read('decision.outcome'), resource: read('resource.id') }
}

describe.each(SPANNED)('a wrapped tool of %s', (_, framework) => {
  it('says on its own span what it did', async () => {
    expect(await asked(framework(call))).toBe('refunded')
    const said = { findings: [], verdict: 'separated', outcome: 'success', context: 'payments', decision: 'allow' }
    expect(of('tool')).toEqual({ ...said, resource: 'order-7' })
    expect(of('call')).toEqual({ ...said, resource: undefined })
  })
  it('says on its own span that it was denied', async () => {
    await expect(asked(framework(call, DENIED))).rejects.toBeInstanceOf(AttributionError)
    const said = { findings: [], verdict: 'separated', outcome: 'denied', context: 'payments', decision: 'deny' }
    expect(of('tool')).toEqual({ ...said, resource: 'order-7' })
    expect(traced.seen().filter(({ name }) => name === 'call')).toEqual([])
  })
  it('says so too where `refused` answers', async () => {
    const refused = (error: AttributionError, { order }: { order: string }) => `${order}: ${error.message}`
    expect(await asked(framework(call, { ...DENIED, refused }))).toBe('order-7: This action is not permitted.')
    expect(of('tool')).toMatchObject({ findings: [], outcome: 'denied', decision: 'deny' })
  })
  it('keeps its context where its code goes through others', async () => {
    await asked(framework(() => via('audit-log', call)))
    expect(of('tool')).toMatchObject({ findings: [], context: 'payments' })
    expect(of('call')).toMatchObject({ findings: [], context: 'audit-log' })
  })
  it('leaves its span to itself where its code calls an action', async () => {
    await asked(framework(() => action('lookUp', { context: 'orders', resource: 'order-8' }, call)))
    expect(of('tool')).toMatchObject({ findings: [], context: 'payments', resource: 'order-7' })
    expect(of('execute_tool lookUp')).toMatchObject({ findings: [], context: 'orders', resource: 'order-8' })
  })
  it('keeps nothing of what another agent inside does', async () => {
    await asked(framework(() => asAgent('other', () => via('mail', call)), { resource: 'order-7' }))
    expect(of('call')).toMatchObject({ context: 'mail' })
  })
  it('asks for approval inside an open escalation', async () => {
    const escalated = { ...REFUND, context: undefined, decision: { outcome: 'escalate', policy: { id: 'refunds' } } }
    await asked(framework(call, { ...escalated, refused: call }))
    expect(of('tool')).toMatchObject({ findings: [], outcome: 'denied', decision: 'escalate' })
    expect(of('call')).toMatchObject({ findings: [], decision: undefined })
  })
})

describe.each(ALL)('a wrapped tool of %s', (_, framework) => {
  it('runs what a function of the input says, also an async one', async () => {
    const acts = [
      ({ order }: { order: string }) => ({ context: `payments of ${order}` }),
      async ({ order }: { order: string }) => ({ context: `payments of ${order}` }),
    ]
    for (const act of acts) {
      expect(await asked(framework(call, act))).toBe('refunded')
    }
    const calls = traced.seen().filter(({ name }) => name === 'call')
    expect(calls.map(({ context: id }) => id)).toEqual(['payments of order-7', 'payments of order-7'])
  })
  it('does not run what its function fails to say', async () => {
    let ran = false
    const failing = () => {
      throw new Error('the policy engine is down')
    }
    for (const act of [failing, async () => failing()]) {
      await expect((async () => await asked(framework(() => (ran = true), act)))()).rejects.toThrow('policy engine')
    }
    expect(ran).toBe(false)
  })
  it('runs what cannot be read of it without it, and counts a fault', async () => {
    const bad = { context: 7, resource: '', refused: 'no' }
    expect(await asked(framework(() => 'refunded', bad))).toBe('refunded')
    expect(newFaults()).toEqual(['binding', 'binding', 'binding'])
  })
  it('throws what its code throws', async () => {
    const failing = () => {
      throw new Error('no such order')
    }
    await expect((async () => await asked(framework(failing)))()).rejects.toThrow('no such order')
  })
  it('runs where nothing traces', async () => {
    silence()
    expect(await framework(() => 'refunded')()).toBe('refunded')
  })
})

describe('attributedTool', () => {
  it('returns a tool of the same class, and leaves the one that it is given as it is', () => {
    const tool = new ChainTool(() => 'mine', 'before')
    const keys = Object.keys(tool)
    const one = attributedTool(tool, REFUND)
    expect(one).toBeInstanceOf(ChainTool)
    expect(one).not.toBe(tool)
    expect([Object.keys(one), Object.keys(tool), one.name]).toEqual([keys, keys, 'refund'])
    expect(tool.invoke).toBe(ChainTool.prototype.invoke)
  })
  it('takes a frozen tool', async () => {
    const tool = attributedTool(Object.freeze({ inputSchema: {}, execute: () => 'done' }), {})
    expect(tool.execute()).toBe('done')
  })
  it('gives the model of OpenAI Agents a text for what is denied, because an error would end the run', async () => {
    expect(await asked(openAiAgents(call, DENIED))).toBe('This action is not permitted.')
  })
  it('streams what a generator of the AI SDK yields, and what it refuses', async () => {
    const execute = async function* ({ order }: { order: string }) {
      yield `refunding ${order}`
      yield call()
    }
    const yielded: unknown[] = []
    for (const act of [REFUND, async () => REFUND, { ...DENIED, refused: () => 'no' }]) {
      const tool = attributedTool({ inputSchema: {}, execute }, act)
      await asked(async () => {
        for await (const part of tool.execute({ order: 'order-7' })) yielded.push(part)
      })
    }
    expect(yielded).toEqual(['refunding order-7', 'refunded', 'refunding order-7', 'refunded', 'no'])
    const calls = traced.seen().filter(({ name }) => name === 'call')
    expect(calls.map(({ context: id }) => id)).toEqual(['payments', 'payments'])
  })
  it('runs what yields to its end where nothing can stream it, for the AI SDK takes no promise of an iterable', async () => {
    const execute = async function* (input: { order: string }) {
      yield `refunding ${input.order}`
      yield call()
    }
    const tool = attributedTool(
      { inputSchema: {}, execute: (input: { order: string }) => execute(input) },
      async () => REFUND,
    )
    expect(await asked(() => tool.execute({ order: 'order-7' }))).toBe('refunded')
    expect(traced.one('call').context).toBe('payments')
  })
  it('still streams where it is wrapped twice', async () => {
    const execute = async function* () {
      yield 'refunding'
      yield 'refunded'
    }
    const tool = attributedTool(attributedTool({ inputSchema: {}, execute }, REFUND), async () => REFUND)
    const yielded: unknown[] = []
    for await (const part of tool.execute()) yielded.push(part)
    expect(yielded).toEqual(['refunding', 'refunded'])
  })
  it.each([
    ['a tool that the AI SDK leaves to the client', { inputSchema: {} }],
    ['a runnable of LangChain', { invoke: () => {} }],
    ['nothing', undefined],
    ['a function', () => {}],
  ])('refuses %s at once, and says what it takes', (_, tool) => {
    expect(() => attributedTool(tool as object, REFUND)).toThrow(AttributionConfigError)
    expect(() => attributedTool(tool as object, REFUND)).toThrow(/AI SDK.*LangChain.*OpenAI Agents/su)
  })
  it('refuses what is neither an object nor a function', () => {
    expect(() => attributedTool({ inputSchema: {}, execute: call }, 'payments' as never)).toThrow(/second argument/u)
  })
  it('is not mixed up by a call of the same tool inside', async () => {
    const inner = new ChainTool(call, 'before')
    let depth = 0
    const tool: ChainTool = attributedTool(
      new ChainTool(
        ({ order }) => (depth++ === 0 ? tool.invoke({ order: `${order}-b` }) : inner.body({ order })),
        'before',
      ),
      ({ order }: { order: string }) => ({ context: 'payments', resource: order }),
    )
    await asked(() => tool.invoke({ order: 'order-7' }))
    const tools = traced.seen().filter(({ kind }) => kind === 'tool')
    expect(tools.map(({ span }) => span.attributes['attribution.resource.id'])).toEqual(['order-7-b', 'order-7'])
    expect(trace.getSpan(context.active())).toBeUndefined()
  })
})

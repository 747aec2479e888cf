import { generateText, stepCountIs, streamText, tool } from 'ai'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { asAgent, bindAttribution, decided, onBehalfOf, via } from '../../src/index.ts'
import { ATTR } from '../../src/model/names.ts'
import { startLiveSdk } from './live-sdk.ts'
import type { LiveSdk } from './live-sdk.ts'
import { loopback } from './loopback.ts'
import type { Loopback } from './loopback.ts'
import type { Seen } from './seen.ts'
import { modelCalling } from './stand-in.ts'

const KAI = 'kai@contoso.com'

let sdk: LiveSdk
let api: Loopback
/** Where nobody listens any more. */
let nobody: string
/** What the API does before it answers. */
let beforeAnswer: () => Promise<void>

beforeAll(async () => {
  sdk = startLiveSdk()
  const gone = await loopback()
  nobody = gone.url
  await gone.close()
  api = await loopback((request, response) => {
    const status = Number(new URL(request.url ?? '/', 'http://api').searchParams.get('status') ?? 200)
    void beforeAnswer().then(() => response.writeHead(status).end('{}'))
  })
})

beforeEach(() => {
  beforeAnswer = () => Promise.resolve()
  sdk.clear()
})

afterAll(async () => {
  await api.close()
  await sdk.stop()
})

type Execute = (input: unknown, options: { readonly abortSignal?: AbortSignal }) => unknown

const MODEL = { prompt: 'pay', stopWhen: stepCountIs(2), experimental_telemetry: { isEnabled: true } } as const

/** Has the agent run one tool, `pay`, for Kai. */
function generate(execute: Execute, abortSignal?: AbortSignal): Promise<unknown> {
  return forKai(() => generateText({ ...setting(execute), ...(abortSignal === undefined ? {} : { abortSignal }) }))
}

function setting(execute: Execute) {
  const pay = tool({
    inputSchema: z.object({}),
    execute: (input, options) => execute(input, options) as Promise<string>,
  })
  return { ...MODEL, model: modelCalling({ tool: 'pay' }), tools: { pay } }
}

function forKai<T>(run: () => T): T {
  return onBehalfOf({ principal: { id: KAI, type: 'human' }, intent: 'pay the bill' }, () => asAgent('payer', run))
}

async function only(kind: string): Promise<Seen | undefined> {
  const found = (await sdk.judged()).filter((span) => span.kind === kind)
  expect(found).toHaveLength(1)
  return found[0]
}

const FOR_KAI = { principal: KAI, actor: 'payer', intent: 'pay the bill' }

/** What the store holds, and not what a reader makes of an absent one. */
function written(span: Seen | undefined): unknown {
  return span?.span.attributes[ATTR.outcome]
}

describe('a tool that fails', () => {
  const WAYS: readonly { how: string; execute: Execute }[] = [
    { how: 'throws', execute: () => fail() },
    { how: 'rejects', execute: async () => fail() },
    { how: 'rejects after its call', execute: () => via('bank', () => fetch(api.url).then(fail)) },
    { how: 'throws what is no error', execute: () => Promise.reject('no money') },
    {
      how: 'yields something and then throws',
      execute: async function* () {
        yield 'trying'
        fail()
      },
    },
    { how: 'calls nobody that is there', execute: () => fetch(nobody) },
  ]

  it.each(WAYS)('is recorded with its failure and its user when it $how', async ({ execute }) => {
    await generate(execute)
    const pay = await only('tool')
    expect(pay).toMatchObject({ ...FOR_KAI, outcome: 'failure', verdict: 'separated', findings: [] })
    expect(written(pay)).toBe('failure')
  })

  it('leaves the agent, which went on, with a success', async () => {
    await generate(() => fail())
    expect((await only('agent'))?.outcome).toBe('success')
  })

  it('leaves a call that went well with a success', async () => {
    await generate(() => via('bank', () => fetch(api.url).then(fail)))
    const call = await only('effect')
    expect(call).toMatchObject({ ...FOR_KAI, context: 'bank', outcome: 'success' })
  })

  it('is recorded when it fails while the response streams', async () => {
    await forKai(() => streamText(setting(() => fail()))).consumeStream()
    expect(await only('tool')).toMatchObject({ ...FOR_KAI, outcome: 'failure' })
  })

  it('is not taken for a denied action that was done all the same', async () => {
    await generate(() => decided({ outcome: 'deny' }, async () => fail()))
    expect((await only('tool'))?.findings).not.toContain('denied_but_executed')
  })
})

function fail(): never {
  throw new Error('the bank says no')
}

describe('a call that fails', () => {
  it.each([404, 500, 503])('with status %d is recorded as a failure', async (status) => {
    await generate(async () => (await fetch(`${api.url}?status=${status}`)).status)
    expect(await only('effect')).toMatchObject({ ...FOR_KAI, outcome: 'failure', verdict: 'separated' })
  })

  it('because nobody is there is recorded as a failure', async () => {
    await generate(() => via('bank', () => fetch(nobody)))
    expect(await only('effect')).toMatchObject({ ...FOR_KAI, context: 'bank', outcome: 'failure' })
  })

  it('leaves a tool that handles it with a success', async () => {
    await generate(async () => (await fetch(`${api.url}?status=500`)).status)
    expect((await only('tool'))?.outcome).toBe('success')
  })
})

describe('a model that fails', () => {
  it('leaves the agent with a failure', async () => {
    const model = modelCalling()
    model.doGenerate = () => Promise.reject(new Error('out of tokens'))
    const run = forKai(() => generateText({ ...MODEL, model, maxRetries: 0 }))
    await expect(run).rejects.toMatchObject({ message: 'out of tokens' })
    expect(await only('agent')).toMatchObject({ ...FOR_KAI, outcome: 'failure' })
    expect(await only('llm')).toMatchObject({ principal: KAI, outcome: 'failure' })
  })
})

describe('a run that is aborted', () => {
  /** Aborts when the call has reached the API, which never answers it. */
  function abortedInCall(): AbortController {
    const controller = new AbortController()
    beforeAnswer = () => {
      controller.abort()
      return new Promise(() => {})
    }
    return controller
  }
  const call: Execute = (_, { abortSignal }) =>
    via('bank', () => fetch(api.url, abortSignal && { signal: abortSignal }))

  it('leaves the tool with a failure, and tool and call with their user', async () => {
    const controller = abortedInCall()
    await generate(call, controller.signal).catch(() => {})
    expect(await only('tool')).toMatchObject({ ...FOR_KAI, outcome: 'failure', verdict: 'separated' })
    // Of a call that was given up, HTTP instrumentation says no error: nobody knows what it did.
    expect(await only('effect')).toMatchObject({ ...FOR_KAI, context: 'bank' })
  })

  it('leaves the tool with a failure, and tool and call with their user while the response streams', async () => {
    const controller = abortedInCall()
    const stream = forKai(() => streamText({ ...setting(call), abortSignal: controller.signal }))
    await stream.consumeStream()
    await sdk.arrival('ai.toolCall')
    expect(await only('tool')).toMatchObject({ ...FOR_KAI, outcome: 'failure', verdict: 'separated' })
    expect(await only('effect')).toMatchObject({ ...FOR_KAI, context: 'bank' })
  })
})

describe('work that a tool starts and nobody awaits', () => {
  it('is known to be nobody’s where tool and agent ended before it began', async () => {
    let end = () => {}
    const ended = new Promise<void>((resolve) => (end = resolve))
    let late: Promise<unknown> = Promise.resolve()
    await generate(() => {
      late = via('bank', () => ended.then(() => fetch(api.url)))
      return 'started'
    })
    await sdk.arrival('ai.generateText')
    expect((await sdk.judged()).map(({ kind }) => kind)).not.toContain('effect')
    end()
    await late
    const tool = await only('tool')
    expect(await only('effect')).toMatchObject({
      ...FOR_KAI,
      context: 'bank',
      verdict: 'unknown',
      findings: ['stale_binding'],
      parentSpanId: tool?.spanId,
      correlation: tool?.correlation,
    })
  })

  it('is known to be nobody’s when it comes from a timer', async () => {
    let late: Promise<unknown> = Promise.resolve()
    await generate(() => {
      late = new Promise((resolve) => setTimeout(() => resolve(fetch(api.url)), 1))
      return 'started'
    })
    await late
    expect(await only('effect')).toMatchObject({
      context: '127.0.0.1',
      verdict: 'unknown',
      findings: ['stale_binding'],
    })
  })

  it('is attributed to the user of the tool where the timer runs a bound function', async () => {
    let late: Promise<unknown> = Promise.resolve()
    await generate(() => {
      late = new Promise((resolve) =>
        setTimeout(
          bindAttribution(() => resolve(fetch(api.url))),
          1,
        ),
      )
      return 'started'
    })
    await late
    expect(await only('effect')).toMatchObject({ ...FOR_KAI, verdict: 'separated', findings: [] })
  })

  it('is recorded with its failure when it rejects', async () => {
    let late: Promise<unknown> = Promise.resolve()
    await generate(() => {
      late = fetch(nobody).catch(() => {})
      return 'started'
    })
    await late
    expect(await only('effect')).toMatchObject({ ...FOR_KAI, outcome: 'failure' })
  })
})

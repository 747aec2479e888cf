import { generateText, stepCountIs, streamText, tool } from 'ai'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { asAgent, attributedTool, onBehalfOf } from '../../src/index.ts'
import { ATTR } from '../../src/model/names.ts'
import { startLiveSdk } from './live-sdk.ts'
import type { LiveSdk } from './live-sdk.ts'
import { modelCalling } from './stand-in.ts'

let sdk: LiveSdk
beforeAll(() => {
  sdk = startLiveSdk({ policy: { profile: 'strict' } })
})
afterAll(() => sdk.stop())

const USERS = ['kai@contoso.com', 'mia@contoso.com'] as const

/** Refunds what is small at once, and reports its progress. The input is typed by the tool. */
const refund = attributedTool(
  tool({
    inputSchema: z.object({ order: z.string(), amount: z.number() }),
    execute: async function* ({ order }) {
      yield `refunding ${order}`
      yield `${order} is refunded`
    },
  }),
  async ({ order, amount }) => ({
    context: { id: 'payments', credential: { id: 'key-1', type: 'own' } },
    resource: order,
    decision: { outcome: amount > 100 ? 'deny' : 'allow', policy: { id: 'refunds' } },
  }),
)

it('types what the model asks for by the tool', () => {
  const find = tool({ inputSchema: z.object({ order: z.string() }), execute: ({ order }) => order })
  // @ts-expect-error the tool asks for no amount
  expect(attributedTool(find, ({ amount }) => ({ resource: String(amount) }))).toBeDefined()
})

const WAYS = [
  { how: 'generateText', toolResults: async (options: Options) => (await generateText(options)).steps },
  { how: 'streamText', toolResults: async (options: Options) => await streamText(options).steps },
] as const
type Options = ReturnType<typeof optionsFor>

function optionsFor(user: string) {
  const input = (amount: number) => ({ order: `order of ${user}, ${amount}`, amount })
  return {
    model: modelCalling({ tool: 'refund', input: input(50) }, { tool: 'refund', input: input(500) }),
    prompt: 'refund both',
    stopWhen: stepCountIs(2),
    experimental_telemetry: { isEnabled: true },
    tools: { refund },
  }
}

it.each(WAYS)(
  'has a wrapped tool of the AI SDK meet `strict` for two users at once ($how)',
  async ({ toolResults }) => {
    sdk.clear()
    const run = (user: string) =>
      onBehalfOf({ principal: { id: user, type: 'human' }, intent: `refund orders of ${user}` }, () =>
        asAgent('support', () => toolResults(optionsFor(user))),
      )
    const steps = (await Promise.all(USERS.map(run))).flat()
    const told = steps.flatMap(({ content }) =>
      content.flatMap((part) =>
        part.type === 'tool-result' ? [part.output] : part.type === 'tool-error' ? [String(part.error)] : [],
      ),
    )
    const refused = 'AttributionError: This action is not permitted.'
    expect(told.toSorted()).toEqual([refused, refused, ...USERS.map((user) => `order of ${user}, 50 is refunded`)])
    const spans = await sdk.judged()
    expect(spans.flatMap(({ findings }) => findings)).toEqual([])
    const tools = spans.filter(({ kind }) => kind === 'tool')
    const said = tools.map(({ principal, context, outcome, span: { attributes } }) => ({
      principal,
      context,
      outcome,
      decision: attributes[ATTR.decision.outcome],
      resource: attributes[ATTR.resourceId],
    }))
    const rows = USERS.flatMap((principal) => [
      { principal, context: 'payments', outcome: 'success', decision: 'allow', resource: `order of ${principal}, 50` },
      { principal, context: 'payments', outcome: 'denied', decision: 'deny', resource: `order of ${principal}, 500` },
    ])
    expect(said.toSorted((a, b) => String(a.resource).localeCompare(String(b.resource)))).toEqual(rows)
  },
)

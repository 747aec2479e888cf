import { generateText, stepCountIs, tool } from 'ai'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { asAgent, decided, guard, onBehalfOf, via } from '../../src/index.ts'
import { startLiveSdk } from './live-sdk.ts'
import type { LiveSdk } from './live-sdk.ts'
import { modelCalling } from './stand-in.ts'

let sdk: LiveSdk
beforeAll(() => {
  sdk = startLiveSdk()
})
afterAll(() => sdk.stop())

const KAI = { principal: { id: 'kai@contoso.com', type: 'human' }, intent: 'refund order 7' } as const

/** As an app writes it: the model gets a text, whatever happened. */
async function refund(): Promise<string> {
  try {
    return await decided({ outcome: 'deny', policy: { id: 'refunds' } }, () =>
      via({ id: 'payments', credential: { id: 'key-1', type: 'own' } }, () =>
        guard({ decision: true }, () => 'refunded'),
      ),
    )
  } catch (error) {
    return `That did not work: ${String(error)}`
  }
}

it('says that the tool of the AI SDK was denied, where the app answered the model with a text', async () => {
  const { steps } = await onBehalfOf(KAI, () =>
    asAgent('support', () =>
      generateText({
        model: modelCalling({ tool: 'refund' }),
        prompt: 'refund order 7',
        stopWhen: stepCountIs(2),
        experimental_telemetry: { isEnabled: true },
        tools: { refund: tool({ inputSchema: z.object({}), execute: refund }) },
      }),
    ),
  )
  const told = steps.flatMap(({ toolResults }) => toolResults.map(({ output }) => output))
  expect(told).toEqual(['That did not work: AttributionError: This action is not permitted.'])
  const acts = (await sdk.judged()).filter(({ kind }) => kind === 'tool' || kind === 'effect')
  expect(acts.map(({ kind, outcome, context, findings }) => ({ kind, outcome, context, findings }))).toEqual([
    { kind: 'effect', outcome: 'denied', context: 'payments', findings: [] },
    { kind: 'tool', outcome: 'denied', context: 'payments', findings: [] },
  ])
})

import * as genai from '@google/genai'
import type { Content, GenerateContentResponse, GoogleGenAI } from '@google/genai'
import { GenAIInstrumentation } from '@traceloop/instrumentation-google-generativeai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ERRANDS } from './errands.ts'
import { USERS, effectsIn, effectsOf, mineOf, othersIn, startStage, toolsIn, viaConnector } from './stage.ts'
import type { Stage } from './stage.ts'

/** Google's client under Traceloop, in a loop of an app's own. */

let stage: Stage
let client: GoogleGenAI

beforeAll(async () => {
  const instrumentation = new GenAIInstrumentation()
  stage = await startStage([instrumentation as never])
  // It replaces the class, which a namespace of an ES module does not let it do.
  const patched = { ...genai }
  instrumentation.manuallyInstrument(patched)
  client = new patched.GoogleGenAI({
    apiKey: 'stand-in',
    httpOptions: { baseUrl: stage.modelUrl.replace(/\/v1$/u, '') },
  })
})

afterAll(() => stage.stop())

const model = 'stand-in-1'
const tools = [{ functionDeclarations: ERRANDS.map((name) => ({ name, description: name })) }]

type Ask = (contents: Content[]) => Promise<readonly GenerateContentResponse[]>

async function loop(ask: Ask): Promise<void> {
  const contents: Content[] = [{ role: 'user', parts: [{ text: 'order a chair' }] }]
  for (;;) {
    const calls = (await ask(contents)).flatMap(({ functionCalls = [] }) => functionCalls)
    if (calls.length === 0) return
    contents.push({ role: 'model', parts: calls.map((functionCall) => ({ functionCall })) })
    contents.push({ role: 'user', parts: await Promise.all(calls.map(({ name }) => resultOf(name))) })
  }
}

async function resultOf(name: string | undefined) {
  const errand = ERRANDS.find((known) => known === name)
  if (errand === undefined) throw new Error(`no tool is called ${name}`)
  return { functionResponse: { name: errand, response: { output: await stage.errands[errand]() } } }
}

const WAYS = [
  {
    how: 'whole',
    ask: async (contents) => [await client.models.generateContent({ model, contents, config: { tools } })],
  },
  {
    how: 'streamed',
    ask: async (contents) => {
      const parts: GenerateContentResponse[] = []
      const stream = await client.models.generateContentStream({ model, contents, config: { tools } })
      for await (const part of stream) parts.push(part)
      return parts
    },
  },
] as const satisfies readonly { readonly how: string; readonly ask: Ask }[]

describe.each(WAYS)('Google’s client under Traceloop, $how, asked by two users at once', ({ ask }) => {
  const modelCallsOf = (user: string, actor?: string) =>
    [1, 2].map(() => ({ ...mineOf(user, actor), context: undefined, kind: 'llm', name: `generate_content ${model}` }))

  it('has each model call and each effect attributed to its user', async () => {
    await stage.askAll(() => loop(ask))
    for (const user of USERS) {
      const spans = await stage.requestOf(user)
      expect(othersIn(spans)).toEqual(modelCallsOf(user))
      expect(toolsIn(spans)).toEqual([])
      expect(effectsIn(spans)).toEqual(effectsOf(user))
    }
  })

  it('has no more than its model calls and what goes through a connector where no agent is bound', async () => {
    await stage.askAll(() => loop(ask), 'unnamed')
    for (const user of USERS) {
      const spans = await stage.requestOf(user)
      expect(othersIn(spans)).toEqual(modelCallsOf(user, 'assistant-service'))
      expect(effectsIn(spans)).toEqual(viaConnector(user, 'assistant-service'))
    }
  })
})

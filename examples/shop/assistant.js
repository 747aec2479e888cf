// The agent: the Vercel AI SDK with three tools, under an identity of its own.
import { generateText, stepCountIs } from 'ai'
import { asAgent } from 'onbehalf'
import { model } from './model.js'
import { tools } from './tools.js'

const agent = { id: 'shop-assistant', version: '2' }

export function assist(prompt) {
  return asAgent(agent, async () => {
    const { text } = await generateText({
      model,
      prompt,
      tools,
      stopWhen: stepCountIs(5),
      experimental_telemetry: { isEnabled: true, functionId: 'shop-assistant' },
    })
    return text
  })
}

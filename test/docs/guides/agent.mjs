import { generateText, stepCountIs } from 'ai'
import { asAgent, onBehalfOf } from 'onbehalf'
import { model } from './services.mjs'

/** The agent of guides that only show its tool. */
export function runAgent(user, tools) {
  return onBehalfOf({ principal: { id: user, type: 'human' }, intent: 'refund order-7' }, () =>
    asAgent('support', () =>
      generateText({
        model,
        prompt: 'refund order-7',
        tools,
        stopWhen: stepCountIs(5),
        experimental_telemetry: { isEnabled: true },
      }),
    ),
  )
}

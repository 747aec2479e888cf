import { generateText, jsonSchema, stepCountIs, tool } from 'ai'
import { asAgent, decided, onBehalfOf, tokenVerifier, via } from '../../index.ts'
import { modelStandIn } from './model-stand-in.ts'
import { ASSISTANT, CONNECTOR, KAI, REQUEST, scenarioOfProcess, settingOfProcess } from './scenario.ts'
import type { ScenarioId } from './scenario.ts'
import { exchanged } from './token-issuer.ts'
import { ASSERTION_HEADER, assertUser } from './user-assertion.ts'

interface Mail {
  readonly to: string
  readonly subject: string
}

const connector = settingOfProcess('ONBEHALF_DEMO_CONNECTOR')
const key = settingOfProcess('ONBEHALF_DEMO_KEY')
const scenario = scenarioOfProcess()

/** What the assistant states where Kai's request comes in. */
const EDGE: Record<ScenarioId, (run: () => Promise<void>) => Promise<void>> = {
  right: async (run) => {
    const token = await exchanged(settingOfProcess('ONBEHALF_DEMO_ISSUER'), key)
    const identity = await tokenVerifier().verify(token)
    return onBehalfOf({ identity, intent: REQUEST }, () => asAgent(ASSISTANT, run))
  },
  asserted: (run) => asked(() => asAgent(ASSISTANT, run)),
  'as-the-user': (run) => asked(() => asAgent(KAI, run)),
  incomplete: (run) => run(),
  uncorrelated: (run) => asked(() => asAgent(ASSISTANT, run)),
}

/** What the tool states about its call. */
const TOOL: Record<ScenarioId, (call: () => Promise<Response>) => Promise<Response>> = {
  right: (call) => permitted(() => via({ id: CONNECTOR, type: 'connector' }, call)),
  asserted: (call) => permitted(() => via({ id: CONNECTOR, type: 'connector' }, call)),
  'as-the-user': (call) => via({ id: CONNECTOR, type: 'connector', credential: { type: 'user', subject: KAI } }, call),
  incomplete: (call) => call(),
  uncorrelated: (call) => permitted(() => via({ id: CONNECTOR, type: 'connector' }, call)),
}

await EDGE[scenario](answer)

/** The agent: the AI SDK runs the loop and makes the spans. */
async function answer(): Promise<void> {
  await generateText({
    model: modelStandIn(),
    prompt: REQUEST,
    tools: { sendMail: sendMail() },
    stopWhen: stepCountIs(3),
    experimental_telemetry: { isEnabled: true, functionId: ASSISTANT.id },
  })
}

function sendMail() {
  return tool({
    description: 'Sends a mail through the mail connector',
    inputSchema: jsonSchema<Mail>({
      type: 'object',
      properties: { to: { type: 'string' }, subject: { type: 'string' } },
      required: ['to', 'subject'],
    }),
    execute: async (mail) => {
      const response = await TOOL[scenario](() => post(mail))
      if (!response.ok) throw new Error(`the mail connector answered ${response.status}`)
      return 'sent'
    },
  })
}

function post(mail: Mail): Promise<Response> {
  const headers = { [ASSERTION_HEADER]: assertUser(KAI, key) }
  return fetch(connector, { method: 'POST', headers, body: JSON.stringify(mail) })
}

function asked<T>(run: () => T): T {
  return onBehalfOf({ principal: { id: KAI, type: 'human' }, intent: REQUEST }, run)
}

function permitted<T>(run: () => T): T {
  return decided({ outcome: 'allow', policy: { id: 'mail-7', version: '3' } }, run)
}

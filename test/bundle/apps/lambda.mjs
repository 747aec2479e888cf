// A handler, as a function that is deployed alone exports one.
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { attribution, flush } from 'onbehalf'
import { callOut, workAtOnce } from './work.mjs'

new NodeSDK({ ...attribution(), instrumentations: [new UndiciInstrumentation()] }).start()

export async function handler() {
  const passedOn = workAtOnce()
  const arrived = await callOut()
  await flush()
  return { passedOn, arrived }
}

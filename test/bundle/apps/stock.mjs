// NodeSDK alone: what leaves without us has to leave with us.
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { callOut, workAtOnce } from './work.mjs'

const sdk = new NodeSDK({ instrumentations: [new UndiciInstrumentation()] })
sdk.start()
workAtOnce()
callOut().then(() => sdk.shutdown())

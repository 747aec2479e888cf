// A setup of the app's own, with attribution composed into it.
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { attribution } from '../../../dist/index.js'

const sdk = new NodeSDK({ ...attribution({ instrumentations: [new UndiciInstrumentation()] }) })
sdk.start()
process.once('SIGTERM', () => void sdk.shutdown().finally(() => process.exit(0)))

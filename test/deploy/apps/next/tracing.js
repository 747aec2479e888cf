import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { attribution } from 'onbehalf'

const setup = process.env.STOCK === 'true' ? {} : attribution()
new NodeSDK({ ...setup, instrumentations: [new UndiciInstrumentation()] }).start()

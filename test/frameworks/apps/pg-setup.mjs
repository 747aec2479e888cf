// A setup with the instrumentation of pg, made before ours or after it, or without it (`PG`).
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { attribution } from '../../../dist/index.js'

const early = process.env['PG'] === 'before' ? [new PgInstrumentation()] : []
const composed = attribution({ instrumentations: early })
const late = process.env['PG'] === 'after' ? [new PgInstrumentation()] : []
const sdk = new NodeSDK({ ...composed, instrumentations: [...composed.instrumentations, ...late] })
sdk.start()
process.once('SIGTERM', () => void sdk.shutdown().finally(() => process.exit(0)))

// An app that sets up attribution itself, whatever was there before.
import { createRequire, syncBuiltinESMExports } from 'node:module'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { attribution } from 'onbehalf'

createRequire(import.meta.url)('node:http')
syncBuiltinESMExports()
new NodeSDK(attribution()).start()
await import('./calls.mjs')

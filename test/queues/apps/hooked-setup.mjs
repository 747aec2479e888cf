// A setup whose app installs OpenTelemetry's loader hook itself, before ours or after it (`HOOK`), for an instrumentation
// of its own that says what it saw.
import { register } from 'node:module'
import { InstrumentationBase, InstrumentationNodeModuleDefinition } from '@opentelemetry/instrumentation'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { attribution } from '../../../dist/index.js'

class Watching extends InstrumentationBase {
  constructor() {
    super('watching', '1.0.0', {})
  }

  init() {
    const see = (name) => (exports) => {
      process.stdout.write(`saw ${name}\n`)
      return exports
    }
    return ['p-limit', 'p-queue', 'fastq'].map(
      (name) => new InstrumentationNodeModuleDefinition(name, ['*'], see(name)),
    )
  }
}

const hook = () => register('@opentelemetry/instrumentation/hook.mjs', import.meta.url)

if (process.env.HOOK === 'before') hook()
const sdk = new NodeSDK({ ...attribution({ instrumentations: [new Watching()] }) })
if (process.env.HOOK === 'after') hook()
sdk.start()
process.once('SIGTERM', () => void sdk.shutdown().finally(() => process.exit(0)))

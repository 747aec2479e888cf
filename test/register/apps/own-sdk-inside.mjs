// An app that starts an OpenTelemetry setup of its own, after it was registered.
import './own-sdk.mjs'

process.argv[2] = 'naturally'
await import('./ending.mjs')

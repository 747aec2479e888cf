// The same in CommonJS: a bundler may then put two copies of the API into the bundle, one for each kind of module.
const { UndiciInstrumentation } = require('@opentelemetry/instrumentation-undici')
const { NodeSDK } = require('@opentelemetry/sdk-node')
const { attribution, flush } = require('onbehalf')

const sdk = new NodeSDK({ ...attribution(), instrumentations: [new UndiciInstrumentation()] })
sdk.start()
const { callOut, workAtOnce } = require('./work.mjs')
const passedOn = workAtOnce()
callOut()
  .then((arrived) => process.stdout.write(JSON.stringify({ passedOn, arrived })))
  .then(() => flush())
  .then(() => sdk.shutdown())

// An instrumentation that the app makes after the setup has been asked for, and after somebody has loaded http.
const { createRequire } = require('node:module')

async function main() {
  const { attribution } = await import('../../../dist/index.js')
  attribution()
  createRequire(__filename)('node:http')
  const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http')
  const instrumentation = new HttpInstrumentation()
  const seen = require('node:http').request
  instrumentation.disable()
  process.stdout.write(`seen: ${seen !== require('node:http').request}\n`)
}
main()

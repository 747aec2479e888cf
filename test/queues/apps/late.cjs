// Loads libraries first and sets up attribution then.
const requireOfLine = require('node:module').createRequire(require.resolve('../lines/newest/load.cjs'))
const OURS = Symbol.for('onbehalf.queues.v1')
const functions = {
  bottleneck: () => requireOfLine('bottleneck').prototype.schedule,
  'async-lock': () => requireOfLine('async-lock').prototype.acquire,
  'p-queue': () => requireOfLine('p-queue').default.prototype.add,
  async: () => requireOfLine('async').queue,
  'promise-queue': () => requireOfLine('promise-queue').prototype.add,
  cockatiel: () => requireOfLine('cockatiel').BulkheadPolicy.prototype.execute,
}
for (const load of Object.values(functions)) load()

async function main() {
  const { attribution } = await import('../../../dist/index.js')
  attribution()
  const patched = Object.entries(functions).filter(([, load]) => OURS in load())
  process.stdout.write(`patched: ${patched.map(([name]) => name).join(', ')}\n`)
}
main()

// The same, as CommonJS.
const packages = {
  ...require('@langchain/core/callbacks/promises'),
  callbackManager: require('@langchain/core/callbacks/manager'),
  messages: require('@langchain/core/messages'),
  runnables: require('@langchain/core/runnables'),
  tools: require('@langchain/core/tools'),
  graph: require('@langchain/langgraph'),
  zod: require('zod'),
}
const [, , instrumentation, handler] = process.argv
import('./langgraph-users.mjs')
  .then(({ askAll }) => askAll({ instrumentation: globalThis.langchain, packages, how: { instrumentation, handler } }))
  .then(() => process.emit('SIGTERM'))

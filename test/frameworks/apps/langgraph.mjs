// An ES module: `langgraph.mjs INSTRUMENTATION HANDLER`.
import { awaitAllCallbacks } from '@langchain/core/callbacks/promises'
import * as callbackManager from '@langchain/core/callbacks/manager'
import * as messages from '@langchain/core/messages'
import * as runnables from '@langchain/core/runnables'
import * as tools from '@langchain/core/tools'
import * as graph from '@langchain/langgraph'
import * as zod from 'zod'
import { askAll } from './langgraph-users.mjs'

const [, , instrumentation, handler] = process.argv
await askAll({
  instrumentation: globalThis.langchain,
  packages: { awaitAllCallbacks, callbackManager, graph, messages, runnables, tools, zod },
  how: { instrumentation, handler },
})
process.emit('SIGTERM')

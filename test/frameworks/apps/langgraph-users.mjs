// Three users at once ask a graph with a tool, under one instrumentation of LangChain; the spans of the tool's calls bear
// the user's name, and each thread has the user as its id.
import { SpanKind, trace } from '@opentelemetry/api'
import { setTimeout as wait } from 'node:timers/promises'
import { asAgent, onBehalfOf } from '../../../dist/index.js'

const USERS = ['kai@contoso.com', 'mia@contoso.com', 'lee@contoso.com']

/** `packages` as `import` or `require` gives them. */
export async function askAll({ instrumentation, packages, how }) {
  const { awaitAllCallbacks, callbackManager, graph, messages, runnables, tools, zod } = packages
  instrumentation.manuallyInstrument(
    how.instrumentation === 'traceloop' ? { callbackManagerModule: callbackManager } : callbackManager,
  )
  const order = tools.tool(({ user }) => act(user), {
    name: 'order',
    description: 'orders',
    schema: zod.z.object({ user: zod.z.string() }),
  })
  const { END, MessagesAnnotation, START, StateGraph } = graph
  const app = new StateGraph(MessagesAnnotation)
    .addNode('ask', async (state) => {
      const user = state.messages.at(0).content
      const parse = runnables.RunnableLambda.from((text) => text)
      await parse.batch([user, user], {}, { maxConcurrency: 1 })
      return { messages: [new messages.AIMessage(await order.invoke({ user }))] }
    })
    .addNode('check', async (state) => {
      const user = state.messages.at(0).content
      return { messages: [new messages.AIMessage(await order.invoke({ user }))] }
    })
    .addEdge(START, 'ask')
    .addEdge('ask', 'check')
    .addEdge('check', END)
    .compile({ name: 'buyer-graph' })
  const callbacks = how.handler === 'slow' ? [{ name: 'slow', ...slowHandler() }] : []
  const ask = (user) =>
    onBehalfOf({ principal: { id: user, type: 'human' }, intent: `order for ${user}` }, () =>
      asAgent('buyer', () => app.invoke({ messages: [['user', user]] }, { callbacks, runName: user })),
    )
  await Promise.all(USERS.map(ask))
  await awaitAllCallbacks()
  await wait(50)
}

/** A handler of the app that takes 3 ms for each event. */
function slowHandler() {
  const events = ['Chain', 'Tool', 'LLM'].flatMap((what) => [`handle${what}Start`, `handle${what}End`])
  return Object.fromEntries(events.map((name) => [name, () => wait(3)]))
}

async function act(user) {
  const span = trace
    .getTracer('app')
    .startSpan(user, { kind: SpanKind.CLIENT, attributes: { 'server.address': 'shop' } })
  await wait(2)
  span.end()
  return user
}

import { tool } from '@langchain/core/tools'
import { createReactAgent } from '@langchain/langgraph/prebuilt'
import { ChatOpenAI } from '@langchain/openai'
import { z } from 'zod'
import { ERRANDS } from './errands.ts'
import type { Stage } from './stage.ts'

function graph({ errands, modelUrl }: Stage) {
  return createReactAgent({
    name: 'graph-buyer',
    llm: new ChatOpenAI({ model: 'stand-in-1', apiKey: 'stand-in', configuration: { baseURL: modelUrl } }),
    tools: ERRANDS.map((name) => tool(() => errands[name](), { name, description: name, schema: z.object({}) })),
  })
}

const QUESTION = { messages: [{ role: 'user', content: 'order a chair' }] }

/** The ways in which a graph that runs every errand is asked. */
export const GRAPH_WAYS = [
  { how: 'invoked', run: (stage: Stage) => graph(stage).invoke(QUESTION) },
  {
    how: 'streamed',
    run: async (stage: Stage) => {
      for await (const _ of await graph(stage).stream(QUESTION, { streamMode: 'messages' }));
    },
  },
] as const

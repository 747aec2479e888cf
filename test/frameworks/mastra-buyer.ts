import { Agent } from '@mastra/core/agent'
import { createTool } from '@mastra/core/tools'
import { z } from 'zod'
import { ERRANDS } from './errands.ts'
import type { Stage } from './stage.ts'

/** An agent that runs every errand; `beforeEnd` runs before its tool `stock` ends. */
export function mastraBuyer({ errands, modelUrl }: Stage, beforeEnd?: () => Promise<unknown>) {
  const tools = ERRANDS.map((name) => {
    const execute = async () => {
      const result = await errands[name]()
      if (name === 'stock') await beforeEnd?.()
      return result
    }
    return [name, createTool({ id: name, description: name, inputSchema: z.object({}), execute })] as const
  })
  return new Agent({
    id: 'buyer',
    name: 'buyer',
    instructions: 'Order what is asked for.',
    model: { id: 'stand-in/stand-in-1', url: modelUrl, apiKey: 'stand-in' },
    tools: Object.fromEntries(tools),
  })
}

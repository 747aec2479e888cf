import { derived, isFunction } from './framework.ts'
import type { Code, Framework } from './framework.ts'

/** The tool's span is open and active when `execute` runs. Releases before 5 say `parameters`. */
export const AI_SDK: Framework = {
  looks: 'the AI SDK (execute and inputSchema)',
  is: ({ execute, inputSchema, parameters }) => isFunction(execute) && (inputSchema ?? parameters) !== undefined,
  wrapped: (tool, runs) => {
    const execute = tool['execute'] as Code
    const run = (args: readonly unknown[]) => runs(args[0], () => Reflect.apply(execute, tool, args))
    const code: Code = (...args) => (isStreaming(execute) ? streamed(() => run(args)) : run(args))
    return derived(tool, { execute: code })
  },
}

function isStreaming(execute: Code): boolean {
  return Object.prototype.toString.call(execute) === '[object AsyncGeneratorFunction]'
}

/** The SDK streams an iterable that it gets directly, but not a promise of one. */
async function* streamed(run: () => unknown): AsyncGenerator {
  const result = await run()
  if (typeof result === 'object' && result !== null && Symbol.asyncIterator in result) yield* result as AsyncGenerator
  else yield result
}

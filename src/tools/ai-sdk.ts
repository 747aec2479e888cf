import { isThenable } from '../runtime/judging/guard.ts'
import { derived, isFunction } from './framework.ts'
import type { Code, Framework } from './framework.ts'

/** The tool's span is open and active when `execute` runs. Releases before 5 say `parameters`. */
export const AI_SDK: Framework = {
  looks: 'the AI SDK (execute and inputSchema)',
  is: ({ execute, inputSchema, parameters }) => isFunction(execute) && (inputSchema ?? parameters) !== undefined,
  wrapped: (tool, runs) => {
    const execute = tool['execute'] as Code
    const run = (args: readonly unknown[]) => runs(args[0], () => Reflect.apply(execute, tool, args))
    // Wrapped again, it has to look as it does now.
    const streaming = async function* (...args: unknown[]) {
      yield* streamed(() => run(args))
    }
    const code: Code = (...args) => whole(run(args))
    return derived(tool, { execute: isStreaming(execute) ? streaming : code })
  },
}

/** `act` may be async, and its promise an iterable, which would be the tool's result. The SDK takes the last of one. */
function whole(result: unknown): unknown {
  return isThenable(result) ? Promise.resolve(result).then(lastOf) : result
}

async function lastOf(result: unknown): Promise<unknown> {
  if (!isIterable(result)) return result
  let last: unknown
  for await (const value of result) last = value
  return last
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

function isStreaming(execute: Code): boolean {
  return Object.prototype.toString.call(execute) === '[object AsyncGeneratorFunction]'
}

/** The SDK streams an iterable that it gets directly, but not a promise of one. */
async function* streamed(run: () => unknown): AsyncGenerator {
  const result = await run()
  if (isIterable(result)) yield* result
  else yield result
}

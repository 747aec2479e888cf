import { inFrameworkSpan } from '../runtime/binding/tool-call.ts'
import { AttributionError } from '../runtime/judging/guard.ts'
import { derived, isFunction } from './framework.ts'
import type { Code, Framework } from './framework.ts'

/**
 * The tool's span is open when `invoke(runContext, input)` runs, and never active. `input` is JSON. An error from `invoke`
 * ends the whole run, so the framework's own tools return a text for the model instead.
 */
export const OPENAI_AGENTS: Framework = {
  looks: "OpenAI Agents (type 'function' and invoke)",
  is: ({ type, invoke }) => type === 'function' && isFunction(invoke),
  wrapped: (tool, runs) => {
    const invoke = tool['invoke'] as Code
    const code: Code = async function (...args) {
      try {
        return await inFrameworkSpan(() => runs(parsed(args[1]), () => Reflect.apply(invoke, tool, args)))
      } catch (error) {
        if (error instanceof AttributionError) return error.message
        throw error
      }
    }
    return derived(tool, { invoke: code })
  },
}

/** Where the input isn't JSON, the framework tells the model so and doesn't run the code. */
function parsed(input: unknown): unknown {
  try {
    return typeof input === 'string' ? (JSON.parse(input) as unknown) : input
  } catch {
    return undefined
  }
}

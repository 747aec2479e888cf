import { openingCall, runningCall } from '../runtime/binding/tool-call.ts'
import { derived, isFunction } from './framework.ts'
import type { Code, Framework } from './framework.ts'

/**
 * `invoke` and `call` check the input, have callbacks open the tool's span over a queue, and run `_call`. That span is
 * never active.
 */
export const LANGCHAIN: Framework = {
  looks: 'LangChain (invoke and _call)',
  is: ({ invoke, _call }) => isFunction(invoke) && isFunction(_call),
  wrapped: (tool, runs) => {
    const { invoke, call, _call } = tool
    const key = {}
    const code: Code = function (...args) {
      return runningCall(key, () => runs(args[0], () => Reflect.apply(_call as Code, tool, args)))
    }
    const called = (method: Code): Code =>
      function (this: unknown, ...args) {
        return openingCall(key, () => Reflect.apply(method, this, args))
      }
    return derived(tool, {
      invoke: called(invoke as Code),
      ...(isFunction(call) ? { call: called(call) } : {}),
      _call: code,
    })
  },
}

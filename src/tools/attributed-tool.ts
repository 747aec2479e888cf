import { AttributionConfigError } from '../policy/config-error.ts'
import { runAct } from '../runtime/judging/tool-act.ts'
import type { ToolAct } from '../runtime/judging/tool-act.ts'
import { isFunction } from './framework.ts'
import type { Parts } from './framework.ts'
import { AI_SDK } from './ai-sdk.ts'
import { LANGCHAIN } from './langchain.ts'
import { OPENAI_AGENTS } from './openai-agents.ts'

const FRAMEWORKS = [AI_SDK, LANGCHAIN, OPENAI_AGENTS]

/** What the model asks for. TypeScript knows it of tools of the AI SDK, and not of the others. */
type InputOf<T> = T extends { readonly execute?: infer E } ? FirstOf<NonNullable<E>> : Untyped
type FirstOf<E> = E extends (input: infer I, ...others: never[]) => unknown ? I : Untyped
// oxlint-disable-next-line typescript/no-explicit-any
type Untyped = any

/**
 * Wraps a tool of the AI SDK, LangChain or OpenAI Agents so that each run of it is one action, as with `action`. What is
 * given counts for the span that the framework's instrumentation makes of the tool, and for what the tool's code does.
 * Makes no span of its own. Returns a tool of the same class and leaves the given one as it is. `act` may be a function of
 * what the model asks for, also an async one.
 *
 * If the decision in force is to deny, is an escalation without an approver, or can't be read, the tool's code doesn't
 * run, and the tool's span has the outcome `denied`. The tool then returns what `refused` returns, or else throws
 * `AttributionError`, whose short message frameworks give to the model. A tool of OpenAI Agents returns that message,
 * because an error would end the run.
 *
 * Throws `AttributionConfigError` if the tool isn't from one of these frameworks, or if `act` is neither an object nor a
 * function. If the function throws, so does the tool. Anything else that can't be read is left out and counts a fault.
 *
 * @example
 * ```ts
 * import { tool } from 'ai'
 * import { attributedTool } from 'onbehalf'
 * import { z } from 'zod'
 *
 * const send = tool({ inputSchema: z.object({ to: z.string() }), execute: ({ to }) => sendMail(to) })
 * const mail = attributedTool(send, ({ to }) => ({
 *   context: { id: 'mail-connector', credential: { id: 'svc-mail', type: 'delegated' } },
 *   target: to,
 * }))
 * ```
 */
export function attributedTool<T extends object>(
  tool: T,
  act: ToolAct<InputOf<T>> | ((input: InputOf<T>) => ToolAct<InputOf<T>> | Promise<ToolAct<InputOf<T>>>),
): T {
  const parts = tool as Parts
  const framework = isObject(tool) ? FRAMEWORKS.find(({ is }) => is(parts)) : undefined
  const problems = [
    ...(framework === undefined ? [`attributedTool: expected a tool of ${looks()}`] : []),
    ...(isObject(act) || isFunction(act)
      ? []
      : ['attributedTool: expected an object or a function as the second argument']),
  ]
  if (framework === undefined || problems.length > 0) throw new AttributionConfigError(problems)
  return framework.wrapped(parts, (input, code) => runAct(act, input, code, parts['name'])) as T
}

function looks(): string {
  return FRAMEWORKS.map((framework) => framework.looks).join(' or ')
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

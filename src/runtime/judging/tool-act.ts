import { ATTR } from '../../model/names.ts'
import { toolHere } from '../binding/execution.ts'
import { toolsOf } from '../span/span-state.ts'
import { actFrom, boundAs, resourceOf, take } from './action.ts'
import type { Action } from './action.ts'
import { AttributionError, isThenable } from './guard.ts'
import { fault, guarded } from '../health/fault.ts'

/** What each run of a wrapped tool is done through, to and under. */
export interface ToolAct<Input = unknown> extends Action {
  /** What a decision that is bound to a call names this one. Default: the tool's name, if the tool knows it. */
  readonly action?: string
  /**
   * What the tool returns if its code may not run: for example a text for the model, after asking for approval. Default:
   * the tool throws `AttributionError`, or returns its message where an error would end the agent's run.
   */
  readonly refused?: (error: AttributionError, input: Input) => unknown
}

/** Runs the code of a wrapped tool as what `act` says. */
export function runAct<T>(act: unknown, input: unknown, code: () => T, name?: unknown): T {
  const given = typeof act === 'function' ? (Reflect.apply(act, undefined, [input]) as unknown) : act
  if (isThenable(given)) return Promise.resolve(given).then((said) => runGiven(said, input, code, name)) as T
  return runGiven(given, input, code, name)
}

function runGiven<T>(act: unknown, input: unknown, code: () => T, name: unknown): T {
  const given = actFrom(act, 'attributedTool')
  guarded('binding', 'the resource of a tool could not be set', () => claimTool(resourceOf(given)), undefined)
  const refused = refusedIn(act)
  const instead = (error: unknown): T => {
    if (refused === undefined || !(error instanceof AttributionError)) throw error
    return refused(error, input) as T
  }
  let result: T
  try {
    result = boundAs(given, code, nameIn(act) ?? nameIn({ action: name }))
  } catch (error) {
    return instead(error)
  }
  return isThenable(result) ? (Promise.resolve(result).catch(instead) as T) : result
}

/** The tool's span stands for this act, and not for further ones inside. */
function claimTool(resource: string | undefined): void {
  const { tool, call } = toolHere()
  if (!take(call ?? tool) || resource === undefined) return
  if (call !== undefined) call.resource = resource
  for (const state of call === undefined ? [tool] : toolsOf(call)) {
    state?.open?.span.setAttribute(ATTR.resourceId, resource)
  }
}

function nameIn(act: unknown): string | undefined {
  const name = guarded('binding', 'action cannot be read', () => (act as Partial<ToolAct> | null)?.action, undefined)
  return typeof name === 'string' && name.trim() !== '' ? name : undefined
}

function refusedIn(act: unknown): ToolAct['refused'] {
  const refused = guarded(
    'binding',
    'refused cannot be read',
    () => (act as Partial<ToolAct> | null)?.refused,
    undefined,
  )
  if (refused === undefined || refused === null || typeof refused === 'function') return refused ?? undefined
  fault('binding', 'refused is not a function')
  return undefined
}

import { context, isSpanContextValid, SpanStatusCode, trace } from '@opentelemetry/api'
import type { Attributes, Span } from '@opentelemetry/api'
import type { Decision, ExecutionContext } from '../../model/attribution.ts'
import { ATTR } from '../../model/names.ts'
import { canonicalId } from '../../identity/identity.ts'
import { decided, via } from '../binding/bind.ts'
import { currentAttribution } from '../binding/binding.ts'
import type { CallInput } from '../../deciding/call.ts'
import type { HeldDecision } from '../../deciding/held-decision.ts'
import { noteContextGiven } from '../binding/execution.ts'
import { attempt, decisionFrom, givenIn, isGiven, text } from '../binding/facet-input.ts'
import { fault, guarded } from '../health/fault.ts'
import { processState } from '../health/process-state.ts'
import type { ToolCall } from '../scope/live-binding.ts'
import { findState, toolRunningAt } from '../span/span-state.ts'
import type { SpanState } from '../span/span-state.ts'
import { guardInPlace, letThrough } from './guard.ts'
import type { Need } from './guard.ts'

/** What an action is done through, to and under. */
export interface Action {
  /** The connector, API client or credential. Default: what `via` bound, else the action's own name, inferred. */
  readonly context?: string | ExecutionContext
  /** What it is done to, for example a host or a table. Needs `context`. Default: the target of `context`. */
  readonly target?: string
  /** The one thing that it's done to, for example an order. `explain --resource` finds it. Default: none. */
  readonly resource?: string
  /** What policy said of this action. Default: what `decided` bound, if anything. */
  readonly decision?: Decision
  /**
   * What it's called with: plain JSON. A decision that is bound to a call has to be bound to the one of this name, with
   * this resource and these arguments. Default: the call that `decide` runs here, if any.
   */
  readonly arguments?: unknown
  /** Whether to refuse. With false, it runs and is marked. Default: the option `enforce` of `attribution()`. */
  readonly enforce?: boolean
}

/**
 * Runs `fn` as one action of an agent: a tool span with its context, resource and decision, and `fn` inside it. Where the
 * tool's span is open already, because a framework calls `action` from its tool of that name, the first action there
 * uses that span.
 *
 * Rejects with `AttributionError` before `fn` runs if the decision in force is to deny, is an escalation without an
 * approver, or can't be read; the span then has the outcome `denied`. Rejects with what `fn` throws; the span then has
 * the outcome `failure`. Anything else that can't be read is left out and counts a fault.
 *
 * @example
 * ```ts
 * import { action } from 'onbehalf'
 *
 * const refund = { context: 'payments', resource: 'order-7', decision: { outcome: 'allow', policy: { id: 'refunds' } } } as const
 * await action('refundOrder', refund, () => sendMail('kai@contoso.com'))
 * ```
 */
export async function action<T>(name: string, act: Action, fn: () => T): Promise<Awaited<T>> {
  const given = actFrom(act, 'action')
  const tool = nameFrom(name)
  const attributes = { ...toolNamed(tool), ...resourceIn(given) }
  return await inToolSpan(tool, attributes, async () => await boundAs(given, fn, tool))
}

function nameFrom(name: unknown): string {
  if (typeof name === 'string' && name.trim() !== '') return name
  fault('binding', 'action was given no name')
  return 'action'
}

/**
 * Runs `fn` through, to and under what is given. Throws `AttributionError` before if that is not let through. `name`: of
 * the action, if it has one.
 */
export function boundAs<T>(given: GivenAct, fn: () => T, name?: string): T {
  const { decision } = given
  const isDecided = isGiven(decision) || currentAttribution()?.decision !== undefined
  const call = callIn(given, name)
  const need = { decision: isDecided, ...(isGiven(given.arguments) && call ? { call } : {}), ...enforcedIn(given) }
  // Read once: what is checked is what counts.
  const said = isGiven(decision) ? attempt('decision', () => decisionFrom(decision)) : undefined
  const isUnread = isGiven(decision) && said === undefined
  // What was decided around here, perhaps of other acts, doesn't stand in for it.
  const guardedAct = () =>
    isUnread
      ? letThrough(fn, { by: 'action', enforce: need.enforce, refusals: [UNREAD_DECISION], held: NOT_HELD, call })
      : guardInPlace(need, fn, 'action', call)
  const within = () => {
    noteContextGiven()
    return guardedAct()
  }
  const act = isGiven(given.context) ? () => via(contextIn(given), within) : guardedAct
  return said === undefined ? act() : decided(said, act)
}

const UNREAD_DECISION =
  'a policy decision is required and the one given cannot be read. Give one such as { outcome, policy }.'
const NOT_HELD: HeldDecision = { refusals: [], act: undefined, checked: undefined, take: () => [] }

/** The call of an action that has a name. */
function callIn({ resource, ...given }: GivenAct, name: string | undefined): CallInput | undefined {
  return name === undefined ? undefined : ({ action: name, resource, arguments: given.arguments } as CallInput)
}

function enforcedIn({ enforce }: GivenAct): Pick<Need, 'enforce'> {
  return enforce === undefined ? {} : { enforce: enforce as boolean }
}

/** A target says more of the context that is given. */
function contextIn({ context: given, target }: GivenAct): string | ExecutionContext {
  if (!isGiven(target)) return given as string | ExecutionContext
  const withTarget = () => ({
    ...(typeof given === 'string' ? { id: given } : (given as ExecutionContext)),
    target: target as string,
  })
  return guarded('binding', 'context cannot be read', withTarget, given as ExecutionContext)
}

async function inToolSpan<T>(name: string, attributes: Attributes, fn: () => Promise<T>): Promise<T> {
  const open = guarded('binding', 'the tool that runs here could not be found', () => openSpanOf(name), undefined)
  if (open !== undefined) {
    open.setAttributes(attributes)
    return await fn()
  }
  const span = trace.getTracer('onbehalf').startSpan(`execute_tool ${name}`, { attributes })
  if (!isSpanContextValid(span.spanContext())) return await fn()
  // Set again, because other processors may have written over it.
  span.setAttributes(attributes)
  guarded('binding', 'the span of an action could not be kept', () => take(findState(span)), undefined)
  try {
    return await context.with(trace.setSpan(context.active(), span), fn)
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR })
    throw error
  } finally {
    span.end()
  }
}

/** The open span of the tool of this name, for the first action that asks: one span can't be two acts. */
function openSpanOf(name: string): Span | undefined {
  const { tool } = toolRunningAt(context.active())
  const running = tool?.open?.look?.resolved.tool
  const isThis = running !== undefined && canonicalId(running) === canonicalId(name)
  return isThis && take(tool?.call ?? tool) ? (tool?.open?.span as unknown as Span) : undefined
}

/** Whether no action had this tool's span, or this call of a tool. */
export function take(tool: SpanState | ToolCall | undefined): boolean {
  if (tool === undefined || taken.has(tool)) return false
  taken.add(tool)
  return true
}

const taken = processState('actions', () => new WeakSet<SpanState | ToolCall>())

function toolNamed(name: string): Attributes {
  return { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': name }
}

function resourceIn(given: GivenAct): Attributes {
  const id = resourceOf(given)
  return id === undefined ? {} : { [ATTR.resourceId]: id }
}

export function resourceOf({ resource }: GivenAct): string | undefined {
  return isGiven(resource) ? attempt('resource', () => text(resource, 'resource')) : undefined
}

/** What an action was given, unchecked. */
export type GivenAct = Readonly<Partial<Record<keyof Action, unknown>>>

/** Makes a call that nothing was decided on. */
const UNREAD = Symbol('unread')

/** What is read once can't throw later. A decision that can't be read is none that lets anything through. */
export function actFrom(act: unknown, by: 'action' | 'attributedTool'): GivenAct {
  if (typeof act !== 'object' || act === null) {
    fault('binding', `${by} was given no object with context, resource and decision`)
    return {}
  }
  const read = (key: keyof Action, fallback?: unknown) =>
    guarded('binding', `${key} cannot be read`, () => givenIn(act, key), fallback)
  return {
    context: read('context'),
    target: read('target'),
    resource: read('resource'),
    decision: read('decision', {}),
    arguments: read('arguments', UNREAD),
    enforce: read('enforce'),
  }
}

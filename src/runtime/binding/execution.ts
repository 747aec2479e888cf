import { context } from '@opentelemetry/api'
import type { AgentSpanKind, Decision, ExecutionContext } from '../../model/attribution.ts'
import { isOpen, letsThrough } from '../../resolve/decision.ts'
import { UNSEEN_TOOL } from '../../resolve/lineage.ts'
import type { BoundAct, Execution } from '../../resolve/lineage.ts'
import { guarded } from '../health/fault.ts'
import type { ToolCall } from '../scope/live-binding.ts'
import { currentBinding } from './binding.ts'
import { executionOf, noteExecution, toolRunningAt } from '../span/span-state.ts'
import type { SpanState, ToolRunning } from '../span/span-state.ts'

/**
 * Most instrumentations open a tool's span before they run the tool, so that what is bound inside comes too late for
 * it. These note it on the span that is open: what was bound for the one act of the tool is what the tool did.
 */
export function noteContext(executionContext: ExecutionContext | undefined): void {
  if (executionContext !== undefined) note((said) => ({ ...said, context: contextOf(said, executionContext) }))
}

/** The app names the context in force for the whole act, whatever else the act goes through. */
export function noteContextGiven(): void {
  const executionContext = currentBinding()?.bound.context
  note((said) => (said.isContextGiven === true ? said : { ...said, context: executionContext, isContextGiven: true }))
}

/** What is known of the act besides the decision. */
export function noteAct(act: BoundAct): void {
  note((said) => (said.isMixed === true ? said : { ...said, act: { ...said.act, ...act } }))
}

/** Returns the id of the tool's span if the tool waits for approval, so that what runs inside asks for it. */
export function noteDecision(decision: Decision | undefined): string | undefined {
  if (decision === undefined) return undefined
  // A client that sends the request for approval is no act that waits for it.
  const noted = note((said, kind) => (isOpen(decision) && kind === 'effect' ? said : withDecision(said, decision)))
  if (noted === undefined || !isOpen(decision)) return undefined
  const { tool, call } = noted
  if (call !== undefined) return call.execution?.context === undefined ? (tool?.spanId ?? UNSEEN_TOOL) : undefined
  return tool !== undefined && executionOf(tool)?.context === undefined ? tool.spanId : undefined
}

/** A `guard` refused. */
export function noteRefusal(): void {
  note((said) => ({ ...said, isRefused: said.hasRun !== true }))
}

/** What a `guard` let through was done, whether or not policy had said so. */
export function noteDone(inForce: Decision | undefined): void {
  const isAgainst = inForce !== undefined && !letsThrough(inForce)
  note((said) => ({ ...said, hasRun: true, isRefused: false, ...(isAgainst ? { isOverridden: true } : {}) }))
}

/** Through two connectors went two acts, and neither is the one of the tool. */
function contextOf(
  { context: before, isContextGiven }: Execution,
  now: ExecutionContext,
): ExecutionContext | undefined {
  if (isContextGiven === true) return before
  return before === undefined || before.id === now.id ? now : MIXED
}

/**
 * A later decision on the same act replaces the earlier one. What holds back after what let through is of another act,
 * and so is what needs no decision after what held back: the request for approval, or the record of the denial.
 */
function withDecision(said: Execution, now: Decision): Execution {
  const { decision: before, isMixed } = said
  if (isMixed === true) return said
  if (before !== undefined && !letsThrough(before) && now.outcome === 'not_required') return said
  const isOther = before !== undefined && letsThrough(before) && !letsThrough(now)
  if (isOther) return { ...said, decision: undefined, act: undefined, isMixed: true }
  return { ...said, decision: now, act: undefined }
}

/** Names nothing, and stays different from whatever comes. */
const MIXED: ExecutionContext = {}

type Change = (said: Execution, kind: AgentSpanKind | undefined) => Execution

function note(change: Change): ToolHere | undefined {
  return guarded('binding', 'what is bound inside a tool could not be noted', () => noteAt(change), undefined)
}

/** The tool that runs here. */
export interface ToolHere {
  readonly tool: SpanState | undefined
  /** The call of a wrapped tool, if its framework's span of it is never active. It may not have started yet. */
  readonly call: ToolCall | undefined
}

export function toolHere(): ToolHere {
  return around(toolRunningAt(context.active()), currentBinding()?.running)
}

function around({ tool }: ToolRunning, call: ToolCall | undefined): ToolHere {
  if (call === undefined) return { tool, call }
  const isInside = tool !== undefined && tool.call !== call && tool.binding?.running === call
  if (isInside) return { tool, call: undefined }
  return { tool: tool?.call === call ? tool : undefined, call }
}

function noteAt(change: Change): ToolHere {
  const running = toolRunningAt(context.active())
  const call = currentBinding()?.running
  const here = around(running, call)
  const { act } = running
  // Spans that started in the call are inside the wrapped tool. The other active ones are around it.
  noteOn(call === undefined ? act : act.filter(({ binding }) => binding?.running === call), change)
  if (here.call !== undefined) here.call.execution = change(here.call.execution ?? NOTHING, 'tool')
  return here
}

function noteOn(act: readonly SpanState[], change: Change): void {
  for (const state of act) {
    noteExecution(state, change(executionOf(state) ?? NOTHING, state.open?.look?.resolved.kind))
  }
}

const NOTHING: Execution = {}

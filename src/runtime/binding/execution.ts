import { context } from '@opentelemetry/api'
import type { AgentSpanKind, Decision, ExecutionContext } from '../../model/attribution.ts'
import { isOpen, letsThrough } from '../../resolve/decision.ts'
import type { Execution } from '../../resolve/lineage.ts'
import { guarded } from '../health/fault.ts'
import { noteExecution, toolRunningAt } from '../span/span-state.ts'
import type { SpanState } from '../span/span-state.ts'

/**
 * Most instrumentations open a tool's span before they run the tool, so that what is bound inside comes too late for
 * it. These note it on the span that is open: what was bound for the one act of the tool is what the tool did.
 */
export function noteContext(executionContext: ExecutionContext | undefined): void {
  if (executionContext !== undefined) note((said) => ({ ...said, context: contextOf(said, executionContext) }))
}

/** Returns the id of the tool's span if the tool waits for approval, so that what runs inside asks for it. */
export function noteDecision(decision: Decision | undefined): string | undefined {
  if (decision === undefined) return undefined
  // A client that sends the request for approval is no act that waits for it.
  const tool = note((said, kind) => (isOpen(decision) && kind === 'effect' ? said : withDecision(said, decision)))
  return isOpen(decision) && tool?.execution?.context === undefined ? tool?.spanId : undefined
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
function contextOf({ context: before }: Execution, now: ExecutionContext): ExecutionContext | undefined {
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
  return isOther ? { ...said, decision: undefined, isMixed: true } : { ...said, decision: now }
}

/** Names nothing, and stays different from whatever comes. */
const MIXED: ExecutionContext = {}

type Change = (said: Execution, kind: AgentSpanKind | undefined) => Execution

function note(change: Change): SpanState | undefined {
  return guarded('binding', 'what is bound inside a tool could not be noted', () => noteAt(change), undefined)
}

function noteAt(change: Change): SpanState | undefined {
  const { tool, act } = toolRunningAt(context.active())
  for (const state of act) {
    noteExecution(state, change(state.execution ?? NOTHING, state.open?.look?.resolved.kind))
  }
  return tool
}

const NOTHING: Execution = {}

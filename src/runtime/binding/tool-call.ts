import type { Span } from '@opentelemetry/api'
import { guarded } from '../health/fault.ts'
import type { ToolCall } from '../scope/live-binding.ts'
import { frameworkSpanHere } from '../span/framework-span.ts'
import { openTool, toolsOf } from '../span/span-state.ts'
import type { SpanState } from '../span/span-state.ts'
import { currentBinding, runChanged } from './binding.ts'

/** Runs what opens the span of a wrapped tool and then calls `runningCall`. `of` is the tool. */
export function openingCall<T>(of: object, fn: () => T): T {
  if (currentBinding()?.opening?.of === of) return fn()
  const opening: ToolCall = { of, execution: undefined, resource: undefined, spans: new Set() }
  return runChanged((outer) => ({ ...outer, opening }), fn)
}

/** Runs the code of a wrapped tool, inside its span if that has started. */
export async function runningCall<T>(of: object, fn: () => T): Promise<Awaited<T>> {
  const running = currentBinding()?.opening
  if (running?.of !== of) return await fn()
  const active = (await opened(running))?.open?.span as unknown as Span | undefined
  return await runChanged((outer) => ({ ...outer, opening: undefined, running, asksFor: undefined }), fn, active)
}

/**
 * The span of the tool, if it starts before the process does anything else. The framework has asked for it, but first
 * starts those that were asked for earlier.
 */
async function opened(call: ToolCall): Promise<SpanState | undefined> {
  const look = () =>
    guarded('binding', 'the span of a wrapped tool could not be found', () => toolsOf(call)[0], undefined)
  let tool = look()
  for (let turn = 0; tool === undefined && turn < MAX_TURNS; turn++) {
    await undefined
    tool = look()
  }
  return tool
}

/** Turns of the microtask queue. */
const MAX_TURNS = 100

/** Runs the code of a tool of OpenAI Agents inside its span, which the framework has opened. */
export function inFrameworkSpan<T>(fn: () => T): T {
  const look = () => openTool(frameworkSpanHere())?.open?.span
  const span = guarded('binding', 'the span of a tool could not be found', look, undefined)
  return span === undefined ? fn() : runChanged((outer) => outer, fn, span as unknown as Span)
}

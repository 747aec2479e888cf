import { diag } from '@opentelemetry/api'
import { globalApi } from './global-api.ts'
import { processState } from './process-state.ts'

type Level = 'warn' | 'error'

/** Texts are few and fixed, except for names from settings. */
const MAX_TEXTS = 256

interface Entry {
  readonly level: Level
  readonly text: string
  readonly isHint: boolean
}

interface State {
  readonly said: Set<string>
  waiting: Entry[]
}

const state = processState<State>('notices', () => ({ said: new Set(), waiting: [] }))

/**
 * Reports a setup problem once per process: on the diag logger, or as a process warning if the app sets none. The setup
 * runs before the SDK sets the logger, so this waits until the app's code has run.
 */
export function notice(level: Level, text: string): void {
  say({ level, text, isHint: false })
}

/** Like `notice`, for something the user asked for. Only useful to a logger, so there is no process warning. */
export function hint(text: string): void {
  say({ level: 'warn', text, isHint: true })
}

function say(entry: Entry): void {
  if (state.said.has(entry.text) || state.said.size >= MAX_TEXTS) return
  state.said.add(entry.text)
  if (hasLogger()) return diag[entry.level](lineOf(entry))
  if (state.waiting.length === 0) process.nextTick(sayWaiting)
  state.waiting.push(entry)
}

function sayWaiting(): void {
  const entries = state.waiting
  state.waiting = []
  for (const entry of entries) {
    if (hasLogger()) diag[entry.level](lineOf(entry))
    else if (!entry.isHint) process.emitWarning(lineOf(entry), { type: 'OnbehalfWarning' })
  }
}

function lineOf({ text }: { readonly text: string }): string {
  return `onbehalf: ${text}`
}

function hasLogger(): boolean {
  return globalApi().diag !== undefined
}

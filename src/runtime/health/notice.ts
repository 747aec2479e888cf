import { diag } from '@opentelemetry/api'
import { globalApi } from './global-api.ts'
import { processState } from './process-state.ts'

type Level = 'warn' | 'error'

/** Texts are few and fixed, but for names that come from settings. */
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
 * Says, once in this process, what is wrong with a setup: on the diag logger, or where the app sets none, as a warning
 * of the process. A setup is made before the SDK sets the logger, so that this waits until the app's code has run.
 */
export function notice(level: Level, text: string): void {
  say({ level, text, isHint: false })
}

/** The same about what somebody asked for: it is of use to whoever listens, and nobody else has to hear it. */
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

import { context, trace } from '@opentelemetry/api'
import type { Intent } from '../../model/attribution.ts'
import { intentHash } from '../../identity/intent-hash.ts'
import { currentAttribution } from './binding.ts'
import { childLineageOf, findState } from '../span/span-state.ts'

/** Whether an id or hash is that of an intent that is bound or carried here, or that the active span hands down. */
export function isIntentInForce(named: string): boolean {
  return [currentAttribution()?.intent, intentOfActiveSpan()].some((intent) => isNamed(intent, named))
}

function intentOfActiveSpan(): Intent | undefined {
  const active = trace.getSpan(context.active())
  const state = active === undefined ? undefined : findState(active)
  return state === undefined ? undefined : childLineageOf(state).intent?.value
}

function isNamed(intent: Intent | undefined, named: string): boolean {
  return intent !== undefined && (intent.id === named || (intent.hash ?? intentHash(intent)) === named)
}

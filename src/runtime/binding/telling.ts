import type { FindingCode } from '../../model/finding.ts'
import type { LiveBinding } from '../scope/live-binding.ts'
import { runBound } from './binding.ts'

/** Runs `fn` as it is bound outside. What is judged inside, sync or async, also has these findings. */
export function runTelling<T>(codes: readonly FindingCode[], fn: () => T): T {
  return runBound((outer) => ({ ...outer, ...toldWith(outer, codes) }), fn)
}

/** What was told of what came in before stays told. */
export function toldWith(outer: LiveBinding, codes: LiveBinding['told']): Pick<LiveBinding, 'told'> {
  return codes === undefined ? {} : { told: [...new Set([...(outer.told ?? []), ...codes])] }
}

import type { FindingCode } from '../../model/finding.ts'
import { runBound } from './binding.ts'

/** Runs `fn` as it is bound outside. What is judged inside, sync or async, also has these findings. */
export function runTelling<T>(codes: readonly FindingCode[], fn: () => T): T {
  return runBound((outer) => ({ ...outer, told: [...new Set([...(outer.told ?? []), ...codes])] }), fn)
}

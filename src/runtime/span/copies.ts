import { PROCESS_STATE } from '../health/process-state.ts'
import { isJudged, recordOf } from './span-state.ts'

/** What a copy of this package tells the others in its process. All versions share this shape. */
interface Copy {
  hasTaken(span: object): boolean
  hasJudged(span: object): boolean
  /** Its process state, to look at in a debugger. Each copy only reads its own. */
  readonly state?: object
}

const COPIES = Symbol.for('onbehalf.copies.v1')

const here: Copy = { hasTaken: (span) => recordOf(span) !== undefined, hasJudged: isJudged, state: PROCESS_STATE }

/**
 * All judging copies in this process, including ours. If an app and one of its libraries each install one, the first
 * copy that meets a span has it, and the span is counted once.
 */
const copies = joined()

/** Whether another copy took up the span when it started. */
export function isTakenElsewhere(span: object): boolean {
  return copies.length > 1 && copies.some((copy) => copy !== here && copy.hasTaken(span))
}

/** Whether another copy has judged the span. */
export function isJudgedElsewhere(span: object): boolean {
  return copies.length > 1 && copies.some((copy) => copy !== here && copy.hasJudged(span))
}

function joined(): readonly Copy[] {
  const holder = globalThis as { [COPIES]?: Copy[] }
  const all = (holder[COPIES] ??= [])
  all.push(here)
  return all
}

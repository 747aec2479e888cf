import { PROCESS_STATE } from '../health/process-state.ts'
import { isJudged, recordOf } from './span-state.ts'

/** What a copy of this package tells the others in its process; the shape is shared by all versions. */
interface Copy {
  hasTaken(span: object): boolean
  hasJudged(span: object): boolean
  /** What it remembers of the process, to look at in a debugger: each copy reads its own alone. */
  readonly state?: object
}

const COPIES = Symbol.for('onbehalf.copies.v1')

const here: Copy = { hasTaken: (span) => recordOf(span) !== undefined, hasJudged: isJudged, state: PROCESS_STATE }

/**
 * All copies of this process that judge, ours among them: where an app and a library of its each install one, the
 * first that meets a span has it, and it is counted once.
 */
const copies = joined()

/** Whether another copy has taken the span up when it started. */
export function isTakenElsewhere(span: object): boolean {
  return copies.length > 1 && copies.some((copy) => copy !== here && copy.hasTaken(span))
}

/** Whether another copy has given the span its verdict. */
export function isJudgedElsewhere(span: object): boolean {
  return copies.length > 1 && copies.some((copy) => copy !== here && copy.hasJudged(span))
}

function joined(): readonly Copy[] {
  const holder = globalThis as { [COPIES]?: Copy[] }
  const all = (holder[COPIES] ??= [])
  all.push(here)
  return all
}

import type { DocumentSink } from './document-sink.ts'

/** `places`: how many places it's about; 1 by default. */
type Report = (line: number, reason: string, places?: number) => void

interface Problem {
  readonly line: number
  readonly reason: string
}

/** As many are kept as anyone reads; the others are counted. */
const MAX_HELD = 1_000

/** A name that a trace has in every form. */
const TRACE_NAME = /(?:resource_?spans|trace_?id)["']?\s*:/iu

/** Whether no part of a text is a trace that broke. */
export function isForeign(text: string): boolean {
  return !TRACE_NAME.test(text)
}

/**
 * Holds the problems of a text until its first span. A text without any span is often another sort of file: what only
 * says so, line by line, becomes one problem.
 */
export class HeldProblems {
  readonly #report: Report
  /** By reason; those of what has nothing to do with traces are one group. */
  readonly #held = new Map<string, { readonly first: Problem; readonly others: Problem[]; uncounted: number }>()
  #size = 0
  /** Problems of further reasons, once there are too many of those. */
  #unsorted = 0
  #isOpen = false

  constructor(report: Report) {
    this.#report = report
  }

  readonly add: DocumentSink['report'] = (line, reason, isForeign = false) => {
    if (this.#isOpen) return this.#report(line, reason)
    const sort = isForeign ? '' : reason
    const group = this.#held.get(sort)
    if (group === undefined && this.#held.size >= MAX_HELD) this.#unsorted += 1
    else if (group === undefined) this.#held.set(sort, { first: { line, reason }, others: [], uncounted: 0 })
    else if (this.#size < MAX_HELD) group.others.push({ line, reason })
    else group.uncounted += 1
    this.#size += 1
  }

  /** The text holds a span: its problems are places in a recording. */
  open(): void {
    if (this.#isOpen) return
    this.#isOpen = true
    const groups = [...this.#held.values()]
    const problems = groups.flatMap(({ first, others }) => [first, ...others])
    for (const { line, reason } of problems.toSorted((a, b) => a.line - b.line)) this.#report(line, reason)
    const uncounted = groups.reduce((sum, group) => sum + group.uncounted, this.#unsorted)
    if (uncounted > 0) this.#report(0, `${placesText(uncounted)} before the first span can't be read`, uncounted)
    this.#held.clear()
    this.#unsorted = 0
  }

  /** Ends the text. */
  end(): void {
    for (const { first, others, uncounted } of this.#held.values()) {
      const more = others.length + uncounted
      const also = more === 0 ? '' : `; ${placesText(more)} like it in this file, and no span`
      this.#report(first.line, `${first.reason}${also}`, more + 1)
    }
    if (this.#unsorted > 0) this.#report(0, `${placesText(this.#unsorted)} in this file can't be read`, this.#unsorted)
  }
}

function placesText(number: number): string {
  return number === 1 ? '1 more place' : `${number.toLocaleString('en-US')} more places`
}

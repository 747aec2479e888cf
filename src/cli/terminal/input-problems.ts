import type { SpanShape } from '../../model/span.ts'
import { unreadableFacts } from '../../recognize/unreadable-facts.ts'
import type { InputProblem } from '../../recording/input.ts'
import { count, printable } from './text.ts'

/** Says on standard error what could not be read: file, line and reason. */
export interface InputProblems {
  /** Of places. */
  readonly count: number
  add(problem: InputProblem): void
  /** Says which attributes of a span hold a list where an id belongs. */
  checkSpan(file: string, span: SpanShape): void
  /** Says what is no problem and yet to be known. */
  note(file: string, words: string): void
  /** Says how many were not said. */
  end(): void
}

/** A file of another sort has a complaint for every line: the first ones tell that. */
const MAX_SAID = 1_000

export function createComplaints(): InputProblems {
  let [all, said, unsaid] = [0, 0, 0]
  const add = ({ file, line, reason, places = 1 }: InputProblem) => {
    all += places
    const name = file === '' ? '""' : printable(file)
    const place = line === 0 ? name : `${name}:${line}`
    if (said === MAX_SAID) {
      unsaid += places
      return
    }
    said += 1
    process.stderr.write(`${place}: ${printable(reason)}\n`)
  }
  return {
    get count() {
      return all
    },
    add,
    checkSpan(file, span) {
      for (const key of unreadableFacts(span.attributes)) {
        const { traceId, spanId } = span.spanContext()
        const reason = `span ${spanId} of trace ${traceId}: ${key} holds a list or an object where text belongs`
        add({ file, line: 0, reason })
      }
    },
    note(file, words) {
      process.stderr.write(`${printable(file)}: ${printable(words)}\n`)
    },
    end() {
      if (unsaid > 0) process.stderr.write(`${count(unsaid, 'more place')} could not be read.\n`)
    },
  }
}

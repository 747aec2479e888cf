import { ATTR } from '../../model/names.ts'
import type { Attributes, SpanShape } from '../../model/span.ts'
import { secretFacts, unknownWords, unreadableFacts, unreadableTimes } from '../../recognize/unreadable-facts.ts'
import type { InputProblem } from '../../recording/input.ts'
import { withoutSecrets } from '../../base/secret.ts'
import type { AppKeys } from '../../policy/policy.ts'
import { count, printable } from './text.ts'

/** Reports on standard error what could not be read: file, line and reason. */
export interface InputProblems {
  /** Of places. */
  readonly count: number
  add(problem: InputProblem): void
  /**
   * Reports the attributes of a span and its resource that can't be read, such as a list where an id belongs, and notes
   * those of the span that hold a secret.
   */
  checkSpan(file: string, span: SpanShape): void
  /** Reports something that isn't a problem but that the user should know. */
  note(file: string, words: string): void
  /** Reports how many problems were left out. */
  end(): void
}

/** A file of another format has a problem on every line. The first ones show that. */
const MAX_SAID = 1_000
/** One service that writes its key writes it on every span. */
const MAX_SECRETS = 20

/** Says which attributes hold something that can't be read. */
function sayUnreadable(attributes: Attributes, appKeys: AppKeys | undefined, say: (reason: string) => void): void {
  const unreadable = unreadableFacts(attributes, appKeys)
  for (const key of unreadable) say(`${key} holds a list or an object where text belongs`)
  for (const key of unknownWords(attributes)) if (!unreadable.includes(key)) say(`${key} holds none of its words`)
  for (const key of unreadableTimes(attributes)) say(`${key} holds no time in a known form`)
}

const NO_START = 'it has no start, so that the time of its grant or decision is compared with nothing'

/** Many recordings have no times, and only some of their spans have times that need one. */
function lacksStart({ startTime, attributes }: SpanShape): boolean {
  const isTimed = attributes[ATTR.authority.expiresAt] !== undefined || attributes[ATTR.decision.at] !== undefined
  return isTimed && startTime[0] === 0 && startTime[1] === 0
}

/** `appKeys` are the keys that the policy names. */
export function createComplaints(appKeys?: AppKeys): InputProblems {
  let [all, said, unsaid, secrets] = [0, 0, 0, 0]
  const resources = new WeakSet<Attributes>()
  const add = ({ file, line, reason, places = 1 }: InputProblem) => {
    all += places
    const name = file === '' ? '""' : printable(withoutSecrets(file))
    const place = line === 0 ? name : `${name}:${line}`
    if (said === MAX_SAID) {
      unsaid += places
      return
    }
    said += 1
    process.stderr.write(`${place}: ${printable(reason)}\n`)
  }
  const note = (file: string, words: string) => {
    process.stderr.write(`${printable(file)}: ${printable(words)}\n`)
  }
  return {
    get count() {
      return all
    },
    add,
    checkSpan(file, span) {
      const { traceId, spanId } = span.spanContext()
      const say = (reason: string) => add({ file, line: 0, reason: `span ${spanId} of trace ${traceId}: ${reason}` })
      for (const key of secretFacts(span.attributes, appKeys)) {
        secrets += 1
        if (secrets <= MAX_SECRETS)
          note(file, `span ${spanId} of trace ${traceId}: ${key} holds what looks like a secret, which isn't shown`)
      }
      sayUnreadable(span.attributes, appKeys, say)
      if (lacksStart(span)) say(NO_START)
      const { attributes } = span.resource
      if (resources.has(attributes)) return
      resources.add(attributes)
      sayUnreadable(attributes, appKeys, (reason) => say(`its resource's ${reason}`))
    },
    note,
    end() {
      if (secrets > MAX_SECRETS) {
        process.stderr.write(`${count(secrets - MAX_SECRETS, 'more attribute')} hold what looks like a secret.\n`)
      }
      if (unsaid > 0) process.stderr.write(`${count(unsaid, 'more place')} could not be read.\n`)
    },
  }
}

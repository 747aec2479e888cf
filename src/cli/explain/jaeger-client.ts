import { askJaeger, JaegerError } from './jaeger-request.ts'
import type { JaegerAddress } from './jaeger-request.ts'
import { count } from '../terminal/text.ts'

/** A question that takes more than this has to be narrowed. */
const MAX_REQUESTS = 2_000
const MAX_FAILURES = 3

/** Asks Jaeger, up to a number of requests; once it has answered, single failures are reported and no more. */
export class JaegerClient {
  hasAnswered = false
  /** What of an answer cannot be had, and why. */
  readonly incomplete: (reason: string) => void
  readonly #address: JaegerAddress
  #requests = 0
  /** In a row. */
  #failures = 0

  constructor(address: JaegerAddress, incomplete: (reason: string) => void) {
    this.#address = address
    this.incomplete = incomplete
  }

  /** The answer as it comes in; undefined where Jaeger has nothing. Throws a `JaegerError` where it cannot be asked. */
  async ask(path: string, parameters?: Readonly<Record<string, string>>) {
    this.#requests += 1
    if (this.#requests > MAX_REQUESTS) {
      throw new JaegerError(`stopped after ${count(MAX_REQUESTS, 'request')}; narrow it with --since and --until`, 0)
    }
    const pieces = await askJaeger(this.#address, path, parameters)
    this.hasAnswered = true
    return pieces
  }

  /** One failure loses what was asked for and no more; several in a row end the search. */
  async attempt<T>(asked: Promise<T>): Promise<T | undefined> {
    try {
      const answer = await asked
      this.#failures = 0
      return answer
    } catch (error) {
      if (!(error instanceof JaegerError)) throw error
      this.#failures += 1
      if (!this.hasAnswered || this.#failures >= MAX_FAILURES) throw error
      this.incomplete(error.message)
      return undefined
    }
  }

  /** As `attempt`, of what comes in one by one. */
  async *attemptEach<T>(asked: AsyncGenerator<T>): AsyncGenerator<T> {
    for (;;) {
      const next = await this.attempt(asked.next())
      if (next === undefined || next.done === true) return
      yield next.value
    }
  }
}

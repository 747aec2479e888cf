import { askJaeger, JaegerError } from './jaeger-request.ts'
import type { JaegerAddress } from './jaeger-request.ts'
import { count } from '../terminal/text.ts'

/** A question that takes more requests must be narrowed. */
const MAX_REQUESTS = 2_000
const MAX_FAILURES = 3

/** Sends requests to Jaeger, up to a limit. Once Jaeger has answered, single failures are only reported. */
export class JaegerClient {
  hasAnswered = false
  /** Reports that part of the answer is missing, and why. */
  readonly incomplete: (reason: string) => void
  readonly #address: JaegerAddress
  #requests = 0
  /** In a row. */
  #failures = 0

  constructor(address: JaegerAddress, incomplete: (reason: string) => void) {
    this.#address = address
    this.incomplete = incomplete
  }

  /** The answer as it comes in. Undefined if Jaeger has nothing. Throws a `JaegerError` if the request fails. */
  async ask(path: string, parameters?: Readonly<Record<string, string>>) {
    this.#requests += 1
    if (this.#requests > MAX_REQUESTS) {
      throw new JaegerError(`stopped after ${count(MAX_REQUESTS, 'request')}; narrow it with --since and --until`, 0)
    }
    const pieces = await askJaeger(this.#address, path, parameters)
    this.hasAnswered = true
    return pieces
  }

  /** One failure loses only what was asked for. Several in a row end the search. */
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

  /** Like `attempt`, for each item of a sequence. */
  async *attemptEach<T>(asked: AsyncGenerator<T>): AsyncGenerator<T> {
    for (;;) {
      const next = await this.attempt(asked.next())
      if (next === undefined || next.done === true) return
      yield next.value
    }
  }
}

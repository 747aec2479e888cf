import { isPending } from './returned/bound-promise.ts'
import { afterThisTurn } from './turn.ts'

/** One request that a server handles. It ends when the response has been sent. */
export interface Request {
  readonly isOpen: boolean
}

/** A result that runs later, such as a stream. */
export interface Ongoing {
  /** Whether nothing runs, and nothing will unless it is started again. */
  isOver(): boolean
  /** Whether nothing of it runs right now: nobody has asked for more, and perhaps nobody ever will. */
  isIdle(): boolean
}

/** What a function's result tells about how long its work goes on. */
export type Ending =
  /** The work is done. */
  | 'over'
  /** Nobody can tell: a callback may be waiting, or the result keeps working on its own. */
  | 'open'

export type Standing =
  /** It lasts no longer than the scope around it, if nobody can tell its own end. */
  | 'nested'
  /** The same, but it names a principal of its own and stays theirs, whatever happens to the scope around it. */
  | 'named'
  /** Its principal was bound after the outer scope was over, so it stands on its own. */
  | 'anew'
  /** The outer scope's owner handed over its function, and other code calls it, so it stands on its own. */
  | 'handed over'
  /** It was made after the outer scope was over, and what it got from there counts for nothing. */
  | 'stale'
  /** It was made in the turn in which the outer scope ended, and goes on without it. */
  | 'left behind'

/** At most this many may go on at once. Further ones are not waited for. */
const MAX_ONGOING = 256

/** Further out, only the home is remembered: work that starts itself over and over must not grow a chain. */
const MAX_DEPTH = 64

/**
 * How long a binding lasts: while its function runs, until the function's promise settles, and while the stream that it
 * returned is being read. While a request is being served, until the response has been sent. If the function returned
 * no promise, a callback may be waiting, and the scope ends with the one around it. If there is none around it, and no
 * request, nobody can tell, and it stays.
 */
export class Scope {
  // What scopes ask each other is public: one of them may be of another copy of this package.
  readonly outer: Scope | undefined
  readonly depth: number
  /** The nearest scope that names a principal, possibly this one, or else the outermost. */
  readonly home: Scope
  /** Whether scopes between this one and `outer`, or further out, were dropped. */
  readonly isCutOff: boolean
  #standing: Standing
  readonly #request: Request | undefined
  #isRunning = true
  #ending: Ending = 'over'
  #promise: Promise<unknown> | undefined
  #ongoing: Set<Ongoing> | undefined

  constructor(outer: Scope | undefined, standing: Standing, request?: Request) {
    this.isCutOff = outer !== undefined && outer.depth >= MAX_DEPTH
    this.outer = this.isCutOff ? homeOf(outer) : outer
    this.depth = this.outer === undefined ? 0 : this.outer.depth + 1
    this.home = this.outer === undefined || standing === 'named' || standing === 'anew' ? this : this.outer.home
    this.#standing = standing
    this.#request = request
    if (this.outer !== undefined && standing === 'nested') afterThisTurn(() => this.#lookAround())
  }

  /** Whether what starts now belongs to what was bound. */
  isLive(): boolean {
    if (this.isStale()) return false
    if (this.#isRunning || this.#request?.isOpen === true || this.#isAwaited()) return true
    // A stream that nobody reads anymore would hold it forever. The end of the request means that nobody will.
    if (this.#isGoingOn(this.#request !== undefined)) return true
    if (this.#ending === 'over') return false
    const { outer } = this
    if (outer === undefined || this.#standing === 'anew') return this.#request === undefined
    return outer.isLive()
  }

  /** Whether the function has ended. A request may still keep the scope live. */
  hasSettled(): boolean {
    return this.#isDone() && this.#ending === 'over'
  }

  /** Whether its caller may start something here that another of its calls ends, as tracer callbacks do. */
  get isHandedOver(): boolean {
    return this.#standing === 'handed over'
  }

  /** The scope lasts while this goes on, or while someone could still ask for more of it. */
  goesOn(ongoing: Ongoing): void {
    this.#ongoing ??= new Set()
    if (this.#ongoing.size >= MAX_ONGOING) this.#isGoingOn()
    if (this.#ongoing.size < MAX_ONGOING) this.#ongoing.add(ongoing)
  }

  /** The function has returned without a promise, or has thrown. */
  returned(ending: Ending): void {
    this.#isRunning = false
    this.#ending = ending
  }

  /** The function has returned a promise, and the scope ends when it settles. */
  awaits(promise: Promise<unknown>): void {
    this.#isRunning = false
    // Held until it settles: nothing else tells a promise that never settles from one that nobody reads.
    this.#promise = promise
  }

  /** The promise has settled. */
  settled(ending: Ending): void {
    this.#promise = undefined
    this.#ending = ending
  }

  /** Whether this scope was made inside `other`, or is the same one. Undefined if too many lie between to tell. */
  isWithin(other: Scope): boolean | undefined {
    if (this === other) return true
    const isWithin = this.outer === undefined ? false : this.outer.isWithin(other)
    return isWithin === false && this.isCutOff ? undefined : isWithin
  }

  /** While a request is being served, what it left behind is still its own: responses are streamed this way. */
  isStale(): boolean {
    if (this.#isAnew() || this.#standing === 'named') return false
    if (this.#standing === 'stale') return true
    if (this.#standing === 'left behind' && this.#request?.isOpen !== true) return true
    return this.outer !== undefined && this.outer.isStale()
  }

  /** Whether something was bound again after `other` was made, or ever if that is unknown. */
  isAnewSince(other: Scope | undefined): boolean {
    if (this === other) return false
    return this.#isAnew() || this.outer?.isAnewSince(other) === true
  }

  /**
   * A queue that runs one user's job in another user's context calls it in the same turn in which the other's function
   * ends. What is bound in that turn, and goes on, isn't known to be part of the other's work.
   */
  #lookAround(): void {
    if (!this.#isDone() && this.outer?.hasSettled() === true) this.#standing = 'left behind'
  }

  #isDone(): boolean {
    return !this.#isRunning && !this.#isAwaited() && !this.#isGoingOn()
  }

  #isGoingOn(mustRun = false): boolean {
    if (this.#ongoing === undefined) return false
    for (const ongoing of this.#ongoing) if (ongoing.isOver()) this.#ongoing.delete(ongoing)
    return mustRun ? [...this.#ongoing].some((ongoing) => !ongoing.isIdle()) : this.#ongoing.size > 0
  }

  #isAnew(): boolean {
    return this.#standing === 'anew' || this.#standing === 'handed over'
  }

  #isAwaited(): boolean {
    if (this.#promise === undefined) return false
    if (isPending(this.#promise)) return true
    this.#promise = undefined
    return false
  }
}

/** If every scope names a principal, the home is as deep as the rest, and nothing further out is kept. */
function homeOf(outer: Scope | undefined): Scope | undefined {
  const home = outer?.home
  return home !== undefined && home.depth < MAX_DEPTH ? home : undefined
}

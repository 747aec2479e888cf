import { isPending } from './returned/bound-promise.ts'
import { afterThisTurn } from './turn.ts'

/** What a server does for one request, which ends when the response has been sent. */
export interface Request {
  readonly isOpen: boolean
}

/** What a function returned that runs later, such as a stream. */
export interface Ongoing {
  /** Whether nothing runs, and nothing is to come that is not asked for anew. */
  isOver(): boolean
  /** Whether nothing of it runs right now: nobody has asked for more, and perhaps nobody ever will. */
  isIdle(): boolean
}

/** What a function brought tells how long its work goes on. */
export type Ending =
  /** The work is done. */
  | 'over'
  /** Nobody can tell: a callback may be waiting, or what was returned works on by itself. */
  | 'open'

export type Standing =
  /** It holds no longer than the scope around it, where nobody can tell its own end. */
  | 'nested'
  /** The same, but it names a principal of its own: whatever becomes of the scope around it, it is theirs. */
  | 'named'
  /** Its principal was bound where the outer scope is over: it stands by itself. */
  | 'anew'
  /** Its function was handed over by whom the outer scope is for, and is called by somebody else: it stands by itself. */
  | 'handed over'
  /** It was made where the outer scope was over, and what it got from there is nobody's word. */
  | 'stale'
  /** It was made in the turn in which the outer scope came to its end, and goes on by itself. */
  | 'left behind'

/** So many may go on at once; what comes on top is not waited for. */
const MAX_ONGOING = 256

/** Of the scopes further out only the home is remembered: work that starts itself over and over must not grow a chain. */
const MAX_DEPTH = 64

/**
 * How long a binding holds: as long as the function runs that it was made for, until its promise settles, and as long
 * as the stream that it returned is being read; while a request is being served, until the response has been sent.
 * Where the function returned no promise a callback may be waiting, and the scope ends with the one around it. Where
 * there is none around it, and no request, nobody can tell, and it stays.
 */
export class Scope {
  // What scopes ask of each other is public: one of them may be of another copy of this package.
  readonly outer: Scope | undefined
  readonly depth: number
  /** The nearest scope, this one included, that names a principal, or else the outermost. */
  readonly home: Scope
  /** Whether scopes between this one and `outer`, or further out, were forgotten. */
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
    // What nobody reads any more would hold for ever; the end of the request says that nobody will.
    if (this.#isGoingOn(this.#request !== undefined)) return true
    if (this.#ending === 'over') return false
    const { outer } = this
    if (outer === undefined || this.#standing === 'anew') return this.#request === undefined
    return outer.isLive()
  }

  /** Whether the function has come to its end; a request may keep the scope live all the same. */
  hasSettled(): boolean {
    return this.#isDone() && this.#ending === 'over'
  }

  /** Whether somebody calls the function who may start here what another call of theirs ends, as callbacks of tracers do. */
  get isHandedOver(): boolean {
    return this.#standing === 'handed over'
  }

  /** The scope holds as long as this goes on, or somebody could still ask for more of it. */
  goesOn(ongoing: Ongoing): void {
    this.#ongoing ??= new Set()
    if (this.#ongoing.size >= MAX_ONGOING) this.#isGoingOn()
    if (this.#ongoing.size < MAX_ONGOING) this.#ongoing.add(ongoing)
  }

  /** The function has returned no promise, or thrown. */
  returned(ending: Ending): void {
    this.#isRunning = false
    this.#ending = ending
  }

  /** The function has returned a promise, and the scope ends when that settles. */
  awaits(promise: Promise<unknown>): void {
    this.#isRunning = false
    // Held until it settles: nothing else tells a promise that never will from one that nobody reads.
    this.#promise = promise
  }

  /** The promise has settled. */
  settled(ending: Ending): void {
    this.#promise = undefined
    this.#ending = ending
  }

  /** Whether this scope was made inside `other`, or is the same one. Undefined where too many lie between to tell. */
  isWithin(other: Scope): boolean | undefined {
    if (this === other) return true
    const isWithin = this.outer === undefined ? false : this.outer.isWithin(other)
    return isWithin === false && this.isCutOff ? undefined : isWithin
  }

  /** While a request is being served, what it left behind is still its own: a response is streamed that way. */
  isStale(): boolean {
    if (this.#isAnew() || this.#standing === 'named') return false
    if (this.#standing === 'stale') return true
    if (this.#standing === 'left behind' && this.#request?.isOpen !== true) return true
    return this.outer !== undefined && this.outer.isStale()
  }

  /** Whether something was bound anew after `other` was made, or anywhere where that is unknown. */
  isAnewSince(other: Scope | undefined): boolean {
    if (this === other) return false
    return this.#isAnew() || this.outer?.isAnewSince(other) === true
  }

  /**
   * A queue that runs the job of one user in the context of another calls it in the very turn in which the function of
   * the other comes to its end. What is bound in that turn, and goes on, is not known to be part of it.
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

/** Where every scope names a principal the home is as deep as the rest, and nothing further out is kept. */
function homeOf(outer: Scope | undefined): Scope | undefined {
  const home = outer?.home
  return home !== undefined && home.depth < MAX_DEPTH ? home : undefined
}

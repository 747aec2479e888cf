import type { Principal } from '../../../model/attribution.ts'
import { fault } from '../../health/fault.ts'
import type { Ongoing, Scope } from '../scope.ts'
import { isBarePromise, isPlainPromise, watchPromise } from './bound-promise.ts'
import { replaceMethods } from './in-place.ts'
import type { Around, Call, Replacement } from './in-place.ts'
import { attempt } from './left-alone.ts'

/** The binding that a function was run in, for what it returned. */
export interface Owner {
  readonly scope: Scope
  /** Scopes around it that hold as long, because what is bound was returned through them too. */
  readonly around?: readonly Scope[]
  /** The principal in force, which is the same object wherever one `onBehalfOf` bound it. */
  readonly principal: Principal | undefined
  /** Whether nothing is bound, so that what is returned stays as it is. */
  readonly isEmpty: boolean
  /** Whether an emitter that is returned, such as a worker or a pool, is there for others than this principal too. */
  readonly namesPrincipal: boolean
  /** Runs work inside the binding. */
  run<R>(work: () => R): R
}

/** Binds what an object makes, such as the reader of a stream. */
export type BindMade = (made: unknown, owner: Owner) => void

/** Called when a step of the work is done; `isLast`: nothing is to come after it. */
export type End = (isLast?: boolean) => void

/** One object of the app that runs inside a binding: whose it is, and how far its work is. */
export class Bound implements Ongoing {
  #owner: Owner
  /** Those that hold as long as this goes on: of the owner, and of bindings around it. */
  #scopes: readonly Scope[] = []
  #isDisputed = false
  #running = 0
  #isDone = false
  readonly #bindMade: BindMade
  readonly #isEnded: (() => boolean) | undefined

  /** `isEnded`: where the object itself tells that nothing is to come. It must not hold the object. */
  constructor(owner: Owner, bindMade: BindMade, isEnded?: () => boolean) {
    this.#owner = owner
    this.#bindMade = bindMade
    this.#isEnded = isEnded
  }

  /** Whether it is known whose work it is. Where it is not, the object works as it would without us. */
  get isOn(): boolean {
    return !this.#isDisputed
  }

  isOver(): boolean {
    if (this.#isDisputed || this.#isEnded?.() === true) return true
    return this.#running === 0 && this.#isDone
  }

  isIdle(): boolean {
    return this.#running === 0
  }

  run<R>(work: () => R): R {
    return this.#owner.run(work)
  }

  /** What the object makes, such as a reader, runs inside too. */
  made<T>(made: T): T {
    attempt(() => this.#bindMade(made, { ...this.#owner, around: this.#scopes }))
    return made
  }

  /** Has methods of what the object works with, such as a reader, enter the binding. */
  replace(target: object, replacements: readonly Replacement[]): void {
    attempt(() => replaceMethods(target, replacements, () => this.isOn))
  }

  begin(): End {
    this.#running += 1
    if (this.#isDone) this.#goOn()
    let isOpen = true
    return (isLast = false) => {
      if (!isOpen) return
      isOpen = false
      this.#running -= 1
      if (isLast) this.#isDone = true
    }
  }

  /** What it made goes on by itself. */
  handOver(): void {
    this.#isDone = true
  }

  /** A call that is one step of the work, until what it returns has settled. A step that failed is the last. */
  step(call: Call, args: readonly unknown[], isLast: (result: unknown) => boolean): unknown {
    const end = this.begin()
    let result: unknown
    try {
      result = this.run(() => call(args))
    } catch (error) {
      end(true)
      throw error
    }
    return settling(result, (value, isRejected) => end(isRejected || attempt(() => isLast(value)) === true))
  }

  /** The object was returned by the function that a binding was made for; the same one may be for several. */
  returnedFor(owner: Owner): void {
    const known = this.#owner
    if (this.#isDisputed) return
    const isInner = known.scope.isWithin(owner.scope) === true
    if (isInner || isSameWork(owner, known) || this.#isTakenUpAgain(owner)) {
      if (!isInner) this.#owner = owner
      return this.#goOn([owner.scope, ...(owner.around ?? [])])
    }
    this.#isDisputed = true
    this.#scopes = []
    fault(
      'binding',
      'one object was returned for different work; it runs unbound, so return an object of its own to each',
    )
  }

  #goOn(further: readonly Scope[] = []): void {
    this.#isDone = false
    const added = further.filter((scope) => !this.#scopes.includes(scope))
    if (added.length > 0) this.#scopes = [...this.#scopes, ...added].slice(-MAX_SCOPES)
    for (const scope of this.#scopes) scope.goesOn(this)
  }

  #isTakenUpAgain({ principal }: Owner): boolean {
    return this.#running === 0 && !this.#owner.scope.isLive() && isSamePrincipal(principal, this.#owner.principal)
  }
}

/** An object that is returned again and again is held by the last scopes alone. */
const MAX_SCOPES = 16

/** Whether `owner` is a part of the same work as `known`: made inside it, or bound by the same `onBehalfOf`. */
function isSameWork(owner: Owner, known: Owner): boolean {
  if (owner.scope.isWithin(known.scope) === true) return true
  return owner.principal !== undefined && owner.principal === known.principal
}

function isSamePrincipal(a: Principal | undefined, b: Principal | undefined): boolean {
  return a !== undefined && b !== undefined && a.id === b.id && a.issuer === b.issuer
}

/** Runs a method inside, where what it does is neither a step nor an end. */
export function inside(bound: Bound): Around {
  return (call, args) => bound.run(() => call(args))
}

/** Has `settled` be told before whoever reads the result, which stays the same object where anybody could have seen it. */
function settling(result: unknown, settled: (value: unknown, isRejected: boolean) => void): unknown {
  if (!isPlainPromise(result)) {
    settled(result, false)
    return result
  }
  if (!isBarePromise(result)) {
    attempt(() => watchPromise(result, settled))
    return result
  }
  // It was made for this call, and nobody has seen it: what the caller gets is read and left unread all the same.
  return result.then(
    (value) => {
      settled(value, false)
      return value
    },
    (error: unknown) => {
      settled(undefined, true)
      throw error
    },
  )
}

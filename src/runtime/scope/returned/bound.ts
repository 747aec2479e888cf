import type { Principal } from '../../../model/attribution.ts'
import { fault } from '../../health/fault.ts'
import type { Ongoing, Scope } from '../scope.ts'
import { isBarePromise, isPlainPromise, watchPromise } from './bound-promise.ts'
import { replaceMethods } from './in-place.ts'
import type { Around, Call, Replacement } from './in-place.ts'
import { attempt } from './left-alone.ts'

/** The binding that a function ran in, for what it returned. */
export interface Owner {
  readonly scope: Scope
  /** Scopes around it that last as long, because what is bound was returned through them too. */
  readonly around?: readonly Scope[]
  /** The principal in force. It is the same object wherever one `onBehalfOf` bound it. */
  readonly principal: Principal | undefined
  /** Whether nothing is bound, so that results stay as they are. */
  readonly isEmpty: boolean
  /** Whether a returned emitter, such as a worker or a pool, also serves others than this principal. */
  readonly namesPrincipal: boolean
  /** Runs work inside the binding. */
  run<R>(work: () => R): R
}

/** Binds what an object makes, such as the reader of a stream. */
export type BindMade = (made: unknown, owner: Owner) => void

/** Called when a step of the work is done. `isLast`: nothing comes after it. */
export type End = (isLast?: boolean) => void

/** An object of the app that runs inside a binding, with its owner and the state of its work. */
export class Bound implements Ongoing {
  #owner: Owner
  /** The scopes that last as long as this goes on: the owner's, and those of bindings around it. */
  #scopes: readonly Scope[] = []
  #isDisputed = false
  #running = 0
  #isDone = false
  readonly #bindMade: BindMade
  readonly #isEnded: (() => boolean) | undefined

  /** `isEnded`: whether the object itself shows that nothing more will come. It must not hold the object. */
  constructor(owner: Owner, bindMade: BindMade, isEnded?: () => boolean) {
    this.#owner = owner
    this.#bindMade = bindMade
    this.#isEnded = isEnded
  }

  /** Whether it is known whose work this is. If not, the object works as it would without us. */
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

  /** Binds what the object makes, such as a reader. */
  made<T>(made: T): T {
    attempt(() => this.#bindMade(made, { ...this.#owner, around: this.#scopes }))
    return made
  }

  /** Makes methods of something the object works with, such as a reader, enter the binding. */
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

  /** What it made continues on its own. */
  handOver(): void {
    this.#isDone = true
  }

  /** Runs a call that is one step of the work, until its result has settled. A failed step is the last. */
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

  /** Adds an owner: the function of a binding returned the object. Several may return the same one. */
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

/** Only the last few scopes hold an object that is returned again and again. */
const MAX_SCOPES = 16

/** Whether `owner` is part of the same work as `known`: made inside it, or bound by the same `onBehalfOf`. */
function isSameWork(owner: Owner, known: Owner): boolean {
  if (owner.scope.isWithin(known.scope) === true) return true
  return owner.principal !== undefined && owner.principal === known.principal
}

function isSamePrincipal(a: Principal | undefined, b: Principal | undefined): boolean {
  return a !== undefined && b !== undefined && a.id === b.id && a.issuer === b.issuer
}

/** Runs a method inside if it is neither a step nor an end. */
export function inside(bound: Bound): Around {
  return (call, args) => bound.run(() => call(args))
}

/** Calls `settled` before any reader of the result, which stays the same object if anyone could have seen it. */
function settling(result: unknown, settled: (value: unknown, isRejected: boolean) => void): unknown {
  if (!isPlainPromise(result)) {
    settled(result, false)
    return result
  }
  if (!isBarePromise(result)) {
    attempt(() => watchPromise(result, settled))
    return result
  }
  // This promise was made for this call, and nobody has seen it: the caller gets another one, which may stay unread.
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

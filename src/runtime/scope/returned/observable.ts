import { createPrivateSlot } from '../../../base/private-slot.ts'
import type { Bound, End } from './bound.ts'
import { inside } from './bound.ts'
import { Registration, registered } from './callback.ts'
import { hasMethod } from './in-place.ts'
import type { Around, Call, Replacement } from './in-place.ts'
import { attempt } from './left-alone.ts'

/**
 * Observables of RxJS and similar libraries: subscribing starts the work inside, and unsubscribing ends it there.
 * Observers are called where they subscribed.
 */
export function observableMethods(bound: Bound): readonly Replacement[] {
  return [
    { keys: ['subscribe'], around: (call, args) => subscribed(call, args, bound) },
    { keys: ['forEach'], around: (call, args) => bound.step(call, registered(args), () => true) },
  ]
}

interface Subscribing {
  readonly bound: Bound
  readonly there: Registration
  readonly end: End
}

function subscribed(call: Call, args: readonly unknown[], bound: Bound): unknown {
  const subscribing: Subscribing = { bound, there: new Registration(), end: bound.begin() }
  const [observer, ...others] = args
  try {
    if (attempt(() => isSubscriber(observer)) === true) return bySubscriber(call, observer as object, subscribing)
    const callbacks = [observerOf(observer, subscribing), ...others.map((other) => subscribing.there.bind(other))]
    const subscription = bound.run(() => call(args.length === 0 ? args : callbacks))
    if (typeof subscription === 'object' && subscription !== null) bindSubscription(subscription, subscribing)
    return subscription
  } catch (error) {
    subscribing.end(true)
    throw error
  }
}

/** RxJS passes it down a pipe as observer and subscription, so it must stay the same object. */
function isSubscriber(observer: unknown): boolean {
  if (typeof observer !== 'object' || observer === null) return false
  return ['next', 'add', 'unsubscribe'].every((key) => hasMethod(observer, key))
}

function bySubscriber(call: Call, subscriber: object, { bound, there, end }: Subscribing): unknown {
  let isStarting = true
  const told: Around = (tell, args) => there.run(() => tell(args))
  const toldLast: Around = (tell, args) => lastly(() => told(tell, args), end)
  bound.replace(subscriber, [
    { keys: ['next'], around: told },
    { keys: ['error', 'complete'], around: toldLast },
    { keys: ['unsubscribe'], around: (leave, args) => lastly(() => leave(args), end) },
    {
      keys: ['add'],
      around: (add, [teardown, ...others]) =>
        add([isStarting && teardown !== subscriber ? endingInside(teardown, bound) : teardown, ...others]),
    },
  ])
  try {
    return bound.run(() => call([subscriber]))
  } finally {
    isStarting = false
  }
}

/** The teardown was registered inside, so it runs there. */
function endingInside(teardown: unknown, bound: Bound): unknown {
  if (typeof teardown === 'function') return () => bound.run(() => (teardown as () => unknown)())
  if (typeof teardown === 'object' && teardown !== null) {
    bound.replace(teardown, [{ keys: ['unsubscribe'], around: inside(bound) }])
  }
  return teardown
}

/** Replaces the app's observer. It has whichever methods the app's observer has at the time of the call. */
function observerOf(observer: unknown, { there, end }: Subscribing): unknown {
  if (typeof observer !== 'object' || observer === null) return there.bind(observer)
  const methodOf = (key: string) => {
    const method: unknown = Reflect.get(observer, key)
    if (typeof method !== 'function') return undefined
    return (...args: unknown[]): unknown => there.run(() => Reflect.apply(method, observer, args) as unknown)
  }
  const last = (key: string) => {
    const method = methodOf(key)
    if (method === undefined) return undefined
    return (...args: unknown[]): unknown => lastly(() => method(...args), end)
  }
  return {
    get start() {
      return methodOf('start')
    },
    get next() {
      return methodOf('next')
    },
    get error() {
      return last('error')
    },
    get complete() {
      return last('complete') ?? (() => end(true))
    },
  }
}

function bindSubscription(subscription: object, { bound, end }: Subscribing): void {
  if (attempt(() => Reflect.get(subscription, 'closed')) === true) end(true)
  bound.replace(subscription, [
    {
      keys: ['unsubscribe'],
      around: (leave, args) => lastly(() => bound.run(() => leave(args)), end),
    },
    { keys: ['add'], around: (add, [teardown]) => add([added(teardown)]) },
    { keys: ['remove'], around: (remove, [teardown]) => remove([standing(teardown)]) },
  ])
}

/** The replacement of each teardown, which is needed to remove it. */
const TEARDOWNS = createPrivateSlot<unknown>()

function standing(teardown: unknown): unknown {
  return typeof teardown === 'function' ? (TEARDOWNS.of(teardown) ?? teardown) : teardown
}

function added(teardown: unknown): unknown {
  if (typeof teardown !== 'function') return teardown
  const known = TEARDOWNS.of(teardown)
  if (known !== undefined) return known
  const [stand] = registered([teardown])
  TEARDOWNS.put(teardown, stand)
  return stand
}

/** Runs work that still belongs to it, and then ends it. */
function lastly<R>(work: () => R, end: End): R {
  try {
    return work()
  } finally {
    end(true)
  }
}

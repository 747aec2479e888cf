import { currentBinding, thisPlace } from '../runtime/binding/binding.ts'
import type { Place } from '../runtime/binding/binding.ts'
import { guarded } from '../runtime/health/fault.ts'
import { EMPTY_BINDING } from '../runtime/scope/live-binding.ts'
import { prototypeWith, replaceMethod } from './library.ts'
import type { Call, Exports, Library, Patch } from './library.ts'

/** Where a request that waits in a pool was made, by the handler of its answer. */
const WAITING = new WeakMap<object, Place>()

/** The handler that is being passed to a connection right now. */
let passing: unknown

/** A pool whose connections are busy keeps a request, and passes it on in the context of the request that finishes. */
function keeping(original: Call): Call {
  return function (this: unknown, options: unknown, handler: unknown): unknown {
    const outer = passing
    passing = handler
    guarded('binding', 'a request could not be bound', () => note(handler), undefined)
    try {
      return Reflect.apply(original, this, [options, handler])
    } finally {
      passing = outer
    }
  }
}

function note(handler: unknown): void {
  if (isObject(handler)) WAITING.set(handler, thisPlace())
}

function isObject(handler: unknown): handler is object {
  return typeof handler === 'object' && handler !== null
}

/** Where a request was first made, by the handler of its answers. */
const ASKED = new WeakMap<object, Place>()

/** Retries and redirects are requested where a connection was answered, in anyone's context. */
function askingAgain(original: Call): Call {
  return function (this: unknown, options: unknown, handler: unknown): unknown {
    const dispatch = () => Reflect.apply(original, this, [options, handler]) as unknown
    const place = guarded('binding', 'a request could not be bound', () => askedBefore(handler), undefined)
    return place === undefined ? dispatch() : place.run(dispatch)
  }
}

/** Undefined if this is the place: dispatchers pass a request on to each other. */
function askedBefore(handler: unknown): Place | undefined {
  if (!isObject(handler)) return undefined
  const asked = ASKED.get(handler)
  if (asked === undefined) ASKED.set(handler, thisPlace())
  return asked?.binding === (currentBinding() ?? EMPTY_BINDING) ? undefined : asked
}

/** The request is sent here, and its span starts. */
function handingOn(original: Call): Call {
  return function (this: unknown, options: unknown, handler: object): unknown {
    const place = WAITING.get(handler)
    WAITING.delete(handler)
    const dispatch = () => Reflect.apply(original, this, [options, handler]) as unknown
    return place === undefined || handler === passing ? dispatch() : place.run(dispatch)
  }
}

function patchesOf(folder: string): readonly Patch[] {
  const applying = (around: (original: Call) => Call, className?: string) => (exports: Exports) =>
    replaceMethod(...methodOf(exports, className), around)
  return [
    {
      file: `${folder}/dispatcher-base.js`,
      apply: (exports) => replaceMethod(prototypeWith('dispatch', exports), 'dispatch', askingAgain),
    },
    { file: `${folder}/pool-base.js`, apply: applying(keeping, 'PoolBase') },
    { file: `${folder}/client.js`, apply: applying(handingOn) },
  ]
}

/** Its symbols aren't exported. Both classes have one with this name. */
function methodOf(exports: Exports, className?: string): [object, symbol] {
  const isDispatch = ({ description }: symbol) => description === 'dispatch'
  const prototype = prototypeWith((target) => Object.getOwnPropertySymbols(target).some(isDispatch), exports, className)
  return [prototype, Object.getOwnPropertySymbols(prototype).find(isDispatch) as symbol]
}

export const UNDICI: Library = {
  name: 'undici',
  versions: '>=5.0.0 <8',
  binds: 'requests that wait in a `Pool`, `BalancedPool` or `Agent` with a limit of `connections`, and their spans',
  patches: [...patchesOf('lib'), ...patchesOf('lib/dispatcher')],
}

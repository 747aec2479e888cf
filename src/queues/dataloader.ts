import { forNobody, thisPlace } from '../runtime/binding/binding.ts'
import type { Place } from '../runtime/binding/binding.ts'
import { guarded } from '../runtime/health/fault.ts'
import { commonPlace } from './common-place.ts'
import { prototypeWith, replaced, replaceMethod } from './library.ts'
import type { Call, Library } from './library.ts'

const [BATCH, LOAD] = ['_batch', '_batchLoadFn'] as const

interface Loader {
  [BATCH]: { readonly keys: readonly unknown[] } | null
  [LOAD]: Call
}

/** Where the keys of a batch were asked for, by the list of keys that the batch function gets. */
const ASKED = new WeakMap<object, Place[]>()

function noting(load: Call): Call {
  return function (this: Loader, ...given: unknown[]): unknown {
    const before = this[BATCH]
    const count = before?.keys.length ?? 0
    const result: unknown = Reflect.apply(load, this, given)
    guarded(
      'binding',
      'what is loaded could not be bound',
      () => note(this, this[BATCH] === before ? count : 0),
      undefined,
    )
    return result
  }
}

/** A cached key joins no batch. */
function note(loader: Loader, count: number): void {
  const keys = loader[BATCH]?.keys
  if (keys === undefined || keys.length <= count) return
  loader[LOAD] = replaced(loader[LOAD], forWhomAsked)
  const places = ASKED.get(keys)
  if (places === undefined) ASKED.set(keys, [thisPlace()])
  else places.push(thisPlace())
}

function forWhomAsked(load: Call): Call {
  return function (this: unknown, keys: object, ...more: unknown[]): unknown {
    const run = () => Reflect.apply(load, this, [keys, ...more]) as unknown
    const places = ASKED.get(keys)
    if (places === undefined) return run()
    const place = commonPlace(places)
    return place === undefined ? forNobody(run) : place.run(run)
  }
}

export const DATALOADER: Library = {
  name: 'dataloader',
  versions: '>=2.0.0 <3',
  binds: 'the batch function, to who asked for the keys; a batch for several users is nobody’s',
  patches: [{ apply: (exports) => replaceMethod(prototypeWith('load', exports), 'load', noting) }],
}

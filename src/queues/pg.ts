import { boundCallback, boundCallbacks, prototypeWith, replaceMethod, waiting } from './library.ts'
import type { Exports, Library } from './library.ts'

/** A client that becomes free is passed on in the context of the caller that released it. */
function applyToPool(exports: Exports): void {
  const prototype = prototypeWith('connect', exports)
  for (const method of ['connect', 'query']) replaceMethod(prototype, method, waiting(boundCallbacks))
}

export const PG_POOL: Library = {
  name: 'pg-pool',
  versions: '>=3.0.0 <4',
  binds: 'queries and callbacks that wait for a client: `query` and `connect`, with promises and with callbacks',
  patches: [{ apply: applyToPool }],
}

/** A callback is the last argument, or part of the query's configuration, which is the app's own. */
function boundQuery(args: readonly unknown[]): readonly unknown[] {
  const [query, ...others] = boundCallbacks(args)
  if (typeof query !== 'object' || query === null) return [query, ...others]
  const { callback, submit } = query as { readonly callback?: unknown; readonly submit?: unknown }
  if (typeof callback !== 'function' || submit !== undefined) return [query, ...others]
  return [{ ...query, callback: boundCallback(callback) }, ...others]
}

/** Callbacks run in the context in which the connection was made. */
export const PG: Library = {
  name: 'pg',
  versions: '>=8.0.0 <9',
  binds: 'callbacks of `query` of a client',
  patches: [
    {
      file: 'lib/client.js',
      apply: (exports) => replaceMethod(prototypeWith('query', exports), 'query', waiting(boundQuery)),
    },
  ],
}

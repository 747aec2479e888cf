import { boundCallbacks, prototypeWith, replaceMethod, waiting } from './library.ts'
import type { Exports, Library } from './library.ts'

function applyTo(methods: readonly string[]): (exports: Exports) => void {
  return (exports) => {
    const prototype = prototypeWith(methods[0] as string, exports)
    for (const method of methods) replaceMethod(prototype, method, waiting(boundCallbacks))
  }
}

export const MYSQL2: Library = {
  name: 'mysql2',
  versions: '>=3.12.0 <4',
  binds: 'queries and callbacks that wait for a connection of a pool, and callbacks of `query` and `execute`',
  patches: [
    { file: 'lib/base/pool.js', apply: applyTo(['getConnection', 'query', 'execute']) },
    { file: 'lib/base/connection.js', apply: applyTo(['query', 'execute']) },
  ],
}

import { boundFunctions, enqueuing, prototypeWith, replaceMethod } from './library.ts'
import type { Exports, Library } from './library.ts'

const apply = (exports: Exports) => replaceMethod(prototypeWith('add', exports), 'add', enqueuing(boundFunctions))

export const PROMISE_QUEUE: Library = {
  name: 'promise-queue',
  versions: '>=2.1.1 <3',
  binds: 'jobs given to `add`',
  patches: [{ apply }, { file: 'lib/index.js', apply }],
}

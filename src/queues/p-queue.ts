import { bound, enqueuing, prototypeWith, replaceMethod, starting } from './library.ts'
import type { Exports, Library } from './library.ts'

/** `start` continues with everyone's jobs. */
function apply(exports: Exports): void {
  const prototype = prototypeWith('add', exports)
  replaceMethod(
    prototype,
    'add',
    enqueuing(([job, ...options]) => [bound(job), ...options]),
  )
  replaceMethod(prototype, 'start', starting)
}

export const P_QUEUE: Library = {
  name: 'p-queue',
  versions: '>=6.0.0 <10',
  binds: 'jobs given to `add` and `addAll`; so LangChain’s callbacks and its `maxConcurrency`',
  patches: [{ apply }],
}

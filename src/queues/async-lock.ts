import { bound, enqueuing, prototypeWith, replaceMethod } from './library.ts'
import type { Exports, Library } from './library.ts'

/** It tells by a function's length whether the function takes a callback, so the bound function has the same length. */
function apply(exports: Exports): void {
  replaceMethod(
    prototypeWith('acquire', exports),
    'acquire',
    enqueuing(([key, job, callback, ...options]) => [key, bound(job), bound(callback), ...options]),
  )
}

export const ASYNC_LOCK: Library = {
  name: 'async-lock',
  versions: '>=1.0.0 <2',
  binds: 'functions given to `acquire`, and its callback',
  patches: [{ apply }, { file: 'lib/index.js', apply }],
}

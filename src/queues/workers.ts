import { prototypeWith, replaceMethod, starting } from './library.ts'
import type { Library } from './library.ts'

/** A worker works for everyone, even if a request happened to make it. A job itself resumes what it carries. */
export const BULLMQ: Library = {
  name: 'bullmq',
  versions: '>=3.0.0 <7',
  binds: 'jobs and events of a `Worker`, and events of `QueueEvents`, run for nobody, wherever they were made',
  patches: [
    {
      file: 'dist/cjs/classes/worker.js',
      apply: (exports) => replaceMethod(prototypeWith('run', exports, 'Worker'), 'run', starting),
    },
    {
      file: 'dist/cjs/classes/queue-events.js',
      apply: (exports) => replaceMethod(prototypeWith('run', exports, 'QueueEvents'), 'run', starting),
    },
  ],
}

export const BULL: Library = {
  name: 'bull',
  versions: '>=4.0.0 <5',
  binds: 'jobs given to the processor of `process` run for nobody, wherever it was set',
  patches: [
    {
      file: 'lib/queue.js',
      apply: (exports) => replaceMethod(prototypeWith('process', exports), 'process', starting),
    },
  ],
}

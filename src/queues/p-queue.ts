import { bound, enqueuing, prototypeWith, replaceMethod } from './library.ts'
import type { Library } from './library.ts'

export const P_QUEUE: Library = {
  name: 'p-queue',
  versions: '>=6.0.0 <10',
  binds: 'jobs given to `add` and `addAll`; so LangChain’s callbacks and its `maxConcurrency`',
  patches: [
    {
      apply: (exports) =>
        replaceMethod(
          prototypeWith('add', exports),
          'add',
          enqueuing(([job, ...options]) => [bound(job), ...options]),
        ),
    },
  ],
}

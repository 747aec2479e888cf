import { bound, enqueuing, prototypeWith, replaceMethod } from './library.ts'
import type { Library } from './library.ts'

export const COCKATIEL: Library = {
  name: 'cockatiel',
  versions: '>=1.0.0 <4',
  binds: 'functions given to `execute` of a bulkhead, alone or in a `wrap`',
  patches: [
    {
      file: 'dist/BulkheadPolicy.js',
      apply: (exports) =>
        replaceMethod(
          prototypeWith('execute', exports, 'BulkheadPolicy'),
          'execute',
          enqueuing(([job, ...signal]) => [bound(job), ...signal]),
        ),
    },
  ],
}

import { boundFunctions, enqueuing, prototypeWith, replaceMethod, starting } from './library.ts'
import type { Exports, Library } from './library.ts'

/** Arguments for the job stay as they are: functions among them are the app's own concern. */
function bindTask(args: readonly unknown[], isLastCallback: boolean): readonly unknown[] {
  const task = typeof args[0] === 'function' ? 0 : 1
  const isBound = (index: number) => index === task || (isLastCallback && index === args.length - 1)
  return args.map((arg, index) => (isBound(index) ? boundFunctions([arg])[0] : arg))
}

function apply(exports: Exports): void {
  const prototype = prototypeWith('schedule', exports)
  replaceMethod(
    prototype,
    'schedule',
    enqueuing((args) => bindTask(args, false)),
  )
  replaceMethod(
    prototype,
    'submit',
    enqueuing((args) => bindTask(args, true)),
  )
  const batcher: unknown = Reflect.get(prototype.constructor, 'Batcher')
  // A batch belongs to everyone who added to it.
  if (typeof batcher === 'function') replaceMethod(batcher.prototype as object, 'add', starting)
}

export const BOTTLENECK: Library = {
  name: 'bottleneck',
  versions: '>=2.12.0 <3',
  binds: 'jobs given to `schedule`, `submit` and functions from `wrap`, and the callback of `submit`',
  patches: [{ apply }, ...['lib/Bottleneck.js', 'light.js', 'es5.js'].map((file) => ({ file, apply }))],
}

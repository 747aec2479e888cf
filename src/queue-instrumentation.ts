import { VERSION } from './model/version.ts'
import { patchLoaded } from './loaded-libraries.ts'
import type { Instrumentation, InstrumentationPackage } from './instrumentation.ts'
import { fault } from './runtime/fault.ts'
import { LIBRARIES } from './runtime/queues/libraries.ts'
import type { Exports, Library, Patch } from './runtime/queues/library.ts'

type Patching = (exports: Exports) => unknown
type Definition = new (
  name: string,
  versions: readonly string[],
  patch?: Patching,
  unpatch?: undefined,
  files?: readonly object[],
) => object
type File = new (name: string, versions: readonly string[], patch: Patching, unpatch: () => void) => object
type Base = new (name: string, version: string, config: object) => Instrumentation

/**
 * Has queues, limiters, pools and workers run what they are handed for whom handed it over. It makes no spans. Of the
 * app's own `@opentelemetry/instrumentation`, so that a loader hook of the app serves it too.
 */
export function queueInstrumentation(base: InstrumentationPackage): Instrumentation {
  const Definition = base['InstrumentationNodeModuleDefinition'] as Definition
  const File = base['InstrumentationNodeModuleFile'] as File
  const Base = base['InstrumentationBase'] as Base
  class QueueInstrumentation extends Base {
    /** The base class calls it. */
    init(): readonly object[] {
      return LIBRARIES.map((library) => definitionOf(library, Definition, File))
    }
  }
  const instrumentation = new QueueInstrumentation('onbehalf/queues', VERSION, {})
  patchLoaded(({ name }, patch, exports) => safely(name, patch)(exports))
  return instrumentation
}

function definitionOf({ name, versions, patches }: Library, Definition: Definition, File: File): object {
  const main = patches.find(({ file }) => file === undefined)
  const files = patches
    .filter(({ file }) => file !== undefined)
    .map((patch) => new File(`${name}/${patch.file}`, [versions], safely(name, patch), () => {}))
  return new Definition(name, [versions], main && safely(name, main), undefined, files)
}

/** A library that is not as expected is left alone. */
function safely(name: string, patch: Patch): Patching {
  return (exports) => {
    try {
      return patch.apply(exports) ?? exports
    } catch (error) {
      fault('binding', `${name} is not as expected and stays as it is: wrap what you hand it in bindAttribution`, error)
      return exports
    }
  }
}

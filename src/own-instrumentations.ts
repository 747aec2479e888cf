import type { Load } from './app-packages.ts'
import { bundledPackage } from './bundled-packages.ts'
import { seeImports } from './import-hook.ts'
import type { Instrumentation, InstrumentationPackage } from './instrumentation.ts'
import { queueInstrumentation } from './queue-instrumentation.ts'
import { guarded } from './runtime/fault.ts'
import { SEEN_BY_IMPORT } from './runtime/queues/libraries.ts'

/**
 * Those of ours: what they patch makes no spans and keeps bindings right, so that they belong to every setup, whatever
 * the app says of its instrumentations. None of them may throw.
 */
const MAKERS: readonly ((base: InstrumentationPackage) => Instrumentation)[] = [queueInstrumentation]

const HIDDEN =
  'queues that ES modules import stay as they are: no loader hook can be installed; wrap what they are handed in bindAttribution'

let started: readonly Instrumentation[] | undefined

/** Starts them, once in this process; nothing where the app has no `@opentelemetry/instrumentation`. */
export function startOwnInstrumentations(load: Load): readonly Instrumentation[] {
  return (started ??= guarded('binding', 'the instrumentations of ours could not be started', () => made(load), []))
}

function made(load: Load): readonly Instrumentation[] {
  const base = load('@opentelemetry/instrumentation') ?? bundledPackage('@opentelemetry/instrumentation')
  if (base === undefined) return []
  const all = MAKERS.map((make) => make(base))
  guarded('binding', HIDDEN, () => seeImports(base, SEEN_BY_IMPORT), undefined)
  return all
}

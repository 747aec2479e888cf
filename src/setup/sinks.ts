import { bareExporter } from '../runtime/judging/judging-exporter.ts'
import type { Exporter, Processor } from '../runtime/span/live-span.ts'

/** How deep to look into a processor: some keep their exporter in a processor of their own. */
const MAX_DEPTH = 3

/**
 * The exporters that a processor has, as far as its fields show them. The SDK's own batch and simple processors of 2.x
 * and 3.x show theirs, and so do most that wrap one. Our wrapper counts as what it wraps.
 */
export function exportersOf(processor: Processor): readonly Exporter[] {
  const found = new Set<Exporter>()
  const seen = new Set<object>([processor])
  let level: readonly object[] = [processor]
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const fields = level.flatMap(fieldsOf).filter((field) => !seen.has(field))
    for (const field of fields) {
      seen.add(field)
      if (isExporter(field)) found.add(bareExporter(field))
    }
    level = fields.filter((field) => !isExporter(field) && isProcessor(field))
  }
  return [...found]
}

/** Only own data fields: reading an accessor could do anything. */
function fieldsOf(holder: object): readonly object[] {
  return Object.values(Object.getOwnPropertyDescriptors(holder)).flatMap(({ value }) => {
    const entries: readonly unknown[] = Array.isArray(value) ? value : [value]
    return entries.filter((entry) => typeof entry === 'object' && entry !== null)
  })
}

function isExporter(candidate: object): candidate is Exporter {
  const { export: send, shutdown } = candidate as Partial<Exporter>
  return typeof send === 'function' && typeof shutdown === 'function'
}

function isProcessor(candidate: object): boolean {
  return typeof (candidate as Partial<Processor>).onEnd === 'function'
}

import type { AttributeValue } from '@opentelemetry/api'
import type { LiveSpan } from './live-span.ts'
import type { Stamp } from '../rules/stamp.ts'

/**
 * Writes a stamp onto a span: directly, because `setAttribute` drops new keys at the attribute limit and everything
 * once the span ended; where that fails, because the attributes are frozen or a copy, with `setAttribute`. Returns
 * whether the last key stands.
 */
export function writeStamp(span: LiveSpan, stamp: Stamp): boolean {
  const entries = Object.entries(stamp)
  try {
    const attributes = span.attributes as Record<string, unknown>
    for (const [key, value] of entries) attributes[key] = value
  } catch {
    // Frozen: the other way is tried below.
  }
  const last = entries.at(-1)
  if (last === undefined || span.attributes[last[0]] === last[1]) return true
  for (const [key, value] of entries) span.setAttribute(key, value as AttributeValue)
  return span.attributes[last[0]] === last[1]
}

/** Takes back what we wrote early and what no longer holds, unless the app has replaced it. */
export function takeBack(span: LiveSpan, early: ReadonlyMap<string, unknown>, kept: Stamp): void {
  const attributes = span.attributes as Record<string, unknown>
  for (const [key, value] of early) if (!(key in kept) && attributes[key] === value) delete attributes[key]
}

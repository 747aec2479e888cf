import type { AttributeValue } from '@opentelemetry/api'
import type { Stamp, StampValue } from '../rules/stamp.ts'
import type { LiveSpan } from './live-span.ts'

/**
 * Writes a stamp onto a span: directly, because `setAttribute` drops new keys at the attribute limit and everything
 * once the span ended; where that fails, because the attributes are frozen or a copy, with `setAttribute`. Returns
 * whether the last key stands.
 */
export function writeStamp(span: LiveSpan, stamp: Stamp): boolean {
  if (isWritten(span, stamp)) return true
  for (const [key, value] of stamp) span.setAttribute(key, value as AttributeValue)
  return isWritten(span, new Map([...stamp].slice(-1)))
}

/** Writes what of a stamp the app has not stated itself, and gives that back. */
export function writeWhereEmpty(span: LiveSpan, stamp: Map<string, StampValue>): Stamp {
  for (const key of stamp.keys()) if (span.attributes[key] !== undefined) stamp.delete(key)
  writeStamp(span, stamp)
  return stamp
}

/** Takes back what we wrote early and what no longer holds, unless the app has replaced it. */
export function takeBack(span: LiveSpan, early: Stamp, kept: Stamp): void {
  const attributes = span.attributes as Record<string, unknown>
  for (const [key, value] of early) if (!kept.has(key) && attributes[key] === value) delete attributes[key]
}

function isWritten(span: LiveSpan, stamp: Stamp): boolean {
  const attributes = span.attributes as Record<string, unknown>
  let last: string | undefined
  try {
    for (const [key, value] of stamp) {
      if (attributes[key] !== value) attributes[key] = value
      last = key
    }
  } catch {
    // Frozen.
    return false
  }
  return last === undefined || span.attributes[last] === stamp.get(last)
}

import type { AttributeValue } from '@opentelemetry/api'
import { setAttribute } from '../model/names.ts'
import type { Stamp } from '../rules/stamp.ts'
import type { LiveSpan } from './live-span.ts'

/**
 * Writes a stamp onto a span: directly, because `setAttribute` drops new keys at the attribute limit and everything
 * once the span ended; where that fails, because the attributes are frozen or a copy, with `setAttribute`. Returns
 * whether the last key stands.
 */
export function writeStamp(span: LiveSpan, stamp: Stamp): boolean {
  if (isWritten(span, stamp)) return true
  for (const [index, key] of stamp.keys.entries()) span.setAttribute(key, stamp.values[index] as AttributeValue)
  return isLastWritten(span, stamp)
}

/** Takes back what we wrote early and what no longer holds, unless the app has replaced it. */
export function takeBack(span: LiveSpan, early: Stamp, kept?: Stamp): void {
  const attributes = span.attributes as Record<string, unknown>
  for (let index = 0; index < early.keys.length; index++) {
    const key = early.keys[index] as string
    if (kept?.has(key) !== true && attributes[key] === early.values[index]) delete attributes[key]
  }
}

function isWritten(span: LiveSpan, { keys, values }: Stamp): boolean {
  const attributes = span.attributes as Record<string, unknown>
  try {
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index] as string
      if (attributes[key] !== values[index]) setAttribute(attributes, key, values[index])
    }
  } catch {
    // Frozen.
    return false
  }
  return isLastWritten(span, { keys, values })
}

function isLastWritten({ attributes }: LiveSpan, { keys, values }: Pick<Stamp, 'keys' | 'values'>): boolean {
  const last = keys.at(-1)
  return last === undefined || attributes[last] === values.at(-1)
}

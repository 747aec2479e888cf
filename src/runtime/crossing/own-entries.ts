import { ATTR_PREFIX, CARRIER } from '../../model/names.ts'
import { isForCarrier } from './signed-carrier.ts'

/** Baggage as headers carry it: text, several texts, or the bytes of a message. */
export type HeaderValue = unknown

/** Whether a header has entries of ours. */
export function hasOurs(header: HeaderValue): boolean {
  return entriesIn(header).some(isOurs)
}

/** A header without our entries. The same value if it has none, undefined if nothing else is in it. */
export function withoutOurs(header: HeaderValue): HeaderValue {
  const entries = entriesIn(header)
  const others = entries.filter((entry) => !isOurs(entry))
  if (others.length === entries.length) return header
  return others.length === 0 ? undefined : others.join(',')
}

/**
 * Whether an entry is ours, by its name and, for the carrier, its value. Names are compared without case, because the
 * next reader may ignore it.
 */
export function isOurEntry(name: string, value: unknown): boolean {
  const text = name.trim().toLowerCase()
  return text.startsWith(ATTR_PREFIX) || (text === CARRIER && isForCarrier(value))
}

/** The entries of a header, as they are written there. */
export function entriesIn(header: HeaderValue): readonly string[] {
  return [header].flat().flatMap((value) => textIn(value).split(','))
}

function isOurs(entry: string): boolean {
  const at = entry.indexOf('=')
  const [name, value] = at === -1 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)]
  return isOurEntry(decoded(name), decoded(value))
}

/** Message queue clients provide headers as bytes. */
function textIn(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString()
  return typeof value === 'string' ? value : ''
}

/** Without percent-encoding. The text itself if that can't be read. */
export function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

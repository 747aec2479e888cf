/** Something in a document that cannot be read. Everything else of the document is. */
export interface Unreadable {
  /** For example `resourceSpans[0].scopeSpans[1].spans[7]`; empty where it is about the document as a whole. */
  readonly place: string
  readonly reason: string
}

export type Report = (problem: Unreadable) => void

/** Places are put into words only where something is wrong with them. */
export type Place = () => string

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What an object holds under the first of these names that it has; undefined where it is no object. */
export function field(owner: unknown, ...names: readonly string[]): unknown {
  if (!isRecord(owner)) return undefined
  for (const name of names) if (Object.hasOwn(owner, name)) return owner[name]
  return undefined
}

export function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

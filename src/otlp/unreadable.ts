/** Something in a document that can't be read. The rest of the document still is. */
export interface Unreadable {
  /** For example `resourceSpans[0].scopeSpans[1].spans[7]`. Empty if it concerns the document as a whole. */
  readonly place: string
  readonly reason: string
}

export type Report = (problem: Unreadable) => void

/** A function, because a place is only put into words if something is wrong with it. */
export type Place = () => string

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value under the first of these names that the object has. Undefined if it isn't an object. */
export function field(owner: unknown, ...names: readonly string[]): unknown {
  if (!isRecord(owner)) return undefined
  for (const name of names) if (Object.hasOwn(owner, name)) return owner[name]
  return undefined
}

export function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

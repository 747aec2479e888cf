/** What we wrote on a span before it ended. */
export interface OwnWrites {
  /** Whether an attribute still has the value that we set. */
  isOurs(key: string, value: unknown): boolean
}

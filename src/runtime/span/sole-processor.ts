import type { SpanShape } from '../../model/span.ts'

/**
 * Whether `processor` is the only one of the provider that made `span`, so that spans go nowhere. The SDK has no API
 * for this, so it reads the fields where SDK 2.x and 3.x keep their list. Returns false if it doesn't find the list.
 */
export function isOnlyProcessor(span: SpanShape, processor: object): boolean {
  const list = property(property(span, '_spanProcessor'), '_spanProcessors')
  return Array.isArray(list) && list.length > 0 && list.every((entry) => entry === processor)
}

function property(holder: unknown, key: string): unknown {
  return typeof holder === 'object' && holder !== null ? Reflect.get(holder, key) : undefined
}

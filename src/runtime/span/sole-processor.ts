import type { SpanShape } from '../../model/span.ts'

/**
 * Whether `processor` is the only one of the provider that made `span`, so that no span goes anywhere. The SDK tells
 * nobody, so this reads the fields where both lines keep their list; where it is not found, the answer is no.
 */
export function isOnlyProcessor(span: SpanShape, processor: object): boolean {
  const list = property(property(span, '_spanProcessor'), '_spanProcessors')
  return Array.isArray(list) && list.length > 0 && list.every((entry) => entry === processor)
}

function property(holder: unknown, key: string): unknown {
  return typeof holder === 'object' && holder !== null ? Reflect.get(holder, key) : undefined
}

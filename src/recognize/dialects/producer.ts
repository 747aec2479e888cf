import type { SpanShape } from '../../model/span.ts'
import { VENDORS, vendorsFor } from './index.ts'
import { SYSTEM_KEYS } from './named-spans.ts'
import type { Vendor } from './vendor.ts'

/** Who made a span that a shared convention marks: the most specific producer that its scope or keys identify. */
export function producerOf({ attributes, instrumentationScope }: SpanShape, dialect: string): string {
  const { name } = instrumentationScope
  const byScope = PRODUCER_SCOPES.get(name) ?? PRODUCER_SCOPE_PREFIXES.find(([prefix]) => name.startsWith(prefix))?.[1]
  if (byScope !== undefined) return byScope
  const byKey = PRODUCER_KEYS.find(([key]) => attributes[key] !== undefined)?.[1]
  if (byKey !== undefined) return byKey
  const system = attributes[SYSTEM_KEYS[0]] ?? attributes[SYSTEM_KEYS[1]]
  return (typeof system === 'string' ? PRODUCER_SYSTEMS.get(system) : undefined) ?? dialect
}

/** The conventions that several producers write. */
export const SHARED: ReadonlySet<string> = new Set(VENDORS.filter(({ isShared }) => isShared).map(({ name }) => name))

export const PRODUCER_SCOPES: ReadonlyMap<string, string> = new Map(toldBy('scopes'))
export const PRODUCER_SCOPE_PREFIXES = toldBy('scopePrefixes')
export const PRODUCER_KEYS = toldBy('keys')
export const PRODUCER_SYSTEMS: ReadonlyMap<string, string> = new Map(toldBy('systems'))

function toldBy(by: keyof NonNullable<Vendor['producer']>): readonly (readonly [tells: string, dialect: string])[] {
  return vendorsFor(by === 'keys' ? 'producerKeys' : by).flatMap(({ name, producer }) =>
    (producer?.[by] ?? []).map((tells) => [tells, name] as const),
  )
}

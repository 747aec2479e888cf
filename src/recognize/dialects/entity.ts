import { vendorsFor } from './index.ts'
import type { Vendor } from './vendor.ts'

type Entity = NonNullable<Vendor['entity']>

/** By dialect, the key that says what is called, and of which only the dialect says whether that is an agent or a tool. */
export const ENTITIES: ReadonlyMap<string, Entity> = new Map(
  vendorsFor('entities').flatMap(({ name, entity }) => (entity === undefined ? [] : [[name, entity] as const])),
)

import { vendorsFor } from './index.ts'
import type { Entity } from './vendor.ts'

/** By dialect, the key that names an agent or a tool. Only the dialect tells which one it is. */
export const ENTITIES: ReadonlyMap<string, Entity> = new Map(
  vendorsFor('entities').flatMap(({ name, entity }) => (entity === undefined ? [] : [[name, entity] as const])),
)

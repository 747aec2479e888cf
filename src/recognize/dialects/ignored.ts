import { VENDORS } from './index.ts'

/** By key, the values that say: what bears a mark here ran nothing. */
export const IGNORED: readonly (readonly [key: string, values: ReadonlySet<string>])[] = VENDORS.flatMap(
  ({ ignores = [] }) => ignores.map(({ key, values }) => [key, new Set(values)] as const),
)

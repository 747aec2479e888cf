import { VENDORS } from './index.ts'

interface Ignored {
  readonly key: string
  readonly values: ReadonlySet<string>
}

/** The values that say: what bears a mark here ran nothing. */
export const IGNORED: readonly Ignored[] = VENDORS.flatMap(({ ignores = [] }) =>
  ignores.map(({ key, values }) => ({ key, values: new Set(values) })),
)

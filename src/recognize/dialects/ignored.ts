import { VENDORS } from './index.ts'

interface Ignored {
  readonly key: string
  readonly values: ReadonlySet<string>
}

/** The values that say: a span with a mark that took no time is a record, and didn't run anything. */
export const IGNORED: readonly Ignored[] = VENDORS.flatMap(({ ignores = [] }) =>
  ignores.map(({ key, values }) => ({ key, values: new Set(values) })),
)

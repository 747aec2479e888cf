import { vendorsFor } from './index.ts'
import type { Marker } from './marker.ts'
import type { Mark } from './vendor.ts'

interface Row {
  readonly marker: Marker
  readonly before?: Mark['before']
  readonly last?: Mark['last']
}

const ROWS: readonly Row[] = vendorsFor().flatMap(({ name, marks = [] }) =>
  marks.map(({ before, last, ...mark }) => ({ marker: { dialect: name, ...mark }, before, last })),
)

/**
 * The ordered table of dialects. If a span has several marks, the first row that knows the value decides: an operation
 * before a kind, a kind before a type, and what a convention says before what an exporter made of it.
 */
export const MARKERS: readonly Marker[] = [
  ...ROWS.filter(({ before, last }) => before === undefined && last === undefined).flatMap((row) => [
    ...ROWS.filter(({ before }) => before !== undefined && before.key === row.marker.key),
    row,
  ]),
  ...ROWS.filter(({ last }) => last !== undefined),
].map(({ marker }) => marker)

/** From this row on, a name that says something overrides the mark. */
export const LAST_ROWS = MARKERS.length - ROWS.filter(({ last }) => last !== undefined).length

import { SCRATCH_PREFIX } from '../../model/names.ts'

/** What one group of statements leaves for a later one, on the span itself; no exporter sees any of it. */
export const MEANING = `${SCRATCH_PREFIX}meaning`
/** A word that its row of the table does not know. */
export const WORD = `${SCRATCH_PREFIX}word`
export const DIALECT = `${SCRATCH_PREFIX}dialect`

/** The meaning of a span that was judged before it came. */
export const SETTLED = 'settled'

/** Stands on a span to which its trace has lent something: what it still lacks, another service may have. */
export const INHERITED = `${SCRATCH_PREFIX}inherited`

import { SCRATCH_PREFIX } from '../model/names.ts'

/** What one group of statements leaves for a later one, on the span itself; no exporter sees any of it. */
export const MEANING = `${SCRATCH_PREFIX}meaning`
/** A word that its row of the table does not know. */
export const WORD = `${SCRATCH_PREFIX}word`
export const DIALECT = `${SCRATCH_PREFIX}dialect`

/** The meaning of a span that was judged before it came. */
export const SETTLED = 'settled'

/** Stands on a span to which its trace has lent something: what it still lacks, another service may have. */
export const INHERITED = `${SCRATCH_PREFIX}inherited`

/** The user whom a span's dialect names, and the one who stands in where nobody names one by id. */
export const USER = `${SCRATCH_PREFIX}user`
export const STAND_IN = `${SCRATCH_PREFIX}stand_in`

/** Stands on a tool span whose tool never ran, because what refused it lets nothing through. */
export const REFUSED = `${SCRATCH_PREFIX}refused`

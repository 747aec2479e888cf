import { SCRATCH_PREFIX } from '../model/names.ts'

/** What one group of statements leaves on the span for a later one. Exporters never see it. */
export const MEANING = `${SCRATCH_PREFIX}meaning`
/** A word that its row of the table doesn't know. */
export const WORD = `${SCRATCH_PREFIX}word`
export const DIALECT = `${SCRATCH_PREFIX}dialect`

/** The meaning of a span that was already judged when it arrived. */
export const SETTLED = 'settled'

/** Marks a span to which its trace has lent something: another service may have what it still lacks. */
export const INHERITED = `${SCRATCH_PREFIX}inherited`

/** The user that a span's dialect names, and the stand-in if nothing names one by id. */
export const USER = `${SCRATCH_PREFIX}user`
export const STAND_IN = `${SCRATCH_PREFIX}stand_in`

/** The kind that a stranger's span states. */
export const CLAIMED_KIND = `${SCRATCH_PREFIX}claimed_kind`

/** Marks a tool span whose tool never ran, because an enforcing policy refused it. */
export const REFUSED = `${SCRATCH_PREFIX}refused`

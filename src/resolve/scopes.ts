import { MAX_ENTRIES } from '../base/shortened.ts'

/**
 * Whether a grant covers a scope that the one above it doesn't. A grant that states no scopes can't be compared, and
 * neither can one with so many that some may have been left out.
 */
export function areWider(scopes: readonly string[] | undefined, above: readonly string[] | undefined): boolean {
  if (scopes === undefined || above === undefined || above.length >= MAX_ENTRIES || above.includes(EVERYTHING))
    return false
  const covered = new Set(above)
  return scopes.some((scope) => !covered.has(scope))
}

const EVERYTHING = '*'

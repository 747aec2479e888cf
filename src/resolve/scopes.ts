/** Whether a grant covers a scope that the one above it doesn't. A grant that states no scopes can't be compared. */
export function areWider(scopes: readonly string[] | undefined, above: readonly string[] | undefined): boolean {
  if (scopes === undefined || above === undefined || above.includes(EVERYTHING)) return false
  const covered = new Set(above)
  return scopes.some((scope) => !covered.has(scope))
}

const EVERYTHING = '*'

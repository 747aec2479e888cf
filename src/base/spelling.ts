/** With at most this many wrong letters, a name counts as a typo. */
const MAX_SLIPS = 3

/** The one of `known` that `name` was probably meant to be. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const similar = known.filter((candidate) => Math.abs(candidate.length - name.length) <= MAX_SLIPS)
  const ranked = similar.map((candidate) => ({ candidate, slips: slipsBetween(name, candidate) }))
  const best = ranked.toSorted((a, b) => a.slips - b.slips)[0]
  return best !== undefined && best.slips <= Math.min(MAX_SLIPS, name.length - 1) ? best.candidate : undefined
}

/** The Levenshtein distance, ignoring case. */
export function slipsBetween(a: string, b: string): number {
  const [from, to] = [a.toLowerCase(), b.toLowerCase()]
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const swap = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}

/** The middle of the figures. */
export function median(figures) {
  return quantile(figures, 0.5)
}

/** The middle half of the figures, as [lower, upper]. */
export function spread(figures) {
  return [quantile(figures, 0.25), quantile(figures, 0.75)]
}

function quantile(figures, share) {
  const sorted = figures.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
}

/** A place where `count` of them wait until all have come, so that their work interleaves for certain. */
export function meeting(count: number): () => Promise<void> {
  let arrived = 0
  let open: () => void = () => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  return () => {
    arrived++
    if (arrived === count) open()
    return opened
  }
}

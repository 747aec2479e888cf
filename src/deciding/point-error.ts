/** A decision point that can't answer. The text is ours and holds nothing that was sent or received. */
export class PointError extends Error {
  override readonly name = 'PointError'
}

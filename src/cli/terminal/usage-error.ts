/** Something that the user has to change before the command can run: printed as it is, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Something that the user must change before the command can run. Printed as it is, with exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Invalid settings. `problems` names every bad field of options, environment and policy file. */
export class AttributionConfigError extends Error {
  override readonly name = 'AttributionConfigError'
  readonly code = 'ERR_ATTRIBUTION_CONFIG'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`onbehalf cannot be configured:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`)
    this.problems = problems
  }
}

import { currentLiveJudge } from './runtime/judging/live-judge.ts'
import { tokenVerifier as verifierWith } from './trust/tokens/token-verifier.ts'
import type { TokenVerifier } from './trust/tokens/token-verifier.ts'
import type { TokenVerifierOptions } from './trust/tokens/verifier-options.ts'

/**
 * Makes a verifier of signed tokens (JWT). What it accepts becomes the identity that `onBehalfOf` binds as verified.
 * Without options, the issuers are those of the policy in force. Throws `AttributionConfigError`, which names every bad
 * field.
 *
 * @example
 * ```ts
 * import { onBehalfOf, tokenVerifier } from 'onbehalf'
 *
 * const identity = await tokenVerifier().verify(token)
 * await onBehalfOf({ identity, intent: 'send the weekly report' }, () => runAssistant('Mail the weekly report.'))
 * ```
 */
export function tokenVerifier(options?: TokenVerifierOptions): TokenVerifier {
  return verifierWith(options, () => currentLiveJudge().settings.policy)
}

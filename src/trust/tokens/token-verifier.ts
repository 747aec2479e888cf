import type { Policy } from '../../policy/policy.ts'
import type { TokenIssuer } from '../../policy/token-issuer.ts'
import { joinedFacts } from './actor-token.ts'
import { factsOf, readingOf } from './checked-token.ts'
import type { CheckedToken } from './checked-token.ts'
import { checkAudience, checkSignature, checkTimes } from './checks.ts'
import { CLAIM } from './claims.ts'
import { readCompactToken } from './compact-token.ts'
import type { CompactToken } from './compact-token.ts'
import { KnownIssuers } from './known-issuers.ts'
import { TokenError } from './token-error.ts'
import { checkVerifierOptions } from './verifier-options.ts'
import type { TokenVerifierOptions } from './verifier-options.ts'
import { makeIdentity } from './verified-identity.ts'
import type { VerifiedIdentity } from './verified-identity.ts'

/** What is expected of one token. */
export interface ExpectedToken {
  /** Whom the token has to be for, exactly: one of these. Default: the audience of its issuer. */
  readonly audience?: string | readonly string[]
  /**
   * The token of the actor, where it comes as a second one (RFC 8693, `actor_token`). It's checked like the first, and
   * both have to belong together. Default: none.
   */
  readonly actorToken?: string
}

export interface TokenVerifier {
  /**
   * Checks a token: its signature by a key of its issuer, its times and its audience. Rejects with a `TokenError`
   * otherwise. Nothing is fetched but the issuer's keys, and those at most once in 30 seconds.
   */
  verify(token: string, expected?: ExpectedToken): Promise<VerifiedIdentity>
}

/** As much of a policy as a verifier follows. */
export type TokenPolicy = Pick<Policy, 'issuers' | 'maxChainDepth'>

const DEFAULT_POLICY: TokenPolicy = { issuers: [], maxChainDepth: 8 }

/**
 * Makes a verifier of signed tokens (JWT). What it accepts becomes the identity that `onBehalfOf` binds as verified.
 * Throws `AttributionConfigError`, which names every bad field.
 *
 * `policy` is asked for each token, because a policy may come into force after a verifier was made.
 *
 * @example
 * ```ts
 * import { onBehalfOf, tokenVerifier } from 'onbehalf'
 *
 * const verifier = tokenVerifier({
 *   issuers: [
 *     {
 *       issuer: 'https://login.example',
 *       jwks: 'https://login.example/.well-known/jwks.json',
 *       audience: 'https://mail.example',
 *       algorithms: ['RS256'],
 *       profile: 'rfc8693',
 *     },
 *   ],
 * })
 *
 * async function handle(token: string): Promise<string> {
 *   const identity = await verifier.verify(token)
 *   return await onBehalfOf({ identity, intent: 'send the weekly report' }, () => runAssistant('Mail the report.'))
 * }
 * ```
 */
export function tokenVerifier(
  options?: TokenVerifierOptions,
  policy: () => TokenPolicy | undefined = () => undefined,
): TokenVerifier {
  const { issuers, clockTolerance } = checkVerifierOptions(options)
  const own = issuers === undefined ? undefined : new KnownIssuers(issuers)

  const check = async (token: string, audience: ExpectedToken['audience']): Promise<CheckedToken> => {
    const { issuers, maxChainDepth } = policy() ?? DEFAULT_POLICY
    const read = readCompactToken(token)
    return naming(read, async () => {
      const { issuer, keys } = (own ?? knownBy(issuers)).of(read, audience)
      await checkSignature(token, read, issuer, keys)
      checkTimes(read.claims, clockTolerance)
      const ours = checkAudience(read.claims, audience ?? issuer.audience)
      return { token, ...read, issuer, audience: ours, maxActors: issuer.maxActors ?? maxChainDepth }
    })
  }

  return {
    async verify(token, expected) {
      const audience = given(expected, 'audience')
      const actorToken = given(expected, 'actorToken')
      const checked = await check(token, audience)
      const actor = actorToken === undefined ? undefined : await check(actorToken, audience)
      return naming(checked, () =>
        makeIdentity(actor === undefined ? factsOf(checked, readingOf(checked)) : joinedFacts(checked, actor)),
      )
    },
  }
}

/** Not what something put on the prototype of every object: that could be another audience. */
function given<K extends keyof ExpectedToken>(expected: ExpectedToken = {}, key: K): ExpectedToken[K] | undefined {
  return key in Object.prototype && !Object.hasOwn(expected, key) ? undefined : expected[key]
}

/** Keys that were fetched stay with the policy that names them, whichever verifier uses them. */
function knownBy(issuers: readonly TokenIssuer[]): KnownIssuers {
  const known = BY_POLICY.get(issuers) ?? new KnownIssuers(issuers)
  BY_POLICY.set(issuers, known)
  return known
}

const BY_POLICY = new WeakMap<readonly TokenIssuer[], KnownIssuers>()

/** Tells of which token an error is, by what it names as its issuer and key. */
async function naming<T>({ header, claims }: CompactToken, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (!(error instanceof TokenError)) throw error
    throw new TokenError(error.code, error.message, { issuer: claims.value(CLAIM.issuer), kid: header.kid })
  }
}

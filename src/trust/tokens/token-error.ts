import { withHiddenShown } from '../../base/hidden-characters.ts'
import { withoutSecrets } from '../../base/secret.ts'

/** Why a token was refused. Codes are stable; messages may change. */
export const TOKEN_ERROR_CODES = [
  'malformed',
  'oversize',
  'encrypted',
  'too_complex',
  'duplicate_member',
  'unknown_issuer',
  'wrong_type',
  'alg_not_allowed',
  'unsupported_header',
  'unknown_key',
  'keys_unavailable',
  'bad_signature',
  'missing_claim',
  'invalid_claim',
  'expired',
  'not_yet_valid',
  'wrong_audience',
  'chain_too_deep',
  'chain_spliced',
] as const
export type TokenErrorCode = (typeof TOKEN_ERROR_CODES)[number]

/**
 * A token that wasn't accepted. Has no `cause` and nothing of the token but what its issuer and key are called, so that
 * it can be logged.
 */
export class TokenError extends Error {
  override readonly name = 'TokenError'
  readonly code: TokenErrorCode
  /** As the token names it; unprintable characters are escaped. Undefined where the token names none. */
  readonly issuer: string | undefined
  /** The id of the key that the token names. */
  readonly kid: string | undefined

  constructor(code: TokenErrorCode, message: string, { issuer, kid }: TokenNames = {}) {
    super(message)
    this.code = code
    this.issuer = harmless(issuer)
    this.kid = harmless(kid)
  }
}

/** What a token says of itself, as it says it. */
export interface TokenNames {
  readonly issuer?: unknown
  readonly kid?: unknown
}

const MAX_NAME = 200
/** `{"` in base64url, with which nearly every part of a token begins. */
const JSON_START = 'eyJ'

/** Whoever made the token chose this text. One that holds a secret, or may be a part of a token, is left out. */
function harmless(text: unknown): string | undefined {
  if (typeof text !== 'string' || text === '' || withoutSecrets(text) !== text || text.includes(JSON_START))
    return undefined
  const cut = text.length > MAX_NAME ? `${text.slice(0, MAX_NAME)}…` : text
  return withHiddenShown(cut).replaceAll(/[^\u0020-\u007E…]/gu, escaped)
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}

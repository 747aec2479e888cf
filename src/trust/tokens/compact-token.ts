import { Claims } from './claims.ts'
import { CLAIM } from './claims.ts'
import { readStrictJson, member } from './strict-json.ts'
import type { RefusedJson } from './strict-json.ts'
import { tooDeep } from './actor-chain.ts'
import { TokenError } from './token-error.ts'

/** A signed token (JWS), taken apart. Nothing of it is believed yet. */
export interface CompactToken {
  readonly header: TokenHeader
  readonly claims: Claims
}

export interface TokenHeader {
  readonly alg: string | undefined
  /** In lower case and without `application/`; empty where there is none. */
  readonly typ: string
  readonly kid: string | undefined
}

/** Above what proxies and servers accept in headers. */
const MAX_CHARACTERS = 16 * 1024
const MAX_DEPTH = 32
const MAX_MEMBERS = 64
const LIMITS = { depth: MAX_DEPTH, members: MAX_MEMBERS }

const SIGNED = /^(?<head>[\w-]+)\.(?<body>[\w-]+)\.[\w-]*$/u
const ENCRYPTED = /^[\w-]+(?:\.[\w-]*){4}$/u

/** Takes a token apart, within limits that are checked before anything is parsed. */
export function readCompactToken(token: unknown): CompactToken {
  if (typeof token !== 'string' || token === '')
    throw new TokenError(
      'malformed',
      'A token has to be text. Pass what follows "Bearer " in the Authorization header.',
    )
  if (token.length > MAX_CHARACTERS)
    throw new TokenError(
      'oversize',
      `The token has more than ${MAX_CHARACTERS} characters. Have its issuer put less into it.`,
    )
  if (ENCRYPTED.test(token))
    throw new TokenError(
      'encrypted',
      'The token is encrypted (JWE). Decrypt it first, and pass the signed token inside.',
    )
  const { head, body } = SIGNED.exec(token)?.groups ?? {}
  if (head === undefined || body === undefined)
    throw new TokenError(
      'malformed',
      'This is not a signed token (JWS in compact form). An opaque token has to be introspected by whoever issued it.',
    )
  const header = object(head, 'header')
  if (Object.hasOwn(header, 'crit'))
    throw new TokenError(
      'unsupported_header',
      "The token's header has crit, which asks for extensions that aren't known here. Have its issuer leave them out.",
    )
  return {
    header: { alg: text(header, 'alg'), typ: typeIn(header), kid: text(header, 'kid') },
    claims: new Claims(object(body, 'claims')),
  }
}

function object(part: string, name: string): Readonly<Record<string, unknown>> {
  const read = readStrictJson(Buffer.from(part, 'base64url'), LIMITS)
  if ('object' in read) return read.object
  throw refusalOf(read, name)
}

function refusalOf({ fault, path }: RefusedJson, name: string): TokenError {
  if (fault === 'too_deep' && path.length > 0 && path.every((step) => step === CLAIM.actor)) return tooDeep(MAX_DEPTH)
  if (fault === 'too_deep')
    return new TokenError('too_complex', `The token's ${name} is nested more than ${MAX_DEPTH} deep. ${FIX}`)
  if (fault === 'too_many_members')
    return new TokenError('too_complex', `The token's ${name} has more than ${MAX_MEMBERS} members. ${FIX}`)
  if (fault === 'duplicate_member')
    return new TokenError('duplicate_member', `The token's ${name} has a member twice, so it has two meanings. ${FIX}`)
  return new TokenError('malformed', `The token's ${name} is not a JSON object in base64url. ${FIX}`)
}

const FIX = 'Its issuer has to fix that.'

function text(header: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = member(header, name)
  if (value === undefined || typeof value === 'string') return value
  throw new TokenError('malformed', `The token's header has a ${name} that is not text. ${FIX}`)
}

function typeIn(header: Readonly<Record<string, unknown>>): string {
  const typ = text(header, 'typ')?.toLowerCase() ?? ''
  return typ.startsWith('application/') ? typ.slice('application/'.length) : typ
}

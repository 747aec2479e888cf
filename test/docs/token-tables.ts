import { readFileSync } from 'node:fs'
import { TOKEN_PROFILES } from '../../src/policy/token-issuer.ts'
import type { TokenProfile } from '../../src/policy/token-issuer.ts'
import { PROFILES } from '../../src/trust/tokens/profiles/index.ts'
import { TOKEN_ERROR_CODES } from '../../src/trust/tokens/token-error.ts'
import type { TokenErrorCode } from '../../src/trust/tokens/token-error.ts'
import { docstringsOf } from './docstrings.ts'

const SOURCE = readFileSync(new URL('../../src/policy/token-issuer.ts', import.meta.url), 'utf8')

/** The tables of docs/tokens.md, by the mark before each. */
export const TOKEN_TABLES: Readonly<Record<string, () => string>> = {
  fields: () => table(['field', 'meaning', 'default'], [...docstringsOf(SOURCE, 'TokenIssuer')].map(fieldRow)),
  profiles: () =>
    table(
      ['profile', '`typ`', 'principal', 'actor', 'grant, correlation id', '`expressesActor`'],
      TOKEN_PROFILES.map((name) => [
        code(name),
        PROFILES[name].types.map((type) => (type === '' ? 'none' : code(type))).join(' '),
        ...MEANING[name],
        code(PROFILES[name].expressesActor),
      ]),
    ),
  codes: () =>
    table(
      ['code', 'when'],
      TOKEN_ERROR_CODES.map((name) => [code(name), WHEN[name]]),
    ),
}

/** The page with its tables as they are now. */
export function withTables(page: string): string {
  return Object.entries(TOKEN_TABLES).reduce((text, [mark, make]) => {
    const place = new RegExp(`<!-- ${mark} -->\\n\\n(?:\\|[^\\n]*\\n)*`, 'u')
    if (!place.test(text)) throw new Error(`the page has no place for ${mark}`)
    return text.replace(place, () => `<!-- ${mark} -->\n\n${make()}\n`)
  }, page)
}

function fieldRow([name, text]: readonly [string, string]): readonly string[] {
  const [, meaning, byDefault] = /^(?<meaning>.*) Default: (?<byDefault>.*)\.$/u.exec(text) ?? []
  if (meaning === undefined || byDefault === undefined) throw new Error(`${name} does not end in a default`)
  return [code(name), meaning, byDefault]
}

const MEANING: Readonly<Record<TokenProfile, readonly [principal: string, actor: string, grant: string]>> = {
  oidc: ['`iss`, `sub`', '`act`, where there is one', '`jti`, `scope`'],
  rfc8693: ['`iss`, `sub`; its type by `sub_profile`', 'the outermost `act`', '`jti`, `scope` or `scp`; `txn`'],
  'transaction-token': ['`aud`, `sub`', '`act`', '`txn`, `scope`; `txn`'],
  'id-jag': ['`iss`, `sub`', '`act`; the client is no substitute', '`jti`, `scope`'],
  entra: [
    '`tid`/`oid`, human by `idtyp`; an agent by facet 13',
    '`tid`/`azp` or `appid`, if facet 11 says so',
    '`uti`, `scp` and `roles`',
  ],
  spiffe: ['none: it names a workload', '`sub`', '`jti`'],
}

const WHEN: Readonly<Record<TokenErrorCode, string>> = {
  malformed: 'not a signed token in compact form: opaque, cut off, or with `Bearer ` before it',
  oversize: 'more than 16 KiB',
  encrypted: 'a JWE: decrypt it first',
  too_complex: 'nested more than 32 deep, or more than 64 claims',
  duplicate_member: 'a claim or a member of the header is there twice, so that two readers may see two tokens',
  unknown_issuer: 'no issuer has exactly the name in `iss`: look-alikes, capitals and slashes count',
  wrong_type: '`typ` is that of another format',
  alg_not_allowed: '`alg` is `none`, or not one of `algorithms`',
  unsupported_header: 'the header has `crit`',
  unknown_key: 'no key of the issuer fits `kid` and `alg`, or several do',
  keys_unavailable: "the keys can't be loaded, and none that is known fits",
  bad_signature: 'the token was changed, or signed with another key',
  missing_claim: "a claim isn't there that has to be: `exp`, `aud`, `sub`, and what the profile needs",
  invalid_claim: "a claim is there and can't be read, such as an `exp` in milliseconds",
  expired: '`exp` has passed',
  not_yet_valid: '`nbf` or `iat` is in the future',
  wrong_audience: 'none of `aud` is this service',
  chain_too_deep: 'more actors than `maxActors`: the chain is refused, never cut',
  chain_spliced: "an actor token that doesn't belong to the subject token",
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].map((each) => `${each}\n`).join('')
}

function code(text: string): string {
  return `\`${text}\``
}

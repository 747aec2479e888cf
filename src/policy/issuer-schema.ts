import * as v from 'valibot'
import { MAX_ACTORS } from '../base/bounded-chain.ts'
import { fields, list, nameOf, text, word } from './schema-parts.ts'
import { ACTOR_EXPRESSIONS, TOKEN_ALGORITHMS, TOKEN_PROFILES } from './token-issuer.ts'

/** More keys than any issuer publishes. */
export const MAX_KEYS = 1_000

/** Who has one of these can sign. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']
const PUBLIC_KINDS: readonly unknown[] = ['RSA', 'EC', 'OKP']

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/u
const HAS_SCHEME = /^[a-z][a-z\d+.-]*:\/\//iu

/** What is wrong with the place of keys, or undefined. */
function complaintAboutKeys(jwks: unknown): string | undefined {
  if (typeof jwks === 'string') return jwks.trim() === '' ? 'jwks is empty' : complaintAboutPlace(jwks)
  if (jwks instanceof URL) return complaintAboutPlace(jwks.href)
  if (typeof jwks !== 'object' || jwks === null || Array.isArray(jwks))
    return `jwks has to be an https: URL, the path of a file, or a JWK Set { keys: [...] }, not ${nameOf(jwks)}`
  const { keys } = jwks as { readonly keys?: unknown }
  if (!Array.isArray(keys) || keys.length === 0) return 'jwks has to have keys: a list of at least one public JWK'
  if (keys.length > MAX_KEYS) return `jwks has at most ${MAX_KEYS} keys, not ${keys.length}`
  return keys.map(complaintAboutKey).find((complaint) => complaint !== undefined)
}

function complaintAboutPlace(place: string): string | undefined {
  if (!HAS_SCHEME.test(place)) return undefined
  if (!URL.canParse(place)) return 'jwks is not a valid URL'
  const url = new URL(place)
  if (url.username !== '' || url.password !== '') return 'jwks has a user or a password in its URL, and keys are public'
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname))
  if (url.protocol === 'file:')
    return isPath(url) ? undefined : 'jwks is a file: URL that is not the path of a file here'
  if (isSafe) return undefined
  return 'jwks has to be an https: URL: whoever is on the way could replace the keys'
}

/** Node refuses to make a path of any other one. */
function isPath({ host, pathname }: URL): boolean {
  return host === '' && !/%(?:2f|5c)/iu.test(pathname) && !MALFORMED_ESCAPE.test(pathname)
}

const MALFORMED_ESCAPE = /%(?![\da-f]{2})/iu

function complaintAboutKey(key: unknown, index: number): string | undefined {
  const place = `jwks.keys[${index}]`
  if (typeof key !== 'object' || key === null) return `${place} has to be a JWK, not ${nameOf(key)}`
  if (PRIVATE_MEMBERS.some((member) => Object.hasOwn(key, member)))
    return `${place} is a private or secret key; keep only its public members`
  if (!PUBLIC_KINDS.includes((key as { readonly kty?: unknown }).kty)) return `${place} has to have kty RSA, EC or OKP`
  return undefined
}

/** Where public keys are. */
export const JWKS = v.pipe(
  v.unknown(),
  v.rawCheck(({ dataset, addIssue }) => {
    const message = complaintAboutKeys(dataset.value)
    if (message !== undefined) addIssue({ message })
  }),
  v.description('an `https:` URL, the path of a file, or a JWK Set'),
)

/** One text, or several. */
export const AUDIENCE = v.pipe(
  v.unknown(),
  v.check((input) => {
    const all = Array.isArray(input) ? input : [input]
    return all.length > 0 && all.every((one) => typeof one === 'string' && one.trim() !== '')
  }, 'audience has to be text, or a list of texts'),
  v.description('text, or a list of text'),
)

const ROLES = fields('roles', {
  principal: v.optional(text('principal')),
  actor: v.optional(text('actor')),
  scopes: v.optional(text('scopes')),
  authority: v.optional(text('authority')),
  correlation: v.optional(text('correlation')),
})

const TRUST_DOMAIN = /^spiffe:\/\/[a-z0-9._-]+$/u

const ISSUER = v.pipe(
  fields('an issuer', {
    issuer: text('issuer'),
    jwks: JWKS,
    audience: AUDIENCE,
    algorithms: v.pipe(
      list('algorithms', word('algorithm', TOKEN_ALGORITHMS)),
      v.minLength(1, 'algorithms has to list at least one'),
    ),
    profile: word('profile', TOKEN_PROFILES),
    roles: v.optional(ROLES),
    expressesActor: v.optional(word('expressesActor', ACTOR_EXPRESSIONS)),
    agents: v.optional(list('agents', text('a client'))),
    maxActors: v.optional(
      v.pipe(
        v.number(({ input }) => `maxActors has to be a number, not ${nameOf(input)}`),
        v.integer('maxActors has to be a whole number'),
        v.minValue(1, 'maxActors has to be at least 1'),
        v.maxValue(MAX_ACTORS - 1, `maxActors has to be at most ${MAX_ACTORS - 1}`),
      ),
    ),
  }),
  v.forward(
    v.partialCheck(
      [['issuer'], ['profile']],
      ({ issuer, profile }) => profile !== 'spiffe' || TRUST_DOMAIN.test(issuer),
      'the issuer of a spiffe profile is a trust domain: spiffe://example.org',
    ),
    ['issuer'],
  ),
)

/** Two issuers of one name differ in their profile: the type of a token then tells which of them it's from. */
export const ISSUERS = v.pipe(
  list('issuers', ISSUER),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    const seen = new Set<string>()
    for (const [index, value] of dataset.value.entries()) {
      const name = JSON.stringify([value.issuer, value.profile])
      const input = dataset.value
      const place = { type: 'array', origin: 'value', input, key: index, value } as const
      if (seen.has(name)) addIssue({ message: 'this issuer is there twice with the same profile', path: [place] })
      seen.add(name)
    }
  }),
)

import { createHash } from 'node:crypto'
import { INVISIBLE, UNREADABLE } from '../base/attribute-value.ts'
import { memoize } from '../base/memoize.ts'
import { mayBeOne, shortened } from '../base/shortened.ts'

/** An identity as a rule compares it. `issuer` counts only if both sides have one. */
export interface IdentityKey {
  readonly id: string
  readonly issuer: string | undefined
  /** The id without the prefix `user:`, which means the same on a principal but nowhere else. */
  readonly bare?: string
}

export type Alias = (canonicalId: string) => string

/**
 * The form in which ids are compared: NFKC, without characters that nobody sees, trimmed, with full case folding,
 * without `mailto:` and `acct:`. It's idempotent.
 */
export const canonicalId = memoize(canonicalForm)

function canonicalForm(id: string): string {
  // Nearly every id is like this, and needs nothing else.
  if (PLAIN.test(id)) return withoutScheme(id.toLowerCase())
  let canonical = streamSafe(id)
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const next = withoutExcess(canonicalOnce(canonical))
    if (next === canonical) return canonical
    canonical = next
  }
  return canonical
}

export function principalKey(id: string, issuer: string | undefined, alias: Alias): IdentityKey {
  const canonical = canonicalId(id)
  const bare = withoutUser(alias(withoutUser(canonical)))
  return new GivenKey(id, alias(canonical), canonicalIssuer(issuer), bare)
}

export function identityKey(id: string, issuer: string | undefined, alias: Alias): IdentityKey {
  return new GivenKey(id, alias(canonicalId(id)), canonicalIssuer(issuer))
}

export function isSameIdentity(a: IdentityKey, b: IdentityKey): boolean {
  if (a.issuer !== undefined && b.issuer !== undefined && a.issuer !== b.issuer) return false
  return a.id === b.id || (a.bare ?? a.id) === (b.bare ?? b.id)
}

/**
 * Whether two keys certainly belong to two different identities. If a limit shortened one of the ids, that may be
 * unknown. `limit` is the span's limit, which cuts everything on it.
 */
export function isOtherIdentity(a: IdentityKey, b: IdentityKey, limit?: number): boolean {
  if (isSameIdentity(a, b)) return false
  const [one, other] = [GivenKey.givenIn(a), GivenKey.givenIn(b)]
  // Two issuers can give the same id to two identities.
  return one === other || !mayBeOne(shortened(one, limit), shortened(other, limit))
}

/** The same key with texts no longer than `limit`, for callers that keep many. */
export function shortKey(key: IdentityKey, limit: number): IdentityKey {
  const { id, issuer, bare } = key
  const given = GivenKey.givenIn(key)
  if (Math.max(id.length, issuer?.length ?? 0, bare?.length ?? 0, given.length) <= limit) return key
  const short = (text: string | undefined) => (text === undefined ? undefined : shortened(text, limit))
  return new GivenKey(shortened(given, limit), shortened(id, limit), short(issuer), short(bare))
}

/** A key that keeps the id as it was given. Only the original shows whether a limit shortened it. */
class GivenKey implements IdentityKey {
  readonly id: string
  readonly issuer: string | undefined
  readonly bare?: string
  readonly #given: string

  constructor(given: string, id: string, issuer: string | undefined, bare?: string) {
    this.id = id
    this.issuer = issuer
    if (bare !== undefined) this.bare = bare
    this.#given = given
  }

  static givenIn(key: IdentityKey): string {
    return #given in key ? key.#given : key.id
  }
}

/** Whether a whole id is a word that doesn't name anybody, or a template that was never filled in. */
export const isPlaceholder = memoize(namesNobody)

function namesNobody(id: string): boolean {
  const text = canonicalId(id)
  if (text === '' || PLACEHOLDERS.has(text) || text.startsWith('unknown_service')) return true
  if (ZERO_UUID.test(text) || CONVERSATION_AS_USER.test(text)) return true
  return UNEXPANDED.test(text)
}

/** Like `isPlaceholder`, for a principal, where `user:` means nothing. */
export const isPlaceholderPrincipal = memoize((id) => isPlaceholder(withoutUser(canonicalId(id))))

/** Whether the form of an id shows that it belongs to software: a service account, bot, workload or cloud role. */
export const isSoftwareForm = memoize(isOfSoftware)

function isOfSoftware(id: string): boolean {
  const text = canonicalId(id)
  return SOFTWARE_FORMS.some((form) => form.test(text))
}

/**
 * Unicode normalization, lower-casing and stripping can each require another round of the others. Ids settle in two
 * rounds.
 */
const MAX_ROUNDS = 16

function canonicalOnce(id: string): string {
  const text = folded(id.normalize('NFKC').replaceAll(INVISIBLE, ''))
  return withoutScheme(text.normalize('NFKC').replaceAll(INVISIBLE, ''))
}

/**
 * A text without what stands behind thirty marks on one letter, as in the Stream-Safe Text Format of UAX 15. No language
 * has that many, and normalization sorts them, which takes time by the square.
 */
function streamSafe(text: string): string {
  return text.length <= MAX_MARKS ? text : text.replaceAll(EXCESS_MARKS, '$1')
}

const MAX_MARKS = 30
const EXCESS_MARKS = /(\p{M}{30})\p{M}+/gu

/** One character may stand for eighteen: of a text that grows, the digest is enough to compare it. */
function withoutExcess(canonical: string): string {
  if (canonical.length <= MAX_CANONICAL) return canonical
  const digest = createHash('sha256').update(canonical).digest('hex')
  return `${canonical.slice(0, MAX_CANONICAL - digest.length - 1).replace(/[\uD800-\uDBFF]$/u, '')}~${digest}`
}

const MAX_CANONICAL = 2_048

/** Visible ASCII and spaces. */
const PLAIN = /^[ -~]*$/u

function withoutScheme(text: string): string {
  return text.trim().replace(/^(?:(?:mailto|acct):\s*)+/u, '')
}

/**
 * Full case folding: `ß` is `ss`, and every sigma is `σ`. JavaScript has only the mappings to one case, and together
 * they fold everything but the dotless `ı`, which is a letter of its own.
 */
function folded(text: string): string {
  const parts = text.split('ı').map((part) => part.toLowerCase().toUpperCase().toLowerCase())
  return parts.join('ı').replaceAll('ς', 'σ')
}

function withoutUser(canonical: string): string {
  let bare = canonical
  while (bare.startsWith(USER)) bare = canonicalId(bare.replace(USERS, ''))
  return bare
}

const USER = 'user:'
const USERS = /^(?:user:\s*)+/u

function canonicalIssuer(issuer: string | undefined): string | undefined {
  const canonical = issuer === undefined ? '' : withoutSlashes(canonicalId(issuer))
  return canonical === '' || canonical === UNREADABLE ? undefined : canonical
}

function withoutSlashes(text: string): string {
  let end = text.length
  while (end > 0 && (text[end - 1] === '/' || text[end - 1] === ' ')) end -= 1
  return text.slice(0, end)
}

export const PLACEHOLDERS = new Set([
  'system',
  'unknown',
  'anonymous',
  'default',
  'root',
  'admin',
  'test',
  'n/a',
  'na',
  'none',
  'null',
  'nil',
  'undefined',
  'true',
  'false',
  '[object object]',
  'unknown_service',
  UNREADABLE,
])

export const ZERO_UUID = /^(?:urn:uuid:)?\{?0{8}-?0{4}-?0{4}-?0{4}-?0{12}\}?$/u

/** Google's ADK, and kagent on it, make up a user for each conversation over A2A that has none. */
export const CONVERSATION_AS_USER = /^a2a_user_/u

/** The whole id is one unexpanded template, or still contains one. */
export const UNEXPANDED = /\$\{[^{}]*\}|\{\{[^{}]*\}\}/u

/** RE2 supports all of these. */
export const SOFTWARE_FORMS: readonly RegExp[] = [
  /^spiffe:\/\//u,
  // Google Cloud: service accounts (user-managed, default, Google-run), workload pools, clients.
  /(?:^|[.@])gserviceaccount\.com$/u,
  /^principal(?:set)?:\/\/.*\/workloadidentitypools\//u,
  /\.apps\.googleusercontent\.com$/u,
  // AWS: a role, an assumed role, an instance profile, a service. A federated user is a person.
  /^arn:aws[a-z-]*:(?:iam|sts)::\d*:(?:role|assumed-role|instance-profile)\//u,
  /^[a-z0-9.-]+\.amazonaws\.com$/u,
  // Azure: managed identities.
  /\/providers\/microsoft\.managedidentity\//u,
  // Kubernetes service accounts.
  /^system:(?:serviceaccount|node):/u,
  // GitHub and GitLab bots, alone or in their address.
  /\[bot\](?:@|$)/u,
  // Windows: virtual accounts. Machine and managed service accounts end in a dollar sign.
  /^(?:nt (?:authority|service)|iis apppool)\\/u,
  /^[^@]*[^@\\]\$(?:@|$)/u,
  // What Keycloak and Auth0 call a client that logs in as itself.
  /^service-account-/u,
  /@clients$/u,
  // A bot or service account by common naming patterns: alone, in a domain or before an @.
  /^(?:[^@]*[._\\-])?(?:svc|bot|robot|daemon|cron|noreply|no-reply|serviceaccount|service-account)(?:[._-]?\d+)?(?:@|$)/u,
  /^(?:[^@]*\\)?(?:(?:svc|bot|robot|serviceaccount|service-account)[._$-]|sa[_-])/u,
  /^(?:service|serviceaccount|service-account|serviceprincipal|svc|bot|robot|agent|app|workload):/u,
]

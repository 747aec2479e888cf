import { createHash } from 'node:crypto'
import { internCopy, memoizeRecent } from './intern.ts'
import { SECRET_FORMS } from './secret-forms.ts'

/**
 * The text without the secrets in it, and the same text if it has none. A key or a token becomes its fingerprint, so
 * that equal ones stay equal. A password, and a secret in the query of a URL, is short enough to be guessed from a
 * fingerprint, so nothing of it stays. Only the beginning of a long text is read, because only that is kept.
 */
export function withoutSecrets(text: string): string {
  if (text.length < LEAST) return text
  if (text.length <= REMEMBERED) return cleaned(internCopy(text))
  if (text.length <= MAX_READ) return cleaned(text)
  const head = text.slice(0, MAX_READ)
  const clean = cleaned(head)
  return clean === head ? text : clean + text.slice(MAX_READ)
}

/**
 * `sha-256:` and the base64url of the first 16 bytes of the SHA-256. Of a signed token, its signature isn't included,
 * because its text can be changed and stay valid.
 */
export function fingerprint(secret: string): string {
  const [header, payload, signature, ...more] = secret.split('.')
  const isSigned = OBJECT.test(secret) && signature !== undefined && more.length === 0
  const hashed = isSigned ? `${header}.${payload}` : secret
  return `sha-256:${createHash('sha256').update(hashed).digest().subarray(0, 16).toString('base64url')}`
}

/** The beginning of a JSON object in base64url. */
const OBJECT = /^e[yw]/u

/** Calls `listener` for each secret that is found, without it. One that comes again soon is found once. */
export function onSecret(listener: () => void): void {
  listeners.add(listener)
}

const listeners = new Set<() => void>()

/** `a://b:c@d` has a password. */
const LEAST = 9

/** A short text comes again. Its copy is remembered, because it may be a part of a request's body. */
const REMEMBERED = 64

/** More than any text that is kept, with room for what is taken out. */
const MAX_READ = 16_384

const KEYS = new RegExp(SECRET_FORMS.map(({ form }) => form.source).join('|'), 'gu')

/** Much cheaper than a search for the forms. */
const MAY_HOLD_KEY = new RegExp(
  `(?:^|[^A-Za-z\\d])(?:${[...new Set(SECRET_FORMS.flatMap(({ begins }) => begins))]
    .map((begin) => begin.replaceAll('.', String.raw`\.`))
    .join('|')})`,
  'u',
)

/** Of a URL, up to the last at sign before its path. */
const PASSWORD = /:\/\/(?!sha-256:)([^/?#@:\s]*):(?!sha-256:[\w-]{22}@)[^/?#\s]*@/gu

/** Of parameters of a URL, and of a connection string. */
const NAMED = new RegExp(
  String.raw`((?:^|[?&;#,\s])(?:${[
    // OAuth (RFC 6749, 6750, 7521, 8693) and OpenID Connect
    '(?:access|id|refresh|session|security|subject|actor|auth)[_-]?token',
    'token',
    'client[_-]?(?:secret|assertion)',
    'assertion',
    'SAMLResponse',
    // AWS and Google signatures, Azure SAS: what OpenTelemetry redacts in `url.full`, and their like
    'X-(?:Amz|Goog)-(?:Signature|Credential|Security-Token)',
    'AWSAccessKeyId',
    'Signature',
    'sig',
    // https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string and its like
    'AccountKey',
    'SharedAccess(?:Key|Signature)',
    'password',
    'passwd',
    'pwd',
    'passphrase',
    // what many APIs call theirs
    '(?:x[_-])?(?:api|access|secret|subscription|private)[_-]?key',
    '(?:app[_-]?|api[_-]?)?secret',
    'jwt',
  ].join('|')})=)(?!REDACTED)[^&;#,\s]+`,
  'giu',
)

const HIDDEN = 'REDACTED'

const cleaned = memoizeRecent((text) => {
  let clean = text
  if (clean.includes('://')) clean = clean.replaceAll(PASSWORD, '://$1@')
  if (MAY_HOLD_KEY.test(clean)) clean = clean.replaceAll(KEYS, fingerprint)
  if (clean.includes('=')) {
    clean = clean.replaceAll(NAMED, (all, name: string) => (FINGERPRINT.test(all) ? all : name + HIDDEN))
  }
  if (clean !== text) for (const listener of listeners) listener()
  return clean
})

const FINGERPRINT = /=sha-256:[\w-]{22}$/u

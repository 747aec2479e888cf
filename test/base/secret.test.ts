import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { factOf, kept } from '../../src/base/attribute-value.ts'
import { fingerprint, onSecret, withoutSecrets } from '../../src/base/secret.ts'
import { SECRET_FORMS } from '../../src/base/secret-forms.ts'
import { recordedLines, hasCorpus, WITHOUT_CORPUS } from '../corpus.ts'

/** Put together, so that no scanner takes this file for a leak. */
const WORD = 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0'
const HEX = '0123456789abcdef0123456789abcdef0123456789abcdef'
const of = (prefix: string, rest = WORD) => `${prefix}${rest}`
const hex = (prefix: string, length: number) => prefix + HEX.slice(0, length)
const JWT = ['eyJhbGciOiJSUzI1NiJ9', 'eyJzdWIiOiJrYWkifQ', 'c2lnbmF0dXJl'].join('.')

const WHOLE: readonly string[] = [
  ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'].map((prefix) => of(prefix)),
  of('github_pat_', `${WORD}_${WORD}`),
  ...['glpat-', 'gldt-', 'glrt-', 'glcbt-'].map((prefix) => of(prefix, WORD.slice(0, 20))),
  of('xoxb-', '123456789012-123456789012-abcdefGHIJ'),
  of('xoxp-', '123456789012-abcdefGHIJ'),
  of('xapp-', '1-A0123456789-0123456789-abcdef'),
  of('AKIA', 'IOSFODNN7EXAMPLE'),
  of('ASIA', 'IOSFODNN7EXAMPLE'),
  of('AIza', 'SyA1234567890abcdefghijklmnopqrstuv'),
  of('ya29.', `a0Af_${WORD}`),
  of('GOCSPX-', WORD.slice(0, 28)),
  of('sk-ant-', `api03-${WORD}-AA`),
  of('sk-proj-', `${WORD}_T3BlbkFJ-${WORD}`),
  of('sk-svcacct-'),
  of('sk-or-v1-', HEX),
  of('sk-'),
  ...['sk_live_', 'sk_test_', 'rk_live_', 'whsec_'].map((prefix) => of(prefix)),
  of('npm_'),
  of('pypi-AgE', `IcHlwaS5vcmcC${WORD}`),
  of('SG.', `${WORD.slice(0, 22)}.${WORD}abc`),
  hex('SK', 32),
  of('hf_'),
  ...['gsk_', 'xai-', 'pplx-', 'r8_', 'tvly-', 'pcsk_', 'nvapi-'].map((prefix) => of(prefix, WORD + WORD)),
  hex('lsv2_pt_', 32).concat('_0123456789'),
  of('hvs.', `CAES${WORD}`),
  hex('dapi', 32),
  hex('dop_v1_', 48),
  of('dp.st.'),
  of('lin_api_'),
  of('ntn_', WORD + WORD),
  `${hex('PMAK-', 24)}-${HEX.slice(0, 34)}`,
  hex('shpat_', 32),
  hex('sbp_', 40),
  of('glsa_'),
  of('ATATT3', WORD + WORD),
  ...['dckr_pat_', 'figd_', 'sntrys_', 'phx_', 'sq0atp-', 'tskey-auth-', 'sb_secret_'].map((prefix) => of(prefix)),
  of('NRAK-', WORD.toUpperCase().slice(0, 27)),
  of('ATCTT3', WORD + WORD),
  hex('rubygems_', 48),
  of('AGE-SECRET-KEY-1', (WORD + WORD).toUpperCase().slice(0, 58)),
  JWT,
  `${JWT.split('.').slice(0, 2).join('.')}.`,
  ...['{ "alg":"RS256"}', '{\n  "alg": "RS256"\n}', '{\r\n"alg":"RS256"}', '{\t"alg":"RS256"}'].map((header) =>
    [Buffer.from(header).toString('base64url'), WORD, WORD].join('.'),
  ),
  [JWT, WORD, WORD].join('.'),
  `-----BEGIN PRIVATE KEY-----\n${WORD}\n${WORD}\n-----END PRIVATE KEY-----`,
  `-----BEGIN OPENSSH PRIVATE KEY-----\\n${WORD}\\n-----END OPENSSH PRIVATE KEY-----`,
  `-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n${WORD}\n-----END PGP PRIVATE KEY BLOCK-----`,
  `-----BEGIN EC PRIVATE KEY-----\n${WORD}`,
]

describe('a secret', () => {
  it.each(WHOLE)('is replaced by its fingerprint: %s', (secret) => {
    expect(withoutSecrets(secret)).toBe(fingerprint(secret))
    expect(factOf(` ${secret} `)).toBe(fingerprint(secret))
  })

  it.each(WHOLE)('is found among words, in quotes and behind a sign: %s', (secret) => {
    for (const [before, after] of [
      ['log in with ', ' and go on'],
      ['{"key":"', '"}'],
      ['mcp:', ''],
      ['Bearer ', ''],
    ]) {
      expect(withoutSecrets(`${before}${secret}${after}`)).not.toContain(secret.slice(10, 30))
    }
  })

  it('of every kind that the table has is tried here', () => {
    const untried = SECRET_FORMS.filter(({ form }) => !WHOLE.some((secret) => form.test(secret))).map(
      ({ of: what }) => what,
    )
    expect(untried).toEqual(['a webhook of Slack', 'the value of an Authorization header'])
  })

  it('is found by the beginning that its row names', () => {
    for (const { form, begins, of: what } of SECRET_FORMS) {
      const missed = WHOLE.filter(
        (secret) => secret.search(form) === 0 && !begins.some((one) => secret.startsWith(one)),
      )
      expect({ what, missed }).toEqual({ what, missed: [] })
    }
  })
})

describe('a fingerprint', () => {
  it('is the beginning of the SHA-256', () => {
    const digest = createHash('sha256').update(of('ghp_')).digest().subarray(0, 16).toString('base64url')
    expect(fingerprint(of('ghp_'))).toBe(`sha-256:${digest}`)
    expect(fingerprint(of('ghp_'))).toMatch(/^sha-256:[\w-]{22}$/u)
  })
  it('of a signed token leaves out its signature, so that another text of it is the same token', () => {
    expect(fingerprint(JWT)).toBe(fingerprint(`${JWT}_other`))
    const digest = createHash('sha256').update(JWT.split('.').slice(0, 2).join('.')).digest().subarray(0, 16)
    expect(fingerprint(JWT)).toBe(`sha-256:${digest.toString('base64url')}`)
  })
  it('stays as it is', () => {
    for (const secret of WHOLE) {
      const clean = withoutSecrets(
        `use ${secret}, https://kai:${secret}@crm/?token=${secret}&x=1 and https://${secret}@crm`,
      )
      expect(withoutSecrets(clean)).toBe(clean)
    }
  })
})

describe('what could be guessed from a fingerprint is left out', () => {
  it.each([
    ['https://kai:hunter2@crm.contoso.com/a', 'https://kai@crm.contoso.com/a'],
    ['postgres://app:p@ss:w@db:5432/x', 'postgres://app@db:5432/x'],
    ['redis://:pw@cache', 'redis://@cache'],
    ['see https://a:b@c/ and https://d:e@f/', 'see https://a@c/ and https://d@f/'],
    ['https://crm/doc?id=7&access_token=abc#x', 'https://crm/doc?id=7&access_token=REDACTED#x'],
    ['https://crm/cb#access_token=abc&state=1', 'https://crm/cb#access_token=REDACTED&state=1'],
    [
      'https://b.blob.core.windows.net/c?sv=2&sig=a%2Bb%3D&se=3',
      'https://b.blob.core.windows.net/c?sv=2&sig=REDACTED&se=3',
    ],
    ['https://s3/k?X-Amz-Signature=ab&X-Amz-Date=1', 'https://s3/k?X-Amz-Signature=REDACTED&X-Amz-Date=1'],
    ['https://api/x?API_KEY=abc', 'https://api/x?API_KEY=REDACTED'],
    ['AccountName=a;AccountKey=abc==;EndpointSuffix=x', 'AccountName=a;AccountKey=REDACTED;EndpointSuffix=x'],
    ['Server=s;User Id=kai;Password=hunter2', 'Server=s;User Id=kai;Password=REDACTED'],
    ['https://hooks.slack.com/services/T0123/B0123/abcdefghij', undefined],
    ['Authorization: Basic a2FpQGNvbnRvc28uY29tOmh1bnRlcjI=', undefined],
    ['bearer 0123456789abcdefghij', undefined],
  ])('of %s', (text, clean) => {
    const actual = withoutSecrets(text)
    expect(actual).not.toMatch(/hunter2|abcdefghij|a2FpQGNv/u)
    expect(actual).toBe(clean ?? actual)
    expect(actual).not.toBe(text)
  })
})

describe('an innocent text', () => {
  it.each([
    'kai@contoso.com',
    'mailto:kai@contoso.com',
    'grant-kai',
    'oauth:kai',
    'user:bob',
    'svc-mail',
    'sk-learn',
    'sk-learn-the-quick-brown-fox-2026-jumps',
    'task-sk-mail-connector-of-the-board-7',
    'risk-a1b2c3d4e5f6g7h8i9j0k1l2',
    'npm_install_all_dependencies_of_the_workspace',
    'xoxo',
    'ghp_short',
    'SKU-4711',
    'SG.short.short',
    'hf_hub_download',
    'dp.short',
    'pk_live_a1B2c3D4e5F6g7H8i9J0',
    'basic understanding',
    'Basic internationalization',
    'bearer instruments',
    'the Bearer of-this-letter-is-authorized',
    '01ARZ3NDEKTSV4RRFFQ69G5FAV',
    '6c04e4f8-6cb9-4a85-bdf5-061e19cd0f52',
    '4e81f3b2c0a94d6f8b7e5d3c1a2f6e90',
    'sha-256:8SXMaPRmiJCQ1usMkOAsdg',
    'sha256:640874f427cd568e65f003d9021cebbf4b9eea55014eb9dbf1316a9e2990f532',
    'SHA256:uNiVztksCsDhcc0u9e8BrqTPBXzWZ9YGrfFcPWHTZAo',
    'arn:aws:iam::123456789012:role/report-assistant',
    'arn:aws:sts::123456789012:assumed-role/x/AROAIOSFODNN7EXAMPLE',
    'spiffe://contoso.com/ns/agents/sa/report-assistant',
    'projects/p/serviceAccounts/a@p.iam.gserviceaccount.com',
    'urn:uuid:6c04e4f8-6cb9-4a85-bdf5-061e19cd0f52',
    'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK',
    'https://login.microsoftonline.com/4e81f3b2/v2.0',
    'https://crm.contoso.com:8443/a@b?q=1&tokens=3&signature_algorithm=x',
    'https://kai@crm.contoso.com/',
    'key=value; keys=1',
    'monkey=1',
    'send the weekly report to the board',
    'asst_abc123DEF456ghi789JKL012',
    'thread_abc123DEF456ghi789JKL012',
    'toolu_01A09q90qw90lq917835lq9',
    'chatcmpl-123ABCdef456GHI789jkl012MNO345',
  ])('passes as it is: %s', (text) => {
    expect(withoutSecrets(text)).toBe(text)
    expect(kept(text)).toBe(text)
  })

  it.skipIf(!hasCorpus)(`of the recorded corpus passes, but for passwords in its URLs${WITHOUT_CORPUS}`, () => {
    const changed = new Set<string>()
    const seen = { texts: 0 }
    for (const line of recordedLines()) {
      for (const text of textsIn(JSON.parse(line))) {
        seen.texts += 1
        const clean = withoutSecrets(text)
        if (clean !== text)
          changed.add(text.replaceAll(/\bpassword='?\w+'?/gu, 'password=REDACTED') === clean ? 'password=' : text)
      }
    }
    expect(seen.texts).toBeGreaterThan(10_000)
    expect([...changed]).toEqual(['password='])
  })
})

function* textsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value
  else if (typeof value === 'object' && value !== null)
    for (const member of Object.values(value)) yield* textsIn(member)
}

it('tells a listener of each text with a secret, once, and never what it is', () => {
  const told: unknown[][] = []
  onSecret((...args) => void told.push(args))
  withoutSecrets(of('ghp_', `told${WORD}`))
  withoutSecrets(of('ghp_', `told${WORD}`))
  withoutSecrets('kai@contoso.com')
  expect(told).toEqual([[]])
})

it('reads only the beginning of a long text, and takes no time that grows with its square', () => {
  const hostile = [
    '-----BEGIN PRIVATE KEY-----',
    'eyJaaaaaaaaaa.',
    '://a:',
    'sk-',
    '?token=',
    '-a',
    'Basic A1',
    '=',
    ';pwd=',
  ]
  for (const piece of hostile) {
    const text = piece.repeat(Math.ceil(2_000_000 / piece.length))
    const start = performance.now()
    withoutSecrets(text)
    expect(performance.now() - start).toBeLessThan(500)
  }
})

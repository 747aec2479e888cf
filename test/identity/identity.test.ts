import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  canonicalId,
  identityKey,
  isPlaceholder,
  isPlaceholderPrincipal,
  isOtherIdentity,
  isSameIdentity,
  isSoftwareForm,
  principalKey,
  shortKey,
} from '../../src/identity/identity.ts'
import { shortened } from '../../src/base/shortened.ts'
import { createPolicy } from '../../src/policy/policy.ts'

const plain = (id: string) => id
const actor = (id: string, issuer?: string) => identityKey(id, issuer, plain)
const principal = (id: string, issuer?: string) => principalKey(id, issuer, plain)

describe('the canonical form of an id that grows', () => {
  const [GROWING, MARKS] = ['\ufdfa'.repeat(1_000), `a${'\u0301\u0327'.repeat(50_000)}`]
  it.each([GROWING, MARKS, `${GROWING}\u{1f600}`])('is bounded', (id) => {
    const canonical = canonicalId(id)
    expect(canonical.length).toBeLessThanOrEqual(2_048)
    expect(canonicalId(canonical)).toBe(canonical)
  })
  it('still tells two of them apart', () => {
    expect(canonicalId(`${GROWING}1`)).not.toBe(canonicalId(`${GROWING}2`))
    expect(canonicalId(`${MARKS}1`)).not.toBe(canonicalId(`${MARKS}2`))
  })
})

describe('the canonical form of an id', () => {
  const forms: readonly [given: string, canonical: string][] = [
    ['Kai@Contoso.COM', 'kai@contoso.com'],
    ['  kai ', 'kai'],
    ['\tkai\n', 'kai'],
    ['\u{a0}kai\u{3000}', 'kai'],
    ['mailto:kai@contoso.com', 'kai@contoso.com'],
    ['MailTo:kai@contoso.com', 'kai@contoso.com'],
    ['acct:kai@contoso.com', 'kai@contoso.com'],
    ['mailto: kai@contoso.com', 'kai@contoso.com'],
    ['mailto:acct:kai', 'kai'],
    ['user:kai', 'user:kai'],
    ['agent:kai', 'agent:kai'],
    ['kai+mailto:x', 'kai+mailto:x'],
    ['ｋａｉ', 'kai'],
    ['ﬁona', 'fiona'],
    ['k\u{200b}a\u{200d}i\u{feff}', 'kai'],
    ['ma\u{ad}ilto:kai', 'kai'],
    ['rene\u{301}e', 'ren\u{e9}e'],
    ['ｍａｉｌｔｏ：kai', 'kai'],
    ['K\u{212a}', 'kk'],
    ['kai/', 'kai/'],
    ['k\u{34f}ai', 'kai'],
    ['kai\u{fe0f}', 'kai'],
    ['k\u{3164}ai', 'kai'],
    ['k\u{ffa0}ai', 'kai'],
    ['ka\u{180b}i', 'kai'],
    ['kai\u{e0100}', 'kai'],
    ['k\u{0}ai', 'kai'],
    ['k\u{7f}a\u{85}i', 'kai'],
    ['k\u{2800}ai', 'kai'],
    ['kai\ud800', 'kai'],
    ['mailto:'.repeat(17) + 'kai', 'kai'],
    ['mailto:\u{34f} acct: '.repeat(40) + 'kai', 'kai'],
    ['STRASSE', 'strasse'],
    ['Straße', 'strasse'],
    ['STRAẞE', 'strasse'],
    ['ΟΔΟΣ', 'οδοσ'],
    ['οδος', 'οδοσ'],
    ['οδοσ', 'οδοσ'],
    ['kırk', 'kırk'],
    ['ſam', 'sam'],
  ]
  for (const [given, canonical] of forms) {
    it(`of ${JSON.stringify(given)} is ${JSON.stringify(canonical)}`, () => {
      expect(canonicalId(given)).toBe(canonical)
    })
  }

  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.string({
      unit: fc.constantFrom(
        'mailto:',
        'acct:',
        'user:',
        ' ',
        '\u{200b}',
        '\u{3164}',
        'İ',
        'ı',
        'ｋ',
        'ß',
        'Σ',
        'a',
        '\u{301}',
      ),
      maxLength: 8,
    }),
  )
  it('of a canonical form is itself', () => {
    fc.assert(
      fc.property(text, (id) => {
        expect(canonicalId(canonicalId(id))).toBe(canonicalId(id))
      }),
    )
  })
  it('does not depend on case, on space around or on format characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'K', '7', '@', '.', '-', 'é', 'Ж'), maxLength: 12 }), (id) => {
        expect(canonicalId(` ${id.toUpperCase().toLowerCase()}\u{200b} `)).toBe(canonicalId(id.toLowerCase()))
      }),
    )
  })
  it('is found in bounded time for a long run of prefixes', () => {
    const long = 'mailto:'.repeat(20_000)
    const start = process.hrtime.bigint()
    canonicalId(`${long}kai`)
    isPlaceholder(long)
    for (const part of ['a-', 'a.', '[bot]@', '${', '{{', '$', '\\', 'svc-']) {
      isSoftwareForm(`${part.repeat(20_000)}\n@`)
      isPlaceholder(part.repeat(20_000))
    }
    expect(Number(process.hrtime.bigint() - start) / 1e6).toBeLessThan(2_000)
  })
})

describe('two identities', () => {
  const pairs: readonly [title: string, isSame: boolean, one: boolean][] = [
    ['are one by id', true, isSameIdentity(principal('Kai'), actor('kai'))],
    ['are two by id', false, isSameIdentity(principal('kai'), actor('lea'))],
    ['are one where user: stands on the principal', true, isSameIdentity(principal('user:bob'), actor('bob'))],
    ['are two where user: stands on the other only', false, isSameIdentity(principal('bob'), actor('user:bob'))],
    ['are never one as user:bob and agent:bob', false, isSameIdentity(principal('user:bob'), actor('agent:bob'))],
    ['are one as principals with and without user:', true, isSameIdentity(principal('user:bob'), principal('BOB'))],
    ['are two of two issuers', false, isSameIdentity(principal('k', 'a'), actor('k', 'b'))],
    ['are one of one issuer', true, isSameIdentity(principal('k', 'https://Login'), actor('k', 'https://login'))],
    [
      'are one where an issuer ends in slashes',
      true,
      isSameIdentity(principal('k', 'https://i//'), actor('k', 'https://i')),
    ],
    [
      'are one however often user: stands',
      true,
      isSameIdentity(principal('user:'.repeat(40) + 'mailto:bob'), actor('bob')),
    ],
    ['are one where one has no issuer', true, isSameIdentity(principal('k', 'a'), actor('k'))],
    ['are one where one issuer is blank', true, isSameIdentity(principal('k', 'a'), actor('k', '  '))],
  ]
  for (const [title, isSame, one] of pairs) {
    it(`${title}`, () => {
      expect(one).toBe(isSame)
    })
  }
  it('are one in either order', () => {
    const ids = fc.constantFrom('kai', 'user:kai', 'lea', 'acct:kai', 'agent:kai')
    const issuers = fc.constantFrom(undefined, 'a', 'b')
    fc.assert(
      fc.property(ids, issuers, ids, issuers, (a, aIssuer, b, bIssuer) => {
        expect(isSameIdentity(principal(a, aIssuer), actor(b, bIssuer))).toBe(
          isSameIdentity(actor(b, bIssuer), principal(a, aIssuer)),
        )
      }),
    )
  })
})

describe('aliases', () => {
  it('are found by any spelling, and give the canonical form', () => {
    const { alias } = createPolicy({ aliases: { 'MAILTO:Kai@Contoso.com': 'OID-7 ' } })
    expect(identityKey('kai@contoso.COM', undefined, alias)).toEqual(actor('oid-7'))
  })
  it('of aliases are followed, and circles have an end', () => {
    const { alias } = createPolicy({ aliases: { a: 'b', b: 'c', x: 'y', y: 'x', self: 'self' } })
    expect(['a', 'b', 'c'].map(alias)).toEqual(['c', 'c', 'c'])
    expect(alias('x')).toBe(alias('y'))
    expect(alias('self')).toBe('self')
  })
  it('come from a function too', () => {
    const { alias } = createPolicy({ aliases: (id) => (id === 'kai' ? 'OID-7' : id) })
    expect(alias('kai')).toBe('oid-7')
    expect(alias('lea')).toBe('lea')
  })
})

describe('a placeholder', () => {
  it('is a whole word, in any spelling', () => {
    expect(
      ['Unknown', ' none ', 'ＮＵＬＬ', 'mailto:unknown', 'unknown_service:java'].filter((id) => !isPlaceholder(id)),
    ).toEqual([])
    expect(
      ['unknown-user', 'known', 'nullable', 'admin-kai', 'service', 'kai'].filter((id) => isPlaceholder(id)),
    ).toEqual([])
  })
  it('is a template that nobody filled in, alone or within', () => {
    expect(
      ['${user}', '{{ user }}', 'user-${id}', '{{name}}@contoso.com', '${}', '${a${b}}'].filter(
        (id) => !isPlaceholder(id),
      ),
    ).toEqual([])
    expect(['$user', '{user}', 'a}}b', '${user'].filter((id) => isPlaceholder(id))).toEqual([])
  })
  it('is an all-zero UUID', () => {
    const zero = '00000000-0000-0000-0000-000000000000'
    expect(
      [zero, `urn:uuid:${zero}`, `{${zero}}`, zero.replaceAll('-', '')].filter((id) => !isPlaceholder(id)),
    ).toEqual([])
    expect([zero.replace(/0$/u, '1'), '0', '0000'].filter((id) => isPlaceholder(id))).toEqual([])
  })
  it('is what has no canonical form at all', () => {
    expect(isPlaceholder('mailto:')).toBe(true)
    expect(isPlaceholderPrincipal('user:')).toBe(true)
  })
  it('stays one behind user: on a principal, and there alone', () => {
    expect(isPlaceholderPrincipal('User:Unknown')).toBe(true)
    expect(isPlaceholder('user:unknown')).toBe(false)
    expect(isPlaceholderPrincipal('user:kai')).toBe(false)
  })
})

describe('a key that a limit shortened', () => {
  const key = (id: string) => identityKey(id, undefined, (canonical) => canonical)
  const long = key(`spiffe://contoso.com/${'x'.repeat(100)}/a`)

  it('may be that of the longer id, and is surely not that of another one', () => {
    const short = shortKey(long, 64)
    expect(short.id).toHaveLength(64)
    expect(isOtherIdentity(short, long)).toBe(false)
    expect(isOtherIdentity(short, key('kai@contoso.com'))).toBe(true)
  })
  it('is that of the whole under the limit that shortened it', () => {
    const id = `kai@${'contoso'.repeat(40)}.com`
    expect(isOtherIdentity(principal(id), principal(shortened(id, 64)), 64)).toBe(false)
    expect(isOtherIdentity(principal(id, 'https://a.example'), principal(id, 'https://b.example'), 64)).toBe(true)
    expect(isOtherIdentity(principal(id), principal(`mia@${'contoso'.repeat(40)}.com`), 64)).toBe(true)
  })
  it('is the very same where it is short enough', () => {
    const kai = key('kai@contoso.com')
    expect(shortKey(kai, 64)).toBe(kai)
  })
})

it('takes a user that ADK made up from a conversation for a placeholder', () => {
  expect(isPlaceholderPrincipal('A2A_USER_2f1c')).toBe(true)
  expect(isPlaceholderPrincipal('user:A2A_USER_2f1c')).toBe(true)
  expect(isPlaceholderPrincipal('a2a_users')).toBe(false)
})

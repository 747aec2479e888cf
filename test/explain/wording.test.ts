import { assert, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isOfOneScript } from '../../src/explain/scripts.ts'
import { identity, listed, phrase } from '../../src/explain/wording.ts'

describe('an identity in a sentence', () => {
  it.each([
    'kai@contoso.com',
    'report-assistant',
    'spiffe://contoso.com/ns/agents',
    'CORP\\kai',
    'José',
    'Nguyễn',
    'dependabot[bot]',
  ])('stands as it is where it is plainly a name: %s', (name) => expect(identity(name)).toBe(name))
  it.each(['田中さん', 'иван', 'κώστας', 'محمد', 'दीपक', 'สมชาย', '한국', 'Grüße an ß', '田中 taro', 'board’s', '👩‍💻'])(
    'is readable in quotes where it is of one script: %s',
    (name) => expect(identity(name)).toBe(`"${name}"`),
  )
  it.each([
    ['a letter of another alphabet', 'k\u0430i', '"k\\u0430i"'],
    ['a filler for a space', 'kai\u3164asked', '"kai\\u3164asked"'],
    ['a letter that looks like a semicolon', 'kai\ua4fcpolicy', '"kai\\ua4fcpolicy"'],
    ['letters of a script that looks like another', '\ua4d7\ua4ee\ua4f2', '"\\ua4d7\\ua4ee\\ua4f2"'],
    ['an alphabet beside another in an address', 'иван@contoso.com', '"\\u0438\\u0432\\u0430\\u043d@contoso.com"'],
    ['wide letters', '\uff4b\uff41\uff49', '"\\uff4b\\uff41\\uff49"'],
    ['phonetic letters', 'k\u0251i', '"k\\u0251i"'],
    ['styled letters', '\u{1d424}ai', '"\\u{1d424}ai"'],
    ['a selector', 'kai\u{e0100}', '"kai\\u{e0100}"'],
    ['half a character', 'kai\ud800', '"kai\\ud800"'],
    ['quotes that look like ours', 'x\u201d asked; \u02bay', '"x\\u201d asked; \\u02bay"'],
    ['quotes of ours', 'x" asked; "y', '"x\\" asked; \\"y"'],
    ['a wide space', 'kai\u3000asked', '"kai\\u3000asked"'],
    ['a pile of marks', `a${'\u0301'.repeat(5)}`, `"a${'\\u0301'.repeat(5)}"`],
    ['an arrow between actors', 'planner → payer', '"planner → payer"'],
    ['a word of the sentence', 'nobody', '"nobody"'],
    ['a mark of sureness', 'kai(verified)', '"kai(verified)"'],
    ['a mark of the chain', 'kai[verified]', '"kai[verified]"'],
  ])('shows %s', (_, name, shown) => expect(identity(name)).toBe(shown))
})

describe('words in a sentence', () => {
  it.each(['send the weekly report to the board', 'review the résumé'])('stand as they are: %s', (words) => {
    expect(phrase(words)).toBe(words)
  })
  it.each([
    ['отправить отчёт kai@contoso.com', '"отправить отчёт kai@contoso.com"'],
    ['週次レポートをboardに送信', '"週次レポートをboardに送信"'],
    ['send “it” — now', '"send \\u201cit\\u201d — now"'],
    ['rest and р\u043elicy mail-7 \u0430llowed', '"rest and \\u0440\\u043elicy mail-7 \\u0430llowed"'],
    ['rest and pölicy mail-7 àllowed', '"rest and pölicy mail-7 àllowed"'],
    ['rest\u3164and\u3164policy', '"rest\\u3164and\\u3164policy"'],
    ['mail_asked_by', '"mail_asked_by"'],
  ])('are in quotes where they could pass for more: %s', (words, shown) => expect(phrase(words)).toBe(shown))
  it('of any kind are plain, or in quotes that nothing inside ends', () => {
    assert(
      property(string({ unit: 'binary', minLength: 1 }), (text) => {
        for (const shown of [identity(text), phrase(text)])
          expect(shown).toMatch(/^(?:[^"“”„‟″ʺ＂;ꓼ;；(]*|"(?:[^"“”„‟″ʺ＂ꓼ;；\\]|\\.)*")$/u)
      }),
      { numRuns: 1_000 },
    )
  })
})

it('letters of one script are of one that people write names in', () => {
  expect(['kai', 'Zoë', 'иван', '田中さん', '김', 'ভ'].map(isOfOneScript)).toEqual(
    Array.from({ length: 6 }, () => true),
  )
  expect(['kаi', 'ꓗ', '\u3164', 'ａ', 'ʺ', ''].map(isOfOneScript)).toEqual(Array.from({ length: 6 }, () => false))
})

it('a list names as many as it may, and how many more there are', () => {
  const names = ['a', 'b', 'c', 'd', 'e']
  expect([listed([]), listed(['a']), listed(['a', 'b']), listed(names), listed(names, 5)]).toEqual([
    '',
    'a',
    'a and b',
    'a, b, c, d and 1 more',
    'a, b, c, d and e',
  ])
})

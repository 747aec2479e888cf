import { assert, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hasHidden, shownCharacter, withHiddenEscaped, withHiddenShown } from '../../src/base/hidden-characters.ts'
import { jsonText } from '../../src/cli/terminal/json.ts'

/** One of each kind: C0, delete, C1, soft hyphen, joiners, fillers, selectors, tags, bidi, separators, blanks. */
const HIDDEN = [
  0x00, 0x07, 0x1b, 0x7f, 0x85, 0x9b, 0xad, 0x034f, 0x061c, 0x115f, 0x1160, 0x17b4, 0x180b, 0x180e, 0x200b, 0x200d,
  0x200e, 0x2028, 0x2029, 0x202e, 0x2060, 0x2066, 0x206f, 0x2800, 0x3164, 0xe000, 0xfe00, 0xfe0f, 0xfeff, 0xffa0,
  0xfff9, 0x1d159, 0x13441, 0x1d173, 0xe0001, 0xe0041, 0xe0100, 0x10ffff,
].map((code) => String.fromCodePoint(code))
const SEEN = ['kai@contoso.com', 'José', '田中さん', 'नमस्ते', 'e\u0301', '👩‍💻', '❤️', '1️⃣', '🏴󠁧󠁢󠁥󠁮󠁧󠁿']

describe('hidden characters', () => {
  it.each(HIDDEN)('show in text for people, and stand in no bytes for programs: %j', (character) => {
    const text = `kai${character}@contoso.com`
    expect(hasHidden(text)).toBe(true)
    expect(withHiddenShown(text)).toBe(`kai${shownCharacter(character)}@contoso.com`)
    expect(hasHidden(withHiddenShown(text))).toBe(false)
    expect(hasHidden(jsonText({ text, [text]: [text] }))).toBe(false)
    expect(JSON.parse(jsonText({ [text]: text }))).toEqual({ [text]: text })
  })
  it('are told apart beyond the first plane', () => {
    expect(withHiddenShown('a\u{e0100}0')).toBe('a\\u{e0100}0')
    expect(withHiddenShown('a\u200b0')).toBe('a\\u200b0')
  })
  it('may be part of an emoji, and nothing else', () => {
    for (const text of SEEN) expect(withHiddenShown(text)).toBe(text)
    expect(withHiddenShown('👩‍👩x\u200d')).toBe('👩\\u200d👩x\\u200d')
    expect(withHiddenShown('k\ufe0fai')).toBe('k\\ufe0fai')
  })
  it('are not in JSON that is printed, whatever the values are', () => {
    const text = string({ unit: 'binary' })
    assert(
      property(text, text, (key, value) => {
        const printed = jsonText({ [key]: { value } }, 2)
        expect(hasHidden(printed.replaceAll('\n', ''))).toBe(false)
        expect(JSON.parse(printed)).toEqual({ [key]: { value } })
        expect(withHiddenEscaped(printed)).toBe(printed)
      }),
    )
  })
})

import { array, assert, integer, property, string, stringMatching } from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { columnsOf, inline, padColumns, wrap } from '../../../src/cli/terminal/text.ts'

const CODER = '👩‍💻'
const REPORT = '週次報告書を取締役会に送付してください。よろしくお願いします。'

function widths(text: string): readonly number[] {
  return text.split('\n').map((line) => stringWidth(line))
}

describe('text in columns', () => {
  it('counts two for Japanese and an emoji, and none for a color', () => {
    expect(['abc', '報告', CODER, 'é', '\u001B[31mred\u001B[39m'].map(columnsOf)).toEqual([3, 4, 2, 1, 3])
  })

  it('is padded to the same column', () => {
    const rows = ['kai', '田中さん', `${CODER} kai`].map((name) => padColumns(name, 10))
    expect(rows.map(columnsOf)).toEqual([10, 10, 10])
    expect(padColumns('longer than that', 3)).toBe('longer than that')
  })
})

describe('text on one line', () => {
  it('is cut between characters and never within one', () => {
    expect(inline(`${CODER}${CODER}${CODER}`, 6)).toBe(`${CODER}${CODER}${CODER}`)
    expect(inline(`${CODER}${CODER}${CODER}`, 5)).toBe(`${CODER}${CODER}…`)
    expect(inline('週次報告書', 6)).toBe('週次…')
    expect(inline('e\u0301e\u0301e\u0301', 2)).toBe('e\u0301…')
  })

  it('takes at most the columns that it is given', () => {
    assert(
      property(string({ unit: 'grapheme' }), integer({ min: 2, max: 40 }), (text, columns) => {
        expect(columnsOf(inline(text, columns))).toBeLessThanOrEqual(columns)
      }),
    )
  })

  it('has no room for a pile of accents, however high', () => {
    expect(inline(`a${'\u0301'.repeat(1_000_000)}b`, 20).length).toBeLessThan(400)
  })

  it('of Latin letters is cut by their number', () => {
    expect(inline('send the weekly report', 10)).toBe('send the …')
    expect(inline('  send   the\treport ', 40)).toBe('send the\\u0009report')
  })
})

describe('wrapped text', () => {
  it('of Japanese takes no more columns than there are', () => {
    const lines = wrap(`${REPORT}${REPORT}`, 40, '  ')
    expect(Math.max(...widths(lines))).toBeLessThanOrEqual(40)
    expect(lines.replaceAll(/\n? {2}/gu, '')).toBe(`${REPORT}${REPORT}`)
  })

  it('breaks no emoji', () => {
    const lines = wrap(CODER.repeat(30), 20).split('\n')
    expect(lines).toEqual([CODER.repeat(10), CODER.repeat(10), CODER.repeat(10)])
  })

  it('mixes scripts', () => {
    const lines = wrap(`agent report-assistant, asked by 田中さん: 「${REPORT}」, through mail-connector`, 40)
    expect(Math.max(...widths(lines))).toBeLessThanOrEqual(40)
  })

  it('keeps an id or an address whole, so that it can be copied', () => {
    const id = 'spiffe://contoso.com/ns/agents/sa/report-assistant-of-the-board'
    expect(wrap(`by ${id} today`, 40)).toBe(`by\n${id}\ntoday`)
  })

  it('of words breaks at the last space that fits', () => {
    const words = array(stringMatching(/^[!-~]{1,12}$/u), { minLength: 1, maxLength: 30 })
    assert(
      property(words, integer({ min: 12, max: 60 }), (parts, width) => {
        const lines = wrap(parts.join(' '), width).split('\n')
        expect(lines.join(' ')).toBe(parts.join(' '))
        for (const [index, line] of lines.entries()) {
          expect(line.length).toBeLessThanOrEqual(width)
          const next = lines[index + 1]?.split(' ')[0] ?? 'x'.repeat(width)
          expect(line.length + 1 + next.length).toBeGreaterThan(width)
        }
      }),
    )
  })
})

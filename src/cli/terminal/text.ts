import { styleText } from 'node:util'
import stringWidth from 'string-width'
import wrapAnsi from 'wrap-ansi'
import { withHiddenShown } from '../../base/hidden-characters.ts'

/**
 * Text from outside, made safe to print: characters that show nothing or change how others show are written as visible
 * escapes and not sent to the terminal. Emoji stay as they are.
 */
export function printable(text: string): string {
  return withHiddenShown(text)
}

export type Style = Parameters<typeof styleText>[0]

/** Colors for a terminal, unless `NO_COLOR` is set. `FORCE_COLOR` decides as it does for Node itself. */
export function paint(style: Style, text: string): string {
  return isColored() ? styleText(style, text, { validateStream: false }) : text
}

function isColored(): boolean {
  const { FORCE_COLOR: forced, NO_COLOR: unwanted = '', TERM: terminal } = process.env
  if (forced !== undefined) return !['0', 'false'].includes(forced)
  return process.stdout.isTTY && unwanted === '' && terminal !== 'dumb'
}

/** `1 span`, `2 spans`, `12,345 spans`. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString('en-US')} ${noun}${number === 1 ? '' : 's'}`
}

/** Rounded down, so that 100 % means all. */
export function percent(part: number, whole: number): string {
  return `${(Math.floor((part / whole) * 1_000) / 10).toLocaleString('en-US')} %`
}

/** Columns for text: as the terminal has, up to what reads well; elsewhere what fits everywhere. */
export function textWidth(): number {
  return Math.min(Math.max(process.stdout.columns ?? PLAIN_WIDTH, MIN_WIDTH), MAX_WIDTH)
}

const [MIN_WIDTH, PLAIN_WIDTH, MAX_WIDTH] = [40, 80, 100]

/** The columns that a terminal uses for this text: two for most of Japanese and for an emoji, none for a color. */
export function columnsOf(text: string): number {
  return stringWidth(text)
}

/** Pads the text with spaces to `columns`. */
export function padColumns(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(columns - columnsOf(text), 0))
}

const CHARACTERS = new Intl.Segmenter()

/** More than an emoji of a whole family takes. A longer character is a pile of accents. */
const MAX_UNITS_A_COLUMN = 16

/** Text of a span on one line of at most `columns`, so that its spaces can't fake columns. */
export function inline(text: string, columns: number): string {
  const line = printable(text).replaceAll(/\s+/gu, ' ').trim()
  const start = line.slice(0, columns * MAX_UNITS_A_COLUMN)
  if (start.length === line.length && columnsOf(line) <= columns) return line
  let [end, width] = [0, 0]
  for (const { segment, index } of CHARACTERS.segment(start)) {
    width += columnsOf(segment)
    if (width >= columns) break
    end = index + segment.length
  }
  return `${line.slice(0, end)}…`
}

/** Scripts written without spaces, where a line may end between any two characters. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Extended_Pictographic}]/u

/**
 * Breaks text into lines of at most `width` columns, at spaces. Ids and addresses without spaces stay whole, so that
 * they can be copied. Text in a script without spaces breaks between characters.
 */
export function wrap(text: string, width: number, indent = ''): string {
  const columns = Math.max(width - indent.length, 1)
  const hard = text.split(' ').some((word) => UNSPACED.test(word) && columnsOf(word) > columns)
  const lines = wrapAnsi(text, columns, { hard }).split('\n')
  return lines.map((line) => `${indent}${line}`).join('\n')
}

import { styleText } from 'node:util'

/**
 * Text from spans as it may be printed: control characters, and those that change the direction of what follows, are
 * shown and not sent to the terminal.
 */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cs}\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0
    return `\\u${code.toString(16).padStart(4, '0')}`
  })
}

export type Style = Parameters<typeof styleText>[0]

/** Colors for a terminal, where `NO_COLOR` does not forbid them; `FORCE_COLOR` decides as it does for Node itself. */
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

/** Columns for text: as the terminal has, up to what reads well; elsewhere what fits everywhere. */
export function textWidth(): number {
  return Math.min(Math.max(process.stdout.columns ?? PLAIN_WIDTH, MIN_WIDTH), MAX_WIDTH)
}

const [MIN_WIDTH, PLAIN_WIDTH, MAX_WIDTH] = [40, 80, 100]

/** Text of a span on one line and no longer than `length`: what stands in columns cannot be feigned by spaces. */
export function inline(text: string, length: number): string {
  const line = printable(text).replaceAll(/\s+/gu, ' ').trim()
  return line.length > length ? `${line.slice(0, length - 1)}…` : line
}

/** Breaks text into lines of at most `width` characters, at spaces where there are some. */
export function wrap(text: string, width: number, indent = ''): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width - indent.length) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].map((part) => `${indent}${part}`).join('\n')
}

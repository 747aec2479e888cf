/**
 * Characters that show nothing or change how others show: controls (C0, C1, delete), format characters, those that
 * Unicode calls default-ignorable, line and paragraph separators, blanks that aren't spaces, private use, lone
 * surrogates and what isn't assigned.
 */
const HIDDEN = String.raw`\p{C}\p{DI}\p{Zl}\p{Zp}\u2800\u{13441}\u{13442}\u{16FE4}\u{1D159}`

const ONE_HIDDEN = new RegExp(`[${HIDDEN}]`, 'u')
const EACH_HIDDEN = new RegExp(`[${HIDDEN}]`, 'gu')
/** An emoji as Unicode lists it may have a joiner or a selector in it. */
const EMOJI_OR_HIDDEN = new RegExp(String.raw`\p{RGI_Emoji}|[${HIDDEN}]`, 'gv')

/** Whether text has a character that hides. */
export function hasHidden(text: string): boolean {
  return ONE_HIDDEN.test(text)
}

/** The text with each hidden character as a visible escape: `\u200b`, or `\u{e0100}` beyond the first plane. */
export function withHiddenShown(text: string): string {
  if (!hasHidden(text)) return text
  return text.replaceAll(EMOJI_OR_HIDDEN, (found) => {
    const isEmoji = [...found].length > 1 || !hasHidden(found)
    return isEmoji ? found : shownCharacter(found)
  })
}

/** A character as a visible escape. */
export function shownCharacter(character: string): string {
  const digits = (character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')
  return digits.length > 4 ? `\\u{${digits}}` : `\\u${digits}`
}

/** JSON with each hidden character escaped, those of emoji too. It parses to the same value. */
export function withHiddenEscaped(json: string): string {
  if (!hasHidden(json)) return json
  // A line break only stands between values: in them it's escaped already.
  return json.replaceAll(EACH_HIDDEN, (found) => (found === '\n' ? found : unitsOf(found)))
}

function unitsOf(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}

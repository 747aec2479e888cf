const ESCAPE = String.fromCharCode(0x1b)
/** Terminal color codes. Documents contain escapes only as part of these. */
const COLOR = new RegExp(String.raw`${ESCAPE}\[[\d;]*m`, 'gu')
/** A color code that the end of a piece cuts. */
const BEGUN = new RegExp(String.raw`${ESCAPE}(?:\[[\d;]{0,16})?$`, 'u')

/** Removes the colors from a text that comes in pieces. Console exporters print them if `FORCE_COLOR` is set. */
export function withoutColors(): (text: string) => string {
  let begun = ''
  return (piece) => {
    if (begun === '' && !piece.includes(ESCAPE)) return piece
    const text = (begun + piece).replaceAll(COLOR, '')
    begun = BEGUN.exec(text)?.[0] ?? ''
    return begun === '' ? text : text.slice(0, -begun.length)
  }
}

const ESCAPE = String.fromCharCode(0x1b)
/** What a terminal takes for colors: no document holds an escape but in the text of a color. */
const COLOR = new RegExp(String.raw`${ESCAPE}\[[\d;]*m`, 'gu')
/** A color that the end of a piece cuts. */
const BEGUN = new RegExp(String.raw`${ESCAPE}(?:\[[\d;]{0,16})?$`, 'u')

/** Takes the colors out of a text that comes in pieces: console exporters print them where `FORCE_COLOR` says so. */
export function withoutColors(): (text: string) => string {
  let begun = ''
  return (piece) => {
    if (begun === '' && !piece.includes(ESCAPE)) return piece
    const text = (begun + piece).replaceAll(COLOR, '')
    begun = BEGUN.exec(text)?.[0] ?? ''
    return begun === '' ? text : text.slice(0, -begun.length)
  }
}

/** A fenced block of a page. */
export interface Block {
  /** The word behind the fence; empty where there is none. */
  readonly language: string
  readonly text: string
  /** Of the fence, from 1. */
  readonly line: number
}

const FENCE = /^```(?<language>[^\n]*)\n(?<text>.*?)^```$/gmsu

export function blocksOf(page: string): readonly Block[] {
  return [...page.matchAll(FENCE)].map(({ groups, index }) => ({
    language: groups?.['language']?.trim() ?? '',
    text: groups?.['text'] ?? '',
    line: page.slice(0, index).split('\n').length,
  }))
}

/** A command of a `console` block, with what the page shows of its output. */
export interface Shown {
  readonly command: string
  readonly output: string
}

export function commandsIn({ text }: Block): readonly Shown[] {
  return text
    .split(/^\$ /mu)
    .slice(1)
    .map((part) => {
      const [command = '', ...lines] = part.split('\n')
      return { command, output: lines.join('\n') }
    })
}

const ID =
  /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+Z|\+\d+\.\d{3} s|\b(?:[0-9a-f]{32}|[0-9a-f]{16}|[0-9a-f]{12})\b/gu

/**
 * Compares what a page shows with what came out. Ids and times may differ, in their length not; a line `...` stands
 * for any lines. Undefined where it is something else, or the ids, those of the page with those that came out.
 */
export function idsBehind(shown: string, output: string): ReadonlyMap<string, string> | undefined {
  const ids = [...shown.matchAll(ID)].map(([id]) => id)
  const parts = shown.split(/^\.\.\.\n/mu).map((part) =>
    part
      .split(ID)
      .map((text) => text.replaceAll(/[.*+?^${}()|[\]\\/]/gu, String.raw`\$&`))
      .join('([-+0-9a-fTZ:.]+(?: s)?)'),
  )
  const match = new RegExp(`^${parts.join('(?:.*\\n)*?')}$`, 'u').exec(output)
  return match === null ? undefined : new Map(ids.map((id, index) => [id, match[index + 1] ?? '']))
}

/** The page with another output behind a command of a block. */
export function withOutput(page: string, block: Block, { command, output }: Shown, actual: string): string {
  const from = page.split('\n').slice(0, block.line).join('\n').length + 1
  const at = page.indexOf(`$ ${command}\n${output}`, from) + command.length + 3
  return page.slice(0, at) + actual + page.slice(at + output.length)
}

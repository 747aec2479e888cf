import { printable } from './text.ts'

/** Reports on standard error how far a long run is, if that is a terminal. */
export interface Progress {
  show(spans: number, file: string): void
  end(): void
}

const EVERY_SPANS = 5_000

export function startProgress(): Progress {
  const { stderr } = process
  if (!stderr.isTTY) return { show: () => {}, end: () => {} }
  let [isShown, next] = [false, EVERY_SPANS]
  return {
    show(spans, file) {
      if (spans < next) return
      isShown = true
      next = spans + EVERY_SPANS
      stderr.write(
        `\r\u001B[K${spans.toLocaleString('en-US')} spans read, now in ${file === '-' ? 'standard input' : printable(file)}`,
      )
    },
    end() {
      if (isShown) stderr.write('\r\u001B[K')
    },
  }
}

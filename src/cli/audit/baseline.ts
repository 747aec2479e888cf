import type { FindingCode } from '../../model/finding.ts'
import { isFindingCode } from '../../model/finding.ts'
import type { JudgedSpan } from '../../judge/trace.ts'
import { targetOf } from '../terminal/target.ts'
import { nameOfSpan, serviceOf } from '../terminal/service.ts'
import { jsonText } from '../terminal/json.ts'
import { holdsTooMuch, TOO_MUCH } from '../../recording/span-limits.ts'
import { readTextFile } from '../terminal/text-file.ts'
import { UsageError } from '../terminal/usage-error.ts'

/** An accepted finding. It has no trace id, so that it matches the next recording too. */
interface KnownFinding {
  readonly code: FindingCode
  readonly kind: string
  readonly service: string
  /** The tool's name, else the span's. */
  readonly name: string
  /** What an effect was done to. Older baselines don't have it, and hold for any. */
  readonly target?: string | undefined
}

/** More findings are fixed or configured away rather than accepted one by one. */
export const MAX_KNOWN = 100_000
/** Names come from the recording. A file of more text couldn't be read again. */
const MAX_TEXT = 16 * 1024 * 1024

/** Findings that are accepted as known, up to a limit. */
export class Baseline {
  /** How often a finding was left out, because there were too many others. */
  left = 0
  readonly #keys: Set<string>
  #length = 0

  constructor(known: readonly KnownFinding[] = []) {
    this.#keys = new Set(known.map(keyOf))
  }

  has(code: FindingCode, judged: JudgedSpan): boolean {
    if (this.#keys.size === 0) return false
    const known = knownFinding(code, judged)
    return this.#keys.has(keyOf(known)) || this.#keys.has(keyOf({ ...known, target: undefined }))
  }

  add(code: FindingCode, judged: JudgedSpan): void {
    const key = keyOf(knownFinding(code, judged))
    if (this.#keys.has(key)) return
    if (this.#keys.size >= MAX_KNOWN || this.#length + key.length > MAX_TEXT) this.left += 1
    else {
      this.#keys.add(key)
      this.#length += key.length
    }
  }

  get size(): number {
    return this.#keys.size
  }

  /** One finding a line, sorted, so that a diff shows what is new. */
  toString(): string {
    const lines = [...this.#keys].toSorted().map((key) => {
      const [code, kind, service, name, target] = JSON.parse(key) as readonly (string | undefined)[]
      return `  ${jsonText({ code, kind, service, name, target })}`
    })
    return lines.length === 0 ? '[]\n' : `[\n${lines.join(',\n')}\n]\n`
  }
}

function knownFinding(code: FindingCode, judged: JudgedSpan): KnownFinding {
  const { span, resolved } = judged
  const target = resolved.kind === 'effect' ? targetOf(judged) : undefined
  return { code, kind: resolved.kind ?? '', service: serviceOf(span), name: resolved.tool ?? nameOfSpan(span), target }
}

/** Throws a `UsageError` that names the unusable entry. */
export function readBaseline(file: string): Baseline {
  const entries = parsedFile(file)
  if (!Array.isArray(entries)) throw new UsageError(`${file}: a baseline is a list of findings; ${ANEW}`)
  return new Baseline(entries.map((entry, index) => knownEntry(entry, `${file}: entry ${index + 1}`)))
}

/** Whether a file holds a baseline. */
export function isBaseline(file: string): boolean {
  try {
    readBaseline(file)
    return true
  } catch (error) {
    if (error instanceof UsageError) return false
    throw error
  }
}

function keyOf({ code, kind, service, name, target }: KnownFinding): string {
  return JSON.stringify([code, kind, service, name, ...(target === undefined ? [] : [target])])
}

function parsedFile(file: string): unknown {
  const text = readTextFile('the baseline', file)
  if (holdsTooMuch(text)) throw new UsageError(`${file}: this baseline ${TOO_MUCH}; ${ANEW}`)
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw new UsageError(`${file}: this baseline isn't JSON (${(error as Error).message}); ${ANEW}`)
  }
}

const ANEW = 'write a new one with --write-baseline'

function knownEntry(entry: unknown, place: string): KnownFinding {
  const { code, kind, service, name, target } = (entry ?? {}) as Partial<Record<keyof KnownFinding, unknown>>
  if (!isFindingCode(code)) throw new UsageError(`${place}: "code" isn't a finding code; ${ANEW}`)
  if (target !== undefined && typeof target !== 'string')
    throw new UsageError(`${place}: "target" must be text; ${ANEW}`)
  if (typeof kind === 'string' && typeof service === 'string' && typeof name === 'string')
    return { code, kind, service, name, target }
  throw new UsageError(`${place}: "kind", "service" and "name" must be text; ${ANEW}`)
}

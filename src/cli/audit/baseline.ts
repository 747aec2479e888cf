import { accessSync, constants, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { FindingCode } from '../../model/finding.ts'
import { isFindingCode } from '../../model/finding.ts'
import type { JudgedSpan } from '../../judge/trace.ts'
import { fileReason } from '../../base/file-reason.ts'
import { targetOf } from '../terminal/target.ts'
import { nameOfSpan, serviceOf } from '../terminal/service.ts'
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

/** Findings that are accepted as known. */
export class Baseline {
  readonly #keys: Set<string>

  constructor(known: readonly KnownFinding[] = []) {
    this.#keys = new Set(known.map(keyOf))
  }

  has(code: FindingCode, judged: JudgedSpan): boolean {
    if (this.#keys.size === 0) return false
    const known = knownFinding(code, judged)
    return this.#keys.has(keyOf(known)) || this.#keys.has(keyOf({ ...known, target: undefined }))
  }

  add(code: FindingCode, judged: JudgedSpan): void {
    this.#keys.add(keyOf(knownFinding(code, judged)))
  }

  /** One finding a line, sorted, so that a diff shows what is new. */
  toString(): string {
    const lines = [...this.#keys].toSorted().map((key) => {
      const [code, kind, service, name, target] = JSON.parse(key) as readonly (string | undefined)[]
      return `  ${JSON.stringify({ code, kind, service, name, target })}`
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

export function writeBaseline(file: string, baseline: Baseline): void {
  try {
    writeFileSync(file, baseline.toString())
  } catch (error) {
    throw unwritable(file, error)
  }
}

/** Throws a `UsageError` if the baseline can't be written. Called first: an audit may run long before it writes one. */
export function checkWritable(file: string): void {
  try {
    const known = statSync(file, { throwIfNoEntry: false })
    if (known?.isDirectory() === true) throw Object.assign(new Error('a directory'), { code: 'EISDIR' })
    accessSync(known === undefined ? dirname(file) : file, constants.W_OK)
  } catch (error) {
    throw unwritable(file, error)
  }
}

function unwritable(file: string, error: unknown): UsageError {
  const isFolderMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
  return new UsageError(
    `cannot write the baseline ${file}: ${isFolderMissing ? 'its directory does not exist' : fileReason(error)}`,
  )
}

function keyOf({ code, kind, service, name, target }: KnownFinding): string {
  return JSON.stringify([code, kind, service, name, ...(target === undefined ? [] : [target])])
}

function parsedFile(file: string): unknown {
  const text = readTextFile('the baseline', file)
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

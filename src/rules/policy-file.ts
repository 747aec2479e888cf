import { LineCounter, isMap, isScalar, isSeq, parseDocument } from 'yaml'
import type { Document, Node } from 'yaml'
import type { PolicyOptions } from './policy.ts'
import { checkPolicy } from './policy-schema.ts'
import type { PolicyProblem } from './policy-schema.ts'

export interface PolicyFileError {
  /** For example `rules[2].allow[0]`; empty for the whole file. */
  readonly path: string
  /** From 1. */
  readonly line: number
  readonly message: string
}

export type ParsedPolicy =
  | { readonly ok: true; readonly options: PolicyOptions }
  | { readonly ok: false; readonly errors: readonly PolicyFileError[] }

/**
 * Reads a policy file, YAML 1.2 or JSON. Every error comes with its path and line, in order of line; an empty file is
 * the default policy. Never throws.
 */
export function parsePolicy(text: string, _fileName: string): ParsedPolicy {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  const syntax = document.errors.map(({ message, pos }) => ({
    path: '',
    line: lines.linePos(pos[0]).line,
    message: firstLine(message),
  }))
  if (syntax.length > 0) return { ok: false, errors: syntax }
  const said = plain(document)
  if ('reason' in said) return { ok: false, errors: [{ path: '', line: 1, message: said.reason }] }
  const checked = checkPolicy(said.value)
  if ('options' in checked) return { ok: true, options: checked.options }
  const errors = checked.problems.map((problem) => errorOf(problem, document, lines))
  return { ok: false, errors: errors.toSorted((a, b) => a.line - b.line) }
}

/** One line an error: `policy.yaml:12: rules[2].allow[0]: "principal_is_actr" is no finding code; did you mean …`. */
export function formatPolicyErrors(fileName: string, errors: readonly PolicyFileError[]): readonly string[] {
  return errors.map(({ path, line, message }) => `${fileName}:${line}: ${path === '' ? '' : `${path}: `}${message}`)
}

/** Aliases of YAML may repeat a node this often; a file that needs more is an attack on memory. */
const MAX_ALIASES = 100

function plain(document: Document.Parsed): { value: unknown } | { reason: string } {
  try {
    return { value: document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown }
  } catch (error) {
    return { reason: firstLine(error instanceof Error ? error.message : String(error)) }
  }
}

function errorOf(problem: PolicyProblem, document: Document.Parsed, lines: LineCounter): PolicyFileError {
  const offset = offsetOf(document.contents, problem.path, problem.isKey)
  return { path: pathText(problem.path), line: lines.linePos(offset).line, message: problem.message }
}

/** Where the value stands, or its key; where it is missing, what it is missing from. */
function offsetOf(contents: Node | null, path: PolicyProblem['path'], wantsKey: boolean): number {
  let node: unknown = contents
  let offset = startOf(contents) ?? 0
  for (const [depth, step] of path.entries()) {
    const pair = isMap(node)
      ? node.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(step))
      : undefined
    const next: unknown = pair === undefined ? (isSeq(node) ? node.items[Number(step)] : undefined) : pair.value
    const isKeyStep = wantsKey && depth === path.length - 1
    offset = startOf(isKeyStep ? pair?.key : next) ?? startOf(pair?.key) ?? offset
    node = next
  }
  return offset
}

function startOf(node: unknown): number | undefined {
  return (node as { range?: readonly number[] | null } | null | undefined)?.range?.[0]
}

function pathText(path: PolicyProblem['path']): string {
  return path.map((step, depth) => (typeof step === 'number' ? `[${step}]` : depth === 0 ? step : `.${step}`)).join('')
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text
}

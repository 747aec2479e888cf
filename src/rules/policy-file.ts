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
export function parsePolicy(text: string): ParsedPolicy {
  const lines = new LineCounter()
  const errorAt = (offset: number, path: PolicyProblem['path'], message: string): PolicyFileError => ({
    path: pathText(path),
    line: lines.linePos(offset).line,
    message,
  })
  const tooDeep = offsetOfDepth(text)
  if (tooDeep !== undefined)
    return { ok: false, errors: [{ path: '', line: lineOf(text, tooDeep), message: TOO_DEEP }] }
  const document = parseDocument(text, { ...PARSING, lineCounter: lines })
  const syntax = document.errors.map(({ code, message, pos }) =>
    errorAt(pos[0], [], code === 'MULTIPLE_DOCS' ? 'a policy file holds one document' : firstLine(message)),
  )
  if (syntax.length > 0) return { ok: false, errors: syntax }
  const said = plain(document)
  if ('reason' in said) return { ok: false, errors: [errorAt(0, [], said.reason)] }
  const places = placesIn(document.contents)
  const checked = checkPolicy(said.value)
  const problems = 'problems' in checked ? checked.problems : []
  const errors = [
    ...places.repeated.map(({ path, offset }) =>
      errorAt(offset, path, `${JSON.stringify(path.at(-1))} is given twice`),
    ),
    ...problems.map((problem) => errorAt(offsetOf(problem, places), problem.path, problem.message)),
  ]
  if ('options' in checked && errors.length === 0) return { ok: true, options: checked.options }
  return { ok: false, errors: errors.toSorted((one, other) => one.line - other.line) }
}

const PARSING = {
  prettyErrors: false,
  // The parser compares each key with each other one, which takes minutes for the aliases of a whole company.
  uniqueKeys: false,
  logLevel: 'error',
  // A set or an ordered map is no mapping to a check of its keys, whatever a tag or a directive asks for.
  schema: 'core',
  resolveKnownTags: false,
} as const

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

/** Far more than a policy needs; what nests much deeper exhausts the stack of the parser. */
const MAX_DEPTH = 100
const TOO_DEEP = `lists and mappings stand more than ${MAX_DEPTH} deep in each other`

/** Blocks nest by columns, or by one mark or key behind the other. */
const DEEP_BLOCK = new RegExp(
  String.raw`^[ \t]{${2 * MAX_DEPTH}}[ \t]*[^\s#]|(?<!\S)(?:(?:[-?:&!]\S*|[^-?:&!\s]\S*:)[ \t]+){${MAX_DEPTH}}`,
  'mu',
)

/** Where something nests too deeply; what stands in a comment or in text counts too: only a strange file would notice. */
function offsetOfDepth(text: string): number | undefined {
  const block = DEEP_BLOCK.exec(text)
  if (block !== null) return block.index
  let depth = 0
  for (const { 0: bracket, index } of text.matchAll(/[[\]{}]/gu)) {
    depth = bracket === '[' || bracket === '{' ? depth + 1 : Math.max(depth - 1, 0)
    if (depth > MAX_DEPTH) return index
  }
  return undefined
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}

type Path = PolicyProblem['path']

interface Places {
  /** By path, as JSON: where the key and the value stand. */
  readonly offsets: Map<string, { readonly key: number | undefined; readonly value: number | undefined }>
  readonly repeated: { readonly path: Path; readonly offset: number }[]
}

function placesIn(contents: Node | null): Places {
  const places: Places = { offsets: new Map(), repeated: [] }
  note(contents, startOf(contents), [], places)
  return places
}

function note(node: unknown, key: number | undefined, path: Path, places: Places): void {
  places.offsets.set(JSON.stringify(path), { key, value: startOf(node) })
  if (isSeq(node)) for (const [index, item] of node.items.entries()) note(item, startOf(item), [...path, index], places)
  if (!isMap(node)) return
  const keys = new Set<string>()
  for (const pair of node.items) {
    const step = String(isScalar(pair.key) ? pair.key.value : pair.key)
    if (keys.has(step)) places.repeated.push({ path: [...path, step], offset: startOf(pair.key) ?? 0 })
    keys.add(step)
    note(pair.value, startOf(pair.key), [...path, step], places)
  }
}

/** Where the value stands, or its key; where it is missing, what it is missing from. */
function offsetOf({ path, isKey }: PolicyProblem, { offsets }: Places): number {
  for (let length = path.length; length >= 0; length--) {
    const place = offsets.get(JSON.stringify(path.slice(0, length)))
    if (place !== undefined) return (isKey && length === path.length ? place.key : place.value) ?? place.key ?? 0
  }
  return 0
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

import { Lexer, LineCounter, isMap, isScalar, isSeq, parseDocument, visit } from 'yaml'
import type { Document, Node } from 'yaml'
import type { PolicyOptions } from './policy.ts'
import { checkPolicy } from './policy-schema.ts'
import { pathText } from './schema-parts.ts'
import type { PolicyProblem } from './schema-parts.ts'

export interface PolicyFileError {
  /** For example `rules[2].allow[0]`. Empty for the whole file. */
  readonly path: string
  /** Counts from 1. */
  readonly line: number
  readonly message: string
}

export type ParsedPolicy =
  | { readonly ok: true; readonly options: PolicyOptions }
  | { readonly ok: false; readonly errors: readonly PolicyFileError[] }

/**
 * Reads a policy file, YAML 1.2 or JSON. Every error has its path and line. Errors are sorted by line, at most 100 of
 * them; one more says how many follow. An empty file is the default policy. Never throws.
 */
export function parsePolicy(text: string): ParsedPolicy {
  try {
    const refused = refusalOf(text)
    if (refused !== undefined) return { ok: false, errors: [refused] }
    const read = readPolicy(text)
    return read.ok ? read : { ok: false, errors: firstOf(read.errors) }
  } catch (error) {
    // A stack overflow doesn't say where it happened.
    const message = error instanceof RangeError ? TOO_DEEP : `this cannot be read: ${messageOf(error)}`
    return { ok: false, errors: [{ path: '', line: 1, message }] }
  }
}

function readPolicy(text: string): ParsedPolicy {
  const lines = new LineCounter()
  const errorAt = (offset: number, path: PolicyProblem['path'], message: string): PolicyFileError => ({
    path: pathText(path),
    line: lines.linePos(offset).line,
    message,
  })
  const document = parseDocument(text, { ...PARSING, lineCounter: lines })
  const syntax = document.errors.map(({ code, message, pos }) =>
    errorAt(pos[0], [], code === 'MULTIPLE_DOCS' ? 'a policy file holds one document' : firstLine(message)),
  )
  if (syntax.length > 0) return { ok: false, errors: syntax }
  const said = plain(document)
  if ('reason' in said) return { ok: false, errors: [errorAt(said.offset, [], said.reason)] }
  const places = placesIn(document.contents)
  const checked = checkPolicy(said.value)
  const problems = 'problems' in checked ? checked.problems : []
  const errors = [
    ...places.repeated.map(({ path, offset }) =>
      errorAt(offset, path, `${JSON.stringify(path.at(-1))} is given twice`),
    ),
    ...problems.map((problem) => errorAt(offsetOf(problem, places), problem.path, problem.message)),
  ]
  return 'options' in checked && errors.length === 0 ? { ok: true, options: checked.options } : { ok: false, errors }
}

/** More than anybody fixes in one go. */
const MAX_ERRORS = 100

function firstOf(errors: readonly PolicyFileError[]): readonly PolicyFileError[] {
  const sorted = errors.toSorted((one, other) => one.line - other.line)
  const next = sorted[MAX_ERRORS]
  if (next === undefined) return sorted
  const more = sorted.length - MAX_ERRORS
  const message = `${more} more ${more === 1 ? 'error' : 'errors'} from here on: fix those above first`
  return [...sorted.slice(0, MAX_ERRORS), { path: '', line: next.line, message }]
}

const PARSING = {
  prettyErrors: false,
  // The parser compares every key with every other, which takes minutes for the aliases of a whole company.
  uniqueKeys: false,
  logLevel: 'error',
  // To a check of its keys, a set or an ordered map isn't a mapping, whatever a tag or a directive asks for.
  schema: 'core',
  resolveKnownTags: false,
} as const

/**
 * One line per error: `policy.yaml:12: rules[2].allow[0]: unknown finding code "principal_is_actr"; did you mean …`.
 */
export function formatPolicyErrors(fileName: string, errors: readonly PolicyFileError[]): readonly string[] {
  return errors.map(({ path, line, message }) => `${fileName}:${line}: ${path === '' ? '' : `${path}: `}${message}`)
}

/** YAML aliases may repeat a node this often. A file that needs more is an attack on memory. */
const MAX_ALIASES = 100

function plain(document: Document.Parsed): { value: unknown } | { reason: string; offset: number } {
  try {
    return { value: document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown }
  } catch (error) {
    if (error instanceof RangeError) throw error
    const reason = messageOf(error)
    return { reason, offset: offsetOfAlias(document, reason) }
  }
}

/** The parser names an alias that leads nowhere, but doesn't name one if there are too many. */
function offsetOfAlias(document: Document.Parsed, reason: string): number {
  let [first, named]: (number | undefined)[] = []
  visit(document, {
    Alias(_, alias) {
      first ??= nodeStart(alias)
      if (reason.endsWith(`: ${alias.source}`)) named ??= nodeStart(alias)
    },
  })
  return named ?? first ?? 0
}

/** Enough for some hundred thousand aliases. Parsing takes many times the length of the text in memory. */
const MAX_TEXT = 16 * 1024 * 1024
/** Far more than a policy needs. Much deeper nesting overflows the parser's stack. */
const MAX_DEPTH = 100
const TOO_DEEP = `lists and mappings are nested more than ${MAX_DEPTH} deep`

/** Why a text isn't even passed to the parser. */
function refusalOf(text: string): PolicyFileError | undefined {
  if (text.length > MAX_TEXT)
    return { path: '', line: 1, message: `a policy file holds at most ${MAX_TEXT} characters, not ${text.length}` }
  const tooDeep = offsetOfDepth(text)
  return tooDeep === undefined ? undefined : { path: '', line: lineOf(text, tooDeep), message: TOO_DEEP }
}

/** Two columns per level is the usual indentation. */
const MAX_COLUMNS = 2 * MAX_DEPTH

/** Zero-length marks: the start or end of a document or flow, and that a scalar follows. */
const MARKS = new Set(['\u0002', '\u0018', '\u001F'])
const SCALAR_MARK = '\u001F'
const NEWLINE = /^\r?\n/u
/** What opens a list or a mapping in a block, or may come before one. */
const BLOCK_OPENER = /^[-?:&!]/u

/** Where something nests too deeply. Blocks nest by columns, at least one each, or by one mark after another. */
function offsetOfDepth(text: string): number | undefined {
  let [offset, brackets, columns, openers] = [0, 0, 0, 0]
  let last = '\n'
  for (const token of new Lexer().lex(text)) {
    const isText = last === SCALAR_MARK
    if (NEWLINE.test(last) && !isText) [columns, openers] = [token.trim() === '' ? token.length : 0, 0]
    last = token
    if (MARKS.has(token)) continue
    if (!isText) {
      if (token === '[' || token === '{') brackets += 1
      else if (token === ']' || token === '}') brackets = Math.max(brackets - 1, 0)
      else if (brackets === 0 && BLOCK_OPENER.test(token)) openers += 1
      const isBlockDeep = openers > MAX_DEPTH || (openers > 0 && columns + openers > MAX_COLUMNS)
      if (brackets > MAX_DEPTH || isBlockDeep) return offset
    }
    offset += token.length
  }
  return undefined
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}

type Path = PolicyProblem['path']

interface Places {
  /** Where the key and the value are, by path as JSON. */
  readonly offsets: Map<string, { readonly key: number | undefined; readonly value: number | undefined }>
  readonly repeated: { readonly path: Path; readonly offset: number }[]
}

function placesIn(contents: Node | null): Places {
  const places: Places = { offsets: new Map(), repeated: [] }
  note(contents, nodeStart(contents), [], places)
  return places
}

function note(node: unknown, key: number | undefined, path: Path, places: Places): void {
  places.offsets.set(JSON.stringify(path), { key, value: nodeStart(node) })
  if (isSeq(node))
    for (const [index, item] of node.items.entries()) note(item, nodeStart(item), [...path, index], places)
  if (!isMap(node)) return
  const keys = new Set<string>()
  for (const pair of node.items) {
    const step = String(isScalar(pair.key) ? pair.key.value : pair.key)
    if (keys.has(step)) places.repeated.push({ path: [...path, step], offset: nodeStart(pair.key) ?? 0 })
    keys.add(step)
    note(pair.value, nodeStart(pair.key), [...path, step], places)
  }
}

/** Where the value is, or its key. If it's missing, where its parent is. */
function offsetOf({ path, isKey }: PolicyProblem, { offsets }: Places): number {
  for (let length = path.length; length >= 0; length--) {
    const place = offsets.get(JSON.stringify(path.slice(0, length)))
    if (place !== undefined) return (isKey && length === path.length ? place.key : place.value) ?? place.key ?? 0
  }
  return 0
}

function nodeStart(node: unknown): number | undefined {
  return (node as { range?: readonly number[] | null } | null | undefined)?.range?.[0]
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text
}

function messageOf(error: unknown): string {
  return firstLine(error instanceof Error ? error.message : String(error))
}

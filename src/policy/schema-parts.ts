import * as v from 'valibot'
import { nearest } from '../base/spelling.ts'

/** Something in a policy that can't be used. `path` leads to it from the top, and is empty for the whole policy. */
export interface PolicyProblem {
  readonly path: readonly (string | number)[]
  /** Whether the key itself is wrong, rather than its value. */
  readonly isKey: boolean
  readonly message: string
}

/** Longer words are cut before a message repeats them. */
const MAX_WORD = 60

export function word<const T extends readonly string[]>(what: string, words: T) {
  return v.picklist(words, (issue) => notOneOf(what, issue.input, words))
}

export function text(what: string) {
  return v.pipe(
    v.string(({ input }) => `${what} has to be text, not ${nameOf(input)}`),
    v.check((input) => input.trim() !== '', `${what} is empty`),
  )
}

export function truth(what: string) {
  return v.boolean(({ input }) => `${what} has to be true or false, not ${nameOf(input)}`)
}

export function list<T extends v.GenericSchema>(what: string, entry: T) {
  return v.array(entry, ({ input }) => `${what} has to be a list, not ${nameOf(input)}`)
}

export function fields<T extends v.ObjectEntries>(what: string, entries: T) {
  return v.pipe(
    notList(what),
    v.strictObject(entries, (issue) => unknownOr(what, Object.keys(entries), issue)),
    furtherKeys<v.InferOutput<v.StrictObjectSchema<T, undefined>>>(Object.keys(entries)),
  )
}

/** The check of a mapping names only the first key that it doesn't know. */
function furtherKeys<T>(known: readonly string[]) {
  return v.rawCheck<T>(({ dataset, addIssue }) => {
    const [first] = dataset.issues?.find((issue) => isUnknownKey(issue) && issue.path?.length === 1)?.path ?? []
    if (first === undefined) return
    const input = first.input as Record<string, unknown>
    const others = Object.keys(input).filter((key) => key !== first.key && !known.includes(key))
    for (const [index, key] of others.entries()) {
      const place = { type: 'object', origin: 'key', input, key, value: input[key] } as const
      const message = index < MAX_HINTS ? notOneOf('key', key, known) : `unknown key "${cut(key)}"`
      addIssue({ input: key, expected: UNKNOWN, message, path: [place] })
    }
  })
}

/** Searching for what was meant takes longer than everything else. */
const MAX_HINTS = 100

/** What the check of a mapping expects for a key that it doesn't know. */
const UNKNOWN = 'never'

function isUnknownKey({ type, expected }: v.BaseIssue<unknown>): boolean {
  return (type === 'strict_object' || type === 'raw_check') && expected === UNKNOWN
}

/** In JavaScript, a list is an object too. */
export function notList(what: string) {
  return v.pipe(
    v.unknown(),
    v.check((input) => !Array.isArray(input), `${what} has to be a mapping, not a list`),
  )
}

export function problemOf(issue: v.BaseIssue<unknown>): PolicyProblem {
  const path = (issue.path ?? []).map(({ key }) => key as string | number)
  return { path, isKey: isUnknownKey(issue), message: issue.message }
}

function unknownOr(what: string, known: readonly string[], issue: v.BaseIssue<unknown>): string {
  if (issue.expected === UNKNOWN) return notOneOf('key', issue.path?.at(-1)?.key, known)
  if (issue.path !== undefined && issue.received === 'undefined') return `${issue.expected} is missing`
  return `${what} has to be a mapping, not ${nameOf(issue.input)}`
}

function notOneOf(what: string, input: unknown, words: readonly string[]): string {
  if (typeof input !== 'string') return `${what} has to be one of ${words.join(', ')}, not ${nameOf(input)}`
  const meant = nearest(input, words)
  const hint = meant === undefined ? `known are ${words.join(', ')}` : `did you mean ${meant}?`
  return `unknown ${what} "${cut(input)}"; ${hint}`
}

export function nameOf(input: unknown): string {
  if (input === null || input === undefined) return 'nothing'
  if (Array.isArray(input)) return 'a list'
  if (typeof input === 'object') return 'a mapping'
  return typeof input === 'string' ? `"${cut(input)}"` : String(input)
}

export function cut(text: string): string {
  return text.length > MAX_WORD ? `${text.slice(0, MAX_WORD)}…` : text
}

/** `rules[0].tool` */
export function pathText(path: PolicyProblem['path']): string {
  return path.map((step, depth) => (typeof step === 'number' ? `[${step}]` : depth === 0 ? step : `.${step}`)).join('')
}

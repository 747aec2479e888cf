import { FINDINGS } from '../../src/model/finding.ts'

/** As much of a valibot schema as its structure shows. */
interface Schema {
  readonly kind?: string
  readonly type: string
  readonly description?: string
  readonly pipe?: readonly Schema[]
  readonly wrapped?: Schema
  readonly item?: Schema
  readonly entries?: Readonly<Record<string, Schema>>
  readonly options?: readonly (string | Schema)[]
}

/** The keys of a mapping, or of the mappings of a list; none where it is neither. */
export function entriesOf(schema: unknown): ReadonlyMap<string, unknown> {
  const { entries, item } = bare(schema as Schema)
  return item === undefined ? new Map(Object.entries(entries ?? {})) : entriesOf(item)
}

/** What may stand at a place, in words. */
export function valuesOf(schema: unknown): string {
  const description = descriptionOf(schema as Schema)
  if (description !== undefined) return description
  const { type, item, entries, options } = bare(schema as Schema)
  if (type === 'union') return (options ?? []).map(valuesOf).join(', or ')
  if (options !== undefined) return list(options as readonly string[])
  if (item !== undefined) return `a list of ${valuesOf(item)}`
  if (entries !== undefined) return mapping(Object.entries(entries))
  if (type === 'string') return 'text'
  if (type === 'number') return 'a whole number'
  if (type === 'boolean') return '`true` or `false`'
  if (type === 'record') return 'mappings'
  if (type === 'lazy') return 'a mapping from text to text'
  throw new Error(`no words for a schema of type ${type}`)
}

function mapping(entries: readonly (readonly [string, Schema])[]): string {
  const [first] = entries
  const values = new Set(entries.map(([, schema]) => valuesOf(schema)))
  if (first === undefined || values.size > 1) return 'mappings of the keys that follow'
  return `a mapping from ${list(entries.map(([key]) => key))} to ${[...values].join()}`
}

/** What a schema says of itself, where its structure does not. */
function descriptionOf({ pipe, wrapped }: Schema): string | undefined {
  const own = pipe?.find(({ type }) => type === 'description')?.description
  return own ?? (wrapped === undefined ? undefined : descriptionOf(wrapped))
}

/** Without what makes it optional and without the checks around it. */
function bare(schema: Schema): Schema {
  const inner = schema.pipe?.findLast(({ kind }) => kind === 'schema') ?? schema.wrapped
  return inner === undefined ? schema : bare(inner)
}

/** The codes of findings are too many to name. */
function list(words: readonly string[]): string {
  if (words.every((word) => word in FINDINGS)) return '[finding codes](findings/README.md)'
  return words.map((word) => `\`${word}\``).join(' ')
}

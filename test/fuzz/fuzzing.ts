import * as fc from 'fast-check'

const WANTED = process.env['ONBEHALF_FUZZ_RUNS']
const SEED = process.env['ONBEHALF_FUZZ_SEED']

/**
 * How often a property is tried, and how. `npm test` tries the same cases every time; with `ONBEHALF_FUZZ_RUNS`
 * (`npm run fuzz`) there are as many as it says, other ones each time, and a failure prints the seed and the path:
 * `ONBEHALF_FUZZ_SEED` makes them come again.
 */
export function runs(usual: number): fc.Parameters<unknown> & { readonly numRuns: number } {
  const numRuns = WANTED === undefined ? usual : Number(WANTED)
  if (!Number.isInteger(numRuns) || numRuns < 1) throw new Error('ONBEHALF_FUZZ_RUNS has to be a number of runs')
  if (SEED !== undefined) return { numRuns, seed: Number(SEED) }
  return WANTED === undefined ? { numRuns, seed: 20_260_101 } : { numRuns }
}

/** How long a test may take that makes so many runs, in milliseconds: only what hangs takes so long. */
export function patience({ numRuns }: { readonly numRuns: number }): number {
  return 60_000 + numRuns * 200
}

/** What `Object.prototype` holds, to be compared with what it holds afterwards. */
export function prototypeKeys(): readonly PropertyKey[] {
  return [Object.prototype, Array.prototype, Function.prototype].flatMap((prototype) => Reflect.ownKeys(prototype))
}

/** Names that mean something to the language. */
export const TRICKY_KEYS = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then', ''] as const

/** Texts that break what was not made for them. */
export const nastyText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    ...TRICKY_KEYS,
    '\u{D800}',
    'a\u{DFFF}b',
    '\u{0}',
    '\u{FEFF}',
    '\u{202E}moc',
    '${x}',
    '[',
    '{"a":',
    '[]',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom(1_024, 1_025, 8_193, 70_000).map((length) => 'x'.repeat(length)),
)

/** JSON texts of values that no schema foresees; texts, since a value cannot hold a key twice or `__proto__` safely. */
export const nastyJson: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('null', 'true', '0', '-1', '1e308', '1e400', '-0', '1e-400', '123456789012345678901234567890'),
  fc.constantFrom('[]', '{}', '[[]]', '[null]', '""', '"0"', '"1e999"', String.raw`"\ud800"`, String.raw`"\u0000"`),
  nastyText.map((text) => JSON.stringify(text)),
  fc.constantFrom(
    '{"__proto__":{"polluted":true}}',
    '{"constructor":{"prototype":{"polluted":true}}}',
    '{"__proto__":null}',
    '{"then":{}}',
    '{"toString":1,"valueOf":1}',
  ),
  fc.constantFrom(9, 100, 2_000).map((depth) => `${'['.repeat(depth)}${']'.repeat(depth)}`),
  fc.constantFrom(9, 100, 2_000).map((depth) => `${'{"a":'.repeat(depth)}0${'}'.repeat(depth)}`),
  fc.json({ maxDepth: 3 }),
)

/** Harm to a text anywhere in it: bits flipped, pieces cut out, doubled or put in. */
export function harmed(text: string, harm: readonly TextHarm[]): string {
  return harm.reduce((current, { at, length, sort, insert }) => {
    const start = Math.floor(at * (current.length + 1))
    const piece = current.slice(start, start + length)
    const [before, after] = [current.slice(0, start), current.slice(start + length)]
    if (sort === 'cut') return before + after
    if (sort === 'cut off') return before
    if (sort === 'double') return before + piece + piece + after
    if (sort === 'insert') return before + insert + current.slice(start)
    const flipped = String.fromCharCode((current.charCodeAt(start) || 0x20) ^ (1 << (length % 7)))
    return before + flipped + current.slice(start + 1)
  }, text)
}

interface TextHarm {
  /** Where, from 0 to below 1. */
  readonly at: number
  readonly length: number
  readonly sort: 'flip' | 'cut' | 'cut off' | 'double' | 'insert'
  readonly insert: string
}

export const textHarm: fc.Arbitrary<readonly TextHarm[]> = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    length: fc.integer({ min: 1, max: 60 }),
    sort: fc.constantFrom('flip', 'flip', 'cut', 'cut off', 'double', 'insert'),
    insert: fc.oneof(nastyJson, fc.constantFrom('\n', '\r\n', '"', '\\', '}', ']', ',', '{', '[', '{"resourceSpans":')),
  }),
  { minLength: 1, maxLength: 4 },
)

/** Harm to a document as a tree: `at` picks a node, counted through the whole document. */
export interface TreeHarm {
  readonly at: number
  readonly sort: 'replace' | 'remove' | 'double' | 'add key'
  readonly key: string
  /** JSON text. */
  readonly value: string
}

export const treeHarm: fc.Arbitrary<readonly TreeHarm[]> = fc.array(
  fc.record({
    at: fc.nat(),
    sort: fc.constantFrom('replace', 'replace', 'remove', 'double', 'add key'),
    key: fc.constantFrom(...TRICKY_KEYS, 'spans', 'resourceSpans', 'key', 'value', 'stringValue', 'attributes'),
    value: nastyJson,
  }),
  { minLength: 1, maxLength: 6 },
)

interface Node {
  readonly owner: Record<string, unknown> | unknown[]
  readonly key: string
}

/** A changed copy of a JSON document. */
export function harmedTree(document: unknown, harm: readonly TreeHarm[]): unknown {
  const root = [structuredClone(document)]
  for (const { at, sort, key, value } of harm) {
    const nodes = nodesOf(root)
    const node = nodes[at % Math.max(nodes.length, 1)]
    if (node !== undefined) harmNode(node, sort, key, value)
  }
  return root[0]
}

function harmNode({ owner, key }: Node, sort: TreeHarm['sort'], newKey: string, json: string): void {
  const here = (owner as Record<string, unknown>)[key]
  if (sort === 'remove') return void (Array.isArray(owner) ? owner.splice(Number(key), 1) : delete owner[key])
  if (sort === 'double' && Array.isArray(owner)) return void owner.splice(Number(key), 0, here)
  const value: unknown = JSON.parse(json)
  const isObject = typeof here === 'object' && here !== null && !Array.isArray(here)
  const [target, name] = sort === 'add key' && isObject ? [here, newKey] : [owner, key]
  // As JSON.parse does: an own property, even where it is called __proto__.
  Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true })
}

function nodesOf(root: Node['owner']): readonly Node[] {
  const nodes: Node[] = []
  const waiting: unknown[] = [root]
  for (let owner = waiting.pop(); owner !== undefined; owner = waiting.pop()) {
    for (const key of Object.keys(owner as object)) {
      nodes.push({ owner: owner as Node['owner'], key })
      const child: unknown = (owner as Record<string, unknown>)[key]
      if (typeof child === 'object' && child !== null) waiting.push(child)
    }
  }
  return nodes
}

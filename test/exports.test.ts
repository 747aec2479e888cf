import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/**
 * Folders whose functions are pieces of one thing that is tested as a whole, by its public name: a test of each piece
 * would hold how it is cut. Everywhere else a function that no test names fails here.
 */
const AS_A_WHOLE: Readonly<Record<string, { readonly tests: readonly string[]; readonly by: string }>> = {
  'src/alerts': { tests: ['test/alerts', 'test/backends/alert-rules.test.ts'], by: 'the rules that they make' },
  'src/cli': { tests: ['test/cli', 'test/docs/readme.test.ts'], by: 'the built program' },
  'src/collector': { tests: ['test/collector', 'test/backends/parity.test.ts'], by: 'the configuration they make' },
  'src/deciding': {
    tests: ['test/runtime/decide.test.ts', 'test/runtime/decision-points.test.ts'],
    by: '`decide`, `guard` and `action`',
  },
  'src/explain': { tests: ['test/explain'], by: '`explain`, which calls each' },
  'src/forms': { tests: ['test/forms', 'test/cli/forms.test.ts', 'test/fuzz'], by: 'recordings of each form' },
  'src/judge': { tests: ['test/judge'], by: 'judged spans: rows of cases and properties' },
  'src/otlp': { tests: ['test/cli/input.test.ts', 'test/cli/forms.test.ts', 'test/fuzz'], by: 'recordings' },
  'src/policy': { tests: ['test/policy'], by: 'policies, right and wrong' },
  'src/queues': { tests: ['test/queues'], by: 'the libraries themselves' },
  'src/recognize': { tests: ['test/recognize'], by: 'spans and the recorded corpus' },
  'src/recording': { tests: ['test/recording', 'test/cli/broken-forms.test.ts'], by: 'files, whole and broken' },
  'src/resolve': { tests: ['test/resolve', 'test/judge'], by: 'judged spans, whose facets they resolve' },
  'src/runtime': { tests: ['test/runtime', 'test/live'], by: 'the public functions, in a real SDK' },
  'src/edges': { tests: ['test/edges', 'test/servers'], by: '`attributed`, in servers of the frameworks' },
  'src/testing': { tests: ['test/testing'], by: 'the matcher in vitest and jest, and a real SDK' },
  'src/trust': { tests: ['test/trust'], by: 'tokens that the tests sign, verified' },
  'src/mcp': { tests: ['test/mcp'], by: 'clients and servers of both versions of the SDK, in processes of their own' },
  'src/tools': { tests: ['test/tools', 'test/frameworks'], by: '`attributedTool`, around tools of the frameworks' },
  'src/setup': { tests: ['test/setup', 'test/register', 'test/bundle'], by: '`attribution` and `register`' },
}

const DECLARED =
  /^export (?:async )?(?:function\*?|class) (?<name>\w+)|^export const (?<arrow>\w+)[^=\n]*= (?:async )?(?:\([^)]*\)|\w+)(?:: [^=]+)? =>/gmu

interface Exported {
  readonly name: string
  readonly path: string
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules')
    .flatMap((entry) => (entry.isDirectory() ? filesIn(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`]))
    .filter((path) => /\.(?:[cm]?[jt]s)$/u.test(path))
}

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

const SOURCES = new Map(filesIn('src').map((path) => [path, read(path)]))
const EXPORTED: readonly Exported[] = [...SOURCES].flatMap(([path, code]) =>
  [...code.matchAll(DECLARED)].map(({ groups }) => ({ path, name: groups?.['name'] ?? groups?.['arrow'] ?? '' })),
)

/** Every word of every test but this one. */
const IN_TESTS = new Set(
  filesIn('test')
    .filter((path) => path !== 'test/exports.test.ts')
    .flatMap((path) => read(path).match(/\w+/gu) ?? []),
)
const UNNAMED = EXPORTED.filter(({ name }) => !IN_TESTS.has(name))

/** What apps import. */
const ENTRIES = ['index', 'testing', 'express', 'fastify', 'hono', 'fetch'] as const

function wholeOf(path: string): string | undefined {
  return Object.keys(AS_A_WHOLE).find((folder) => path.startsWith(`${folder}/`))
}

describe('every exported function', () => {
  it('is named in a test, or its folder is tested as a whole', () => {
    expect(EXPORTED.length).toBeGreaterThan(300)
    expect(UNNAMED.filter(({ path }) => wholeOf(path) === undefined)).toEqual([])
  })

  it('that is exported to apps is named in a test', () => {
    const entries = ENTRIES.map((name) => read(`src/${name}.ts`)).join('')
    const isPublic = ({ name }: Exported) => new RegExp(String.raw`\b${name}\b`, 'u').test(entries)
    expect(EXPORTED.filter(isPublic).length).toBeGreaterThan(12)
    expect(UNNAMED.filter(isPublic)).toEqual([])
  })

  it('that no test names is used, so that the whole runs it', () => {
    const times = new Map<string, number>()
    for (const word of [...SOURCES.values()].flatMap((code) => code.match(/\w+/gu) ?? []))
      times.set(word, (times.get(word) ?? 0) + 1)
    expect(UNNAMED.filter(({ name }) => (times.get(name) ?? 0) < 2)).toEqual([])
  })
})

describe('a folder that is tested as a whole', () => {
  it.each(Object.entries(AS_A_WHOLE))('%s has such tests, and needs them', (folder, { tests }) => {
    expect(tests.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
    expect(UNNAMED.filter(({ path }) => dirname(path).startsWith(folder)).length).toBeGreaterThan(0)
  })
})

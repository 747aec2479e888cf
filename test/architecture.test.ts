import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { VERSION } from '../src/model/version.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** From the lowest to the highest: a file imports from its own folder or from one before it. */
const FOLDERS = [
  'src/base',
  'src/model',
  'src/identity',
  'src/policy',
  'src/otlp',
  'src/forms',
  'src/recognize/dialects',
  'src/recognize',
  'src/resolve',
  'src/judge',
  'src/explain',
  'src/collector',
  'src/alerts',
  'src/trust',
  'src/trust/carriers',
  'src/runtime/health',
  'src/runtime/scope',
  'src/runtime/span',
  'src/runtime/binding',
  'src/runtime/crossing',
  'src/deciding',
  'src/runtime/judging',
  'src/queues',
  'src/setup',
  'src/tools',
  'src/mcp',
  'src/edges',
  'src/testing',
  'src',
  'src/recording',
  'src/cli/terminal',
  'src/cli/audit',
  'src/cli/explain',
  'src/cli/collector-config',
  'src/cli/demo',
  'src/cli',
] as const
type Folder = (typeof FOLDERS)[number]

/** Decisions about values: whatever stands here can be run again, anywhere, with the same result. */
const PURE: readonly Folder[] = FOLDERS.slice(0, FOLDERS.indexOf('src/trust'))

interface Import {
  readonly from: string
  readonly to: string
  readonly isType: boolean
}

interface File {
  readonly path: string
  /** Without comments. */
  readonly code: string
  readonly imports: readonly Import[]
}

function readSource(path: string): File {
  const code = withoutComments(readFileSync(join(ROOT, path), 'utf8'))
  return { path, code, imports: importsIn(path, code) }
}

/** Comments go, strings, templates and regular expressions that hold slashes stay. */
function withoutComments(text: string): string {
  return text.replaceAll(
    /(?<kept>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`|(?<=[=(,:?&|!]\s*)\/(?![*/])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/gu,
    (_match, kept: string | undefined) => kept ?? ' ',
  )
}

const STATEMENT = /^[ \t]*(?:import|export)\s+(?<type>type\s)?(?:(?<names>[\w*${}\s,]+?)\s*from\s*)?'(?<to>[^']+)'/gmu
const CALL = /\b(?:import|require)\s*\(\s*(?:'(?<to>[^']+)')?/gu

function importsIn(path: string, code: string): readonly Import[] {
  const statements = [...code.matchAll(STATEMENT)].map(({ groups }) => ({
    to: groups?.['to'] as string,
    isType: groups?.['type'] !== undefined || isAllTypes(groups?.['names']),
  }))
  const calls = [...code.matchAll(CALL)].flatMap(({ groups }) => groups?.['to'] ?? [])
  return [...statements, ...calls.map((to) => ({ to, isType: false }))].map(({ to, isType }) => ({
    from: path,
    to: to.startsWith('.') ? relative(ROOT, join(ROOT, dirname(path), to)).replaceAll('\\', '/') : to,
    isType,
  }))
}

/** `import { type A, type B } from` */
function isAllTypes(names: string | undefined): boolean {
  const inside = names?.match(/^\{(?<inside>[^}]*)\}$/u)?.groups?.['inside']
  const entries = inside
    ?.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  return entries !== undefined && entries.length > 0 && entries.every((name) => name.startsWith('type '))
}

const FILES = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .map((path) => `src/${path.replaceAll('\\', '/')}`)
  .filter((path) => path.endsWith('.ts'))
  .map(readSource)
  .sort((a, b) => (a.path < b.path ? -1 : 1))

const IMPORTS = FILES.flatMap(({ imports }) => imports)

/** Where the folder of a file stands; one that is not listed belongs to the one around it. */
function floorOf(path: string): number {
  const folder = path.split('/').slice(0, -1).join('/')
  const around = FOLDERS.filter((each) => folder === each || folder.startsWith(`${each}/`))
  return FOLDERS.indexOf(around.toSorted((a, b) => b.length - a.length)[0] ?? 'src')
}

function filesOf(...folders: readonly Folder[]): readonly File[] {
  return FILES.filter(({ path }) => folders.includes(FOLDERS[floorOf(path)] ?? 'src'))
}

function importsOf(...folders: readonly Folder[]): readonly Import[] {
  return filesOf(...folders).flatMap(({ imports }) => imports)
}

function isOurs(to: string): boolean {
  return to.startsWith('src/')
}

function told({ from, to }: Import): string {
  return `${from} -> ${to}`
}

/** Those that break the rule, of those that there are to look at: a gate that saw nothing fails. */
function offenders<T>(
  seen: readonly T[],
  isBroken: (one: T) => boolean,
  tell: (one: T) => string,
  atLeast = 1,
): string[] {
  if (seen.length < atLeast) throw new Error(`the gate saw ${seen.length} and not ${atLeast}`)
  return seen.filter(isBroken).map(tell)
}

describe('this test', () => {
  it('sees the files and the imports of every folder', () => {
    expect(FILES.length).toBeGreaterThan(30)
    expect(IMPORTS.length).toBeGreaterThan(100)
    expect(IMPORTS.filter(({ isType }) => isType).length).toBeGreaterThan(20)
    expect(FOLDERS.filter((folder) => FILES.every(({ path }) => !path.startsWith(`${folder}/`)))).toEqual([])
  })
  it('sees imports of every form', () => {
    const forms = [
      "import a from './a.ts'",
      "import type { B } from './b.ts'",
      "import './c.ts'",
      "export { d } from './d.ts'",
      "export * from './e.ts'",
      "const f = await import('./f.ts')",
      "const g = require('./g.ts')",
      "import {\n  h,\n  type I,\n} from './h.ts'",
      "import { type J, type K } from './j.ts'",
      "// import './no.ts'",
      "/* import './no.ts' */",
      "const text = \"// import './no.ts'\"; import * as l from './l.ts'",
    ].join('\n')
    const found = importsIn('src/x.ts', withoutComments(forms))
    const paths = found.map(({ to }) => to).toSorted()
    expect(paths).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'j'].map((name) => `src/${name}.ts`))
    expect(found.filter(({ isType }) => isType).map(({ to }) => to)).toEqual(['src/b.ts', 'src/j.ts'])
  })
})

describe('the folders', () => {
  it('are imported from the same or a higher one', () => {
    const isUpward = ({ from, to }: Import) => floorOf(to) > floorOf(from)
    expect(
      offenders(
        IMPORTS.filter(({ to }) => isOurs(to)),
        isUpward,
        told,
        100,
      ),
    ).toEqual([])
  })
  it('have no import out of src', () => {
    const isOut = ({ to }: Import) => to.startsWith('..') || /^(?:test|dist|onbehalf)(?:\/|$)/u.test(to)
    expect(offenders(IMPORTS, isOut, told, 100)).toEqual([])
  })
  it('name their imports by the file', () => {
    expect(
      offenders(
        IMPORTS.filter(({ to }) => isOurs(to)),
        ({ to }) => !FILES.some(({ path }) => path === to),
        told,
        100,
      ),
    ).toEqual([])
  })
  it('have no circles, not even of types', () => {
    const targets = new Map(FILES.map(({ path, imports }) => [path, imports.map(({ to }) => to).filter(isOurs)]))
    expect(targets.size).toBeGreaterThan(30)
    expect(circlesIn(targets)).toEqual([])
  })
})

function circlesIn(targets: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (file: string, path: readonly string[]) => {
    const at = path.indexOf(file)
    if (at !== -1) circles.push([...path.slice(at), file].join(' -> '))
    if (at !== -1 || done.has(file)) return
    for (const next of targets.get(file) ?? []) visit(next, [...path, file])
    done.add(file)
  }
  for (const file of targets.keys()) visit(file, [])
  return circles
}

describe('what a folder does not know', () => {
  const ofOurs = (folders: readonly Folder[]) => importsOf(...folders).filter(({ to }) => isOurs(to))
  const isIn = (path: string, folders: readonly string[]) => folders.some((folder) => path.startsWith(`${folder}/`))

  it.each<{ folder: Folder; knows: readonly string[] }>([
    { folder: 'src/base', knows: [] },
    { folder: 'src/model', knows: [] },
    { folder: 'src/otlp', knows: ['src/base', 'src/model'] },
    { folder: 'src/forms', knows: ['src/base', 'src/model', 'src/otlp'] },
    { folder: 'src/recording', knows: ['src/base', 'src/model', 'src/otlp', 'src/forms'] },
    { folder: 'src/queues', knows: ['src/base', 'src/runtime'] },
  ])('$folder: anything of ours but $knows', ({ folder, knows }) => {
    expect(offenders(ofOurs([folder]), ({ to }) => !isIn(to, [folder, ...knows]), told, 0)).toEqual([])
  })

  it('what reads recordings: the words of attribution', () => {
    const readers = ofOurs(['src/otlp', 'src/forms', 'src/recording'])
    const words = ['src/model/attribution.ts', 'src/model/finding.ts', 'src/model/names.ts']
    expect(offenders(readers, ({ to }) => words.includes(to), told)).toEqual([])
  })

  it('a rule: the raw span, and what reads it', () => {
    const seen = ['src/judge/trace.ts', 'src/judge/cause.ts', 'src/judge/records.ts']
    const rules = filesOf('src/judge').filter(({ path }) => !seen.includes(path))
    const knowsSpan = ({ code, imports }: File) =>
      /\bSpanShape\b/u.test(code) || imports.some(({ to }) => to.startsWith('src/recognize/'))
    expect(offenders(rules, knowsSpan, ({ path }) => path, 5)).toEqual([])
  })

  it('what resolves or judges one span: how to note anything in what is handed down', () => {
    const drivers = ['src/judge/trace.ts', 'src/resolve/lineage.ts']
    const decides = importsOf('src/resolve', 'src/judge').filter(({ from }) => !drivers.includes(from))
    const ledger = ({ to }: Import) => to === 'src/resolve/tree-ledger.ts'
    expect(offenders(decides, ledger, told, 20)).toEqual([])
  })

  it('anything but the terminal: how wide a text is', () => {
    const widths = IMPORTS.filter(({ to }) => to === 'string-width' || to === 'wrap-ansi')
    expect(offenders(widths, ({ from }) => !from.startsWith('src/cli/terminal/'), told, 2)).toEqual([])
  })

  it('anything but its entry: what tests import, so that an app never loads it', () => {
    const toTesting = IMPORTS.filter(({ to }) => to.startsWith('src/testing'))
    const knows = ({ from }: Import) => from !== 'src/testing.ts' && !from.startsWith('src/testing/')
    expect(offenders(toTesting, knows, told, 3)).toEqual([])
  })

  it('a live process: recordings, explanations, and the Collector', () => {
    const live = ofOurs(FOLDERS.filter((folder) => folder.startsWith('src/runtime') || folder === 'src/setup'))
    const others: readonly Folder[] = [
      'src/otlp',
      'src/forms',
      'src/recording',
      'src/explain',
      'src/collector',
      'src/alerts',
    ]
    expect(offenders(live, ({ to }) => isIn(to, others), told, 50)).toEqual([])
  })
})

describe('the vendors', () => {
  const vendors = FILES.filter(({ code }) => /^export const \w+: Vendor = /mu.test(code))
  const names = vendors.flatMap(({ code }) => /^ {2}name: '(?<name>[^']+)'/mu.exec(code)?.groups?.['name'] ?? [])

  it('are known by name in their own files alone', () => {
    expect(names.length).toBeGreaterThan(70)
    const rest = filesOf(...PURE).filter((file) => !vendors.includes(file))
    const named = ({ code }: File) => names.find((name) => code.includes(`'${name}'`) || code.includes(`"${name}"`))
    expect(
      offenders(
        rest,
        (file) => named(file) !== undefined,
        (file) => `${file.path}: ${named(file)}`,
        50,
      ),
    ).toEqual([])
  })

  it('import nothing but the words that vendors share', () => {
    const shared = ['vendor', 'marker', 'kind-words', 'operations', 'around-calls'].map(
      (file) => `src/recognize/dialects/${file}.ts`,
    )
    const imports = vendors.flatMap((file) => file.imports)
    expect(offenders(imports, ({ to }) => !shared.includes(to), told, 70)).toEqual([])
  })
})

describe('the parents of spans', () => {
  it('are looked up by their ids in one tree', () => {
    const looksUp = /parentSpanContext[^\n]*\n?[^\n]*(?:byId|byKey)\.get\(/iu
    expect(FILES.find(({ path }) => path === 'src/model/span-tree.ts')?.code).toMatch(looksUp)
    const others = FILES.filter(({ path }) => path !== 'src/model/span-tree.ts')
    expect(
      offenders(
        others,
        ({ code }) => looksUp.test(code),
        ({ path }) => path,
        30,
      ),
    ).toEqual([])
  })
})

describe('the brackets of a recording', () => {
  it('are followed by one scanner', () => {
    const brackets = /0x[57][bd]\b/u
    const scanner = 'src/recording/json-scanner.ts'
    expect(FILES.find(({ path }) => path === scanner)?.code).toMatch(brackets)
    expect(
      offenders(
        filesOf('src/recording').filter(({ path }) => path !== scanner),
        ({ code }) => brackets.test(code),
        ({ path }) => path,
        10,
      ),
    ).toEqual([])
  })
})

describe('the size of a folder', () => {
  it('is at most a fifth of the code', () => {
    const lines = (files: readonly File[]) =>
      files.flatMap(({ code }) => code.split('\n')).filter((line) => line.trim() !== '').length
    const all = lines(FILES)
    const tops = [...new Set(FILES.map(({ path }) => path.split('/').slice(0, 2).join('/')))]
    const shares = tops.map((top) => ({
      top,
      share: lines(FILES.filter(({ path }) => path.startsWith(`${top}/`))) / all,
    }))
    expect(
      offenders(
        shares,
        ({ share }) => share > 1 / 5,
        ({ top, share }) => `${top}: ${share.toFixed(2)}`,
        10,
      ),
    ).toEqual([])
  })
})

describe('decisions', () => {
  const files = filesOf(...PURE)
  it('import of OpenTelemetry the names of the semantic conventions alone', () => {
    const imports = importsOf(...PURE).filter(({ to }) => to.startsWith('@opentelemetry/'))
    expect(offenders(imports, ({ to }) => to !== '@opentelemetry/semantic-conventions', told)).toEqual([])
  })
  it('import nothing that does I/O', () => {
    const builtins = importsOf(...PURE).filter(({ to }) => to.startsWith('node:'))
    expect(offenders(builtins, ({ to }) => to !== 'node:crypto', told)).toEqual([])
  })
  it('import packages of known purpose only', () => {
    const known = [
      '@opentelemetry/semantic-conventions',
      '@bufbuild/protobuf/wire',
      'node:crypto',
      'canonicalize',
      'unhomoglyph',
      'valibot',
      'yaml',
    ]
    expect(
      offenders(
        files.flatMap((file) => file.imports).filter(({ to }) => !isOurs(to)),
        ({ to }) => !known.includes(to),
        told,
      ),
    ).toEqual([])
  })
  it('know no clock, no chance, no process and no console', () => {
    const impure =
      /\bDate\.now\b|\bnew Date\(\s*\)|\bMath\.random\b|\bperformance\.|(?<!')\bprocess\.|\bconsole\.|\bglobalThis\b|\bset(?:Timeout|Interval|Immediate)\b|\brandomUUID\b|\brandomBytes\b|\bfetch\(/u
    expect(
      offenders(
        files,
        ({ code }) => impure.test(code),
        ({ path, code }) => `${path}: ${impure.exec(code)?.[0]}`,
        10,
      ),
    ).toEqual([])
  })
  it('load nothing at run time', () => {
    const loads = /\bimport\s*\(|\brequire\s*\(|\bcreateRequire\b|\bgetBuiltinModule\b/u
    expect(
      offenders(
        files,
        ({ code }) => loads.test(code),
        ({ path }) => path,
        10,
      ),
    ).toEqual([])
  })
})

describe('src/runtime', () => {
  it('imports of OpenTelemetry values of the API alone, besides names', () => {
    const known = ['@opentelemetry/api', '@opentelemetry/semantic-conventions']
    const live = FOLDERS.filter((folder) => folder.startsWith('src/runtime') || folder === 'src/queues')
    const imports = importsOf(...live).filter(({ to }) => to.startsWith('@opentelemetry/'))
    expect(offenders(imports, ({ to, isType }) => !isType && !known.includes(to), told, 5)).toEqual([])
  })
  it('judges spans without knowing what is done with them: the listeners do, in one list', () => {
    const judges = ['judging-processor', 'judging-exporter', 'unseen'].map((name) => `src/runtime/judging/${name}.ts`)
    const listeners = ['judging/stamp-listener', 'judging/shown-findings', 'health/metrics']
    const imports = IMPORTS.filter(({ from }) => judges.includes(from))
    expect(offenders(imports, ({ to }) => listeners.some((name) => to === `src/runtime/${name}.ts`), told, 20)).toEqual(
      [],
    )
  })
  it('remembers of its process what is in the process state, and nothing beside it', () => {
    const mutable = /^(?:export )?(?:let\s|(?:const|var)\s[^=]+=\s*new (?:Weak)?(?:Map|Set)(?:<.*>)?\(\))/mu
    const files = FILES.filter(({ path }) => path.startsWith('src/runtime/') && !path.endsWith('/process-state.ts'))
    expect(
      offenders(
        files,
        ({ code }) => mutable.test(code),
        ({ path }) => path,
        40,
      ),
    ).toEqual([])
  })
  it('never asks for the class of a thing of the SDK', () => {
    const SDK = /\binstanceof\s+(?:\w*Span\w*|\w*Processor|\w*Exporter|\w*Provider|Resource|NodeSDK)\b/u
    expect(
      offenders(
        FILES,
        ({ code }) => SDK.test(code),
        ({ path }) => path,
        30,
      ),
    ).toEqual([])
  })
})

describe('printing', () => {
  const prints = /\bconsole\.\w+|\bprocess\.(?:stdout|stderr)\b/gu
  it('is done by src/cli alone, but for one line of register.ts', () => {
    const below = FILES.filter(({ path }) => !path.startsWith('src/cli/'))
    const allowed = (path: string) => (path === 'src/register.ts' ? 1 : 0)
    expect(
      offenders(
        below,
        ({ path, code }) => [...code.matchAll(prints)].length > allowed(path),
        ({ path }) => path,
        30,
      ),
    ).toEqual([])
  })
})

describe('names', () => {
  it('of ours are spelled in src/model/names.ts alone', () => {
    const spelled = /['"`]attribution\./u
    expect(FILES.find(({ path }) => path === 'src/model/names.ts')?.code).toMatch(spelled)
    const others = FILES.filter(({ path }) => path !== 'src/model/names.ts')
    expect(
      offenders(
        others,
        ({ code }) => spelled.test(code),
        ({ path }) => path,
        30,
      ),
    ).toEqual([])
  })
  it('of the words of a facet are listed by its rows, besides the Collector', () => {
    const wordList = /\b(?:PRINCIPAL|CONTEXT|CREDENTIAL|AUTHORITY|DECLARATION)_TYPES\b|\bDECISION_OUTCOMES\b/u
    const known = ['src/model/', 'src/collector/']
    const others = FILES.filter(({ path }) => !known.some((folder) => path.startsWith(folder)))
    expect(
      offenders(
        others,
        ({ code }) => wordList.test(code),
        ({ path }) => path,
        30,
      ),
    ).toEqual([])
  })
  it('of files say what they hold', () => {
    const vague = /^(?:utils?|helpers?|common|types?|misc|shared|lib)\.ts$/u
    expect(
      offenders(
        FILES,
        ({ path }) => vague.test(basename(path)),
        ({ path }) => path,
        30,
      ),
    ).toEqual([])
  })
  it('are exported one by one', () => {
    expect(
      offenders(
        FILES,
        ({ code }) => /^\s*export\s*\*/mu.test(code),
        ({ path }) => path,
        30,
      ),
    ).toEqual([])
  })
})

describe('the version', () => {
  it('that a span names is that of the package', () => {
    const text = readFileSync(join(ROOT, 'package.json'), 'utf8')
    expect((JSON.parse(text) as { version: string }).version).toBe(VERSION)
  })
})

import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** The functions that an app begins with. */
const MAIN = [
  'attribution',
  'onBehalfOf',
  'asAgent',
  'via',
  'guard',
  'decide',
  'carry',
  'resume',
  'JudgedSpans',
  'attributed.express',
]

/** What the examples take from the app around them. */
const APP = `
declare function runAssistant(prompt: string): Promise<string>
declare function sendMail(to: string): Promise<void>
interface Job { readonly report: string; readonly attribution: Record<string, string> }
declare const app: {
  use(handler: (...args: any[]) => unknown): void
  addHook(name: string, hook: (...args: any[]) => unknown): void
}
declare function auth(): Promise<{ readonly user: { readonly email: string } } | undefined>
declare const queue: { add(job: Job): Promise<void>; process(work: (job: Job) => Promise<unknown>): void }
`

/** The example in the docstring of each function or class that has one. */
const EXAMPLES: ReadonlyMap<string, string> = new Map(
  readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name): readonly (readonly [string, string])[] => {
      const examples = examplesIn(readFileSync(join(ROOT, 'src', name), 'utf8'))
      // Each edge exports a function of the same name.
      return name.startsWith('edges')
        ? examples.map(([at, code]) => [`${at}.${basename(name, '.ts')}`, code] as const)
        : examples
    }),
)

function examplesIn(source: string): readonly [string, string][] {
  const docstrings = source.matchAll(
    /\/\*\*(?<text>(?:(?!\*\/).)*)\*\/\nexport (?:(?:async )?function|class) (?<name>\w+)/gsu,
  )
  return [...docstrings].flatMap(({ groups }): [string, string][] => {
    const code = /@example\n \* ```ts\n(?<code>.*?) \* ```/su.exec(groups?.['text'] ?? '')?.groups?.['code']
    return code === undefined ? [] : [[groups?.['name'] ?? '', code.replaceAll(/^ \* ?/gmu, '')]]
  })
}

/** Below the packages, so that the imports of the examples are found, and nobody looks for sources there. */
const CACHE = join(ROOT, 'node_modules/.cache')
let folder: string

beforeAll(() => {
  mkdirSync(CACHE, { recursive: true })
  folder = mkdtempSync(join(CACHE, 'onbehalf-examples-'))
  writeFileSync(join(folder, 'app.d.ts'), APP)
  for (const [name, code] of EXAMPLES) writeFileSync(join(folder, `${name}.ts`), code)
  const compilerOptions = {
    paths: {
      onbehalf: [join(ROOT, 'src/index.ts')],
      'onbehalf/*': [join(ROOT, 'src/*.ts')],
    },
    typeRoots: [join(ROOT, 'node_modules/@types')],
    noUnusedLocals: false,
    noPropertyAccessFromIndexSignature: false,
  }
  const project = { extends: join(ROOT, 'tsconfig.json'), compilerOptions, include: ['*.ts'], exclude: [] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(project))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What the compiler says of the examples; nothing where they compile. */
async function complaints(): Promise<string> {
  const ended = run(join(ROOT, 'node_modules/.bin/tsc'), ['--project', folder, '--pretty', 'false'])
  return ended.then(
    ({ stdout }) => stdout,
    (error: { readonly stdout?: string }) => error.stdout ?? String(error),
  )
}

describe('the examples in docstrings', () => {
  it('are there for every function that an app begins with', () => {
    expect(MAIN.filter((name) => !EXAMPLES.has(name))).toEqual([])
  })

  it('use the function that they stand at', () => {
    expect(
      [...EXAMPLES].filter(([name, code]) => !code.includes(`${name.split('.')[0]}(`)).map(([name]) => name),
    ).toEqual([])
  })

  it('compile', async () => {
    expect(await complaints()).toBe('')
  })

  it('would not, if they were wrong', async () => {
    writeFileSync(join(folder, 'wrong.ts'), "import { via } from 'onbehalf'\nvia(42, () => {})\n")
    expect(await complaints()).toContain('wrong.ts(2,5): error TS2345')
    rmSync(join(folder, 'wrong.ts'))
  })
})

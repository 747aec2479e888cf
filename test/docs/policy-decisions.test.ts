import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { DECISION_OUTCOMES } from '../../src/model/attribution.ts'
import { REQUEST_FIELDS } from '../../src/runtime/judging/decide.ts'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PAGE = readFileSync(join(ROOT, 'docs/policy-decisions.md'), 'utf8')

/** What the examples take from the app around them. */
const APP = `
declare function runAssistant(prompt: string): Promise<string>
declare function sendMail(to: string): Promise<void>
`

const CACHE = join(ROOT, 'node_modules/.cache')
mkdirSync(CACHE, { recursive: true })
const folder = mkdtempSync(join(CACHE, 'onbehalf-decisions-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function rowsOf(heading: string): readonly string[] {
  const [, section = ''] = PAGE.split(`\n## ${heading}\n`)
  const [own = ''] = section.split('\n## ')
  return [...own.matchAll(/^\| `(?<key>\w+)`/gmu)].map(({ groups }) => groups?.['key'] ?? '')
}

describe('docs/policy-decisions.md', () => {
  it('names every outcome and every option', () => {
    expect(rowsOf('What happens').toSorted()).toEqual([...DECISION_OUTCOMES].toSorted())
    expect(rowsOf('All options of a request').toSorted()).toEqual([...REQUEST_FIELDS].toSorted())
  })

  it('has examples that compile', async () => {
    const examples = [...PAGE.matchAll(/^```ts\n(?<code>.*?)^```/gmsu)].map(({ groups }) => groups?.['code'] ?? '')
    expect(examples.length).toBeGreaterThan(3)
    for (const [index, code] of examples.entries()) writeFileSync(join(folder, `example-${index}.ts`), code)
    writeFileSync(join(folder, 'app.d.ts'), APP)
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    const compilerOptions = {
      paths: { onbehalf: [join(ROOT, 'src/index.ts')] },
      typeRoots: [join(ROOT, 'node_modules/@types')],
    }
    const project = { extends: join(ROOT, 'tsconfig.json'), compilerOptions, include: ['*.ts'], exclude: [] }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(project))
    const ended = run(join(ROOT, 'node_modules/.bin/tsc'), ['--project', folder, '--pretty', 'false'])
    const told = await ended.then(
      ({ stdout }) => stdout,
      (error: { readonly stdout?: string }) => error.stdout ?? String(error),
    )
    expect(told).toBe('')
  })
})

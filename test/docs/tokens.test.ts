import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { format, resolveConfig } from 'prettier'
import { afterAll, describe, expect, it } from 'vitest'
import { parsePolicy } from '../../src/policy/policy-file.ts'
import { TOKEN_ERROR_CODES } from '../../src/trust/tokens/token-error.ts'
import { TOKEN_TABLES, withTables } from './token-tables.ts'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PLACE = join(ROOT, 'docs/tokens.md')
const PAGE = readFileSync(PLACE, 'utf8')

/** What the examples take from the app around them. */
const APP = `
declare function runAssistant(prompt: string): Promise<string>
declare function sendMail(to: string): Promise<void>
`

function blocks(language: string): readonly string[] {
  return [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\\n(?<code>.*?)^\`\`\``, 'gmsu'))].map(
    ({ groups }) => groups?.['code'] ?? '',
  )
}

const CACHE = join(ROOT, 'node_modules/.cache')
mkdirSync(CACHE, { recursive: true })
const folder = mkdtempSync(join(CACHE, 'onbehalf-tokens-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('docs/tokens.md', () => {
  it('has a row for every field, profile and code (vitest -u writes them)', async () => {
    const style = await resolveConfig(PLACE)
    await expect(await format(withTables(PAGE), { ...style, parser: 'markdown' })).toMatchFileSnapshot(PLACE)
    expect(TOKEN_TABLES['codes']?.().split('\n')).toHaveLength(TOKEN_ERROR_CODES.length + 3)
  })

  it('has examples that compile', async () => {
    const examples = blocks('ts')
    expect(examples.length).toBeGreaterThan(2)
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

  it('has policies that are taken', () => {
    expect(blocks('yaml').map((policy) => parsePolicy(policy).ok)).toEqual([true])
  })
})

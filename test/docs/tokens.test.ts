import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { describe, expect, it } from 'vitest'
import { parsePolicy } from '../../src/policy/policy-file.ts'
import { TOKEN_ERROR_CODES } from '../../src/trust/tokens/token-error.ts'
import { complaintsAbout } from './compiled-examples.ts'
import { TOKEN_TABLES, withTables } from './token-tables.ts'

const PLACE = fileURLToPath(new URL('../../docs/tokens.md', import.meta.url))
const PAGE = readFileSync(PLACE, 'utf8')

function blocks(language: string): readonly string[] {
  return [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\\n(?<code>.*?)^\`\`\``, 'gmsu'))].map(
    ({ groups }) => groups?.['code'] ?? '',
  )
}

describe('docs/tokens.md', () => {
  it('has a row for every field, profile and code (vitest -u writes them)', async () => {
    const style = await resolveConfig(PLACE)
    await expect(await format(withTables(PAGE), { ...style, parser: 'markdown' })).toMatchFileSnapshot(PLACE)
    expect(TOKEN_TABLES['codes']?.().split('\n')).toHaveLength(TOKEN_ERROR_CODES.length + 3)
  })

  it('has examples that compile', async () => {
    const examples = blocks('ts')
    expect(examples.length).toBeGreaterThan(2)
    expect(await complaintsAbout(examples)).toBe('')
  })

  it('has policies that are taken', () => {
    expect(blocks('yaml').map((policy) => parsePolicy(policy).ok)).toEqual([true])
  })
})

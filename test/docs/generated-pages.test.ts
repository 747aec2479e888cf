import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { FINDING_CODES } from '../../src/model/finding.ts'
import { attributePage } from './attribute-page.ts'
import { findingIndex, findingPage } from './finding-pages.ts'

function inDocs(path: string): string {
  return fileURLToPath(new URL(`../../docs/${path}`, import.meta.url))
}

describe('the generated pages (vitest -u writes them)', () => {
  it.each(FINDING_CODES)('say of %s what the table of findings says', async (code) => {
    await expect(findingPage(code)).toMatchFileSnapshot(inDocs(`findings/${code}.md`))
  })
  it('are listed', async () => {
    await expect(findingIndex()).toMatchFileSnapshot(inDocs('findings/README.md'))
  })
  it('are those of findings that there are, and no others', () => {
    const pages = readdirSync(inDocs('findings')).filter((name) => name !== 'README.md')
    expect(pages.toSorted()).toEqual(FINDING_CODES.map((code) => `${code}.md`))
  })
  it('name every attribute that is written', async () => {
    await expect(attributePage()).toMatchFileSnapshot(inDocs('attributes.md'))
  })
})

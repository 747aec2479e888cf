import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { OPTIONS } from '../../src/setup/config.ts'
import { FINDING_CODES } from '../../src/model/finding.ts'
import { attributePage } from './attribute-page.ts'
import { configurationPage, OTHER_VARIABLES } from './configuration-page.ts'
import { findingPage, UNRAISED } from '../../src/cli/findings/page.ts'
import { findingIndex } from './finding-index.ts'

function inDocs(path: string): string {
  return fileURLToPath(new URL(`../../docs/${path}`, import.meta.url))
}

/** What stands in for the SDK's own reading of the environment. */
function sdkVariablesRead(): readonly string[] {
  const sources = ['env-exporters', 'env-propagator'].map((name) => `../../src/setup/${name}.ts`)
  return sources.flatMap(
    (path) => readFileSync(new URL(path, import.meta.url), 'utf8').match(/\bOTEL_[A-Z_]*[A-Z]/gu) ?? [],
  )
}

/** In the sources, the configurations and the compose file; what the demo hands to its own processes is no setting. */
function variablesRead(): ReadonlySet<string> {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const folders = ['src', 'collector-config'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(?:ts|mjs|ya?ml)$/u.test(name))
      .map((name) => join(folder, name)),
  )
  const names = [...folders, 'docker-compose.yml'].flatMap(
    (path) => readFileSync(join(root, path), 'utf8').match(/ONBEHALF_[A-Z_]*[A-Z]/gu) ?? [],
  )
  return new Set(names.filter((name) => !name.startsWith('ONBEHALF_DEMO_')))
}

describe('the generated pages (vitest -u writes them)', () => {
  it.each(FINDING_CODES)('say of %s what the table of findings says', async (code) => {
    const page = `${findingPage(code)}\nAll findings: [index](README.md).\n`
    await expect(page).toMatchFileSnapshot(inDocs(`findings/${code}.md`))
  })
  it('say which findings no rule raises yet', () => {
    const sources = ['judge', 'runtime', 'trust'].flatMap((folder) => {
      const place = fileURLToPath(new URL(`../../src/${folder}`, import.meta.url))
      const names = readdirSync(place, { recursive: true, encoding: 'utf8' })
      return names.filter((name) => name.endsWith('.ts')).map((name) => readFileSync(join(place, name), 'utf8'))
    })
    const raised = FINDING_CODES.filter((code) => sources.some((source) => source.includes(`'${code}'`)))
    expect(FINDING_CODES.filter((code) => !raised.includes(code)).toSorted()).toEqual([...UNRAISED].toSorted())
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
  it('name every option, variable and key of a policy, with what a bad value brings', async () => {
    await expect(configurationPage()).toMatchFileSnapshot(inDocs('configuration.md'))
  })
  it('name every variable that anything of ours reads, and no other', () => {
    const known = [...Object.values(OPTIONS).map(({ variable }) => variable), ...Object.keys(OTHER_VARIABLES)]
    expect([...variablesRead()].toSorted()).toEqual(known.toSorted())
  })
  it('name every variable of the SDK that we read in its place', () => {
    const page = configurationPage()
    const unnamed = sdkVariablesRead().filter((name) => !page.includes(`\`${name}\``) && !name.startsWith('OTEL_BSP'))
    expect(unnamed).toEqual([])
  })
})

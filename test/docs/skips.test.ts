import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const TESTS = fileURLToPath(new URL('..', import.meta.url))

/** A reason in the title, or a note that is added to it. */
const REASON = /\bskipped\b|note\}|_NOTE\}|WITHOUT_CORPUS\}/iu
const SKIP = /\.(?:skip|skipIf|todo|runIf)\b(?<title>[^\n]*(?:\n[^\n]*){0,2})/gu

/** For each skip, the line it is on and what follows: its condition and its title. */
function skipsIn(path: string): readonly string[] {
  const code = readFileSync(join(TESTS, path), 'utf8')
  const titles = new Map(
    [...code.matchAll(/^const TITLE = (?<title>.*)$/gmu)].map(({ groups }) => ['TITLE', groups?.['title'] ?? '']),
  )
  return [...code.matchAll(SKIP)].map(({ groups, index }) => {
    const line = code.slice(0, index).split('\n').length
    return `${path}:${line}: ${(groups?.['title'] ?? '').replace('TITLE', (name) => titles.get(name) ?? name)}`
  })
}

it('every test that may be skipped says in its title why', () => {
  const files = readdirSync(TESTS, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.test.ts') && !name.includes('node_modules') && !name.endsWith('skips.test.ts'),
  )
  const skips = files.flatMap(skipsIn)
  expect(skips.length).toBeGreaterThan(10)
  expect(skips.filter((skip) => !REASON.test(skip))).toEqual([])
})

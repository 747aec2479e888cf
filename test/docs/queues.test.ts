import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { LIBRARIES } from '../../src/queues/libraries.ts'
import { queueRows, rightLibraries, testedReleases } from './queue-table.ts'

const PAGE = readFileSync(new URL('../../docs/queues.md', import.meta.url), 'utf8')

/** The cells of the rows of the page's table. */
function rowsOf(page: string): readonly (readonly string[])[] {
  return page
    .split('\n')
    .filter((text) => text.startsWith('| `'))
    .map((text) =>
      text
        .split(/(?<!\\)\|/u)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
}

describe('the page of queues', () => {
  it('has a row for each library that is patched, with the releases of the tests', () => {
    expect(rowsOf(PAGE)).toEqual(queueRows())
  })
  it('names those that are right as they are, as they are tested', () => {
    const text = PAGE.replaceAll(/\s+/gu, ' ')
    expect(text).toContain(`${rightLibraries().join(', ')}.`)
  })
  it.each(LIBRARIES.map(({ name }) => name))('names no library that no test runs: %s', (name) => {
    expect(testedReleases(name).length).toBeGreaterThan(0)
  })
})

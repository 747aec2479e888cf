import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { DECISION_OUTCOMES } from '../../src/model/attribution.ts'
import { REQUEST_FIELDS } from '../../src/runtime/judging/decide.ts'
import { complaintsAbout } from './compiled-examples.ts'

const PAGE = readFileSync(new URL('../../docs/policy-decisions.md', import.meta.url), 'utf8')

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
    expect(await complaintsAbout(examples)).toBe('')
  })
})

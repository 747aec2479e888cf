import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const PAGES = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
  'examples/shop/README.md',
]

/** Links of a page to other places of this repository. */
function linksOf(page: string): readonly string[] {
  const text = withoutCode(readFileSync(join(ROOT, page), 'utf8'))
  const targets = [...text.matchAll(/\]\((?<target>[^)\s]+)\)/gu)].map(({ groups }) => groups?.['target'] ?? '')
  return targets.filter((target) => !/^[a-z]+:/u.test(target))
}

function withoutCode(text: string): string {
  return text.replaceAll(/^```.*?^```$/gmsu, '').replaceAll(/`[^`\n]*`/gu, '')
}

function leadsSomewhere(page: string, target: string): boolean {
  const [path = '', anchor] = target.split('#')
  const file = path === '' ? page : relative(ROOT, join(ROOT, dirname(page), path))
  if (!existsSync(join(ROOT, file))) return false
  return anchor === undefined || anchorsOf(readFileSync(join(ROOT, file), 'utf8')).has(anchor)
}

function anchorsOf(text: string): ReadonlySet<string> {
  const headings = [...text.matchAll(/^#+ (?<heading>.+)$/gmu)].map(({ groups }) => groups?.['heading'] ?? '')
  const anchor = (heading: string) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-')
  return new Set(headings.map(anchor))
}

describe('the pages', () => {
  it.each(PAGES)('%s links to what there is', (page) => {
    expect(linksOf(page).filter((target) => !leadsSomewhere(page, target))).toEqual([])
  })

  it('of docs can all be reached from the README', () => {
    const reached = new Set(['README.md'])
    for (const page of reached) {
      for (const target of linksOf(page)) {
        const file = relative(ROOT, join(ROOT, dirname(page), target.split('#')[0] ?? ''))
        if (PAGES.includes(file)) reached.add(file)
      }
    }
    expect(PAGES.filter((page) => !reached.has(page))).toEqual([])
  })
})

import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const run = promisify(execFile)
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
    const reached = reachedFromReadme()
    expect(PAGES.filter((page) => !reached.has(page))).toEqual([])
  })

  it('and whatever else the README leads to are in the tarball', async () => {
    const packed = await packedFiles()
    const isPacked = (file: string) => packed.some((each) => each === file || each.startsWith(`${file}/`))
    expect([...reachedFromReadme()].filter((file) => !isPacked(file))).toEqual([])
  })
})

/** Every file that one gets to by following links from the README. */
function reachedFromReadme(): ReadonlySet<string> {
  const reached = new Set(['README.md'])
  for (const page of reached) {
    if (!PAGES.includes(page)) continue
    for (const target of linksOf(page)) {
      const [path = ''] = target.split('#')
      if (path !== '') reached.add(relative(ROOT, join(ROOT, dirname(page), path)))
    }
  }
  return reached
}

interface Packed {
  readonly files: readonly { readonly path: string }[]
}

async function packedFiles(): Promise<readonly string[]> {
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: ROOT,
    maxBuffer: 64 * 1024 * 1024,
  })
  // A list up to npm 11, an object by package from npm 12 on.
  const [packed] = Object.values(JSON.parse(stdout) as Readonly<Record<string, Packed>>)
  return (packed?.files ?? []).map(({ path }) => path)
}

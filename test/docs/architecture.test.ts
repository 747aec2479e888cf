import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PAGE = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8')

/** Paths that the page names, in code or as a link. */
const NAMED = [
  ...PAGE.matchAll(/`(?<path>(?:src|test|docs|bench|examples|collector-config)(?:\/[\w./-]*)?)`/gu),
  ...PAGE.matchAll(/\]\((?<path>[\w./-]+)\)/gu),
].map(({ groups }) => groups?.['path'] ?? '')

/** Rows of the code map: floor and folder, as they come. */
const MAP = [...PAGE.matchAll(/^\| (?<floor>\d) +\| `(?<folder>src[\w/-]*)`/gmu)].map(({ groups }) => ({
  floor: Number(groups?.['floor']),
  folder: groups?.['folder'] ?? '',
}))

/** Folders of src that hold a file of code. */
function foldersIn(folder: string): readonly string[] {
  const entries = readdirSync(join(ROOT, folder), { withFileTypes: true })
  const below = entries.filter((entry) => entry.isDirectory()).flatMap(({ name }) => foldersIn(`${folder}/${name}`))
  return entries.some(({ name }) => name.endsWith('.ts')) ? [folder, ...below] : below
}

describe('ARCHITECTURE.md', () => {
  it('names only what exists', () => {
    expect(NAMED.length).toBeGreaterThan(60)
    expect(NAMED.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
  })

  it('has every folder of src in its map, once, and no other', () => {
    expect(MAP.map(({ folder }) => folder).toSorted()).toEqual(foldersIn('src').toSorted())
  })

  it('lists the folders from the lowest floor up', () => {
    const floors = MAP.map(({ floor }) => floor)
    expect(floors).toEqual(floors.toSorted((a, b) => a - b))
    expect(new Set(floors)).toEqual(new Set([0, 1, 2, 3, 4]))
  })

  it('gives a reason for every dependency', () => {
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>
    }
    const section = PAGE.slice(PAGE.indexOf('## Dependencies'), PAGE.indexOf('## Cross-cutting'))
    expect(Object.keys(dependencies).filter((name) => !section.includes(`\`${name}\``))).toEqual([])
  })

  it('fits three screens', () => {
    expect(PAGE.split('\n').length).toBeLessThanOrEqual(180)
  })
})

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** The worst turns of the word list in CONTRIBUTING, with what to write instead. */
const TURNS: ReadonlyMap<RegExp, string> = new Map([
  [/\bby whose leave\b/giu, 'under what authority'],
  [/\b(?:give|gives|gave|given) back\b/giu, 'return'],
  [/\bbe it\b/giu, 'whether'],
  [/\b(?:bear|bears|bearing)\b/giu, 'has, carries'],
  [/\b(?:so|as) many are kept\b/giu, 'keeps at most N'],
  [/\b(?:is|are) worth no\b/giu, "isn't worth a"],
  [/\bsomebody\b/giu, 'someone, or the user, the caller'],
  [/\bput down to\b/giu, 'attributed to'],
  [/\ball the same\b/giu, 'anyway, still'],
  [/\bas ever\b/giu, 'as usual'],
  [/\bvery same\b/giu, 'same'],
  [/\bnothing of ours\b/giu, 'none of our'],
  [/\bfrom zero on\b/giu, 'starting at zero'],
  [/\b(?:go|goes|going|went) before\b/giu, 'override, or come before (in time)'],
  [/\bonce for each way\b/giu, 'once for each kind of'],
  [/\b(?:have|has|had) the second (?:\w+ )?as the first\b/giu, "attribute the second user's actions to the first"],
  [/\bmost lack\b/giu, "most don't have"],
  [/\bthose that (?:it|they) (?:hold|holds) in others\b/giu, 'the others'],
  [/\b(?:whereof|thereof|wherefrom)\b/giu, 'of which, of it, from which'],
  [/\bfeigned\b/giu, 'faked'],
])

/** The page that lists them. */
const LISTS_THEM = 'CONTRIBUTING.md'

const PAGES = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md') && name !== LISTS_THEM),
  ...filesIn('docs', /\.md$/u),
  'examples/shop/README.md',
  ...filesIn('.github', /\.(?:md|yml)$/u),
  ...filesIn('collector-config', /\.(?:ya?ml|json)$/u),
]
const SOURCES = filesIn('src', /\.ts$/u)

function filesIn(folder: string, name: RegExp): readonly string[] {
  const names = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
  return names.filter((each) => name.test(each)).map((each) => join(folder, each))
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

/** What a program may print: help, findings, alerts, errors. Keys and names among them do no harm. */
function textsIn(code: string): string {
  const parts = code.matchAll(
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|(?<text>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`)/gu,
  )
  return [...parts].flatMap(({ groups }) => groups?.['text'] ?? []).join('\n')
}

function turnsIn(path: string, text: string): readonly string[] {
  return [...TURNS].flatMap(([turn, instead]) =>
    (text.replaceAll(/\s+/gu, ' ').match(turn) ?? []).map((found) => `${path}: "${found}", write: ${instead}`),
  )
}

describe('plain words', () => {
  it('on every page, and in what the Collector is given', () => {
    expect(PAGES.length).toBeGreaterThan(60)
    expect(PAGES.flatMap((path) => turnsIn(path, read(path)))).toEqual([])
  })

  it('in everything that a program may print', () => {
    expect(SOURCES.length).toBeGreaterThan(100)
    expect(SOURCES.flatMap((path) => turnsIn(path, textsIn(read(path))))).toEqual([])
  })

  it('are told from others across lines, in texts and not in comments', () => {
    expect(turnsIn('page', 'who asked, and by whose\nleave')).toHaveLength(1)
    expect(turnsIn('page', 'it bears a mark')).toHaveLength(1)
    expect(turnsIn('page', 'maybe it does; forbearance; the bearer of a token')).toEqual([])
    expect(turnsIn('code', textsIn("// it bears\nconst text = 'it gives back' /* be it */"))).toHaveLength(1)
  })

  it('each turn stands in the list that says what to write instead', () => {
    const list = read(LISTS_THEM)
    expect([...TURNS.keys()].filter((turn) => !new RegExp(turn, 'iu').test(list)).map(String)).toEqual([])
  })
})

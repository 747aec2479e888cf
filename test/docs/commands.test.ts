import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { VERSION } from '../../src/model/version.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Ways to run a package that fetch it from the registry where it isn't installed. */
const FETCHES =
  /\b(?:npx|bunx|pnpx|(?:pnpm|yarn) dlx|bun x|npm (?:exec|x|install|i|add))(?! --no-install\b)(?: -{1,2}[\w-]+(?:=\S+)?)* onbehalf(?=[\s@`"']|$)/u

/** Every file of the repository that someone may read a command in: pages, texts of the program, rules, tests' transcripts. */
function files(): readonly string[] {
  const { stdout } = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  return stdout
    .split('\0')
    .filter((file) => /\.(?:md|txt|ts|mjs|cjs|js|json|ya?ml)$/u.test(file) && !/-lock/u.test(file))
}

const THIS_FILE = 'test/docs/commands.test.ts'

describe('a command that runs the program', () => {
  it('never fetches another package of that name', () => {
    const all = files().filter((file) => file !== THIS_FILE)
    expect(all.length).toBeGreaterThan(300)
    const fetching = all.filter((file) => FETCHES.test(readFileSync(join(ROOT, file), 'utf8')))
    expect(fetching).toEqual([])
  })

  it.each([
    'npx onbehalf audit',
    'npx -y onbehalf',
    'npx --yes onbehalf@latest',
    'npm exec onbehalf',
    'npm install onbehalf',
    'pnpm dlx onbehalf',
    '`npx onbehalf`',
  ])('is found out as %s', (text) => {
    expect(text).toMatch(FETCHES)
  })

  it.each([
    'npx --no-install onbehalf audit',
    'npm install ../onbehalf/onbehalf-0.1.0.tgz',
    'node --import onbehalf/register',
  ])('is left alone as %s', (text) => {
    expect(text).not.toMatch(FETCHES)
  })

  it('runs what is built, in the clone', () => {
    const { stdout, status } = spawnSync('npx', ['--no-install', 'onbehalf', '--version'], {
      cwd: ROOT,
      encoding: 'utf8',
    })
    expect({ stdout, status }).toEqual({ stdout: `${VERSION}\n`, status: 0 })
  })
})

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { blocksOf } from '../docs/page.ts'
import { walk } from '../docs/walk.ts'
import { makeWorkplace } from '../docs/workplace.ts'
import type { Workplace } from '../docs/workplace.ts'
import { install, nodeProgram } from './app.ts'
import { run } from './run.ts'

const PAGE = readFileSync(fileURLToPath(new URL('../../docs/testing.md', import.meta.url)), 'utf8')
const JEST = ['jest@30.5.2', '@jest/globals@30.5.2']

let workplace: Workplace
beforeEach(() => (workplace = makeWorkplace()))
afterEach(() => workplace.remove())

const fromRegistry = (packages: readonly string[]) =>
  install(workplace.folder, ...packages.map((asked) => (asked.endsWith('.tgz') ? inject('tarball') : asked)))

describe('docs/testing.md holds for a newcomer', () => {
  it('in vitest', async () => {
    const { page } = await walk(PAGE, workplace.folder, fromRegistry)
    expect(page).toBe(PAGE)
  })

  it.each([
    ['20.19.0', 'ES modules', '.mjs'],
    ['24.21.0', 'ES modules', '.mjs'],
    ['24.21.0', 'CommonJS', '.cjs'],
  ])('in jest, on Node %s, with tests that are %s', async (node, _, ending) => {
    await fromRegistry(['ai@6', 'zod@4', 'onbehalf.tgz', '@opentelemetry/sdk-trace-node@2', ...JEST])
    for (const { text } of blocksOf(PAGE)) {
      const name = /^\/\/ (?<name>[\w.-]+)\.mjs/u.exec(text)?.groups?.['name']
      const inJest = text.replaceAll("from 'vitest'", "from '@jest/globals'")
      const code = ending === '.mjs' ? inJest : asCommonJs(inJest)
      if (name !== undefined) writeFileSync(join(workplace.folder, `${name}${ending}`), code)
    }
    const jest = join(workplace.folder, 'node_modules/jest/bin/jest.js')
    const { stderr } = await run(nodeProgram(node), ['--experimental-vm-modules', jest], { cwd: workplace.folder })
    expect(stderr).toContain('Tests:       3 passed, 3 total')
  })
})

function asCommonJs(code: string): string {
  return code
    .replaceAll(/^import (?<names>\{.*\}) from (?<from>.*)$/gmu, 'const $<names> = require($<from>)')
    .replaceAll(/\.mjs'/gu, ".cjs'")
    .replaceAll(/^export const (?<name>\w+) =/gmu, 'const $<name> = exports.$<name> =')
    .replaceAll(/^export function (?<name>\w+)/gmu, 'exports.$<name> = $<name>\nfunction $<name>')
}

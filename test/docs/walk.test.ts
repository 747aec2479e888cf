import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { idsBehind } from './page.ts'
import { walk } from './walk.ts'
import { installLocally, makeWorkplace } from './workplace.ts'
import type { Workplace } from './workplace.ts'

let workplace: Workplace
beforeEach(() => (workplace = makeWorkplace()))
afterEach(() => workplace.remove())

const walked = (...blocks: readonly string[]) =>
  walk(`# Page\n\n${blocks.join('\n')}`, workplace.folder, installLocally)
const block = (language: string, text: string) => `\`\`\`${language}\n${text}\n\`\`\`\n`

describe('a page that is run', () => {
  it.each([
    ['a block of a language that nothing runs', block('yaml', 'profile: strict'), /line 3 .*nothing runs .*"yaml"/u],
    ['a block of no language', block('', 'text'), /line 3 .*nothing runs .*""/u],
    ['a file that does not say its name', block('js', "console.log('a')"), /does not name its file/u],
    ['a session without a command', block('console', 'output'), /no command/u],
    ['a command that fails', block('sh', 'exit 3'), /ended with 3/u],
    ['a package in another version than is tested', block('sh', 'npm install express@4'), /express@4 is 5/u],
    [
      'a change to what is not there',
      `${block('js', '// a.mjs\nlet a = 1')}${block('diff', ' // a.mjs\n-let b = 1\n+let b = 2')}`,
      /line 7 .*stands not once/su,
    ],
  ])('is refused for %s', async (_, page, reason) => {
    await expect(walked(page)).rejects.toThrow(reason)
  })

  it('comes back with what was printed in place of what it shows, block by block', async () => {
    writeFileSync(join(workplace.folder, 'one'), 'first\nsecond\n')
    const { page } = await walked(block('console', '$ cat one\nolder'), block('console', '$ cat one\nfirst\nsecond'))
    const shown = block('console', '$ cat one\nfirst\nsecond')
    expect(page).toBe(`# Page\n\n${shown}\n${shown}`)
  })

  it('runs what it wrote and changed', async () => {
    const { page } = await walked(
      block('js', '// a.mjs: says a number\nconst number = 1\nconsole.log(number)'),
      block('diff', ' // a.mjs: says a number\n-const number = 1\n+const number = 2'),
      block('console', '$ node a.mjs\n1'),
    )
    expect(page).toContain('$ node a.mjs\n2\n')
  })
})

describe('what is shown', () => {
  const trace = 'abe9698c9447254599fe574c73eb50fc'
  const other = '00000000000000000000000000000001'
  it('may have other ids and times, which are told', () => {
    const [shown, output] = [`trace ${trace} at 2026-11-25T04:30:35.555Z`, `trace ${other} at 2027-01-01T00:00:00Z`]
    expect(idsBehind(shown, output)?.get(trace)).toBe(other)
  })
  it('may leave lines out where it says so', () => {
    expect(idsBehind('first\n...\nlast\n', 'first\nsecond\nthird\nlast\n')).toBeDefined()
    expect(idsBehind('first\nlast\n', 'first\nsecond\nlast\n')).toBeUndefined()
  })
  it('has the same words, and an id where there is one', () => {
    expect(idsBehind('2 spans', '3 spans')).toBeUndefined()
    expect(idsBehind(`trace ${trace}`, 'trace none')).toBeUndefined()
  })
})

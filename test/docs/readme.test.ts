import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { blocksOf, commandsIn, idsBehind } from './page.ts'
import { Terminal } from './terminal.ts'
import { makeWorkplace } from './workplace.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const README = readFileSync(join(ROOT, 'README.md'), 'utf8')
const EXPRESS = readFileSync(join(ROOT, 'docs/express.md'), 'utf8')
const BLOCKS = blocksOf(README)
const SESSIONS = BLOCKS.filter(({ language }) => language === 'console').flatMap(commandsIn)

const PROGRAM = join(ROOT, 'dist/cli/main.js')
const WHOLE_DEMO_MS = 120_000

const workplace = makeWorkplace()
/** The ids of the page, with those that came out: a later command names one of them. */
const ids = new Map<string, string>()

afterAll(() => workplace.remove())

/** As it is built: in the clone `npm run demo` builds first, which would take it away from other tests. */
function asTyped(command: string): string {
  const here = command
    .replace('npm run demo', 'npx --no-install onbehalf demo')
    .replace('npx --no-install onbehalf', `node ${PROGRAM}`)
  return here.replaceAll(/\b[0-9a-f]{8,32}\b/gu, (id) => {
    const shown = [...ids.keys()].find((known) => known.startsWith(id))
    return shown === undefined ? id : (ids.get(shown)?.slice(0, id.length) ?? id)
  })
}

describe('the README', () => {
  it.each(SESSIONS)(
    'shows what comes out of $command',
    async ({ command, output }) => {
      const actual = await new Terminal(workplace.folder).run(asTyped(command))
      const found = idsBehind(output, actual)
      expect(found === undefined ? actual : output).toBe(output)
      for (const [shown, id] of found ?? []) ids.set(shown, id)
    },
    WHOLE_DEMO_MS,
  )

  it('shows at least the demo, an audit and an explanation', () => {
    expect(SESSIONS.map(({ command }) => command.split(' ').slice(0, 4).join(' '))).toEqual([
      'npm run demo',
      'npx --no-install onbehalf audit',
      'npx --no-install onbehalf explain',
    ])
  })

  it('has no line of code that the page of express, which is run, does not have', () => {
    const lines = BLOCKS.filter(({ language }) => language === 'js').flatMap(({ text }) => text.split('\n'))
    const known = new Set(EXPRESS.split('\n').map(bare))
    const unknown = lines.map(bare).filter((line) => !line.startsWith('//') && !known.has(line))
    expect(unknown).toEqual([ABRIDGED])
  })
})

/** The call of the agent, on one line. */
const ABRIDGED = 'generateText({ model, prompt, tools: { sendMail }, experimental_telemetry: { isEnabled: true } }),'

function bare(line: string): string {
  return line.replace(/^[+-]/u, '').trim()
}

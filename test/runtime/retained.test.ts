import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { run } from '../register/child.ts'

const APP = fileURLToPath(new URL('apps/retained.mjs', import.meta.url))
const MIB = 2 ** 20
/** Most have some 60 to 120 MB pass by. */
const MOST = 16 * MIB

interface Held {
  readonly bytes: number
  readonly longest: number
  readonly chain: number
}

async function held(what: string, where: string): Promise<Held> {
  const ended = await run({ app: APP, args: [what, where], imports: [], flags: ['--expose-gc'] })
  expect(ended).toMatchObject({ code: 0, stderr: '' })
  return JSON.parse(ended.stdout) as Held
}

const STATED = [
  'one id of a megabyte over four hundred spans',
  'ids of 50 KiB',
  'ids that the SDK cuts',
  'ids in a wide space',
  'everything that a span can state',
]
const BOUND = ['parts of bodies', 'carriers that are parts of messages', 'a thousand agents that start each other']

describe('what is held of spans that ended is bounded in bytes', () => {
  it.each([
    ...[...STATED, ...BOUND].map((what) => [what, 'our processor']),
    ...STATED.slice(1).map((what) => [what, 'the exporter']),
  ] as const)(
    '%s, judged by %s',
    async (what, where) => {
      const { bytes, longest, chain } = await held(what, where)
      expect(bytes).toBeLessThan(MOST)
      expect(longest).toBeLessThanOrEqual(1_024)
      expect(chain).toBeLessThanOrEqual(128)
    },
    120_000,
  )
})

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readRequest } from '../../src/otlp/otlp-json.ts'
import { seen } from '../live/seen.ts'
import type { Seen } from '../live/seen.ts'
import { walk } from './walk.ts'
import type { Walk } from './walk.ts'
import { installLocally, makeWorkplace } from './workplace.ts'

const PAGE = fileURLToPath(new URL('../../docs/express.md', import.meta.url))
const WHOLE_PAGE_MS = 180_000

const workplace = makeWorkplace()
const page = readFileSync(PAGE, 'utf8')
let walked: Walk

beforeAll(async () => {
  walked = await walk(page, workplace.folder, installLocally)
}, WHOLE_PAGE_MS)

afterAll(() => workplace.remove())

function judgedIn(recording: string | undefined): readonly Seen[] {
  const lines = (recording ?? '').split('\n').filter((line) => line !== '')
  const unreadable = ({ place, reason }: { place: string; reason: string }) => {
    throw new Error(`${place}: ${reason}`)
  }
  const spans = lines.flatMap((line) => [...readRequest(JSON.parse(line), unreadable)].map(seen))
  return spans.filter(({ verdict }) => verdict !== undefined)
}

/** What a request is made of, whoever it was for. */
const KINDS = ['agent', 'effect', 'llm', 'llm', 'tool']

const ASKED = {
  'kai@contoso.com': 'send the weekly report to the board',
  'mia@contoso.com': 'invite the board to dinner',
}

describe('the page of express (vitest -u writes its output)', () => {
  it('shows what comes out of its commands', async () => {
    await expect(walked.page).toMatchFileSnapshot(PAGE)
  })

  it('has the app running three times: as it was, attributed, and under a NodeSDK of its own', () => {
    expect(walked.recordings).toHaveLength(3)
  })

  it('attributes nothing to anybody before the app says who asks', () => {
    const before = judgedIn(walked.recordings[0])
    expect(before.map(({ kind }) => kind).toSorted()).toEqual([...KINDS, ...KINDS].toSorted())
    expect(before.every(({ principal, verdict }) => principal === undefined && verdict === 'unknown')).toBe(true)
  })

  describe.each([
    ['under onbehalf/register', 1],
    ['under a NodeSDK of its own', 2],
  ])('%s', (_, index) => {
    it.each(Object.entries(ASKED))('has all that was done for %s under that name, and nothing else', (user, intent) => {
      const judged = judgedIn(walked.recordings[index])
      const traces = new Set(judged.filter(({ principal }) => principal === user).map(({ traceId }) => traceId))
      expect(traces.size).toBe(1)
      const own = judged.filter(({ traceId }) => traces.has(traceId))
      expect(own.map(({ kind }) => kind).toSorted()).toEqual(KINDS)
      for (const span of own) {
        expect(span).toMatchObject({ principal: user, intent, actor: 'report-assistant', verdict: 'separated' })
        expect(span).toMatchObject({ complete: true, findings: [] })
      }
      expect(own.find(({ kind }) => kind === 'effect')).toMatchObject({ context: 'mail-connector', name: 'POST' })
    })
  })
})

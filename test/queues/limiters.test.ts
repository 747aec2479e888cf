import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { Seen } from '../live/seen.ts'
import { run, startSink } from '../register/child.ts'
import { LINES, NEWER_NODE, releasesOf } from './lines.ts'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Which limiters an app uses: those that are patched, the same where nothing is, and those that are right as they are. */
type Use = 'bound' | 'net' | 'right'

interface Setup {
  readonly line: string
  readonly app: string
  readonly use: Use
  readonly setup: string
  readonly node?: string
}

/** A span that a user's job, or what follows from it, left. */
interface Act {
  readonly limiter: string
  readonly way: string
  readonly user: string
  readonly principal: string | undefined
  readonly verdict: string | undefined
  readonly findings: readonly string[]
}

interface Outcome {
  readonly stderr: string
  readonly acts: readonly Act[]
  readonly requests: readonly Seen[]
}

async function actsOf({ line, app, use, setup, node }: Setup): Promise<Outcome> {
  const sink = await startSink()
  try {
    const imports = [setup.endsWith('.mjs') ? at(`apps/${setup}`) : setup]
    const env = { ...sink.env, OTEL_LOG_LEVEL: 'warn' }
    const { stderr } = await run({ app: at(`apps/${app}`), args: [line, use], imports, env, ...(node && { node }) })
    const spans = sink.judged()
    return {
      stderr,
      acts: spans.filter(({ name }) => name.includes('|')).map(actOf),
      requests: spans.filter(isRequest),
    }
  } finally {
    sink.close()
  }
}

function actOf({ name, principal, verdict, findings }: Seen): Act {
  const [limiter = '', way = '', user = ''] = name.split('|')
  return { limiter, way, user, principal, verdict, findings }
}

function isRequest({ span }: Seen): boolean {
  return 'url.path' in span.attributes
}

function isNotOwn({ principal, verdict, span }: Seen): boolean {
  return span.attributes['url.path'] !== `/${principal}` || verdict !== 'separated'
}

/** What is another user's, or not known to be the user's own. */
function notOwn(acts: readonly Act[]): readonly string[] {
  return acts
    .filter(({ user, principal, verdict }) => principal !== user || verdict !== 'separated')
    .map(
      (act) =>
        `${act.limiter}, ${act.way}: of ${act.user}, for ${act.principal}, ${act.verdict} ${act.findings.join()}`,
    )
}

function librariesIn(acts: readonly Act[]): readonly string[] {
  return [...new Set(acts.map(({ limiter }) => limiter.split(' ')[0] as string))].sort()
}

/** What is patched, and `@langchain/core`, which runs its callbacks over a p-queue. */
const PATCHED = [
  '@langchain/core',
  'async',
  'async-lock',
  'bottleneck',
  'cockatiel',
  'dataloader',
  'fastq',
  'p-queue',
  'promise-queue',
  'undici',
  'workerpool',
] as const

const SETUPS: readonly (Omit<Setup, 'line' | 'use'> & { readonly title: string })[] = [
  { title: 'a CommonJS app', app: 'run.cjs', setup: 'own-setup.mjs' },
  { title: 'an ES module', app: 'run.mjs', setup: 'own-setup.mjs' },
]

describe.each(LINES)('limiters of the line %s', (line) => {
  const patched = PATCHED.filter((library) => library in releasesOf(line))

  it.each(SETUPS)('do each user’s jobs for that user, in $title', async ({ app, setup }) => {
    const { stderr, acts, requests } = await actsOf({ line, app, setup, use: 'bound' })
    expect(stderr).toBe('')
    expect(librariesIn(acts)).toEqual(patched)
    expect(notOwn(acts)).toEqual([])
    expect(requests.length).toBeGreaterThan(0)
    expect(requests.filter(isNotOwn)).toEqual([])
  })

  it('name nobody else without a word where nothing is patched', async () => {
    const { acts } = await actsOf({ line, app: 'run.mjs', setup: 'processor-setup.mjs', use: 'net' })
    expect(librariesIn(acts)).toEqual(patched)
    const silent = acts.filter(({ user, principal, verdict }) => principal !== user && verdict !== 'unknown')
    expect(notOwn(silent.filter(canBeKnown))).toEqual([])
  })
})

/**
 * Where jobs of everybody run in the context of one, and that one is not done yet, nothing tells whose they are; neither
 * does it where a span is over in the turn in which it starts.
 */
function canBeKnown({ limiter, way }: Act): boolean {
  const isOver = way === 'a call that is over at once' || way === 'a stream'
  return !isOver && !/all at once|wrap|started later|workerpool|callbacks|submit/u.test(limiter)
}

describe('limiters of the newest line', () => {
  it.each([
    { title: 'a CommonJS app', app: 'run.cjs' },
    { title: 'an ES module', app: 'run.mjs' },
  ])('do each user’s jobs for that user under register, in $title', async ({ app }) => {
    const { stderr, acts } = await actsOf({ line: 'newest', app, setup: 'onbehalf/register', use: 'bound' })
    expect(stderr).toBe('')
    expect(librariesIn(acts)).toEqual([...PATCHED])
    expect(notOwn(acts)).toEqual([])
  })

  it.each(SETUPS)('do so on a newer Node, in $title', async ({ app, setup }) => {
    const { stderr, acts } = await actsOf({ line: 'newest', app, setup, use: 'bound', node: NEWER_NODE })
    expect(stderr).toBe('')
    expect(librariesIn(acts)).toEqual([...PATCHED])
    expect(notOwn(acts)).toEqual([])
  })

  it.each(['own-setup.mjs', 'processor-setup.mjs'])('are left alone where they are right, under %s', async (setup) => {
    const { acts } = await actsOf({ line: 'newest', app: 'run.mjs', setup, use: 'right' })
    const others = ['bull', 'bullmq', 'mysql2']
    const right = Object.keys(releasesOf('newest')).filter((name) => ![...PATCHED, ...others].includes(name as never))
    expect(librariesIn(acts)).toEqual(right.sort())
    expect(notOwn(acts)).toEqual([])
  })
})

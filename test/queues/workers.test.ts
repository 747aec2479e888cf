import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run, startSink } from '../register/child.ts'
import { LINES, releasesOf } from './lines.ts'
import { HAS_REDIS, startRedis } from './redis.ts'
import type { Redis } from './redis.ts'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

if (!HAS_REDIS && process.env['ONBEHALF_REDIS'] === 'required') throw new Error('redis-server is not installed')
if (!HAS_REDIS) console.warn('SKIPPED: BullMQ and Bull need redis-server (Debian: apt-get install redis-server)')

let redis: Redis

const TITLE = 'workers of the line %s, made inside a binding that goes on (skipped where there is no redis-server)'

describe.skipIf(!HAS_REDIS).each(LINES)(TITLE, (line) => {
  const libraries = ['bull', 'bullmq'].filter((library) => library in releasesOf(line))

  beforeAll(async () => {
    redis = await startRedis()
  })

  afterAll(() => redis.stop())

  it.each(['cjs', 'mjs'])('do their jobs for nobody, or for whom the job carries (%s)', async (kind) => {
    const sink = await startSink()
    const env = { ...sink.env, OTEL_LOG_LEVEL: 'warn' }
    const args = [line, String(redis.port), kind]
    const { stderr } = await run({ app: at('apps/workers.mjs'), args, imports: [at('apps/own-setup.mjs')], env })
    const acts = sink.judged().map(({ name, principal, verdict }) => `${name}: ${principal}, ${verdict}`)
    sink.close()
    expect(stderr).toBe('')
    const events = ['bullmq events completed: undefined, unknown', 'bullmq on completed: undefined, unknown']
    expect([...new Set(acts)].sort()).toEqual(
      [
        ...libraries.flatMap((library) => [
          `${library} acts: undefined, unknown`,
          `${library} resumes: mia@contoso.com, separated`,
        ]),
        ...events,
        // The span that `resume` opens: a worker has none.
        'resume: mia@contoso.com, separated',
        ...(libraries.includes('bull') ? ['bull on completed: undefined, unknown'] : []),
      ].sort(),
    )
  })
})

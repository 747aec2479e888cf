import { createRequire } from 'node:module'
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { explain, sentenceOf } from '../../src/explain/explanation.ts'
import { judgeTrace } from '../../src/judge/trace.ts'
import { createJudge } from '../../src/judge/judge.ts'
import { createPolicy } from '../../src/policy/policy.ts'
import { startLiveSdk } from '../live/live-sdk.ts'
import type { LiveSdk } from '../live/live-sdk.ts'
import { bound } from './lazily.ts'
import { startPostgres } from './postgres.ts'
import type { Postgres } from './postgres.ts'

/** With no span active, a query of node-postgres hangs below the connection that its pool gave it. */

const load = createRequire(import.meta.url)
const POLICY = createPolicy({})
const [KAI] = ['kai@contoso.com']

let sdk: LiveSdk
let postgres: Postgres

beforeAll(async () => {
  sdk = startLiveSdk({}, [new PgInstrumentation() as never])
  load('pg')
  postgres = await startPostgres('CREATE TABLE orders (id serial PRIMARY KEY, item text NOT NULL)')
})

beforeEach(() => sdk.clear())

afterAll(async () => {
  await postgres.close()
  await sdk.stop()
})

async function insert(item: string | null, at: Partial<Postgres> = {}): Promise<void> {
  const { Pool } = load('pg') as typeof import('pg')
  const { close: _, ...there } = { ...postgres, ...at }
  const pool = new Pool({ ...there, max: 1, connectionTimeoutMillis: 1_000 })
  const inserted = bound(KAI, () => pool.query('INSERT INTO orders (item) VALUES ($1)', [item]))
  await inserted.catch(() => undefined)
  await pool.end()
}

/** What an investigator is told of all that was recorded. */
function told(): string {
  return sentenceOf(explain(sdk.all(), POLICY))
}

describe('an insert with no span active', () => {
  it.each([
    ['succeeds', 'chair', 'success', '"pg.query:INSERT postgres" succeeded.'],
    ['fails', null, 'failure', '"pg.query:INSERT postgres" failed.'],
  ] as const)('is judged where it %s, and told as the act', async (_, item, outcome, end) => {
    await insert(item)
    const spans = await sdk.judged()
    const [query, ...others] = spans.filter(({ name }) => name.startsWith('pg.query'))
    expect(others).toEqual([])
    expect(query).toMatchObject({ kind: 'effect', principal: KAI, actor: 'buyer', outcome, verdict: 'separated' })
    expect(spans.find(({ name }) => name === 'pg-pool.connect')).toMatchObject({
      spanId: query?.parentSpanId,
      kind: 'effect',
      verdict: 'separated',
    })
    expect(told()).toContain(`; ${end}`)
  })

  it('is told by its connection where that failed and is all there is', async () => {
    await insert('chair', { port: 1 })
    expect(told()).toContain('; pg-pool.connect failed.')
  })

  it('is judged alike by the audit of what was recorded', async () => {
    await insert(null)
    const live = await sdk.judged()
    const audited = judgeTrace(sdk.all(), POLICY, createJudge(POLICY))
    expect(audited.map(({ span, resolved }) => [span.name, resolved.kind]).toSorted()).toEqual(
      live.map(({ name, kind }) => [name, kind]).toSorted(),
    )
  })
})

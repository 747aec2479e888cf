import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { Seen } from '../live/seen.ts'
import { run, startSink } from '../register/child.ts'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const USERS = ['kai@contoso.com', 'mia@contoso.com', 'lee@contoso.com']
/** Ways in which each user queries once. */
const QUERIES = 4
/** Calls of each user between and after them. */
const CALLS = 5

async function spansWith(instrumentation: string): Promise<readonly Seen[]> {
  const sink = await startSink()
  const env = { ...sink.env, PG: instrumentation, OTEL_LOG_LEVEL: 'warn' }
  const { code, stderr } = await run({ app: at('apps/pg-pool.mjs'), imports: [at('apps/pg-setup.mjs')], env })
  const spans = sink.judged()
  sink.close()
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return spans
}

function textOf({ span }: Seen): string {
  return String(span.attributes['db.query.text'] ?? span.attributes['db.statement'] ?? '')
}

const times = (count: number) =>
  USERS.flatMap((user) => Array<string>(count).fill(`${user}: ${user}, separated`)).sort()

describe('a pool of pg with one connection, by three users at once', () => {
  it.each([
    { title: 'without its instrumentation', instrumentation: '' },
    { title: 'with its instrumentation, made before ours', instrumentation: 'before' },
    { title: 'with its instrumentation, made after ours', instrumentation: 'after' },
  ])('does what each asks for whom asks it, each query once, $title', async ({ instrumentation }) => {
    const spans = await spansWith(instrumentation)
    const told = (of: string | undefined, { principal, verdict }: Seen) => `${of}: ${principal}, ${verdict}`
    const calls = spans.filter(({ name }) => USERS.includes(name))
    expect(calls.map((span) => told(span.name, span)).sort()).toEqual(times(CALLS))
    const queries = spans.filter((span) => textOf(span).startsWith('SELECT'))
    const owner = (span: Seen) => USERS.find((user) => textOf(span).includes(user))
    expect(queries.map((span) => told(owner(span), span)).sort()).toEqual(times(instrumentation === '' ? 0 : QUERIES))
  })
})

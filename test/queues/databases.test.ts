import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { run, startSink } from '../register/child.ts'
import { LINES, releasesOf } from './lines.ts'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const USERS = ['kai@contoso.com', 'mia@contoso.com', 'lee@contoso.com']
const WAYS = [
  ['query, callback', 1],
  ['getConnection, callbacks', 2],
  ['query, promise', 1],
  ['getConnection, promises', 2],
] as const

describe.each(LINES.filter((line) => 'mysql2' in releasesOf(line)))('a pool of mysql2 of the line %s', (line) => {
  it.each(['cjs', 'mjs'])('does each user’s work for that user (%s)', async (kind) => {
    const sink = await startSink()
    const { code, stderr } = await run({
      app: at('apps/mysql.mjs'),
      args: [line, kind],
      imports: [at('apps/own-setup.mjs')],
      env: { ...sink.env, OTEL_LOG_LEVEL: 'warn' },
    })
    const acts = sink.judged().map(({ name, principal, verdict }) => `${name}: ${principal}, ${verdict}`)
    sink.close()
    // The server that mysql2 is counts its packets anew in other places than its client.
    const lines = stderr.split('\n').filter((text) => text !== '' && !text.includes('packets out of order'))
    expect({ code, lines }).toEqual({ code: 0, lines: [] })
    const own = (way: string, user: string) => `mysql2 ${way}|a call|${user}: ${user}, separated`
    expect(acts.sort()).toEqual(
      WAYS.flatMap(([way, times]) => USERS.flatMap((user) => Array(times).fill(own(way, user)) as string[])).sort(),
    )
  })
})

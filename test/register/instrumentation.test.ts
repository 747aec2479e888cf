import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SPAN_KIND } from '../../src/model/span.ts'
import { row } from '../live/seen.ts'
import { run, startSink } from './child.ts'
import type { Sink } from './child.ts'

let sink: Sink

beforeEach(async () => {
  sink = await startSink()
})

afterEach(() => sink.close())

const APPS = [
  { title: 'an ES module that imports names', app: 'esm.mjs' },
  { title: 'an ES module that imports modules whole', app: 'esm-default.mjs' },
  { title: 'a CommonJS app', app: 'commonjs.cjs' },
]

describe.each(APPS)('$title', ({ app }) => {
  it('has each user’s calls over http and over fetch attributed, by the environment alone', async () => {
    const { code, stderr } = await run({ app, env: sink.env })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const effects = ['kai@contoso.com', 'mia@contoso.com'].flatMap((user) =>
      ['http', 'fetch'].map(() => ({
        kind: 'effect',
        principal: user,
        actor: 'buyer',
        context: 'shop',
        intent: `serve ${user}`,
        verdict: 'separated',
        complete: true,
        findings: [],
      })),
    )
    const found = sink.judged().toSorted((a, b) => String(a.principal).localeCompare(String(b.principal)))
    expect(found.map(row)).toEqual(effects)
    expect(new Set(found.map(({ span }) => span.instrumentationScope.name))).toEqual(
      new Set(['@opentelemetry/instrumentation-http', '@opentelemetry/instrumentation-undici']),
    )
  })

  it('has the requests that it serves seen, each call in the trace of its request', async () => {
    await run({ app, env: sink.env })
    const spans = sink.spans()
    const served = spans.filter(({ span }) => span.kind === SPAN_KIND.server)
    expect(served).toHaveLength(2 + 4)
    const ids = new Set(served.map(({ spanId }) => spanId))
    expect(sink.judged().filter(({ parentSpanId }) => !ids.has(String(parentSpanId)))).toEqual([])
  })

  it('has each span leave once', async () => {
    await run({ app, env: sink.env })
    const ids = sink.spans().map(({ spanId }) => spanId)
    expect(ids.length).toBeGreaterThan(6)
    expect(new Set(ids).size).toBe(ids.length)
  })
})

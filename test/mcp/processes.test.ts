import { afterAll, beforeAll, expect, it } from 'vitest'
import { startSink } from '../register/child.ts'
import type { Sink } from '../register/child.ts'
import { loopback } from '../live/loopback.ts'
import type { Loopback } from '../live/loopback.ts'
import { play, settingsFor } from './processes.ts'

let crm: Loopback
beforeAll(async () => { crm = await loopback() })
afterAll(() => crm.close())

for (const sdk of ['1','2'] as const) for (const transport of ['stdio','http'] as const) for (const inst of [[], ['--instrumented']]) for (const lvl of [[], ['--level', 'Server']]) for (const neg of sdk === '2' ? [[], ['--negotiated']] : [[]])
it(`works ${sdk} ${transport} ${inst} ${lvl} ${neg}`, async () => {
  const sink: Sink = await startSink()
  const ended = await play({ sdk, transport, client: ['--attributed', ...inst, ...neg], server: ['--attributed', ...inst, ...lvl], env: settingsFor(sink, crm.url, { MEET: '2' }) })
  console.log(ended)
  for (const s of sink.spans()) console.log([s.traceId.slice(0,4), s.spanId.slice(0,4), s.parentSpanId?.slice(0,4), s.span.resource.attributes['service.name'], s.span.kind, s.name, '|', s.kind, s.principal, s.actor, s.intent, s.context, s.correlation?.slice(0,4), s.verdict, s.findings.join(), JSON.stringify(s.assurance), s.outcome].join(' '))
  expect(ended.code).toBe(0)
  sink.close()
}, 30000)

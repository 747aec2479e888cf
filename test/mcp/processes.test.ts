import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { onbehalf } from '../cli/program.ts'
import { loopback } from '../live/loopback.ts'
import type { Loopback } from '../live/loopback.ts'
import type { Seen } from '../live/seen.ts'
import { startSink } from '../register/child.ts'
import type { Ended, Sink } from '../register/child.ts'
import { play, settingsFor } from './processes.ts'
import type { Scene } from './processes.ts'

/**
 * MCP client and server as two processes under `--import onbehalf/register`, two users at once on one client, and a tool
 * that calls out over HTTP. Both processes export to one place, and what arrives there is looked at together.
 */

const USERS = ['kai@contoso.com', 'mia@contoso.com'] as const

let crm: Loopback
beforeAll(async () => {
  crm = await loopback()
})
afterAll(() => crm.close())

const BOTH = { client: ['--attributed'], server: ['--attributed'] }
/** Traceloop's around the client's requests; around the server, one that follows the semantic conventions. */
const INSTRUMENTED = {
  client: ['--attributed', '--instrumented'],
  server: ['--attributed', '--instrumented'],
}

interface Case {
  readonly title: string
  readonly scene: Omit<Scene, 'env'>
  /** Names of the client's and the server's span of the call. */
  readonly names: readonly [string, string]
  /** What the client's span says the call goes through. */
  readonly context: string
}

const OURS = { names: ['tools/call lookup', 'tools/call lookup'], context: 'crm-server' } as const
const THEIRS = { names: ['lookup.tool', 'tools/call lookup'], context: 'lookup' } as const

const CASES: readonly Case[] = [
  { title: 'SDK 1.x over stdio', scene: { sdk: '1', transport: 'stdio', ...BOTH }, ...OURS },
  { title: 'SDK 1.x over HTTP', scene: { sdk: '1', transport: 'http', ...BOTH }, ...OURS },
  {
    title: 'SDK 1.x over HTTP, with a session',
    scene: { sdk: '1', transport: 'http', ...BOTH, server: ['--attributed', '--sessions'] },
    ...OURS,
  },
  { title: 'SDK 2.x over stdio', scene: { sdk: '2', transport: 'stdio', ...BOTH }, ...OURS },
  { title: 'SDK 2.x over HTTP', scene: { sdk: '2', transport: 'http', ...BOTH }, ...OURS },
  {
    title: 'SDK 2.x over stdio, with the protocol of 2026-07-28',
    scene: { sdk: '2', transport: 'stdio', ...BOTH, client: ['--attributed', '--negotiated'] },
    ...OURS,
  },
  {
    title: 'SDK 2.x over HTTP, with the protocol of 2026-07-28',
    scene: { sdk: '2', transport: 'http', ...BOTH, client: ['--attributed', '--negotiated'] },
    ...OURS,
  },
  {
    title: 'a low-level server of SDK 1.x',
    scene: { sdk: '1', transport: 'stdio', ...BOTH, server: ['--attributed', '--level', 'Server'] },
    ...OURS,
  },
  {
    title: 'a low-level server of SDK 2.x',
    scene: { sdk: '2', transport: 'http', ...BOTH, server: ['--attributed', '--level', 'Server'] },
    ...OURS,
  },
  {
    title: 'SDK 1.x over stdio, connected on behalf of someone else',
    scene: { sdk: '1', transport: 'stdio', ...BOTH, server: ['--attributed', '--bound'] },
    ...OURS,
  },
  {
    title: 'SDK 2.x over stdio, connected on behalf of someone else',
    scene: { sdk: '2', transport: 'stdio', ...BOTH, server: ['--attributed', '--bound'] },
    ...OURS,
  },
  { title: 'SDK 1.x over stdio, instrumented', scene: { sdk: '1', transport: 'stdio', ...INSTRUMENTED }, ...THEIRS },
  { title: 'SDK 1.x over HTTP, instrumented', scene: { sdk: '1', transport: 'http', ...INSTRUMENTED }, ...THEIRS },
  { title: 'SDK 2.x over stdio, instrumented', scene: { sdk: '2', transport: 'stdio', ...INSTRUMENTED }, ...THEIRS },
  { title: 'SDK 2.x over HTTP, instrumented', scene: { sdk: '2', transport: 'http', ...INSTRUMENTED }, ...THEIRS },
]

const service = ({ span }: Seen) => span.resource.attributes['service.name']

/** The client's span of a user's call, and everything below it. */
function chainOf(user: string, spans: readonly Seen[]): readonly Seen[] {
  const calls = spans.filter((span) => service(span) === 'assistant' && span.principal === user)
  const below = (span: Seen): readonly Seen[] => [
    span,
    ...spans.filter(({ parentSpanId }) => parentSpanId === span.spanId).flatMap(below),
  ]
  return calls.flatMap(below)
}

describe.each(CASES)('$title', ({ scene, names, context }) => {
  let sink: Sink
  let ended: Ended
  beforeAll(async () => {
    sink = await startSink()
    ended = await play({ ...scene, env: settingsFor(sink, crm.url, { MEET: String(USERS.length) }) })
  })
  afterAll(() => sink.close())

  it('answers both users as it would without us, and says nothing', () => {
    const texts = ['kai', 'mia'].map((customer) => `${customer} {"ok":true}`)
    const answers = JSON.parse(ended.stdout) as { content: { text: string }[] }[]
    expect(answers.map(({ content }) => content.map(({ text }) => text))).toEqual(texts.map((text) => [text]))
    expect(ended).toMatchObject({ code: 0, stderr: '' })
  })

  it.each(USERS)('has one chain for %s: the call, the tool, and what the tool did', (user) => {
    const mine = { principal: user, actor: 'researcher', intent: `look up for ${user}`, verdict: 'separated' }
    const [call, tool, effect] = [names[0], names[1], 'GET']
    const chain = chainOf(user, sink.spans()).filter(({ verdict }) => verdict !== undefined)
    expect(chain).toMatchObject([
      { ...mine, name: call, kind: 'tool', context, complete: true },
      { ...mine, name: tool, kind: 'tool', context: 'lookup', complete: true, findings: ['unverified_principal'] },
      { ...mine, name: effect, kind: 'effect', context: '127.0.0.1', findings: ['unverified_principal'] },
    ])
    expect(chain.map(service)).toEqual(['assistant', 'crm-server', 'crm-server'])
    expect(new Set(chain.map(({ correlation }) => correlation)).size).toBe(1)
  })

  it('knows on the client’s side, and was told on the server’s', () => {
    const [asserted, claimed] = ['asserted', 'claimed'].map((word) => ({ principal: word, actor: word, intent: word }))
    for (const user of USERS) {
      const chain = chainOf(user, sink.judged())
      expect(chain.map(({ assurance }) => assurance)).toMatchObject([asserted, claimed, claimed])
    }
  })

  it('makes each span of a call once', () => {
    const tools = sink.judged().filter(({ kind }) => kind === 'tool')
    expect(tools.map(({ name }) => name).toSorted()).toEqual([...names, ...names].toSorted())
  })

  it('leaves no act outside of these chains', () => {
    const spans = sink.spans()
    const inside = USERS.flatMap((user) => chainOf(user, spans))
    const acts = spans.filter(({ verdict, name }) => verdict !== undefined || name.startsWith('tools/call'))
    expect(acts.filter((span) => !inside.includes(span))).toEqual([])
  })

  it('is the same to the audit of what both have sent', async () => {
    const { stdout } = await onbehalf(['audit', sink.file, '--format', 'ndjson'])
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    const facets = ({ name, kind, principal, verdict, correlation }: Record<string, unknown>) =>
      JSON.stringify({ name, kind, principal, verdict, correlation })
    const live = sink
      .judged()
      .map(({ name, kind, principal, verdict, correlation }) => facets({ name, kind, principal, verdict, correlation }))
    expect(rows.map(facets).toSorted()).toEqual(live.toSorted())
  })
})

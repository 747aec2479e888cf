import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loopback } from '../live/loopback.ts'
import type { Loopback } from '../live/loopback.ts'
import type { Seen } from '../live/seen.ts'
import { startSink } from '../register/child.ts'
import { newPair } from '../trust/carriers/sample-keys.ts'
import { play, settingsFor } from './processes.ts'
import type { Scene } from './processes.ts'

/** The client signs what it puts into `_meta`, and the policy of the server says whom it believes. */

const USERS = ['kai@contoso.com', 'mia@contoso.com'] as const
const ASSISTANT = newPair('assistant-1')
const EVE = newPair('assistant-1')

let crm: Loopback
let folder: string
beforeAll(async () => {
  crm = await loopback()
  folder = mkdtempSync(join(tmpdir(), 'onbehalf-mcp-'))
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await crm.close()
})

function file(name: string, content: unknown): string {
  const path = join(folder, name)
  writeFileSync(path, JSON.stringify(content))
  return path
}

/** What the server says, whose policy admits the assistant, for calls that are signed with a key. */
async function saidByServer(
  scene: Pick<Scene, 'sdk' | 'transport' | 'client' | 'server'>,
  key: object,
  { audience, named = {} }: { readonly audience?: string; readonly named?: Record<string, string> } = {},
) {
  const sink = await startSink()
  const admit = [{ signer: 'assistant', jwks: { keys: [ASSISTANT.publicJwk] }, as: 'asserted', audience }]
  const ended = await play({
    ...scene,
    env: settingsFor(sink, crm.url, { MEET: String(USERS.length) }),
    clientEnv: { ONBEHALF_SIGNING_KEY: file('key.json', key), ...named },
    serverEnv: { ONBEHALF_POLICY: file('policy.json', { boundary: { admit } }) },
  })
  const spans = sink.judged().filter(({ span }) => span.resource.attributes['service.name'] === 'crm-server')
  const clients = sink.judged().filter(({ span }) => span.resource.attributes['service.name'] === 'assistant')
  sink.close()
  expect([ended.code, ended.stderr]).toEqual([0, ''])
  return { spans, clients }
}

const BOTH = { client: ['--attributed'], server: ['--attributed'] }
const INSTRUMENTED = { client: ['--attributed', '--instrumented'], server: ['--attributed', '--instrumented'] }
const SCENES = [
  { how: '1.x over stdio', sdk: '1', transport: 'stdio', ...BOTH },
  { how: '2.x over HTTP', sdk: '2', transport: 'http', ...BOTH },
  { how: '2.x, instrumented', sdk: '2', transport: 'stdio', ...INSTRUMENTED },
  { how: '1.x, instrumented', sdk: '1', transport: 'http', ...INSTRUMENTED },
] as const

const row = ({ kind, principal, actor, intent, verdict, findings, assurance: said, span }: Seen) => ({
  kind,
  principal,
  actor,
  intent,
  verdict,
  findings,
  sure: said['principal'],
  source: span.attributes['attribution.principal.source'],
})

describe.each(SCENES)('signed calls over MCP, SDK $how', (scene) => {
  it('arrive as sure as the client was, for two users at once', async () => {
    const { spans, clients } = await saidByServer(scene, ASSISTANT.privateJwk)
    for (const user of USERS) {
      const mine = { principal: user, actor: 'researcher', intent: `look up for ${user}`, verdict: 'separated' }
      const admitted = { ...mine, findings: [], sure: 'asserted', source: 'carrier' }
      const rows = spans.filter(({ principal }) => principal === user).map(row)
      expect(rows.toSorted((a, b) => String(a.kind).localeCompare(String(b.kind)))).toEqual([
        { ...admitted, kind: 'effect' },
        { ...admitted, kind: 'tool' },
      ])
      const all = [...spans, ...clients].filter(({ principal }) => principal === user)
      expect(new Set(all.map(({ correlation }) => correlation)).size).toBe(1)
    }
    expect(spans).toHaveLength(4)
  })

  it('name nobody if another key signed them, and say so', async () => {
    const { spans } = await saidByServer(scene, EVE.privateJwk)
    expect(spans.map(({ principal }) => principal)).toEqual([undefined, undefined, undefined, undefined])
    expect(spans.filter(({ findings }) => findings.includes('carrier_invalid')).length).toBeGreaterThanOrEqual(2)
  })
})

it.each(SCENES.filter(({ transport }) => transport === 'http'))(
  'signed calls over MCP name the audience of the host, SDK $how',
  async (scene) => {
    const named = { ONBEHALF_SIGNING_AUDIENCES: '127.0.0.1=crm-server,localhost=crm-server' }
    const principals = async (audience: string) => {
      const { spans } = await saidByServer(scene, ASSISTANT.privateJwk, { audience, named })
      return new Set(spans.map(({ principal }) => principal))
    }
    expect(await principals('crm-server')).toEqual(new Set(USERS))
    expect(await principals('payments')).toEqual(new Set([undefined]))
  },
)

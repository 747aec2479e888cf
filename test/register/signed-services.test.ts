import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readRequest } from '../../src/otlp/otlp-json.ts'
import { newPair } from '../trust/carriers/sample-keys.ts'
import { run, startSink } from './child.ts'
import type { Ended, Sink } from './child.ts'

const CHAT = newPair('chat-1')
const EVE = newPair('chat-1')

let sink: Sink
let folder: string
const file = (name: string, content: unknown): string => {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

beforeEach(async () => {
  sink = await startSink()
  folder = mkdtempSync(join(tmpdir(), 'onbehalf-signed-'))
})
afterEach(() => {
  sink.close()
  rmSync(folder, { recursive: true })
})

/** Two services with settings of their own: `chat` calls `mail`, which says what it got. */
async function together(
  chat: Readonly<Record<string, string>>,
  policy: unknown,
  more?: (mail: string) => Promise<void>,
) {
  let stop = () => {}
  const address = new Promise<string>((resolve) => {
    stop = () => resolve('')
    void (mailEnded = run({
      app: 'signed-mail.mjs',
      env: { ...sink.env, OTEL_SERVICE_NAME: 'mail', ONBEHALF_POLICY: file('policy.json', policy) },
      onOutput: (stdout) => resolve(stdout.trim()),
    }))
  })
  void mailEnded?.then(() => stop())
  const url = await address
  const ended = await run({
    app: 'signed-chat.mjs',
    args: [url],
    env: { ...sink.env, OTEL_SERVICE_NAME: 'chat', ONBEHALF_BAGGAGE_HOSTS: '127.0.0.1', ...chat },
  })
  stolen = ended.code === 0 ? (JSON.parse(ended.stdout) as typeof stolen) : {}
  await more?.(url)
  await fetch(url)
  const mail = await mailEnded
  return { chat: ended, mail }
}
let mailEnded: Promise<Ended> | undefined
let stolen: { readonly baggage?: string; readonly traceparent?: string } = {}

const admitting = (jwks: unknown, more: object = {}) => ({
  boundary: { admit: [{ signer: 'chat', jwks, as: 'asserted', ...more }] },
})

interface Span {
  readonly name: string
  readonly attributes: Readonly<Record<string, unknown>>
}

/** Every span that either service exported, as it was written. */
function spans(): readonly Span[] {
  const lines = readFileSync(sink.file, 'utf8').split('\n')
  const unreadable = () => {
    throw new Error('a span cannot be read')
  }
  return lines.flatMap((line) => (line === '' ? [] : [...readRequest(JSON.parse(line), unreadable)]))
}

const saidOf = (name: string) =>
  spans()
    .filter((span) => span.name === name)
    .map(({ attributes }) => ({
      principal: attributes['attribution.principal.id'],
      actor: attributes['attribution.actor.id'],
      assurance: attributes['attribution.principal.assurance'],
      source: attributes['attribution.principal.source'],
      correlation: attributes['attribution.correlation.id'],
      findings: (attributes['attribution.findings'] as readonly string[]).filter((code) => TOLD.test(code)),
    }))
const TOLD = /^(?:carrier|chain|unverified|conflict|claim)/u

const admitted = (user: string, actor: string) => ({
  principal: `${user}@contoso.com`,
  actor,
  assurance: 'asserted',
  source: 'carrier',
  correlation: `c-${user}`,
  findings: [],
})

describe('two services under register, each with its own settings', () => {
  it('have what one asserts arrive in the other, admitted, for two users at once', async () => {
    const { chat, mail } = await together(
      { ONBEHALF_SIGNING_KEY: file('key.json', CHAT.privateJwk) },
      admitting({ keys: [CHAT.publicJwk] }),
    )
    expect([chat.code, chat.stderr, mail?.code, mail?.stderr]).toEqual([0, '', 0, ''])
    expect(saidOf('kai')).toEqual([admitted('kai', 'report-assistant')])
    expect(saidOf('mia')).toEqual([admitted('mia', 'minutes-assistant')])
    expect(stolen.baggage).toMatch(/^attribution=eyJ[\w-]+\.[\w-]+\.[\w-]+$/u)
  })

  it('refuse what another key signed, and use none of it', async () => {
    await together(
      { ONBEHALF_SIGNING_KEY: JSON.stringify(EVE.privateJwk) },
      admitting(file('jwks.json', { keys: [CHAT.publicJwk] })),
    )
    expect(saidOf('kai')).toMatchObject([{ assurance: undefined, findings: ['carrier_invalid'] }])
    expect(JSON.stringify(saidOf('kai'))).not.toContain('contoso')
  })

  it('refuse a carrier that was stolen from one request and sent with another', async () => {
    await together(
      { ONBEHALF_SIGNING_KEY: file('key.json', CHAT.privateJwk) },
      admitting({ keys: [CHAT.publicJwk] }),
      async (url) => {
        const { baggage = '', traceparent = '' } = stolen
        await fetch(`${url}?name=again`, { headers: { baggage, traceparent } })
        const other = traceparent.replace(/^00-[\da-f]{8}/u, '00-deadbeef')
        await fetch(`${url}?name=moved`, { headers: { baggage, traceparent: other } })
      },
    )
    expect(saidOf('again')).toEqual([admitted('kai', 'report-assistant')])
    expect(saidOf('moved')).toMatchObject([{ assurance: undefined, findings: ['carrier_replayed'] }])
  })

  it('load keys behind a URL, and say what is admitted under the name and audience that variables give', async () => {
    const server = createServer((_, response) => response.end(JSON.stringify({ keys: [CHAT.publicJwk] })))
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`
    const key = { ...CHAT.privateJwk, kid: undefined }
    await together(
      {
        ONBEHALF_SIGNING_KEY: file('key.json', key),
        ONBEHALF_SIGNING_KID: 'chat-1',
        ONBEHALF_SIGNING_ISSUER: 'chat.contoso.com',
        ONBEHALF_SIGNING_AUDIENCES: '127.0.0.1=mail-service',
      },
      admitting(url, { signer: 'chat.contoso.com', audience: 'mail-service' }),
    )
    server.close()
    expect(saidOf('kai')).toEqual([admitted('kai', 'report-assistant')])
    expect(spans().filter((span) => JSON.stringify(span.attributes).includes('jwks'))).toEqual([])
  })

  it('do not start with settings that cannot be used, each of which is named', async () => {
    const env = {
      ONBEHALF_SIGNING_KEY: file('key.pub.json', CHAT.publicJwk),
      ONBEHALF_DECRYPTION_KEY: join(folder, 'none.json'),
      ONBEHALF_POLICY: file('policy.json', admitting(join(folder, 'none.jwks'))),
    }
    const { code, stderr } = await run({ app: 'signed-chat.mjs', env })
    expect(code).toBe(2)
    expect(stderr).toContain('ONBEHALF_SIGNING_KEY: is a public key; a private one is needed')
    expect(stderr).toContain('ONBEHALF_DECRYPTION_KEY: cannot be read: there is no such file')
    expect(stderr).toContain('policy boundary.admit[0].jwks: cannot be read: there is no such file')
  })
})

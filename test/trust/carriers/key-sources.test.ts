import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { keySourceFrom } from '../../../src/trust/carriers/key-sources.ts'
import { newPair } from './sample-keys.ts'

const [FIRST, SECOND] = [newPair('first'), newPair('second')]

let server: Server
let answer: RequestListener
let asked = 0
let failures: unknown[] = []
beforeEach(async () => {
  asked = 0
  failures = []
  answer = answering({ keys: [FIRST.publicJwk] })
  server = createServer((request, response) => {
    asked += 1
    answer(request, response)
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
})
afterEach(() => {
  vi.useRealTimers()
  server.close()
  server.closeAllConnections()
})

const answering =
  (body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): RequestListener =>
  (_, response) =>
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body))
const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`
const source = (jwks = url()) => {
  const keys = keySourceFrom(jwks, (error) => failures.push(error))
  return { keyOf: (kid: string) => keys.keyOf(kid), load: async () => keys.load?.() }
}
/** As if this time had passed, in milliseconds. */
const pass = (time: number) => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + time })
}

describe('keys behind a URL', () => {
  it('are unknown at first, then known, and those that are not in the set are none', async () => {
    const keys = source()
    expect(keys.keyOf('first')).toBe('unknown')
    await keys.load()
    expect(keys.keyOf('first')).toMatchObject({ algorithm: 'Ed25519' })
    expect(keys.keyOf('second')).toBeUndefined()
    expect(asked).toBe(1)
  })
  it('are asked for again when an unknown one comes, once in 30 seconds however many come', async () => {
    const keys = source()
    await keys.load()
    answer = answering({ keys: [FIRST.publicJwk, SECOND.publicJwk] })
    pass(31_000)
    for (let at = 0; at < 1_000; at++) expect(keys.keyOf(`made-up-${at}`)).toBe('unknown')
    expect(keys.keyOf('second')).toBe('unknown')
    await vi.waitFor(() => expect(keys.keyOf('second')).toMatchObject({ algorithm: 'Ed25519' }))
    for (let at = 0; at < 1_000; at++) expect(keys.keyOf(`made-up-${at}`)).toBeUndefined()
    expect(asked).toBe(2)
  })
  it('are loaded again after ten minutes, so that a key that was taken out no longer counts', async () => {
    const keys = source()
    await keys.load()
    answer = answering({ keys: [SECOND.publicJwk] })
    pass(601_000)
    expect(keys.keyOf('first')).toMatchObject({ algorithm: 'Ed25519' })
    await vi.waitFor(() => expect(keys.keyOf('first')).toBeUndefined())
  })
  it.each<[string, RequestListener]>([
    ['fails', answering('no', 503)],
    ['leads elsewhere', answering('', 302, { location: 'https://eve.example/jwks.json' })],
    ['is no JWK Set', answering('<html>')],
    ['is empty', answering({ keys: [] })],
    ['is huge', answering(JSON.stringify({ keys: [], more: 'x'.repeat(600_000) }))],
    ['holds ten thousand keys', answering({ keys: Array.from({ length: 10_000 }, () => ({ kty: 'OKP' })) })],
    ['breaks off', (_, response) => response.destroy()],
  ])('go on where the answer %s, which is told', async (_, broken) => {
    const keys = source()
    await keys.load()
    answer = broken
    pass(601_000)
    expect(keys.keyOf('first')).toMatchObject({ algorithm: 'Ed25519' })
    await vi.waitFor(() => expect(failures).toHaveLength(1))
    expect(keys.keyOf('first')).toMatchObject({ algorithm: 'Ed25519' })
    expect(keys.keyOf('second')).toBe('unknown')
    expect(failures).toHaveLength(1)
  })
  it('count for a day at most where they cannot be loaded again', async () => {
    const keys = source()
    await keys.load()
    answer = answering('no', 503)
    pass(23 * 3_600_000)
    expect(keys.keyOf('first')).toMatchObject({ algorithm: 'Ed25519' })
    pass(2 * 3_600_000)
    expect(keys.keyOf('first')).toBe('unknown')
    answer = answering({ keys: [FIRST.publicJwk] })
    pass(31_000)
    keys.keyOf('first')
    await vi.waitFor(() => expect(keys.keyOf('first')).toMatchObject({ algorithm: 'Ed25519' }))
  })
  it('are one request, whoever waits for it', async () => {
    const keys = source()
    await Promise.all([keys.load(), keys.load(), keys.load()])
    expect(asked).toBe(1)
  })
})

describe('keys in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'onbehalf-jwks-'))
  const path = join(folder, 'jwks.json')
  const write = (...keys: readonly unknown[]) => writeFileSync(path, JSON.stringify({ keys }))
  afterAll(() => rmSync(folder, { recursive: true }))

  it('are all there are: one that is not in it is none, and is looked for again in the background', async () => {
    write(FIRST.publicJwk)
    const keys = source(path)
    expect(keys.keyOf('second')).toBeUndefined()
    write(FIRST.publicJwk, SECOND.publicJwk)
    pass(1_100)
    expect(keys.keyOf('second')).toBeUndefined()
    await vi.waitFor(() => expect(keys.keyOf('second')).toMatchObject({ algorithm: 'Ed25519' }))
  })
  it('are replaced while nobody asks for one, so that a key that was taken out counts for no first carrier', async () => {
    const path = join(folder, 'idle.json')
    writeFileSync(path, JSON.stringify({ keys: [FIRST.publicJwk] }))
    vi.useFakeTimers({ toFake: ['Date', 'setInterval'] })
    const keys = source(path)
    await keys.load()
    writeFileSync(path, JSON.stringify({ keys: [SECOND.publicJwk] }))
    vi.advanceTimersByTime(10_000)
    await new Promise((resolve) => void setTimeout(resolve, 100))
    expect([keys.keyOf('first'), keys.keyOf('second')]).toMatchObject([undefined, { algorithm: 'Ed25519' }])
  })
  it('go on where the file is damaged or gone, which is told, and no longer count once they were taken out', async () => {
    write(FIRST.publicJwk)
    const keys = source(path)
    writeFileSync(path, '{"keys":[')
    pass(11_000)
    expect(keys.keyOf('first')).toMatchObject({ algorithm: 'Ed25519' })
    await vi.waitFor(() => expect(failures).toHaveLength(1))
    expect(keys.keyOf('first')).toMatchObject({ algorithm: 'Ed25519' })
    write(SECOND.publicJwk)
    pass(11_000)
    keys.keyOf('first')
    await vi.waitFor(() => expect(keys.keyOf('first')).toBeUndefined())
  })
})

describe('where keys are', () => {
  it('is read as the policy says it', async () => {
    const told = () => {}
    expect(keySourceFrom({ keys: [FIRST.publicJwk] }, told).keyOf('first')).toMatchObject({ algorithm: 'Ed25519' })
    expect(() => keySourceFrom('/nowhere/jwks.json', told)).toThrow('there is no such file')
    const remote = keySourceFrom(` ${url()} `, told)
    await remote.load?.()
    expect(remote.keyOf('first')).toMatchObject({ algorithm: 'Ed25519' })
  })
})

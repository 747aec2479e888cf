import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { context, propagation } from '@opentelemetry/api'
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { tokenVerifier } from '../../../src/trust/tokens/token-verifier.ts'
import type { TokenVerifier } from '../../../src/trust/tokens/token-verifier.ts'
import { AGENT, inSpan, silence, tracing } from '../../runtime/provider.ts'
import { KeyServer } from './key-server.ts'
import { claims, issuerOf, refusal, signed, signingKey } from './signed.ts'

const OLD = signingKey('old')
const NEW = signingKey('new')
const token = (key = OLD) => signed(key, claims())

let server: KeyServer
let verifier: TokenVerifier

const makeVerifier = () => tokenVerifier({ issuers: [issuerOf([], { jwks: server.url })] })

/** The clock that ages of keys are measured with. Timers stay real. */
function pass(seconds: number): void {
  vi.advanceTimersByTime(seconds * 1000)
}

beforeAll(async () => {
  server = await KeyServer.start()
})
afterAll(() => server.stop())
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
  server.publish(OLD.jwk)
  server.requests = 0
  verifier = makeVerifier()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('keys at a URL', () => {
  it('are fetched with the first token, and once for many', async () => {
    expect(server.requests).toBe(0)
    await Promise.all(Array.from({ length: 20 }, () => verifier.verify(token())))
    await verifier.verify(token())
    expect(server.requests).toBe(1)
  })

  it('are not fetched for a token that is refused without them', async () => {
    const tokens = [
      signed(NEW, claims({ iss: 'https://evil.example' })),
      signed(NEW, claims(), { alg: 'none' }),
      signed(NEW, claims(), { alg: 'HS256' }),
      signed(NEW, claims(), { typ: 'logout+jwt' }),
      'opaque',
    ]
    for (const each of tokens) await refusal(verifier.verify(each))
    expect(server.requests).toBe(0)
  })

  it('that are new are found by their id; those that are gone count no more', async () => {
    await verifier.verify(token(OLD))
    server.publish(NEW.jwk)
    pass(31)
    await verifier.verify(token(NEW))
    expect(server.requests).toBe(2)
    expect(await refusal(verifier.verify(token(OLD)))).toMatchObject({ code: 'unknown_key', kid: 'old' })
  })

  it('that are gone count no more after ten minutes, though no new key is asked for', async () => {
    await verifier.verify(token(OLD))
    server.publish(NEW.jwk)
    pass(599)
    await verifier.verify(token(OLD))
    pass(2)
    expect(await refusal(verifier.verify(token(OLD)))).toMatchObject({ code: 'unknown_key' })
  })

  it('are not asked for again by a flood of ids that nobody knows', async () => {
    await verifier.verify(token())
    pass(31)
    const flood = Array.from({ length: 200 }, (_, index) => signed(NEW, claims(), { kid: `k${index}` }))
    const errors = await Promise.all(flood.map((each) => refusal(verifier.verify(each))))
    for (const each of flood.slice(0, 20)) await refusal(verifier.verify(each))
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['unknown_key']))
    expect(server.requests).toBe(2)
  })

  it('go on while the server is down, for a day; unknown ones do not', async () => {
    await verifier.verify(token())
    server.answer = (_, response) => response.writeHead(503).end()
    pass(601)
    await verifier.verify(token())
    const error = await refusal(verifier.verify(token(NEW)))
    expect(error).toMatchObject({ code: 'keys_unavailable' })
    expect(error.message).toContain('the URL answers with status 503')
    expect(server.requests).toBe(2)
    pass(23 * 3_600)
    await verifier.verify(signed(OLD, claims()))
    pass(3_600)
    expect(await refusal(verifier.verify(token()))).toMatchObject({ code: 'keys_unavailable' })
  })

  it('that are known wait for a server that hangs once, not every half a minute', async () => {
    await verifier.verify(token())
    server.answer = (_, response) => response.writeHead(503).end()
    pass(601)
    await verifier.verify(token())
    server.answer = () => {}
    for (let half = 0; half < 5; half++) {
      pass(31)
      const start = Date.now()
      await verifier.verify(token())
      // It would wait for five seconds.
      expect(Date.now() - start).toBeLessThan(4_500)
    }
    // The one that hangs is the only one.
    expect(server.requests).toBe(3)
  })

  it('are asked for again once the server is back', async () => {
    server.answer = (_, response) => response.writeHead(500).end()
    expect(await refusal(verifier.verify(token()))).toMatchObject({ code: 'keys_unavailable' })
    server.publish(OLD.jwk)
    expect(await refusal(verifier.verify(token()))).toMatchObject({ code: 'keys_unavailable' })
    pass(31)
    await expect(verifier.verify(token())).resolves.toBeDefined()
  })

  it.each<[string, (server: KeyServer) => KeyServer['answer'], string]>([
    ['redirect', () => (_, response) => response.writeHead(302, { location: server.url }).end(), 'redirects'],
    ['are no JSON', () => (_, response) => response.end('<html>'), 'not JSON'],
    ['are a list', () => (_, response) => response.end('[]'), 'not a JWK Set'],
    ['are null', () => (_, response) => response.end('null'), 'not a JWK Set'],
    ['never end', () => (_, response) => void endless(response), 'more than 512 KiB'],
    ['are ten thousand', () => (_, response) => response.end(tenThousand()), 'more than'],
    ['are cut off', () => (request) => void request.socket.destroy(), 'the request fails'],
  ])('that %s are not used', async (_, answer, reason) => {
    server.answer = answer(server)
    const error = await refusal(verifier.verify(token()))
    expect([error.code, error.cause]).toEqual(['keys_unavailable', undefined])
    expect(error.message).toContain(reason)
    expect(server.requests).toBe(1)
  })

  it('that nobody serves are told', async () => {
    const gone = await KeyServer.start()
    const { url } = gone
    await gone.stop()
    const error = await refusal(tokenVerifier({ issuers: [issuerOf([], { jwks: url })] }).verify(token()))
    expect(error.message).toContain('ECONNREFUSED')
  })

  it('that never come are waited for five seconds, by all who ask together', async () => {
    server.answer = () => {}
    const start = Date.now()
    const errors = await Promise.all([refusal(verifier.verify(token())), refusal(verifier.verify(token(NEW)))])
    expect(Date.now() - start).toBeLessThan(15_000)
    expect(errors[0]?.message).toContain('no answer within 5 seconds')
    expect(server.requests).toBe(1)
  })

  it('with some that are broken or of no use are those that are whole', async () => {
    const secret = { kty: 'oct', k: 'AA', kid: 'old' }
    server.publish(null as never, 7 as never, {}, secret, { kty: 'EC', kid: 'x', crv: 7 }, { ...OLD.jwk, use: 'enc' })
    expect(await refusal(verifier.verify(token()))).toMatchObject({ code: 'unknown_key' })
    pass(31)
    server.publish(null as never, { kty: 'EC', kid: 'y' }, { ...OLD.jwk, x5u: 'https://evil.example', ext: 7 })
    await expect(verifier.verify(token())).resolves.toBeDefined()
  })

  it('that were poisoned with another key of the same id accept neither', async () => {
    const foreign = signingKey('old')
    server.publish(OLD.jwk, foreign.jwk)
    expect(await refusal(verifier.verify(token(foreign)))).toMatchObject({ code: 'unknown_key' })
    expect(await refusal(verifier.verify(token(OLD)))).toMatchObject({ code: 'unknown_key' })
  })

  it('are never those that a token links to', async () => {
    const evil = await KeyServer.start()
    evil.publish(NEW.jwk)
    const links = { jku: evil.url, x5u: evil.url, jwk: NEW.jwk, x5c: ['AA'] }
    const error = await refusal(verifier.verify(signed(NEW, claims(), links)))
    expect(error).toMatchObject({ code: 'unknown_key' })
    const posing = signed(NEW, claims(), { ...links, kid: 'old' })
    expect(await refusal(verifier.verify(posing))).toMatchObject({ code: 'bad_signature' })
    expect(evil.requests).toBe(0)
    await evil.stop()
  })

  it('are fetched outside of the trace, without a span and without its baggage', async () => {
    const headers: string[] = []
    server.answer = (request, response) => {
      headers.push(...Object.keys(request.headers))
      response.end(JSON.stringify({ keys: [OLD.jwk] }))
    }
    const { tracer, provider, spans } = tracing()
    const instrumentation = new UndiciInstrumentation()
    instrumentation.setTracerProvider(provider)
    propagation.setGlobalPropagator(
      new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
    )
    const told = propagation.createBaggage({ user: { value: 'kai' } })
    const work = async () => {
      await (await fetch(server.url)).text()
      await verifier.verify(token())
    }
    await context.with(propagation.setBaggage(context.active(), told), () =>
      inSpan(tracer, 'agent', { attributes: AGENT }, work),
    )
    instrumentation.disable()
    silence()
    // Only those of the app's own request.
    expect(
      spans()
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(['GET', 'agent'])
    expect(headers.filter((name) => ['traceparent', 'baggage'].includes(name))).toHaveLength(2)
    expect(server.requests).toBe(2)
  })
})

describe('keys in a file', () => {
  let folder: string
  let file: string
  const write = (...keys: readonly object[]) => writeFileSync(file, JSON.stringify({ keys }))

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'onbehalf-keys-'))
    file = join(folder, 'keys.json')
    write(OLD.jwk)
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it.each([() => file, () => pathToFileURL(file), () => pathToFileURL(file).href])('are read', async (jwks) => {
    const reading = tokenVerifier({ issuers: [issuerOf([], { jwks: jwks() })] })
    await expect(reading.verify(token())).resolves.toBeDefined()
  })

  it('are read again when they were replaced', async () => {
    const reading = tokenVerifier({ issuers: [issuerOf([], { jwks: file })] })
    await reading.verify(token(OLD))
    write(NEW.jwk)
    pass(2)
    await reading.verify(token(NEW))
    expect(await refusal(reading.verify(token(OLD)))).toMatchObject({ code: 'unknown_key' })
  })

  it('go on while the file is broken', async () => {
    const reading = tokenVerifier({ issuers: [issuerOf([], { jwks: file })] })
    await reading.verify(token(OLD))
    writeFileSync(file, '{"keys":')
    pass(60)
    await reading.verify(token(OLD))
    const error = await refusal(reading.verify(token(NEW)))
    expect(error).toMatchObject({ code: 'keys_unavailable' })
    rmSync(file)
    pass(60)
    expect((await refusal(reading.verify(token(NEW)))).message).toContain('there is no such file')
  })

  it('that is larger than any are not used', async () => {
    const reading = tokenVerifier({ issuers: [issuerOf([], { jwks: file })] })
    writeFileSync(file, ' '.repeat(600 * 1024))
    expect((await refusal(reading.verify(token()))).message).toContain('more than 512 KiB')
  })

  it('that is a pipe are not waited for', async () => {
    const pipe = join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    const reading = tokenVerifier({ issuers: [issuerOf([], { jwks: pipe })] })
    expect((await refusal(reading.verify(token()))).message).toContain('this is not a file')
    const above = tokenVerifier({ issuers: [issuerOf([], { jwks: folder })] })
    expect((await refusal(above.verify(token()))).message).toContain('this is not a file')
  })
})

function endless(response: Parameters<KeyServer['answer']>[1]): void {
  const chunk = 'x'.repeat(64 * 1024)
  const write = () => {
    while (!response.destroyed && response.write(chunk));
  }
  response.on('drain', write)
  write()
}

function tenThousand(): string {
  return JSON.stringify({ keys: Array.from({ length: 10_000 }, () => ({ kty: 'OKP' })) })
}

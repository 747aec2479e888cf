import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { context } from '@opentelemetry/api'
import { isTracingSuppressed } from '@opentelemetry/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { asAgent, AttributionError, authzen, carry, decide, onBehalfOf, opa, resume, via } from '../../src/index.ts'
import type { DecisionPoint } from '../../src/index.ts'
import { bodyOf, serve, serveAuthzen } from './authzen-server.ts'
import type { Answer, Evaluation, Served } from './authzen-server.ts'
import { newFaults } from './faults.ts'
import { silence, tracing } from './provider.ts'
import type { Traced } from './provider.ts'

const ASKED = {
  principal: { id: 'mia@contoso.com', type: 'human', issuer: 'https://login.contoso.com' },
  intent: { id: 'i-1', summary: 'refund order 7' },
  correlationId: 'c-1',
} as const
const CALL = { action: 'refund', resource: 'order-7', arguments: { amount: 40 } } as const
const SECRET = 'hunter2-secret-token'

let traced: Traced
const servers: { close(): Promise<void> }[] = []
beforeEach(() => {
  traced = tracing()
  newFaults()
})
afterEach(async () => {
  silence()
  await Promise.all(servers.splice(0).map((server) => server.close()))
})

function asMia<T>(work: () => T): T {
  return onBehalfOf(ASKED, () => asAgent({ id: 'assistant', version: '3' }, () => via('payments', work)))
}

async function refusal(work: Promise<unknown>): Promise<AttributionError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof AttributionError)) throw new Error('it was not refused', { cause: error })
  return error
}

async function authzenServer(decideOn: (asked: Evaluation) => Answer): Promise<Served> {
  const served = await serveAuthzen(decideOn)
  servers.push(served)
  return served
}

async function server(answer: (request: IncomingMessage, response: ServerResponse) => unknown): Promise<string> {
  const served = await serve(answer)
  servers.push(served)
  return served.url
}

function json(value: unknown) {
  return (_: IncomingMessage, response: ServerResponse) => response.end(JSON.stringify(value))
}

function refusedAs(): Readonly<Record<string, unknown>> {
  const refused = traced.spans().filter(({ name }) => name.startsWith('refused'))
  expect(refused).toHaveLength(1)
  return refused[0]?.attributes ?? {}
}

describe('authzen', () => {
  it('asks as the specification says, with the actor as agent', async () => {
    const served = await authzenServer(() => ({
      decision: true,
      context: { policy_id: 'refunds', policy_version: '7' },
    }))
    const request = { ...CALL, facts: { channel: 'chat' } }
    expect(await asMia(() => decide(authzen({ url: served.url }), request, ({ amount }) => amount))).toBe(40)
    expect(served.asked).toEqual([
      {
        subject: { type: 'user', id: 'mia@contoso.com', properties: { issuer: 'https://login.contoso.com' } },
        action: { name: 'refund' },
        resource: { type: 'resource', id: 'order-7' },
        context: {
          agent: 'assistant',
          arguments: { amount: 40 },
          channel: 'chat',
          correlation_id: 'c-1',
          execution_context: { id: 'payments' },
          intent: expect.objectContaining({ id: 'i-1', summary: 'refund order 7' }) as unknown,
          principal_assurance: 'asserted',
        },
      },
    ])
    expect(served.requests[0]?.headers['x-request-id']).toMatch(/^[\da-f-]{36}$/u)
  })
  it('takes a typed resource as it is, and the tool where there is none', async () => {
    const served = await authzenServer(() => ({ decision: true }))
    const point = authzen({ url: `${served.url}/` })
    const order = { type: 'order', id: '7', properties: { owner: 'mia' } }
    await asMia(() => decide(point, { action: 'refund', resource: order }, () => {}))
    await asMia(() => decide(point, { action: 'refund', resource: { id: '7' } }, () => {}))
    await asMia(() => decide(point, { action: 'refund' }, () => {}))
    expect(served.asked.map(({ resource }) => resource)).toEqual([
      order,
      { type: 'resource', id: '7' },
      { type: 'tool', id: 'refund' },
    ])
  })
  it('cannot be told by the app or the caller that the agent is another one', async () => {
    const served = await authzenServer(() => ({ decision: true }))
    const forged = { ...CALL, facts: { agent: 'root', principal_assurance: 'verified', arguments: {} } }
    await asMia(() => decide(authzen({ url: served.url }), forged, () => {}))
    expect(served.asked[0]?.context).toMatchObject({
      agent: 'assistant',
      principal_assurance: 'asserted',
      arguments: { amount: 40 },
    })
  })
  it('says of a principal that is only claimed that it is', async () => {
    const served = await authzenServer(() => ({ decision: true }))
    const carrier = onBehalfOf(ASKED, () => carry())
    await resume(carrier, () => decide(authzen({ url: served.url }), CALL, () => {}))
    expect(served.asked.map(({ context: said }) => said?.['principal_assurance'])).toEqual(['claimed'])
  })
  it('is refused by no, and the policy of the answer stands on the span', async () => {
    const served = await authzenServer(() => ({
      decision: false,
      context: { policy_id: 'refunds', reason_admin: { en: SECRET } },
    }))
    const error = await refusal(asMia(() => decide(authzen({ url: served.url }), CALL, () => {})))
    expect(error.unmet.join()).not.toContain(SECRET)
    expect(refusedAs()).toMatchObject({
      'attribution.decision.outcome': 'deny',
      'attribution.decision.policy.id': 'refunds',
    })
  })
  it('asks for the principal alone without an agent', async () => {
    const served = await authzenServer(({ context: said }) => ({ decision: said?.['agent'] !== undefined }))
    const both = { ...CALL, alsoFor: 'principal' } as const
    await refusal(asMia(() => decide(authzen({ url: served.url }), both, () => {})))
    expect(served.asked.map(({ context: said }) => said?.['agent']).toSorted()).toEqual(['assistant', undefined])
    expect(refusedAs()['attribution.findings']).toEqual(['confused_deputy'])
  })
  it('is not asked without a principal, and says so with the policy', async () => {
    const served = await authzenServer(() => ({ decision: true }))
    const policy = { id: 'refunds', version: 'sha-256:7f3a' }
    await refusal(asAgent('assistant', () => decide(authzen({ url: served.url, policy }), CALL, () => {})))
    expect(served.requests).toEqual([])
    expect(refusedAs()).toMatchObject({
      'attribution.decision.unevaluated': 'the input principal is missing',
      'attribution.decision.policy.id': 'refunds',
      'attribution.decision.policy.version': 'sha-256:7f3a',
    })
  })
  it('can read more from an answer', async () => {
    const served = await authzenServer(() => ({ decision: false, context: { obligation: 'ask a person' } }))
    const point = authzen({
      url: served.url,
      answer: ({ decision, context: said }) => (said?.['obligation'] === undefined ? decision : 'escalate'),
    })
    const error = await refusal(asMia(() => decide(point, CALL, () => {})))
    expect(error.decision?.outcome).toBe('escalate')
  })
  it('sends its headers, made anew each time', async () => {
    const served = await authzenServer(() => ({ decision: true }))
    let made = 0
    const headers = async () =>
      await Promise.resolve({ authorization: `Bearer ${(made += 1)}`, 'Content-Type': 'text/x' })
    const point = authzen({ url: served.url, headers })
    for (const _ of [1, 2]) await asMia(() => decide(point, CALL, () => {}))
    expect(served.requests.map(({ headers: sent }) => sent.authorization)).toEqual(['Bearer 1', 'Bearer 2'])
  })
  it('leaves no span of its own', async () => {
    const served = await authzenServer(() => ({ decision: true }))
    const suppressed: boolean[] = []
    const seeing: typeof fetch = async (...given) => {
      suppressed.push(isTracingSuppressed(context.active()))
      return await fetch(...given)
    }
    await asMia(() => decide(authzen({ url: served.url, fetch: seeing }), CALL, () => {}))
    expect(suppressed).toEqual([true])
  })
  it.each([
    [{ url: 'pdp.contoso.com' }],
    [{ url: 'ftp://pdp.contoso.com' }],
    [{ url: `https://user:${SECRET}@pdp.contoso.com` }],
    [{ url: 'https://pdp.contoso.com', timeoutMs: 0 }],
    [{ url: 'https://pdp.contoso.com', maxBytes: Number.NaN }],
  ])('throws for %o, and repeats no URL', (options) => {
    expect(() => authzen(options)).toThrow(TypeError)
    expect(() => authzen(options)).not.toThrow(SECRET)
  })
})

describe('opa', () => {
  async function answering(
    ...results: unknown[]
  ): Promise<{ readonly point: DecisionPoint; readonly asked: unknown[] }> {
    const asked: unknown[] = []
    const url = await server(async (request, response) => {
      asked.push([request.method, request.url, JSON.parse(await bodyOf(request))])
      response.end(JSON.stringify(results.shift()))
    })
    return { point: opa({ url, path: '/refunds/decision/' }), asked }
  }

  it('asks for the rule with what is known as input', async () => {
    const { point, asked } = await answering({ result: true })
    await asMia(() => decide(point, CALL, () => {}))
    expect(asked).toEqual([
      [
        'POST',
        '/v1/data/refunds/decision?provenance=true',
        {
          input: expect.objectContaining({
            action: 'refund',
            resource: 'order-7',
            arguments: { amount: 40 },
            principal: ASKED.principal,
            actor: { id: 'assistant', version: '3' },
            actor_chain: ['assistant'],
            correlation_id: 'c-1',
            assurance: 'asserted',
            principal_alone: false,
          }) as unknown,
        },
      ],
    ])
  })
  it.each([
    ['true', { result: true }, 'allow'],
    ['an object that allows', { result: { allow: true } }, 'allow'],
    ['an outcome', { result: { outcome: 'not_required' } }, 'not_required'],
    ['false', { result: false }, 'deny'],
    ['an object that does not allow', { result: { allow: false } }, 'deny'],
    ['an escalation', { result: { outcome: 'escalate', allow: true } }, 'escalate'],
  ])('reads %s', async (_, answer, outcome) => {
    const { point } = await answering(answer)
    const settled = await asMia(() => decide(point, CALL, () => 'ran')).catch((error: unknown) => error)
    const isLetThrough = outcome === 'allow' || outcome === 'not_required'
    expect(settled instanceof AttributionError ? settled.decision?.outcome : settled).toBe(
      isLetThrough ? 'ran' : outcome,
    )
  })
  it('names the path as policy, and the revisions of the bundles as its version', async () => {
    const provenance = { version: '1.0', bundles: { b: { revision: '2' }, a: { revision: 'sha-256:1' } } }
    const { point } = await answering({ result: false, provenance })
    const error = await refusal(asMia(() => decide(point, CALL, () => {})))
    expect(error.decision?.policy).toEqual({ id: 'refunds/decision', version: 'a@sha-256:1 b@2' })
  })
  it('was not evaluated where the rule is undefined or says so', async () => {
    for (const [answer, why] of [
      [{}, 'refunds/decision is undefined for this input: a rule or an input is missing'],
      [{ result: { unevaluated: 'the input amount is missing' } }, 'the input amount is missing'],
    ] as const) {
      traced = tracing()
      const { point } = await answering(answer)
      await refusal(asMia(() => decide(point, CALL, () => {})))
      expect(refusedAs()).toMatchObject({
        'attribution.decision.unevaluated': why,
        'attribution.decision.policy.id': 'refunds/decision',
      })
    }
  })
  it('changes the arguments', async () => {
    const { point } = await answering({ result: { outcome: 'modify', arguments: { amount: 20 } } })
    expect(await asMia(() => decide(point, CALL, ({ amount }) => amount))).toBe(20)
  })
  it.each(['', '..', 'a/../b', 'a b', 'a?x=1', 'a/%2e%2e'])('throws for the path %o', (path) => {
    expect(() => opa({ url: 'http://127.0.0.1:8181', path })).toThrow(TypeError)
  })
})

/** A port on which nothing listens. */
async function closedPort(): Promise<string> {
  const open = createServer()
  await new Promise<void>((resolve) => open.listen(0, '127.0.0.1', resolve))
  const { port } = open.address() as AddressInfo
  await new Promise((resolve) => open.close(resolve))
  return `http://127.0.0.1:${port}`
}

describe.each([
  [
    'authzen',
    (url: string) => authzen({ url, maxBytes: 2_000, headers: { authorization: SECRET } }),
    'the AuthZEN decision point at 127.0.0.1',
  ],
  [
    'opa',
    (url: string) => opa({ url, path: 'a/b', maxBytes: 2_000, headers: { authorization: SECRET } }),
    'OPA at 127.0.0.1',
  ],
])('%s', (_, pointAt, named) => {
  /** Where the size of the answer decides, however busy the machine is. */
  const SIZE_DECIDES_MS = 20_000

  async function refusedBy(url: string, timeoutMs = 200): Promise<{ readonly why: string; readonly ms: number }> {
    const before = performance.now()
    let ran = false
    const error = await refusal(asMia(() => decide(pointAt(url), { ...CALL, timeoutMs }, () => (ran = true))))
    expect(ran).toBe(false)
    const why = error.unmet.join(' ')
    for (const text of [why, JSON.stringify(refusedAs()), String(error)]) expect(text).not.toContain(SECRET)
    expect(why).toContain(named)
    return { why, ms: performance.now() - before }
  }

  it('refuses where nothing listens', async () => {
    expect((await refusedBy(await closedPort())).why).toContain('could not be reached (ECONNREFUSED)')
  })
  it('waits no longer than it may: for headers', async () => {
    const { why, ms } = await refusedBy(await server(() => {}))
    expect(why).toContain('did not answer within 200 ms')
    expect(ms).toBeLessThan(10_000)
  })
  it('waits no longer than it may: for the rest of an answer', async () => {
    const { why, ms } = await refusedBy(
      await server((_request, response) => {
        response.write('{"decision":')
        const drip = setInterval(() => response.write(' '), 20)
        response.once('close', () => clearInterval(drip))
      }),
    )
    expect(why).toContain('did not answer within 200 ms')
    expect(ms).toBeLessThan(10_000)
  })
  it('waits no longer than it may: for its headers', async () => {
    const url = await server(json({ decision: true, result: true }))
    const point = { ...authzen({ url, headers: () => new Promise(() => {}) }) }
    const before = performance.now()
    await refusal(asMia(() => decide(point, { ...CALL, timeoutMs: 200 }, () => {})))
    expect(performance.now() - before).toBeLessThan(10_000)
  })
  it('reads no huge answer', async () => {
    let sent = 0
    const { why } = await refusedBy(
      await server((_request, response) => {
        const more = () => {
          while (!response.destroyed && response.write(' '.repeat(65_536))) sent += 65_536
        }
        response.on('drain', more)
        more()
      }),
      SIZE_DECIDES_MS,
    )
    expect(why).toContain('answered with more than 2000 bytes')
    expect(sent).toBeLessThan(100_000_000)
  })
  it('reads no answer that is huge once it is unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000, ' '))
    const { why } = await refusedBy(
      await server((_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb)),
      SIZE_DECIDES_MS,
    )
    expect(why).toContain('answered with more than 2000 bytes')
  })
  it('follows no redirect', async () => {
    const reached: string[] = []
    const elsewhere = await server((request, response) => {
      reached.push(request.url ?? '')
      response.end('{"decision":true,"result":true}')
    })
    for (const status of [301, 302, 307, 308]) {
      traced = tracing()
      const { why } = await refusedBy(
        await server((_request, response) => response.writeHead(status, { location: elsewhere }).end()),
      )
      expect(why).toContain('redirects')
    }
    expect(reached).toEqual([])
  })
  it.each([400, 401, 403, 404, 429, 500, 503, 204])('refuses where the status is %i', async (status) => {
    const { why } = await refusedBy(
      await server((_request, response) =>
        response.writeHead(status).end(status === 204 ? undefined : `{"decision":true,"result":true,"${SECRET}":1}`),
      ),
    )
    expect(why).toContain(`status ${status}`)
  })
  it.each([
    '',
    'true',
    'null',
    '[]',
    '"allow"',
    '{"decision":"true","result":"true"}',
    '{"decision":1,"result":1}',
    '<html>',
    '{"decision":{},"result":{}}',
    '{"decision":null,"result":null}',
  ])('refuses where the answer is %o', async (body) => {
    const { why } = await refusedBy(await server((_request, response) => response.end(body)))
    expect(why).toMatch(/nonsense|JSON/u)
  })
  it('refuses where the connection breaks', async () => {
    const { why } = await refusedBy(
      await server((_request, response) => {
        response.write('{"decision":')
        setTimeout(() => response.destroy(), 10)
      }),
    )
    expect(why).toContain('broke off')
  })
  it('refuses where its headers cannot be made, and tells no secret', async () => {
    const url = await server(json({ decision: true, result: true }))
    const failing = () => {
      throw new Error(SECRET)
    }
    for (const headers of [failing, { 'bad header\n': SECRET }] as const) {
      const error = await refusal(asMia(() => decide(authzen({ url, headers }), CALL, () => {})))
      expect(error.unmet.join()).not.toContain(SECRET)
    }
  })
  it('runs anyway where the app says so, and the span says why', async () => {
    const request = { ...CALL, onUnavailable: 'allow' } as const
    const down = await closedPort()
    const ran = await asMia(() =>
      decide(pointAt(down), request, () => {
        traced.tracer.startSpan('pay', { kind: 2 }).end()
        return 'ran'
      }),
    )
    expect(ran).toBe('ran')
    const [pay] = traced.spans()
    expect(pay?.attributes['attribution.findings']).toEqual(['decision_unavailable'])
    expect(pay?.attributes['attribution.decision.unevaluated']).toContain(named)
  })
})

import { context } from '@opentelemetry/api'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { JWTPayload } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { asAgent, carry, currentAttribution, declareAutonomous, onBehalfOf, resume, via } from '../../src/index.ts'
import type { VerifiedIdentity } from '../../src/index.ts'
import { AttributionSpanProcessor } from '../../src/attribution-span-processor.ts'
import { runTelling } from '../../src/runtime/binding/telling.ts'
import { credentialOf } from '../../src/trust/tokens/credential.ts'
import { tokenVerifier } from '../../src/trust/tokens/token-verifier.ts'
import { newFaults } from './faults.ts'
import { AGENT, inSpan, silence, TOOL, tracing } from './provider.ts'
import type { Traced } from './provider.ts'

const { publicKey, privateKey } = await generateKeyPair('ES256')
const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1' } as never] }
const ISSUER = 'https://login.example'
const verifier = tokenVerifier({
  issuers: [
    { issuer: ISSUER, jwks: keys, audience: 'mail', algorithms: ['ES256'], profile: 'rfc8693' },
    {
      issuer: 'https://always.example',
      jwks: keys,
      audience: 'mail',
      algorithms: ['ES256'],
      profile: 'rfc8693',
      expressesActor: 'always',
    },
  ],
})

const KAI = 'kai@contoso.com'

async function tokenOf(claims: JWTPayload): Promise<string> {
  return await new SignJWT({ iss: ISSUER, aud: 'mail', sub: KAI, jti: 't1', scope: 'mail.send', ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
    .setIssuedAt()
    .setExpirationTime('10m')
    .sign(privateKey)
}

async function identityOf(claims: JWTPayload = {}): Promise<VerifiedIdentity> {
  return await verifier.verify(await tokenOf(claims))
}

let traced: Traced

beforeEach(() => {
  newFaults()
  traced = tracing()
})
afterEach(silence)

/** An agent that calls a tool. */
function work(inTool: () => void = () => {}): void {
  const { tracer } = traced
  inSpan(tracer, 'agent', { attributes: AGENT }, () => inSpan(tracer, 'tool', { attributes: TOOL }, inTool))
}

const ACTED = { act: { sub: 'report-assistant' } }

describe('an identity that was checked', () => {
  it('is verified on the spans, with its actor and its grant', async () => {
    const identity = await identityOf(ACTED)
    onBehalfOf({ identity, intent: 'mail the report' }, () => asAgent('report-assistant', work))
    const { attributes } = traced.spans().find(({ name }) => name === 'tool') ?? { attributes: {} }
    expect(attributes).toMatchObject({
      'attribution.principal.id': KAI,
      'attribution.principal.issuer': ISSUER,
      'attribution.principal.assurance': 'verified',
      'attribution.actor.id': 'report-assistant',
      'attribution.actor.assurance': 'verified',
      'attribution.actor.chain': ['report-assistant'],
      'attribution.authority.id': 't1',
      'attribution.authority.type': 'oauth',
      'attribution.authority.scopes': ['mail.send'],
      'attribution.authority.assurance': 'verified',
      'attribution.intent.assurance': 'asserted',
      'attribution.verdict': 'separated',
      'attribution.findings': [],
    })
    expect(attributes).not.toHaveProperty('attribution.principal.source')
    expect(attributes).not.toHaveProperty('attribution.correlation.source')
  })

  it('vouches for who acts now, and only passes on who acted before', async () => {
    const identity = await identityOf({ act: { sub: 'booking', act: { sub: 'travel' } } })
    onBehalfOf({ identity, intent: 'book' }, () => asAgent('booking', work))
    const { attributes } = traced.spans().find(({ name }) => name === 'tool') ?? { attributes: {} }
    expect(attributes).toMatchObject({
      'attribution.actor.chain': ['travel', 'booking'],
      'attribution.actor.assurance': 'asserted',
    })
  })

  it('gives the correlation id of its transaction', async () => {
    const identity = await identityOf({ txn: 'txn-7' })
    const transaction = Object.create(identity) as VerifiedIdentity
    expect(onBehalfOf({ identity, intent: 'x' }, currentAttribution)?.correlationId).toBe(identity.correlationId)
    // What inherits from an identity was checked by nobody.
    onBehalfOf({ identity: transaction, intent: 'x' }, work)
    expect(traced.one('tool').assurance).toMatchObject({ principal: 'asserted' })
  })

  it('stays verified where the code names the same person, and only where it does', async () => {
    const identity = await identityOf(ACTED)
    onBehalfOf({ identity, intent: 'x' }, () => onBehalfOf({ principal: KAI, intent: 'y' }, work))
    expect(traced.one('tool').assurance).toMatchObject({ principal: 'verified' })
  })

  it('is asserted if no verifier made it', () => {
    const identity = { principal: KAI, actorChain: ['report-assistant'], authority: { id: 't1' } }
    onBehalfOf({ identity, intent: 'x' }, () => asAgent('report-assistant', work))
    expect(traced.one('tool')).toMatchObject({
      principal: KAI,
      assurance: { principal: 'asserted', actor: 'asserted' },
    })
  })

  it('leaves nobody bound if it cannot be read', () => {
    onBehalfOf({ principal: 'lea', intent: 'x' }, () =>
      onBehalfOf({ identity: { nobody: true } as never, intent: 'x' }, () => {
        expect(currentAttribution()?.principal).toBeUndefined()
        work()
      }),
    )
    expect(traced.one('tool').findings).toContain('missing_principal')
  })

  it('carries each actor once', async () => {
    const identity = await identityOf(ACTED)
    const carried = onBehalfOf({ identity, intent: 'x' }, () => asAgent('report-assistant', carry))
    expect(carried['attribution.actor.chain']).toBe('["report-assistant"]')
  })
})

describe('what is wrong with a token is said of the spans', () => {
  it('undelegated_token: it names no actor, though its issuer does', async () => {
    const identity = await identityOf({ iss: 'https://always.example' })
    onBehalfOf({ identity, intent: 'x' }, () => asAgent('report-assistant', work))
    expect(traced.one('tool')).toMatchObject({ findings: ['undelegated_token'], verdict: 'collapsed' })
  })

  it('and not of an issuer that is not known to', async () => {
    const identity = await identityOf()
    onBehalfOf({ identity, intent: 'x' }, () => asAgent('report-assistant', work))
    expect(traced.one('tool')).toMatchObject({ findings: [], verdict: 'separated' })
  })

  it('token_passthrough: the very token goes out as a credential', async () => {
    const token = await tokenOf(ACTED)
    const identity = await verifier.verify(token)
    const flipped = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`
    const inner = await identityOf({ ...ACTED, jti: 't2' })
    onBehalfOf({ identity, intent: 'x' }, () =>
      onBehalfOf({ identity: inner, intent: 'x' }, () =>
        via({ id: 'mail', credential: credentialOf(flipped, { type: 'delegated' }) }, work),
      ),
    )
    expect(traced.one('tool').findings).toContain('token_passthrough')
  })

  it.each<[string, (token: string, work: () => void) => void]>([
    ['with its scheme', (token, work) => via({ id: 'mail', credential: credentialOf(`Bearer ${token}`) }, work)],
    ['as the text of a header', (token, work) => via({ id: 'mail', credential: { id: `Bearer ${token}` } }, work)],
    [
      'after a hand-over',
      (token, work) =>
        onBehalfOf({ principal: 'lea@contoso.com', authority: { id: 'delegation-7' } }, () =>
          via({ id: 'mail', credential: credentialOf(token) }, work),
        ),
    ],
    [
      'under an identity that nobody checked here',
      (token, work) =>
        onBehalfOf({ identity: { principal: KAI } }, () => via({ id: 'mail', credential: credentialOf(token) }, work)),
    ],
    [
      'by an autonomous run',
      (token, work) =>
        declareAutonomous({ owner: 'ops', trigger: 'cron' }, () =>
          via({ id: 'mail', credential: credentialOf(token) }, work),
        ),
    ],
  ])('token_passthrough: it goes out %s', async (_, sends) => {
    const token = await tokenOf(ACTED)
    const identity = await verifier.verify(token)
    onBehalfOf({ identity, intent: 'x' }, () => sends(token, work))
    expect(traced.one('tool').findings).toContain('token_passthrough')
  })

  it('conflicting_identity: the code names someone else beside it', async () => {
    const identity = await identityOf(ACTED)
    onBehalfOf({ identity, principal: 'lea@contoso.com', intent: 'x' }, work)
    expect(traced.one('tool')).toMatchObject({ principal: KAI, findings: ['conflicting_identity'] })
  })

  it('software_as_human: the code calls a human, beside it or inside, what it names as software', async () => {
    const identity = await identityOf({ sub: 'svc-7', client_id: 'svc-7' })
    const principal = { id: 'svc-7', type: 'human' } as const
    onBehalfOf({ identity, principal, intent: 'x' }, work)
    onBehalfOf({ identity, intent: 'x' }, () => onBehalfOf({ principal }, work))
    onBehalfOf({ identity, principal: 'svc-7', intent: 'x' }, work)
    onBehalfOf({ identity, principal: { id: KAI, type: 'human' }, intent: 'x' }, work)
    const found = traced.seen().filter(({ name }) => name === 'tool')
    expect(found.map(({ findings }) => findings)).toEqual([
      ['software_as_human'],
      ['software_as_human'],
      [],
      ['conflicting_identity'],
    ])
  })

  it('conflicting_identity: the code names one of another issuer', async () => {
    const identity = await identityOf(ACTED)
    const principal = { id: KAI, issuer: 'https://other.example' }
    onBehalfOf({ identity, principal, intent: 'x' }, work)
    expect(traced.one('tool').findings).toEqual(['conflicting_identity'])
  })

  it('and nothing where the code names the same one in another spelling, or by an alias', async () => {
    silence()
    traced = tracing([new AttributionSpanProcessor({ policy: { aliases: { 'tenant-1/4711': KAI } } })])
    const [mail, directory] = [await identityOf(ACTED), await identityOf({ ...ACTED, sub: 'tenant-1/4711' })]
    for (const [identity, principal] of [
      [mail, `user:${KAI}`],
      [mail, { id: `mailto:${KAI.toUpperCase()}`, issuer: `${ISSUER}/` }],
      [directory, KAI],
    ] as const)
      onBehalfOf({ identity, principal, intent: 'x' }, work)
    expect(traced.seen().map(({ findings }) => findings)).toEqual(Array.from({ length: 6 }, () => []))
  })

  it('conflicting_identity: the code names someone else inside it, unless it records a hand-over', async () => {
    const identity = await identityOf(ACTED)
    onBehalfOf({ identity, intent: 'x' }, () => onBehalfOf({ principal: 'lea@contoso.com' }, work))
    expect(traced.one('tool').findings).toContain('conflicting_identity')
    silence()
    traced = tracing()
    onBehalfOf({ identity, intent: 'x' }, () =>
      onBehalfOf({ principal: 'lea@contoso.com', authority: { id: 'delegation-7' } }, work),
    )
    expect(traced.one('tool')).toMatchObject({ findings: [], assurance: { principal: 'asserted' } })
    silence()
    traced = tracing()
    onBehalfOf({ identity, intent: 'x' }, () => declareAutonomous({ owner: 'ops', trigger: 'cron' }, work))
    expect(traced.one('tool')).toMatchObject({ principal: 'ops', findings: [], assurance: { principal: 'asserted' } })
  })

  it('scope_widened: it covers more than the one that it was exchanged for', async () => {
    const [outer, inner] = [await identityOf(ACTED), await identityOf({ ...ACTED, jti: 't2', scope: 'mail.send all' })]
    onBehalfOf({ identity: outer, intent: 'x' }, () => onBehalfOf({ identity: inner, intent: 'x' }, work))
    expect(traced.one('tool').findings).toEqual(['scope_widened'])
  })

  it('and nothing where the one around it says nothing of what it covers', async () => {
    const [login, narrow] = [
      await identityOf({ ...ACTED, scope: undefined }),
      await identityOf({ ...ACTED, jti: 't2' }),
    ]
    expect(login.authority).not.toHaveProperty('scopes')
    onBehalfOf({ identity: login, intent: 'x' }, () => onBehalfOf({ identity: narrow, intent: 'x' }, work))
    expect(traced.one('tool').findings).toEqual([])
  })

  it('scope_widened: the one around it covers nothing, and says so', async () => {
    const [none, some] = [await identityOf({ ...ACTED, scope: '' }), await identityOf({ ...ACTED, jti: 't2' })]
    onBehalfOf({ identity: none, intent: 'x' }, () => onBehalfOf({ identity: some, intent: 'x' }, work))
    expect(traced.one('tool').findings).toEqual(['scope_widened'])
  })

  it('and nothing where a service has a token of its own, and binds that of its user inside', async () => {
    const own = { sub: 'desk', client_id: 'desk', sub_profile: 'ai_agent', scope: 'desk.read' }
    const [service, user] = [await identityOf(own), await identityOf({ jti: 't2', scope: 'mail.send' })]
    const { tracer } = traced
    onBehalfOf({ identity: service, intent: 'x' }, () =>
      inSpan(tracer, 'outer', { attributes: AGENT }, () => onBehalfOf({ identity: user }, work)),
    )
    expect(traced.one('tool').findings).toEqual([])
  })

  it('and nothing where the one around it covers more than a span can list', async () => {
    const many = Array.from({ length: 3_000 }, (_, at) => at.toString(36))
    const [wide, narrow] = [
      await identityOf({ ...ACTED, scope: many.join(' ') }),
      await identityOf({ scope: many[99] }),
    ]
    expect(wide.authority.scopes).toEqual(many)
    onBehalfOf({ identity: wide, intent: 'x' }, () => onBehalfOf({ identity: narrow }, work))
    expect(traced.one('tool').findings).not.toContain('scope_widened')
    onBehalfOf({ identity: wide, intent: 'x' }, () => inSpan(traced.tracer, 'wide', { attributes: TOOL }, () => {}))
    const { attributes } = traced.spans().find(({ name }) => name === 'wide') ?? { attributes: {} }
    expect(attributes).toMatchObject({ 'attribution.authority.scopes': [...many.slice(0, 63), many.at(-1)] })
  })

  it('chain_spliced: its actors contradict those of the token around it', async () => {
    const [outer, inner] = [await identityOf(ACTED), await identityOf({ act: { sub: 'payer' } })]
    onBehalfOf({ identity: outer, intent: 'x' }, () => onBehalfOf({ identity: inner, intent: 'x' }, work))
    expect(traced.one('tool').findings).toContain('chain_spliced')
    expect(traced.one('tool').chain).toEqual(['payer', 'assistant'])
  })

  it('chain_spliced: it belongs to another session', async () => {
    const [outer, inner] = [await identityOf({ ...ACTED, sid: 's1' }), await identityOf({ ...ACTED, sid: 's2' })]
    onBehalfOf({ identity: outer, intent: 'x' }, () => onBehalfOf({ identity: inner, intent: 'x' }, work))
    expect(traced.one('tool').findings).toContain('chain_spliced')
  })

  it('and nothing where a token is exchanged for one that adds an actor', async () => {
    const outer = await identityOf({ ...ACTED, sid: 's1' })
    const inner = await identityOf({ act: { sub: 'mailer', act: { sub: 'report-assistant' } }, sid: 's1', jti: 't2' })
    onBehalfOf({ identity: outer, intent: 'x' }, () =>
      asAgent('report-assistant', () => onBehalfOf({ identity: inner, intent: 'x' }, work)),
    )
    expect(traced.one('tool').findings).toEqual([])
  })
})

describe('what an identity keeps of the one around it', () => {
  it('is the correlation id that the app chose for the same transaction', async () => {
    const [outer, again] = [
      await identityOf({ ...ACTED, txn: 'x1' }),
      await identityOf({ ...ACTED, txn: 'x1', jti: 't2' }),
    ]
    onBehalfOf({ identity: outer, correlationId: 'order-7', intent: 'x' }, () =>
      work(() => {
        for (const identity of [outer, again]) onBehalfOf({ identity }, work)
      }),
    )
    expect(traced.seen().map(({ correlation, findings }) => [correlation, ...findings])).toEqual(
      Array.from({ length: 6 }, () => ['order-7']),
    )
  })

  it('is the token that came in, however many were exchanged since', async () => {
    const token = await tokenOf(ACTED)
    const later = await Promise.all(Array.from({ length: 40 }, (_, at) => identityOf({ ...ACTED, jti: `later ${at}` })))
    const passOn = () => via({ id: 'mail', credential: credentialOf(token) }, work)
    const inside = later.reduce<() => void>((next, identity) => () => onBehalfOf({ identity }, next), passOn)
    onBehalfOf({ identity: await verifier.verify(token), intent: 'x' }, inside)
    expect(traced.one('tool').findings).toContain('token_passthrough')
  })
})

describe('the actors of a token', () => {
  const chains = () =>
    traced.seen().map(({ name, chain, findings }) => [name, chain?.join(' > '), ...findings].join(': '))
  const each = (chain: string) => [`tool: ${chain}`, `agent: ${chain}`]

  it('come after the agent that got it, where its issuer only names who acts now', async () => {
    const [login, exchanged] = [await identityOf(), await identityOf({ act: { sub: 'mailer' }, jti: 't2' })]
    onBehalfOf({ identity: login, intent: 'x' }, () =>
      asAgent('planner', () => onBehalfOf({ identity: exchanged }, () => asAgent('mailer', work))),
    )
    expect(chains()).toEqual(each('planner > mailer'))
  })

  it('are no other ones where the process knows whom it names as acting now', async () => {
    const [outer, inner] = [await identityOf(ACTED), await identityOf({ act: { sub: 'mailer' }, jti: 't2' })]
    onBehalfOf({ identity: outer, intent: 'x' }, () =>
      asAgent('report-assistant', () => asAgent('mailer', () => onBehalfOf({ identity: inner }, work))),
    )
    expect(chains()).toEqual(each('report-assistant > mailer'))
  })

  it('stay those of the agent that was entered when it is bound again inside', async () => {
    const identity = await identityOf(ACTED)
    onBehalfOf({ identity, intent: 'x' }, () => asAgent('report-assistant', () => onBehalfOf({ identity }, work)))
    expect(chains()).toEqual(each('report-assistant'))
    expect(traced.one('tool').assurance).toMatchObject({ actor: 'verified' })
  })

  it('stand in place of what a stranger said, also where agents were entered since', async () => {
    const identity = await identityOf(ACTED)
    const stranger = onBehalfOf({ principal: KAI, intent: 'x' }, () => asAgent('stranger', carry))
    resume(stranger, () =>
      asAgent('report-assistant', () =>
        asAgent('mailer', () =>
          onBehalfOf({ identity, intent: 'x' }, () => inSpan(traced.tracer, 'act', { attributes: TOOL }, () => {})),
        ),
      ),
    )
    expect(traced.one('act')).toMatchObject({
      chain: ['report-assistant', 'mailer'],
      assurance: { principal: 'verified', actor: 'asserted' },
    })
  })

  it('are each there once, wherever among those that were entered the token stands', async () => {
    const identity = await identityOf({ act: { sub: 'b' } })
    const inside = () =>
      asAgent('a', () => asAgent('b', () => asAgent('c', () => onBehalfOf({ identity, intent: 'x' }, work))))
    inside()
    const stranger = onBehalfOf({ principal: KAI, intent: 'x' }, () => asAgent('stranger', carry))
    resume(stranger, inside)
    expect(traced.seen().flatMap(({ name, chain }) => (name === 'tool' ? [chain] : []))).toEqual([
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
    ])
  })

  it('leave out none that a carrier of this service brought', async () => {
    const identity = await identityOf(ACTED)
    const asked = { principal: KAI, intent: 'x' }
    const carrier = onBehalfOf(asked, () => asAgent('report-assistant', () => asAgent('mailer', carry)))
    resume(
      carrier,
      () => onBehalfOf({ identity, intent: 'x' }, () => inSpan(traced.tracer, 'act', { attributes: TOOL }, () => {})),
      {
        assurance: 'asserted',
      },
    )
    expect(traced.one('act')).toMatchObject({ actor: 'mailer', chain: ['report-assistant', 'mailer'], findings: [] })
  })
})

describe('an identity that nobody checked here, inside one that was', () => {
  it('is a conflicting_identity if it names someone else, unless it records a hand-over', async () => {
    const outer = await identityOf(ACTED)
    const [other, handed] = [{ principal: 'lea' }, { principal: 'lea', authority: { id: 'delegation-7' } }]
    for (const identity of [other, handed])
      onBehalfOf({ identity: outer, intent: 'x' }, () => onBehalfOf({ identity }, work))
    expect(traced.seen().map(({ findings }) => findings)).toEqual([
      ['conflicting_identity'],
      ['conflicting_identity'],
      [],
      [],
    ])
  })
})

it('what was told of the parent is told of a span that starts where something else was told', () => {
  const parent = runTelling(['carrier_invalid'], () => context.active())
  runTelling(['chain_spliced'], () => traced.tracer.startSpan('act', { attributes: TOOL }, parent).end())
  expect(traced.one('act').findings).toEqual(expect.arrayContaining(['carrier_invalid', 'chain_spliced']))
})

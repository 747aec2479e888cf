import { describe, expect, it } from 'vitest'
import { fingerprintOf } from '../../../src/trust/tokens/fingerprint.ts'
import { tokenVerifier } from '../../../src/trust/tokens/token-verifier.ts'
import { contradiction } from '../../../src/trust/tokens/verified-identity.ts'
import { claims, issuerOf, MAIL, refusal, signed, signingKey, STS } from './signed.ts'

const KEY = signingKey('k1')
const SPIRE = signingKey('s1')
const PARTNER = signingKey('p1')
const verifier = tokenVerifier({
  issuers: [
    issuerOf([KEY], { expressesActor: 'always' }),
    issuerOf([SPIRE], { issuer: 'spiffe://example.org', profile: 'spiffe' }),
    issuerOf([PARTNER], { issuer: 'https://partner.example' }),
  ],
})

const user = (more: object = {}) => signed(KEY, claims(more))
const agent = (more: object = {}) => signed(KEY, claims({ sub: 'report-assistant', jti: 'a1', ...more }))
const partner = (more: object = {}) =>
  signed(PARTNER, claims({ iss: 'https://partner.example', sub: 'report-assistant', ...more }))
const verify = (subject: string, actorToken: string) => verifier.verify(subject, { actorToken })

const ALLOWED = { may_act: { sub: 'report-assistant' } }

describe('an actor token that belongs to the subject token', () => {
  it.each<[string, string, string]>([
    ['may_act names its subject', user(ALLOWED), agent()],
    ['may_act names its subject and issuer', user({ may_act: { sub: 'report-assistant', iss: STS } }), agent()],
    ['act names its subject already', user({ act: { sub: 'report-assistant' } }), agent()],
    ['both are of one transaction', user({ txn: 'x1' }), agent({ txn: 'x1' })],
    ['both are of one session', user({ sid: 's1', auth_time: 7 }), agent({ sid: 's1', auth_time: 7 })],
  ])('%s', async (_, subject, actor) => {
    const identity = await verify(subject, actor)
    expect(identity).toMatchObject({
      principal: { id: 'kai@contoso.com' },
      actor: { id: 'report-assistant', issuer: STS },
      actorChain: ['report-assistant'],
      authority: { id: 't1' },
      fingerprint: fingerprintOf(subject),
      isUndelegated: false,
    })
  })

  it('may be of a session of its own, where it is of software that logged in for itself', async () => {
    const own = { client_id: 'report-assistant', sub_profile: 'ai_agent', sid: 's2', auth_time: 2 }
    const subject = user({ ...ALLOWED, sid: 's1', auth_time: 1 })
    expect(await verify(subject, agent(own))).toMatchObject({ actorChain: ['report-assistant'] })
    const [token, service] = await Promise.all([verifier.verify(subject), verifier.verify(agent(own))])
    expect(contradiction(token, service)).toBeUndefined()
    expect(await refusal(verify(user({ sid: 's1' }), agent(own)))).toMatchObject({ code: 'chain_spliced' })
    const flows = await refusal(verify(user({ ...ALLOWED, txn: 'x1' }), agent({ ...own, txn: 'x2' })))
    expect(flows).toMatchObject({ code: 'chain_spliced' })
  })

  it('joins the actors of the subject token', async () => {
    const subject = user({ ...ALLOWED, txn: 'x1' })
    expect(await verify(subject, agent({ txn: 'x1' }))).toMatchObject({ actorChain: ['report-assistant'] })
  })

  it('may be of another issuer, and of a workload', async () => {
    const sub = 'spiffe://example.org/agents/report'
    const workload = signed(SPIRE, { aud: MAIL, sub, exp: claims()['exp'] })
    const subject = user({ may_act: { sub, iss: 'spiffe://example.org' } })
    expect(await verify(subject, workload)).toMatchObject({
      actorChain: [sub],
      actor: { issuer: 'spiffe://example.org' },
    })
  })

  it('ends the identity when the first of both expires', async () => {
    const exp = Math.floor(Date.now() / 1000) + 60
    const identity = await verify(user(ALLOWED), agent({ exp }))
    const end = new Date(exp * 1000).toISOString()
    expect(identity).toMatchObject({ expiresAt: end, authority: { expiresAt: end } })
  })
})

describe('an actor token that does not is spliced onto the subject token', () => {
  it.each<[string, string, string]>([
    ['nothing ties them together', user(), agent()],
    ['may_act names another actor', user({ may_act: { sub: 'payer' } }), agent()],
    [
      'may_act names an actor of another issuer',
      user({ may_act: { sub: 'report-assistant', iss: 'https://x' } }),
      agent(),
    ],
    ['act names another actor', user({ act: { sub: 'payer' } }), agent()],
    ['their transactions differ', user({ ...ALLOWED, txn: 'x1' }), agent({ txn: 'x2' })],
    ['their sessions differ', user({ ...ALLOWED, sid: 's1' }), agent({ sid: 's2' })],
    ['their missions differ', user({ ...ALLOWED, mission_s256: 'm1' }), agent({ mission_s256: 'm2' })],
    ['their logins differ', user({ ...ALLOWED, auth_time: 1 }), agent({ auth_time: 2 })],
    ['a login at the same time is not enough', user({ auth_time: 1 }), agent({ auth_time: 1 })],
    ['the client of the subject token is not enough', user({ client_id: 'report-assistant' }), agent()],
    ['their order is reversed', agent(), user(ALLOWED)],
    ['a session of the same name at another issuer is not enough', user({ sid: '1' }), partner({ sid: '1' })],
  ])('%s', async (_, subject, actor) => {
    const error = await refusal(verify(subject, actor))
    expect(error).toMatchObject({ code: 'chain_spliced', issuer: STS, kid: 'k1' })
  })

  it.each<[string, string, string]>([
    ['is expired', agent({ exp: 1 }), 'expired'],
    ['is for another service', agent({ aud: 'https://x' }), 'wrong_audience'],
    ['is signed by a stranger', signed(signingKey('k1'), claims()), 'bad_signature'],
    ['is no token', 'report-assistant', 'malformed'],
  ])('is checked like every token: it %s', async (_, actor, code) => {
    expect(await refusal(verify(user(ALLOWED), actor))).toMatchObject({ code })
  })

  it('makes no chain that is too deep', async () => {
    const short = tokenVerifier({ issuers: [issuerOf([KEY], { maxActors: 1 })] })
    const subject = user({ may_act: { sub: 'report-assistant' }, act: { sub: 'a', act: { sub: 'b' } } })
    expect(await refusal(short.verify(subject, { actorToken: agent() }))).toMatchObject({ code: 'chain_too_deep' })
  })
})

describe('two identities', () => {
  it('contradict each other in what one flow has in common', async () => {
    const [one, same, other, neither] = await Promise.all(
      [{ txn: 'x1', sid: 's1' }, { txn: 'x1' }, { sid: 's2' }, {}].map((more) => verifier.verify(user(more))),
    )
    if (!one || !same || !other || !neither) throw new Error('one is missing')
    expect(contradiction(one, same)).toBeUndefined()
    expect(contradiction(one, neither)).toBeUndefined()
    expect(contradiction(one, other)).toBe('sid')
    expect(contradiction(same, other)).toBeUndefined()
  })

  it('of two issuers have a session and a login at each of them, and the transaction in common', async () => {
    const one = await verifier.verify(user({ sid: 's1', auth_time: 1, txn: 'x1' }))
    const other = await verifier.verify(partner({ sid: 's2', auth_time: 2, txn: 'x1' }))
    const stranger = await verifier.verify(partner({ txn: 'x2' }))
    expect(contradiction(one, other)).toBeUndefined()
    expect(contradiction(one, stranger)).toBe('txn')
  })
})

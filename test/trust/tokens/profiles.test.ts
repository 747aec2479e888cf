import { describe, expect, it } from 'vitest'
import type { TokenIssuer } from '../../../src/policy/token-issuer.ts'
import { tokenVerifier } from '../../../src/trust/tokens/token-verifier.ts'
import type { VerifiedIdentity } from '../../../src/trust/tokens/verified-identity.ts'
import { issuerOf, refusal, signed, signingKey } from './signed.ts'

const KEY = signingKey('k1')
const OKP = signingKey('k2', 'Ed25519')

const now = Math.floor(Date.now() / 1000)
const TIMES = { iat: now, exp: now + 600 }

/** The identity in a token with these claims, by an issuer that is configured like this. */
async function read(
  issuer: Partial<TokenIssuer>,
  claims: Record<string, unknown>,
  typ?: string,
): Promise<VerifiedIdentity> {
  const audience = [claims['aud']].flat() as string[]
  const name = typeof claims['iss'] === 'string' ? { issuer: claims['iss'] } : {}
  const verifier = tokenVerifier({ issuers: [issuerOf([KEY, OKP], { audience, ...name, ...issuer })] })
  return await verifier.verify(signed(KEY, { ...TIMES, ...claims }, { typ }))
}

describe('rfc8693', () => {
  const RFC: Partial<TokenIssuer> = { profile: 'rfc8693' }

  it('the example of section 4.1: one actor', async () => {
    const identity = await read(RFC, {
      aud: 'https://consumer.example.com',
      iss: 'https://issuer.example.com',
      nbf: now - 10,
      sub: 'user@example.com',
      act: { sub: 'admin@example.com' },
    })
    expect(identity).toMatchObject({
      principal: { id: 'user@example.com', issuer: 'https://issuer.example.com' },
      actor: { id: 'admin@example.com', issuer: 'https://issuer.example.com' },
      actorChain: ['admin@example.com'],
      authority: { type: 'oauth' },
    })
    expect(identity.principal).not.toHaveProperty('type')
    expect(identity.authority).not.toHaveProperty('id')
  })

  it('the nested example of section 4.1: the outermost acts now, the innermost was first', async () => {
    const identity = await read(RFC, {
      aud: 'https://service26.example.com',
      iss: 'https://issuer.example.com',
      nbf: now - 10,
      sub: 'user@example.com',
      act: { sub: 'https://service16.example.com', act: { sub: 'https://service77.example.com' } },
    })
    expect(identity.actorChain).toEqual(['https://service77.example.com', 'https://service16.example.com'])
    expect(identity.actor).toMatchObject({ id: 'https://service16.example.com' })
  })

  it('the tokens of appendix A: impersonation has no actor, delegation has one', async () => {
    const impersonation = {
      aud: 'urn:example:cooperation-context',
      iss: 'https://as.example.com',
      sub: 'bdc@example.net',
      scope: 'orders profile history',
    }
    const bare = await read(RFC, impersonation, 'JWT')
    expect(bare).toMatchObject({ actorChain: [], authority: { scopes: ['orders', 'profile', 'history'] } })
    expect(bare.actor).toBeUndefined()
    const delegated = await read(RFC, { ...impersonation, act: { sub: 'admin@example.net' } }, 'JWT')
    expect(delegated.actorChain).toEqual(['admin@example.net'])
  })

  it('the access token of RFC 9068, section 2.2', async () => {
    const identity = await read(
      RFC,
      {
        iss: 'https://authorization-server.example.com/',
        sub: '5ba552d67',
        aud: 'https://rs.example.com/',
        jti: 'dbe39bf3a3ba4238a513f51d6e1691c4',
        client_id: 's6BhdRkqt3',
        scope: 'openid profile reademail',
      },
      'at+JWT',
    )
    expect(identity).toMatchObject({
      principal: { id: '5ba552d67', issuer: 'https://authorization-server.example.com/' },
      actorChain: [],
      authority: { id: 'dbe39bf3a3ba4238a513f51d6e1691c4', scopes: ['openid', 'profile', 'reademail'] },
      isUndelegated: false,
    })
  })

  it('nothing in act but who it is means anything', async () => {
    const act = { sub: 'a', cnf: { jkt: 'x' }, client_profile: 'ai_agent', exp: 1, aud: 'x', scope: 'all' }
    const identity = await read(RFC, { iss: 'https://sts.example', aud: 'mail', sub: 'kai', act })
    expect(identity).toMatchObject({ actorChain: ['a'], hasUncheckedProof: false })
    expect(identity.authority).not.toHaveProperty('scopes')
    expect(identity.actor).toEqual({ id: 'a', issuer: 'https://sts.example' })
  })

  it('an actor profile with two hops, each actor in the namespace of its own issuer', async () => {
    const identity = await read(RFC, {
      iss: 'https://as.travel.example',
      aud: 'https://book.example',
      sub: 'https://idp.corp.example/users/alice',
      sub_profile: 'user',
      client_id: 'c-77',
      jti: 't2',
      act: {
        sub: 'https://tools.example/booking',
        iss: 'https://as.travel.example',
        sub_profile: 'service',
        act: { sub: 'https://agents.example/travel', iss: 'https://as.corp.example', sub_profile: 'ai_agent' },
      },
    })
    expect(identity).toMatchObject({
      principal: { id: 'https://idp.corp.example/users/alice', type: 'human', issuer: 'https://as.travel.example' },
      actor: { id: 'https://tools.example/booking', issuer: 'https://as.travel.example' },
      actorChain: ['https://agents.example/travel', 'https://tools.example/booking'],
      isSoftware: false,
      isUndelegated: false,
    })
  })

  const AUTH0 = { iss: 'https://t.auth0.com/', aud: 'https://api.example' }
  it('an agent as the subject acts for nobody', async () => {
    const identity = await read(RFC, { ...AUTH0, sub: 'agt_9f', sub_profile: 'ai_agent', client_profile: 'service' })
    expect(identity).toMatchObject({ principal: undefined, actorChain: ['agt_9f'], isSoftware: true })
  })

  it('a chain keeps the client that it came through', async () => {
    const act = { sub: 'agt_9f', sub_profile: 'ai_agent', act: { sub: 'spa_client_1' } }
    const identity = await read(RFC, { ...AUTH0, sub: 'auth0|kai', sub_profile: 'user', act })
    expect(identity).toMatchObject({
      principal: { id: 'auth0|kai', type: 'human' },
      actor: { id: 'agt_9f' },
      actorChain: ['spa_client_1', 'agt_9f'],
    })
  })

  const STS = { iss: 'https://sts.example', aud: 'https://mail.example' }
  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['of a user', { sub: 'kai', sub_profile: 'user' }, { principal: { type: 'human' }, isSoftware: false }],
    ['of a service', { sub: 'svc', sub_profile: 'service' }, { principal: { type: 'service' }, isSoftware: true }],
    [
      'of an agent for a user',
      { sub: 'a', sub_profile: 'ai_agent', act: { sub: 'b' } },
      { principal: { type: 'agent' } },
    ],
    ['of both', { sub: 'kai', sub_profile: 'service user' }, { principal: { type: 'human' } }],
    ['of a client for itself', { sub: 'c-7', client_id: 'c-7' }, { principal: { type: 'service' }, isSoftware: true }],
    ['of a client that is an agent', { sub: 'bot', client_id: 'bot' }, { principal: undefined, actorChain: ['bot'] }],
    ['of a user through a client', { sub: 'kai', client_id: 'c-7' }, { principal: { id: 'kai' }, actorChain: [] }],
    ['whose actor is its subject', { sub: 'kai', act: { sub: 'kai' } }, { principal: { id: 'kai' }, actorChain: [] }],
    [
      'whose actor has the name of its subject elsewhere',
      { sub: 'kai', act: { sub: 'kai', iss: 'https://other.example' } },
      { actorChain: ['kai'], actor: { issuer: 'https://other.example' } },
    ],
    ['with its scopes in scp', { sub: 'kai', scp: ['a', 'b'] }, { authority: { scopes: ['a', 'b'] } }],
    ['with permissions', { sub: 'kai', scope: 'a', permissions: ['b'] }, { authority: { scopes: ['a', 'b'] } }],
    ['with a transaction', { sub: 'kai', txn: 'x-1' }, { correlationId: 'x-1' }],
  ])('a token %s', async (_, claims, expected) => {
    expect(await read({ ...RFC, agents: ['bot'] }, { ...STS, ...claims })).toMatchObject(expected)
  })

  it.each<[TokenIssuer['expressesActor'], Record<string, unknown>, boolean]>([
    ['always', { sub: 'kai' }, true],
    ['always', { sub: 'kai', act: { sub: 'bot' } }, false],
    ['always', { sub: 'svc', sub_profile: 'service' }, false],
    ['sometimes', { sub: 'kai' }, false],
    ['sometimes', { sub: 'kai', client_id: 'bot' }, true],
    ['sometimes', { sub: 'kai', azp: 'bot' }, true],
    ['sometimes', { sub: 'kai', client_id: 'c-7' }, false],
    [undefined, { sub: 'kai', client_id: 'bot' }, true],
    ['never', { sub: 'kai', client_id: 'bot' }, false],
  ])(
    'of an issuer that expresses an actor %s, %j is undelegated: %s',
    async (expressesActor, claims, isUndelegated) => {
      const issuer = { ...RFC, agents: ['bot'], ...(expressesActor === undefined ? {} : { expressesActor }) }
      expect(await read(issuer, { ...STS, ...claims })).toMatchObject({ isUndelegated })
    },
  )
})

describe('oidc', () => {
  it('an ID token (OpenID Connect Core, 2) names who logged in, and no actor', async () => {
    const identity = await read(
      { profile: 'oidc', agents: ['s6BhdRkqt3'] },
      {
        iss: 'https://server.example.com',
        sub: '24400320',
        aud: 's6BhdRkqt3',
        azp: 's6BhdRkqt3',
        nonce: 'n-0S6_WzA2Mj',
        auth_time: now - 60,
        acr: 'urn:mace:incommon:iap:silver',
      },
    )
    expect(identity).toMatchObject({
      principal: { id: '24400320', issuer: 'https://server.example.com' },
      actorChain: [],
      isUndelegated: false,
    })
  })
})

describe('transaction-token', () => {
  const TXN: Partial<TokenIssuer> = { profile: 'transaction-token', issuer: 'trust.example' }
  const CLAIMS = {
    aud: 'trust.example',
    txn: '97053963-771d-49cc-a4e3-20aad399c312',
    sub: 'u-8131',
    req_wl: 'gateway.trust.example',
    scope: 'mail.send',
    tctx: { action: 'SEND', to: 'board' },
    rctx: { req_ip: '203.0.113.9' },
  }

  it('without an issuer is one of its trust domain; its transaction is the correlation id and the grant', async () => {
    expect(await read(TXN, CLAIMS, 'txntoken+jwt')).toMatchObject({
      principal: { id: 'u-8131', issuer: 'trust.example' },
      actorChain: [],
      correlationId: CLAIMS.txn,
      authority: { id: CLAIMS.txn, type: 'oauth', scopes: ['mail.send'] },
      issuer: 'trust.example',
    })
  })

  it('may name its issuer, and an agent', async () => {
    const claims = { ...CLAIMS, iss: 'https://tts.trust.example', act: { sub: 'mail-agent' } }
    const identity = await read({ profile: 'transaction-token' }, claims, 'txntoken+jwt')
    expect(identity).toMatchObject({ actorChain: ['mail-agent'], issuer: 'https://tts.trust.example' })
  })

  it.each([['JWT'], ['at+jwt'], [undefined]])('of the type %s is not one', async (typ) => {
    expect(await refusal(read(TXN, CLAIMS, typ))).toMatchObject({ code: 'wrong_type' })
  })

  it('that names another issuer is not one of its trust domain', async () => {
    const verifier = tokenVerifier({ issuers: [issuerOf([KEY], { ...TXN, audience: CLAIMS.aud })] })
    const token = signed(KEY, { ...TIMES, ...CLAIMS, iss: 'https://evil.example' }, { typ: 'txntoken+jwt' })
    expect(await refusal(verifier.verify(token))).toMatchObject({ code: 'unknown_issuer' })
  })

  it('names a principal of the trust domain that policy expects, whichever else it is for', async () => {
    const ours = issuerOf([KEY], { ...TXN, issuer: 'https://tts.example', audience: 'trust.example' })
    const theirs = issuerOf([OKP], { ...TXN, issuer: 'theirs.example', audience: 'theirs.example' })
    const verifier = tokenVerifier({ issuers: [ours, theirs] })
    const claims = { ...CLAIMS, iss: 'https://tts.example', aud: ['theirs.example', 'trust.example'] }
    const identity = await verifier.verify(signed(KEY, { ...TIMES, ...claims }, { typ: 'txntoken+jwt' }))
    expect(identity.principal).toEqual({ id: 'u-8131', issuer: 'trust.example' })
  })

  it('needs a transaction', async () => {
    const error = await refusal(read(TXN, { ...CLAIMS, txn: undefined }, 'txntoken+jwt'))
    expect(error).toMatchObject({ code: 'missing_claim' })
    expect(error.message).toContain('txn')
  })
})

describe('id-jag', () => {
  const CLAIMS = {
    iss: 'https://idp.example',
    sub: 'U019488227',
    aud: 'https://as.saas.example/',
    client_id: 'f53f',
    jti: '9e43',
    scope: 'chat.read',
    resource: 'https://api.saas.example',
    aud_sub: 'saas-42',
  }

  it('names the actor, and the client is no substitute', async () => {
    const act = { sub: 'agent-1', iss: 'https://idp.example' }
    expect(await read({ profile: 'id-jag' }, { ...CLAIMS, act }, 'oauth-id-jag+jwt')).toMatchObject({
      principal: { id: 'U019488227', issuer: 'https://idp.example' },
      actor: { id: 'agent-1', issuer: 'https://idp.example' },
      authority: { id: '9e43', scopes: ['chat.read'] },
    })
    const bare = await read({ profile: 'id-jag' }, CLAIMS, 'oauth-id-jag+jwt')
    expect(bare).toMatchObject({ actor: undefined, actorChain: [] })
  })

  it('is told from another token of the same issuer and type by its audience', async () => {
    const login = issuerOf([KEY], { profile: 'oidc', audience: 'web-app' })
    const access = issuerOf([KEY], { profile: 'rfc8693', audience: 'https://mail.example', expressesActor: 'always' })
    const claims = { ...TIMES, iss: login.issuer, sub: 'kai' }
    for (const issuers of [
      [login, access],
      [access, login],
    ]) {
      const verifier = tokenVerifier({ issuers })
      const [one, other] = ['web-app', 'https://mail.example'].map((aud) => signed(KEY, { ...claims, aud }))
      expect(await verifier.verify(one ?? '')).toMatchObject({ isUndelegated: false })
      expect(await verifier.verify(other ?? '')).toMatchObject({ isUndelegated: true })
      expect(await refusal(verifier.verify(signed(KEY, { ...claims, aud: 'x' })))).toMatchObject({
        code: 'wrong_audience',
      })
    }
  })

  it('is told from an ID token of the same issuer by its type', async () => {
    const named = { issuer: CLAIMS.iss, audience: CLAIMS.aud }
    const issuers = [issuerOf([KEY], { ...named, profile: 'oidc' }), issuerOf([KEY], { ...named, profile: 'id-jag' })]
    const verifier = tokenVerifier({ issuers })
    const act = { sub: 'agent-1' }
    for (const typ of ['JWT', 'oauth-id-jag+jwt'])
      await expect(verifier.verify(signed(KEY, { ...TIMES, ...CLAIMS, act }, { typ }))).resolves.toBeDefined()
    expect(await refusal(verifier.verify(signed(KEY, { ...TIMES, ...CLAIMS }, { typ: 'x+jwt' })))).toMatchObject({
      code: 'wrong_type',
    })
  })
})

describe('entra', () => {
  const CLAIMS = {
    iss: 'https://sts.windows.net/T/',
    aud: 'api://mail',
    tid: 'T',
    idtyp: 'user',
    oid: 'U',
    sub: 'pairwise',
    appid: 'A',
    scp: 'Mail.Send',
    uti: 'm5Ra',
    xms_act_fct: '3 9 11',
    xms_par_app_azp: 'BP',
    ver: '1.0',
  }
  const ENTRA: Partial<TokenIssuer> = { profile: 'entra' }

  it('an agent on behalf of a human', async () => {
    const identity = await read(ENTRA, CLAIMS)
    expect(identity).toMatchObject({
      principal: { id: 'T/U', type: 'human', issuer: CLAIMS.iss },
      actor: { id: 'T/A', issuer: CLAIMS.iss },
      actorChain: ['T/A'],
      authority: { id: 'm5Ra', scopes: ['Mail.Send'] },
      isSoftware: false,
      isUndelegated: false,
    })
  })

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['facets in another order', { xms_act_fct: '11 9 3' }, { actorChain: ['T/A'] }],
    ['facets that contain the digits of another', { xms_act_fct: '111 211' }, { actorChain: [] }],
    ['the client of version 2', { appid: undefined, azp: 'A', ver: '2.0' }, { actorChain: ['T/A'] }],
    ['a client that is no agent', { xms_act_fct: '3 9' }, { actorChain: [], principal: { type: 'human' } }],
    [
      'an agent that runs by itself',
      { idtyp: 'app', oid: 'A-sp', xms_sub_fct: '11', scp: undefined, roles: ['Mail.Send.All'] },
      { principal: undefined, actorChain: ['T/A'], isSoftware: true, authority: { scopes: ['Mail.Send.All'] } },
    ],
    [
      "an agent's own user account",
      { oid: 'AU', xms_sub_fct: '13 1' },
      { principal: { id: 'T/AU', type: 'agent' }, actorChain: ['T/A'], isSoftware: true },
    ],
    [
      'an app that is no agent',
      { idtyp: 'app', oid: 'D', xms_act_fct: undefined },
      { principal: { id: 'T/D', type: 'service' }, actorChain: [], isSoftware: true },
    ],
  ])('%s', async (_, changes, expected) => {
    expect(await read(ENTRA, { ...CLAIMS, ...changes })).toMatchObject(expected)
  })

  it('without idtyp does not guess that the subject is human', async () => {
    const { principal } = await read(ENTRA, { ...CLAIMS, idtyp: undefined })
    expect(principal).not.toHaveProperty('type')
  })

  it('is undelegated where the client is an agent by policy and the token does not say so', async () => {
    const identity = await read({ ...ENTRA, agents: ['A'] }, { ...CLAIMS, xms_act_fct: undefined })
    expect(identity).toMatchObject({ isUndelegated: true })
  })

  it.each(['tid', 'oid'])('needs %s', async (claim) => {
    expect(await refusal(read(ENTRA, { ...CLAIMS, [claim]: undefined }))).toMatchObject({ code: 'missing_claim' })
  })
})

describe('spiffe', () => {
  const SPIFFE: Partial<TokenIssuer> = { profile: 'spiffe', issuer: 'spiffe://example.org' }
  const CLAIMS = { aud: 'spiffe://example.org/mail', sub: 'spiffe://example.org/agents/report' }
  const WORKLOAD = {
    principal: undefined,
    actor: { id: CLAIMS.sub, issuer: 'spiffe://example.org' },
    actorChain: [CLAIMS.sub],
    isSoftware: true,
    isUndelegated: false,
  }

  it.each([[undefined], ['JWT'], ['JOSE']])('a JWT-SVID (type %s) names a workload, never who asked', async (typ) => {
    expect(await read(SPIFFE, CLAIMS, typ)).toMatchObject(WORKLOAD)
  })

  it('a JWT-SVID may name an issuer, which is not what it is found by', async () => {
    expect(await read(SPIFFE, { ...CLAIMS, iss: 'https://oidc.example.org' })).toMatchObject(WORKLOAD)
  })

  it('a WIT-SVID has a key id and the key of the workload', async () => {
    const cnf = { jwk: { kty: 'OKP', crv: 'Ed25519', x: 'AA', alg: 'Ed25519' } }
    expect(await read(SPIFFE, { ...CLAIMS, cnf }, 'wit+jwt')).toMatchObject({ ...WORKLOAD, hasUncheckedProof: true })
    expect(await refusal(read(SPIFFE, CLAIMS, 'wit+jwt'))).toMatchObject({ code: 'missing_claim' })
  })

  it('has keys that say what they are for in words of SPIFFE', async () => {
    const [jwt, x509] = [
      { ...KEY.jwk, use: 'jwt-svid' },
      { ...signingKey('k1').jwk, use: 'x509-svid' },
    ]
    expect(await read({ ...SPIFFE, jwks: { keys: [x509, jwt] } }, CLAIMS)).toMatchObject(WORKLOAD)
    const certificates = read({ ...SPIFFE, jwks: { keys: [x509] } }, CLAIMS)
    expect(await refusal(certificates)).toMatchObject({ code: 'unknown_key' })
  })

  it.each([
    ['spiffe://evil.example/agents/report', 'unknown_issuer'],
    ['spiffe://example.org', 'unknown_issuer'],
    ['spiffe://example.org.evil.example/x', 'unknown_issuer'],
    ['spiffe://EXAMPLE.org/x', 'unknown_issuer'],
    ['https://example.org/x', 'unknown_issuer'],
  ])('with the subject %s is refused', async (sub, code) => {
    expect(await refusal(read(SPIFFE, { ...CLAIMS, sub }))).toMatchObject({ code })
  })

  it('of one trust domain names no workload of another one', async () => {
    const theirs = issuerOf([OKP], { ...SPIFFE, issuer: 'spiffe://theirs.example', audience: CLAIMS.aud })
    const verifier = tokenVerifier({ issuers: [issuerOf([KEY], { ...SPIFFE, audience: CLAIMS.aud }), theirs] })
    const sub = 'spiffe://theirs.example/agents/admin'
    const token = signed(KEY, { ...TIMES, ...CLAIMS, iss: 'spiffe://example.org', sub })
    expect(await refusal(verifier.verify(token))).toMatchObject({ code: 'invalid_claim' })
  })

  it('is not signed with EdDSA', async () => {
    const verifier = tokenVerifier({ issuers: [issuerOf([OKP], { ...SPIFFE, audience: CLAIMS.aud })] })
    const token = signed(OKP, { ...TIMES, ...CLAIMS })
    expect(await refusal(verifier.verify(token))).toMatchObject({ code: 'alg_not_allowed' })
  })
})

describe('roles', () => {
  const CLAIMS = { iss: 'https://sts.example', aud: 'https://mail.example', sub: 'report-agent' }

  it.each<[string, NonNullable<TokenIssuer['roles']>, Record<string, unknown>, Record<string, unknown>]>([
    [
      'sub is the agent, and a claim names the user',
      { actor: 'sub', principal: 'on_behalf_of' },
      { on_behalf_of: 'kai' },
      { principal: { id: 'kai' }, actorChain: ['report-agent'], isSoftware: false },
    ],
    [
      'sub is the agent, and nothing names a user',
      { actor: 'sub' },
      {},
      { principal: undefined, actorChain: ['report-agent'], isSoftware: true },
    ],
    [
      'a claim inside another',
      { principal: '/ctx/users/0~1kai', actor: 'sub' },
      { ctx: { users: { '0/kai': 'kai' } } },
      { principal: { id: 'kai' } },
    ],
    ['a claim names the actor', { actor: 'agent_id' }, { agent_id: 'a-7' }, { actorChain: ['a-7'] }],
    [
      'a claim names the actor that act names too',
      { actor: 'agent_id' },
      { agent_id: 'a-7', act: { sub: 'a-7' } },
      { actorChain: ['a-7'] },
    ],
    [
      'a claim that a token does not have',
      { actor: 'agent_id' },
      {},
      { actorChain: [], principal: { id: 'report-agent' } },
    ],
    [
      'grant, scopes and correlation',
      { authority: 'grant', scopes: 'rights', correlation: 'flow' },
      { grant: 'g-1', rights: ['a'], flow: 'f-1' },
      { authority: { id: 'g-1', scopes: ['a'] }, correlationId: 'f-1' },
    ],
    [
      'a name with dots and slashes',
      { principal: 'https://example.com/user' },
      { 'https://example.com/user': 'kai' },
      { principal: { id: 'kai' } },
    ],
  ])('%s', async (_, roles, claims, expected) => {
    expect(await read({ roles }, { ...CLAIMS, ...claims })).toMatchObject(expected)
  })

  it('read what a token has, never what JavaScript adds', async () => {
    for (const principal of ['constructor', '__proto__', '/constructor/name', 'toString'])
      expect(await refusal(read({ roles: { principal, actor: 'sub' } }, { ...CLAIMS, sub: undefined }))).toMatchObject({
        code: 'missing_claim',
      })
  })

  it('refuse a claim that is there and is no id', async () => {
    expect(await refusal(read({ roles: { principal: 'user' } }, { ...CLAIMS, user: { id: 'kai' } }))).toMatchObject({
      code: 'invalid_claim',
    })
  })
})

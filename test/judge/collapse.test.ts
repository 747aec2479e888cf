import { describe, expect, it } from 'vitest'
import { createCredentialLedger } from '../../src/judge/credential-ledger.ts'
import type { IdentityKey } from '../../src/identity/identity.ts'
import { createJudge } from '../../src/judge/judge.ts'
import { createPolicy } from '../../src/policy/policy.ts'
import type { PolicyOptions } from '../../src/policy/policy.ts'
import {
  agent,
  ASKED,
  check,
  client,
  spanWith,
  judgedBy,
  judgedLive,
  llm,
  nameless,
  plain,
  spansOf,
  tool,
} from './spans.ts'
import type { GivenAttributes } from './spans.ts'

const merging = (...codes: string[]): GivenAttributes => ({ 'declaration.type': 'merge', 'declaration.merges': codes })
const HUMAN = { 'principal.type': 'human', 'intent.id': 'i' }

describe('principal_is_actor', () => {
  const pairs: readonly [title: string, says: GivenAttributes, isOne: boolean][] = [
    ['the same id', { 'principal.id': 'kai', 'actor.id': 'kai' }, true],
    ['another case', { 'principal.id': 'Kai@Contoso.com', 'actor.id': 'kai@contoso.COM' }, true],
    ['mailto: on the principal', { 'principal.id': 'mailto:kai@contoso.com', 'actor.id': 'kai@contoso.com' }, true],
    ['mailto: on the actor', { 'principal.id': 'kai@contoso.com', 'actor.id': 'MAILTO:kai@contoso.com' }, true],
    ['acct: on either', { 'principal.id': 'acct:kai@contoso.com', 'actor.id': 'mailto:kai@contoso.com' }, true],
    ['user: on the principal', { 'principal.id': 'user:bob', 'actor.id': 'bob' }, true],
    ['user: on the principal in capitals', { 'principal.id': 'User:bob', 'actor.id': 'bob' }, true],
    ['user: on both', { 'principal.id': 'user:bob', 'actor.id': 'user:bob' }, true],
    ['user: before mailto:', { 'principal.id': 'user:mailto:bob@x.io', 'actor.id': 'bob@x.io' }, true],
    [
      'user: on the actor only, which means another thing there',
      { 'principal.id': 'bob', 'actor.id': 'user:bob' },
      false,
    ],
    ['user:bob and agent:bob', { 'principal.id': 'user:bob', 'actor.id': 'agent:bob' }, false],
    ['bob and agent:bob', { 'principal.id': 'bob', 'actor.id': 'agent:bob' }, false],
    ['full-width letters', { 'principal.id': 'kai', 'actor.id': 'ｋａｉ' }, true],
    ['a zero-width space within', { 'principal.id': 'kai', 'actor.id': 'k\u{200b}ai' }, true],
    ['a soft hyphen within', { 'principal.id': 'ka\u{ad}i', 'actor.id': 'kai' }, true],
    ['a byte order mark before', { 'principal.id': '\u{feff}kai', 'actor.id': 'kai' }, true],
    ['white space around', { 'principal.id': '  kai ', 'actor.id': 'kai' }, true],
    ['numbers', { 'principal.id': 42, 'actor.id': '42' }, true],
    ['one letter more', { 'principal.id': 'kai', 'actor.id': 'kais' }, false],
    ['an accent', { 'principal.id': 'kai', 'actor.id': 'kaï' }, false],
    ['composed and decomposed accents', { 'principal.id': 'ren\u{e9}e', 'actor.id': 'rene\u{301}e' }, true],
    [
      'one issuer for both',
      { 'principal.id': 'k', 'principal.issuer': 'i1', 'actor.id': 'k', 'actor.issuer': 'I1' },
      true,
    ],
    ['two issuers', { 'principal.id': 'k', 'principal.issuer': 'i1', 'actor.id': 'k', 'actor.issuer': 'i2' }, false],
    ['an issuer on the principal only', { 'principal.id': 'k', 'principal.issuer': 'i1', 'actor.id': 'k' }, true],
    ['an issuer on the actor only', { 'principal.id': 'k', 'actor.id': 'k', 'actor.issuer': 'i1' }, true],
    ['a blank issuer', { 'principal.id': 'k', 'principal.issuer': ' ', 'actor.id': 'k', 'actor.issuer': 'i1' }, true],
  ]
  for (const [title, says, isOne] of pairs) {
    it(`${isOne ? 'stands' : 'does not stand'} for ${title}`, () => {
      const said = judgedLive(agent('a', { ...HUMAN, ...says }))('a')
      expect(said.findings.includes('principal_is_actor')).toBe(isOne)
      expect(said.verdict).toBe(isOne ? 'collapsed' : 'separated')
    })
  }

  check([
    {
      title: 'stands where the principal states no type',
      trace: agent('kai', { 'principal.id': 'kai', 'intent.id': 'i' }),
      expect: { kai: { findings: ['principal_is_actor'], verdict: 'collapsed', complete: true } },
    },
    {
      title: 'stands where the type is no word of ours, which states none',
      trace: agent('kai', { 'principal.id': 'kai', 'principal.type': 'robot', 'intent.id': 'i' }),
      expect: { kai: { findings: ['principal_is_actor'], principalType: undefined } },
    },
    ...(['service', 'organization', 'agent', 'system'] as const).map((type) => ({
      title: `is undeclared_autonomy where the principal is of type ${type}`,
      trace: agent('kai', { 'principal.id': 'kai', 'principal.type': type, 'intent.id': 'i' }),
      expect: { kai: { findings: ['undeclared_autonomy'] as const, verdict: 'unknown' as const, complete: true } },
    })),
    {
      title: 'stands on everything below, where the user is the agent',
      trace: plain('http', { 'user.id': 'kai' }, agent('kai', { 'intent.id': 'i' }, llm('l'), tool('t'))),
      expect: {
        kai: { findings: ['principal_is_actor'], verdict: 'collapsed' },
        l: { findings: ['principal_is_actor'] },
        t: { findings: ['principal_is_actor'] },
      },
    },
    {
      title: 'an agent that bears the name of the user, while its id is another, is another',
      trace: agent('a', { ...HUMAN, 'principal.id': 'kai', 'actor.id': 'asst-1', 'actor.name': 'kai' }),
      expect: { a: { findings: [], verdict: 'separated' } },
    },
    {
      title: 'a merge that names it makes it declared',
      trace: agent('kai', { ...HUMAN, 'principal.id': 'kai', ...merging('principal_is_actor') }),
      expect: { kai: { findings: [], allowed: ['principal_is_actor'], verdict: 'declared', complete: true } },
    },
    {
      title: 'a merge that names another code leaves it',
      trace: agent('kai', { ...HUMAN, 'principal.id': 'kai', ...merging('actor_is_context') }),
      expect: { kai: { findings: ['principal_is_actor'], verdict: 'collapsed' } },
    },
    {
      title: 'an autonomous declaration leaves it: the principal is a human',
      trace: agent('kai', { ...HUMAN, 'principal.id': 'kai', 'declaration.type': 'autonomous' }),
      expect: { kai: { findings: ['principal_is_actor'], verdict: 'collapsed' } },
    },
    {
      title: 'an alias makes two names of one party one',
      policy: { aliases: { 'kai.wolf@contoso.com': 'oid-7', KWOLF: 'oid-7' } },
      trace: agent('a', { ...HUMAN, 'principal.id': 'mailto:Kai.Wolf@contoso.com', 'actor.id': 'kwolf' }),
      expect: { a: { findings: ['principal_is_actor'] } },
    },
    {
      title: 'an alias names the id itself',
      policy: { aliases: { kwolf: 'oid-7' } },
      trace: agent('a', { ...HUMAN, 'principal.id': 'OID-7', 'actor.id': 'kwolf' }),
      expect: { a: { findings: ['principal_is_actor'] } },
    },
    {
      title: 'an alias of the bare name holds for the name with user: before it',
      policy: { aliases: { bob: 'oid-7' } },
      trace: agent('a', { ...HUMAN, 'principal.id': 'user:bob', 'actor.id': 'oid-7' }),
      expect: { a: { findings: ['principal_is_actor'] } },
    },
    {
      title: 'aliases of aliases are followed',
      policy: { aliases: { kai: 'kwolf', kwolf: 'oid-7' } },
      trace: agent('a', { ...HUMAN, 'principal.id': 'kai', 'actor.id': 'oid-7' }),
      expect: { a: { findings: ['principal_is_actor'] } },
    },
    {
      title: 'a function may resolve aliases',
      policy: { aliases: (id) => id.replace(/@.*$/u, '').toUpperCase() },
      trace: agent('a', { ...HUMAN, 'principal.id': 'kai@contoso.com', 'actor.id': 'kai@contoso.onmicrosoft.com' }),
      expect: { a: { findings: ['principal_is_actor'] } },
    },
    {
      title: 'a function that throws or returns no text resolves nothing and breaks nothing',
      policy: {
        aliases: ((id: string) => {
          if (id === 'kai') throw new Error('no such user')
          return undefined
        }) as unknown as (id: string) => string,
      },
      trace: agent('a', { ...HUMAN, 'principal.id': 'kai', 'actor.id': 'kai' }),
      expect: { a: { findings: ['principal_is_actor'] } },
    },
  ])
})

describe('principal_is_context', () => {
  const tried: readonly [title: string, says: GivenAttributes, isOne: boolean][] = [
    ['the context is the principal', { 'context.id': 'kai@contoso.com' }, true],
    ['the context is the principal by another spelling', { 'context.id': 'MAILTO:Kai@contoso.com' }, true],
    ['the credential is of type user and names nobody', { 'context.credential.type': 'user' }, true],
    ['the same beside a context', { 'context.id': 'mail', 'context.credential.type': 'user' }, true],
    [
      'the credential is of type user and names the principal',
      { 'context.id': 'mail', 'context.credential.type': 'user', 'context.credential.subject': 'Kai@contoso.com' },
      true,
    ],
    [
      'the credential is of type user and names somebody else',
      { 'context.id': 'mail', 'context.credential.type': 'user', 'context.credential.subject': 'svc-mail' },
      false,
    ],
    [
      'the credential is of type user and names a placeholder, which is nobody',
      { 'context.id': 'mail', 'context.credential.type': 'user', 'context.credential.subject': 'unknown' },
      true,
    ],
    ...(['own', 'shared', 'none', undefined, 'bearer'] as const).map((type): [string, GivenAttributes, boolean] => [
      `the subject of a credential of type ${type} is the principal`,
      { 'context.id': 'mail', 'context.credential.type': type, 'context.credential.subject': 'kai@contoso.com' },
      true,
    ]),
    [
      'the subject of a delegated credential is the principal',
      { 'context.id': 'mail', 'context.credential.type': 'delegated', 'context.credential.subject': 'kai@contoso.com' },
      false,
    ],
    [
      'the context is the principal although the credential is delegated',
      { 'context.id': 'kai@contoso.com', 'context.credential.type': 'delegated' },
      true,
    ],
    ['the context is a connector', { 'context.id': 'mail', 'context.credential.id': 'svc-mail' }, false],
    ['only the target is the principal', { 'context.id': 'mail', 'context.target': 'kai@contoso.com' }, false],
    [
      'only the credential id is the principal',
      { 'context.id': 'mail', 'context.credential.id': 'kai@contoso.com' },
      false,
    ],
    ['a context that is merely inferred is the principal', { 'gen_ai.tool.name': 'kai@contoso.com' }, false],
    [
      'the recorded assurance says inferred',
      { 'context.id': 'kai@contoso.com', 'context.assurance': 'inferred' },
      false,
    ],
    ['the claimed context is the principal', { 'context.id': 'kai@contoso.com', 'context.assurance': 'claimed' }, true],
    [
      'the context has user: before it, which means another thing there',
      { 'context.id': 'user:kai@contoso.com' },
      false,
    ],
  ]
  for (const [title, says, isOne] of tried) {
    it(`${isOne ? 'stands' : 'does not stand'} where ${title}`, () => {
      const said = judgedLive(agent('a', ASKED, tool('t', says)))('t')
      expect(said.findings.includes('principal_is_context')).toBe(isOne)
      expect(said.verdict).toBe(isOne ? 'collapsed' : 'separated')
    })
  }

  check([
    {
      title: 'stands on the effect that inherits the context from its tool',
      trace: agent('a', ASKED, tool('t', { 'context.id': 'kai@contoso.com' }, client('e'))),
      expect: { e: { findings: ['principal_is_context'], verdict: 'collapsed' } },
    },
    {
      title: 'stands on an effect that states a credential alone, beside an inferred name',
      trace: agent('a', ASKED, client('e', { 'server.address': 'mail', 'context.credential.type': 'user' })),
      expect: { e: { findings: ['principal_is_context'] } },
    },
    {
      title: 'a merge that names it makes it declared',
      trace: agent(
        'a',
        ASKED,
        tool('t', { 'context.id': 'mail', 'context.credential.type': 'user', ...merging('principal_is_context') }),
      ),
      expect: { t: { findings: [], verdict: 'declared' } },
    },
    {
      title: 'policy allows it for the tools that it names',
      policy: { rules: [{ tool: 'send_*', allow: ['principal_is_context'] }] },
      trace: agent('a', ASKED, tool('send_mail', { 'context.id': 'kai@contoso.com' }, client('e'))),
      expect: { send_mail: { findings: [], verdict: 'declared' }, e: { findings: [], verdict: 'declared' } },
    },
    {
      title: 'does not stand for a context of the resource, which is inferred',
      trace: spanWith(
        { resource: { 'context.id': 'kai@contoso.com' } },
        tool('t', { ...ASKED, 'correlation.id': 'c' }),
      ),
      expect: {
        t: { lacks: ['principal_is_context'], context: 'kai@contoso.com', assurance: { context: 'inferred' } },
      },
    },
    {
      title: 'does not stand for a credential of the resource either',
      trace: spanWith(
        { resource: { 'context.id': 'mail', 'context.credential.type': 'user' } },
        tool('t', { ...ASKED, 'correlation.id': 'c' }),
      ),
      expect: { t: { lacks: ['principal_is_context'] } },
    },
  ])
})

describe('actor_is_context', () => {
  const tried: readonly [title: string, says: GivenAttributes, isOne: boolean][] = [
    ['the context is the actor', { 'context.id': 'A' }, true],
    ['the credential logs in as the actor', { 'context.id': 'mail', 'context.credential.subject': 'a' }, true],
    [
      'the context is the actor and the credential its own',
      { 'context.id': 'a', 'context.credential.type': 'own' },
      false,
    ],
    [
      'the actor logs in with its own credential',
      { 'context.id': 'mail', 'context.credential.subject': 'a', 'context.credential.type': 'own' },
      false,
    ],
    [
      'the actor logs in with a shared credential',
      { 'context.id': 'mail', 'context.credential.subject': 'a', 'context.credential.type': 'shared' },
      true,
    ],
    ['only the credential id is the actor', { 'context.id': 'mail', 'context.credential.id': 'a' }, false],
    ['the tool bears the name of the agent', { 'gen_ai.tool.name': 'a' }, false],
  ]
  for (const [title, says, isOne] of tried) {
    it(`${isOne ? 'stands' : 'does not stand'} where ${title}`, () => {
      const said = judgedLive(agent('a', ASKED, tool('t', says)))('t')
      expect(said.findings.includes('actor_is_context')).toBe(isOne)
      expect(said.verdict).toBe(isOne ? 'collapsed' : 'separated')
    })
  }
  check([
    {
      title: 'a merge that names it makes it declared',
      trace: agent('a', ASKED, tool('t', { 'context.id': 'a', ...merging('actor_is_context') })),
      expect: { t: { findings: [], verdict: 'declared' } },
    },
    {
      title: 'holds for the service that acts where no agent stands above',
      trace: spanWith({ service: 'mailer' }, tool('t', { ...ASKED, 'correlation.id': 'c', 'context.id': 'mailer' })),
      expect: { t: { findings: ['actor_is_context'] } },
    },
    {
      title: 'one identity in all three places is both collapses',
      trace: agent('kai', { ...HUMAN, 'principal.id': 'kai' }, tool('t', { 'context.id': 'kai' })),
      expect: {
        t: { findings: ['actor_is_context', 'principal_is_actor', 'principal_is_context'], verdict: 'collapsed' },
      },
    },
  ])
})

describe('software_as_human', () => {
  const software = [
    'spiffe://contoso.com/ns/mail/sa/sender',
    'mailer@project-1.iam.gserviceaccount.com',
    'arn:aws:sts::123456789012:assumed-role/mailer/session',
    'arn:aws:iam::123456789012:role/mailer',
    'dependabot[bot]',
    'svc-mail',
    'mail-svc',
    'SVC-Mail@contoso.com',
    'system:serviceaccount:mail:sender',
    'user:svc-mail',
    'mailto:mail-bot@contoso.com',
    'mail-bot-2',
    'svc01@contoso.com',
    '49699333+dependabot[bot]@users.noreply.github.com',
    String.raw`CONTOSO\svc-mail`,
    String.raw`CONTOSO\HOST01$`,
    String.raw`NT SERVICE\mailer`,
    'serviceAccount:ci@contoso.com',
    'principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/subject/s',
    'a1b2c3@clients',
    '/subscriptions/1/resourceGroups/2/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mailer',
  ]
  const people = [
    'kai@contoso.com',
    'abbot@contoso.com',
    'robota@contoso.com',
    'marcus.vc',
    'talbot',
    'arn:aws:iam::123456789012:user/kai',
    '00u1a2b3c4',
    'botond@contoso.com',
    'svenja',
    'Abbott',
    'kai@bot.com',
    'kai@svc.contoso.com',
    '12345+kai@users.noreply.github.com',
    'sa.mueller@contoso.com',
    String.raw`CONTOSO\kai`,
    'arn:aws:sts::123456789012:federated-user/kai',
    'principal://iam.googleapis.com/locations/global/workforcePools/p/subject/kai',
    'auth0|5f7c8ec7c33c6c004bbafe82',
    'cronin@contoso.com',
  ]
  check([
    ...software.map((id) => ({
      title: `stands for ${id} as a human`,
      trace: agent('a', { 'principal.id': id, ...HUMAN }),
      expect: { a: { findings: ['software_as_human'] as const, verdict: 'collapsed' as const, complete: true } },
    })),
    ...people.map((id) => ({
      title: `does not stand for ${id}`,
      trace: agent('a', { 'principal.id': id, ...HUMAN }),
      expect: { a: { findings: [], verdict: 'separated' as const } },
    })),
    {
      title: 'does not stand where the principal says that it is a service',
      trace: agent('a', { ...HUMAN, 'principal.id': 'svc-mail', 'principal.type': 'service' }),
      expect: { a: { findings: [], verdict: 'separated' } },
    },
    {
      title: 'does not stand where the principal states no type',
      trace: agent('a', { 'principal.id': 'svc-mail', 'intent.id': 'i' }),
      expect: { a: { findings: [], verdict: 'separated' } },
    },
    {
      title: 'stands for a user.id, which is a human by what a dialect means with it',
      trace: plain('http', { 'user.id': 'svc-mail' }, agent('a', { 'intent.id': 'i' })),
      expect: { a: { findings: ['software_as_human'], principalType: 'human' } },
    },
    {
      title: 'a merge that names it excuses nothing',
      trace: agent('a', { ...HUMAN, 'principal.id': 'svc-mail', ...merging('software_as_human') }),
      expect: { a: { has: ['software_as_human'] } },
    },
  ])
})

describe('shared_credential', () => {
  const KEY = { 'context.id': 'mail', 'context.credential.id': 'key-1' }
  const asked = (name: string, principal: string, says: GivenAttributes, start = 0) =>
    spanWith(
      { start },
      agent(name, { ...ASKED, 'principal.id': principal }, spanWith({ start }, tool(`${name}-tool`, says))),
    )
  check([
    {
      title: 'stands from the second principal on, in the order of time',
      trace: [asked('late', 'lea', KEY, 9), asked('first', 'kai', KEY, 1), asked('again', 'kai', KEY, 20)],
      expect: {
        'first-tool': { findings: [], verdict: 'separated' },
        'late-tool': { findings: ['shared_credential'], verdict: 'collapsed' },
        'again-tool': { findings: [] },
      },
    },
    {
      title: 'does not stand where one principal uses it twice, by two spellings',
      trace: [asked('a', 'kai', KEY, 1), asked('b', 'mailto:KAI', KEY, 2)],
      expect: { 'b-tool': { findings: [] } },
    },
    {
      title: 'does not stand for two credentials',
      trace: [asked('a', 'kai', KEY, 1), asked('b', 'lea', { ...KEY, 'context.credential.id': 'key-2' }, 2)],
      expect: { 'b-tool': { findings: [] } },
    },
    ...(['delegated', 'own'] as const).map((type) => ({
      title: `does not stand for a credential of type ${type}`,
      trace: [
        asked('a', 'kai', { ...KEY, 'context.credential.type': type }, 1),
        asked('b', 'lea', { ...KEY, 'context.credential.type': type }, 2),
      ],
      expect: { 'b-tool': { findings: [] } },
    })),
    {
      title: 'stands for a credential of type shared',
      trace: [
        asked('a', 'kai', { ...KEY, 'context.credential.type': 'shared' }, 1),
        asked('b', 'lea', { ...KEY, 'context.credential.type': 'shared' }, 2),
      ],
      expect: { 'b-tool': { findings: ['shared_credential'] } },
    },
    {
      title: 'does not count a placeholder as a principal',
      trace: [asked('a', 'unknown', KEY, 1), asked('b', 'lea', KEY, 2), asked('c', 'kai', KEY, 3)],
      expect: { 'b-tool': { findings: [] }, 'c-tool': { findings: ['shared_credential'] } },
    },
    {
      title: 'does not count a placeholder as a credential',
      trace: [
        asked('a', 'kai', { ...KEY, 'context.credential.id': 'default' }, 1),
        asked('b', 'lea', { ...KEY, 'context.credential.id': 'default' }, 2),
      ],
      expect: { 'b-tool': { findings: ['placeholder_identity'] } },
    },
    {
      title: 'a merge that names it excuses nothing',
      trace: [asked('a', 'kai', KEY, 1), asked('b', 'lea', { ...KEY, ...merging('shared_credential') }, 2)],
      expect: { 'b-tool': { has: ['shared_credential'] } },
    },
    {
      title: 'policy allows it for the tools that it names',
      policy: { rules: [{ tool: 'b-*', allow: ['shared_credential'] }] } satisfies PolicyOptions,
      trace: [asked('a', 'kai', KEY, 1), asked('b', 'lea', KEY, 2)],
      expect: { 'b-tool': { findings: [], verdict: 'declared' } },
    },
  ])

  const uses = (principal: string, key: string) =>
    spansOf(agent('a', { ...ASKED, 'principal.id': principal }, tool('t', { ...KEY, 'context.credential.id': key })))
  it('remembers credentials from trace to trace', () => {
    const policy = createPolicy()
    const judge = createJudge(policy)
    expect(judgedBy(judge, uses('kai', 'k'), policy)('t').findings).toEqual([])
    expect(judgedBy(judge, uses('lea', 'K '), policy)('t').findings).toEqual(['shared_credential'])
    expect(judgedBy(judge, uses('kai', 'k'), policy)('t').findings).toEqual([])
    expect(judgedBy(judge, uses('lea', 'k'), policy)('t').findings).toEqual(['shared_credential'])
  })
  it('remembers a bounded number of credentials, and forgets the one longest unused', () => {
    const ledger = createCredentialLedger(2)
    const [kai, lea] = ['kai', 'lea'].map((id): IdentityKey => ({ id, issuer: undefined })) as [
      IdentityKey,
      IdentityKey,
    ]
    for (const key of ['used', 'unused', 'used', 'new']) expect(ledger.isSecondUser(key, kai)).toBe(false)
    expect(ledger.isSecondUser('used', lea)).toBe(true)
    expect(ledger.isSecondUser('unused', lea)).toBe(false)
  })
  it('two judges know nothing of each other', () => {
    const policy = createPolicy()
    judgedBy(createJudge(policy), uses('kai', 'k'), policy)
    expect(judgedBy(createJudge(policy), uses('lea', 'k'), policy)('t').findings).toEqual([])
  })
})

describe('undeclared_autonomy', () => {
  const SELF = { 'principal.id': 'nightly', 'principal.type': 'agent', 'intent.id': 'i' }
  check([
    {
      title: 'stands where the agent runs for itself and nothing declares it',
      trace: agent('nightly', SELF, llm('l')),
      expect: {
        nightly: { findings: ['undeclared_autonomy'], verdict: 'unknown', complete: true },
        l: { findings: ['undeclared_autonomy'], verdict: 'unknown' },
      },
    },
    {
      title: 'does not stand where another service asked',
      trace: agent('nightly', { ...SELF, 'principal.id': 'scheduler', 'principal.type': 'service' }),
      expect: { nightly: { findings: [], verdict: 'separated' } },
    },
    {
      title: 'an autonomous declaration removes it, for all below too',
      trace: agent('nightly', { ...SELF, 'declaration.type': 'autonomous', 'declaration.owner': 'ops' }, llm('l')),
      expect: {
        nightly: { findings: [], allowed: ['undeclared_autonomy'], verdict: 'declared' },
        l: { findings: [], verdict: 'declared', declaration: 'autonomous' },
      },
    },
    {
      title: 'a merge that names it removes it',
      trace: agent('nightly', { ...SELF, ...merging('undeclared_autonomy') }),
      expect: { nightly: { findings: [], verdict: 'declared' } },
    },
    {
      title: 'policy declares an agent autonomous',
      policy: { rules: [{ agent: 'nightly', autonomous: { owner: 'ops', trigger: 'cron' } }] },
      trace: agent('nightly', SELF, llm('l'), agent('other', { 'principal.id': 'other' }, llm('m'))),
      expect: {
        nightly: { findings: [], verdict: 'declared' },
        l: { verdict: 'declared' },
        other: { lacks: ['undeclared_autonomy'], has: ['principal_is_actor'] },
      },
    },
    {
      title: 'a nameless agent of a nameless principal is missing both, not autonomous',
      trace: nameless('x', { 'intent.id': 'i' }),
      expect: { x: { findings: ['missing_actor', 'missing_principal'] } },
    },
  ])
})

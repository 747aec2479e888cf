import { describe } from 'vitest'
import { agent, ASKED, check, client, llm, tool } from './spans.ts'

const SURE = { ...ASKED, 'authority.id': 'grant-kai', 'correlation.id': 'c-1' } as const
const claim = (facet: string, says: Readonly<Record<string, string>>) => ({
  ...says,
  [`${facet}.assurance`]: 'claimed',
})
const below = (says: Readonly<Record<string, string>>) => agent('a', SURE, llm('l', says))

describe('a claim against what a span above asserts', () => {
  const kept = { principal: 'kai@contoso.com', intent: 'intent-1', authority: 'grant-kai', correlation: 'c-1' } as const
  check([
    {
      title: 'about the principal is contradicted, and changes nobody',
      trace: below(claim('principal', { 'principal.id': 'cfo' })),
      expect: { l: { ...kept, assurance: { principal: 'asserted' }, findings: ['claim_contradicted'] } },
    },
    {
      title: 'about the type of the principal leaves it as it is',
      trace: below(claim('principal', { 'principal.id': 'kai@contoso.com', 'principal.type': 'service' })),
      expect: { l: { ...kept, principalType: 'human', findings: [] } },
    },
    {
      title: 'that says the same is as unsure as it says',
      trace: below(claim('principal', { 'principal.id': 'kai@contoso.com' })),
      expect: { l: { ...kept, assurance: { principal: 'claimed' } } },
    },
    {
      title: 'about the intent leaves it as it is',
      trace: below(claim('intent', { 'intent.id': 'other' })),
      expect: { l: { ...kept, findings: [] } },
    },
    {
      title: 'about the authority leaves it as it is',
      trace: below(claim('authority', { 'authority.id': 'board' })),
      expect: { l: { ...kept, findings: [] } },
    },
    {
      title: 'about the correlation leaves it as it is',
      trace: below(claim('correlation', { 'correlation.id': 'other' })),
      expect: { l: { ...kept, findings: [] } },
    },
    {
      title: 'stands where the span above only claims too',
      trace: agent(
        'a',
        { ...SURE, 'principal.assurance': 'claimed' },
        llm('l', claim('principal', { 'principal.id': 'cfo' })),
      ),
      expect: { l: { principal: 'cfo', has: ['principal_changed'] } },
    },
    {
      title: 'in a carrier changes nobody either',
      live: true,
      trace: agent('a', SURE, {
        ...llm('l'),
        binding: {
          carried: { attribution: { principal: { id: 'cfo' }, correlationId: 'other' }, assurance: 'claimed' },
        },
      }),
      expect: { l: { ...kept, findings: ['claim_contradicted'] } },
    },
    {
      title: 'in a carrier that this service alone writes is no claim',
      live: true,
      trace: agent('a', SURE, {
        ...llm('l'),
        binding: { carried: { attribution: { principal: { id: 'cfo' } }, assurance: 'asserted' } },
      }),
      expect: { l: { principal: 'cfo', findings: ['principal_changed'] } },
    },
  ])
})

describe('a claim about the context of an effect', () => {
  const bank = { 'context.id': 'bank' } as const
  const asKai = { ...bank, 'context.credential.id': 'token-1', 'context.credential.type': 'user' } as const
  const claimedKey = claim('context', { 'context.credential.id': 'robot', 'context.credential.type': 'own' })
  const call = (says: Readonly<Record<string, string>>) => client('call', { 'server.address': 'bank.example', ...says })
  check([
    {
      title: 'hides no collapse behind a credential',
      trace: agent('a', SURE, tool('t', asKai, call(claimedKey))),
      expect: {
        call: {
          credential: 'token-1',
          assurance: { context: 'asserted' },
          findings: ['claim_contradicted', 'principal_is_context'],
          verdict: 'collapsed',
        },
      },
    },
    {
      title: 'completes nothing that is surer',
      policy: { require: { effect: ['context.credential'] } },
      trace: agent('a', SURE, tool('t', bank, call(claimedKey))),
      expect: { call: { context: 'bank', credential: undefined, findings: ['missing_credential'] } },
    },
    {
      title: 'replaces none that a tool above asserts',
      trace: agent('a', SURE, tool('t', bank, call(claim('context', { 'context.id': 'other' })))),
      expect: { call: { context: 'bank', assurance: { context: 'asserted' }, findings: ['claim_contradicted'] } },
    },
    {
      title: 'stands as a claim where nothing surer is known',
      trace: agent('a', SURE, tool('t', call(claim('context', { 'context.id': 'other' })))),
      expect: { call: { context: 'other', assurance: { context: 'claimed' }, findings: [] } },
    },
  ])
})

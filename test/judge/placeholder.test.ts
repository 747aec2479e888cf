import { describe, expect, it } from 'vitest'
import { agent, ASKED, check, client, spanWith, judged, llm, plain, server, tool } from './spans.ts'

const PLACEHOLDERS: readonly string[] = [
  'system',
  'unknown',
  'anonymous',
  'default',
  'root',
  'admin',
  'test',
  'n/a',
  'none',
  'null',
  'undefined',
  'unknown_service',
  'unknown_service:node',
  'UNKNOWN_SERVICE:JAVA',
  'Unknown',
  'NONE',
  ' N/A ',
  'ｕｎｋｎｏｗｎ',
  'un\u{200b}known',
  '00000000-0000-0000-0000-000000000000',
  '[object Object]',
  '[OBJECT OBJECT]',
  '${user.id}',
  '${USER}',
  '{{user}}',
  '{{ user.email }}',
]

const NAMES: readonly string[] = [
  'systemd-resolved',
  'admin@contoso.com',
  'rooted',
  'tester',
  'testing-team',
  'nonesuch',
  'default-router',
  'unknown-pleasures',
  'anonymous-coward',
  '00000000-0000-0000-0000-000000000001',
  '$user',
  '{user}',
]

describe('placeholder_identity', () => {
  for (const word of PLACEHOLDERS) {
    it(`${JSON.stringify(word)} is no principal`, () => {
      const trace = agent('a', { ...ASKED, 'principal.id': word })
      expect(judged(trace)('a')).toMatchObject({
        findings: ['placeholder_identity'],
        complete: false,
        verdict: 'unknown',
        missing: ['principal'],
      })
    })
    it(`${JSON.stringify(word)} is no actor`, () => {
      const trace = agent('a', { ...ASKED, 'gen_ai.agent.name': word })
      expect(judged(trace)('a')).toMatchObject({
        findings: ['placeholder_identity'],
        complete: false,
        verdict: 'unknown',
      })
    })
    it(`${JSON.stringify(word)} is no context`, () => {
      const trace = agent('a', ASKED, tool('t', { 'context.id': word }))
      expect(judged(trace)('t')).toMatchObject({
        findings: ['placeholder_identity'],
        complete: false,
        verdict: 'unknown',
      })
    })
  }
  for (const id of NAMES) {
    it(`${JSON.stringify(id)} is somebody`, () => {
      const trace = agent('a', { ...ASKED, 'principal.id': id })
      expect(judged(trace)('a')).toMatchObject({ findings: [], complete: true, verdict: 'separated' })
    })
  }

  check([
    {
      title: 'user: before a placeholder makes no principal of it',
      trace: agent('a', { ...ASKED, 'principal.id': 'user:unknown' }),
      expect: { a: { findings: ['placeholder_identity'], verdict: 'unknown' } },
    },
    {
      title: 'a placeholder is an answer: neither the dialect nor an ancestor is asked',
      trace: server(
        'http',
        { 'user.id': 'kai' },
        agent('a', { ...ASKED, 'principal.id': 'unknown', 'user.id': 'kai' }),
      ),
      expect: { a: { principal: 'unknown', has: ['placeholder_identity'], lacks: ['conflicting_identity'] } },
    },
    {
      title: 'a placeholder of a dialect is an answer too',
      trace: plain('p', { 'principal.id': 'kai' }, agent('a', { 'user.id': 'anonymous', 'intent.id': 'i' })),
      expect: { a: { principal: 'anonymous', findings: ['placeholder_identity'], complete: false } },
    },
    {
      title: 'blank is absent: resolution goes on',
      trace: server(
        'http',
        { 'user.id': 'kai' },
        agent('a', { 'principal.id': '  ', 'user.id': '', 'intent.id': 'i' }),
      ),
      expect: { a: { principal: 'kai', findings: [], complete: true } },
    },
    {
      title: 'format characters alone are blank',
      trace: server('http', { 'user.id': 'kai' }, agent('a', { 'principal.id': '\u{200b}\u{feff}', 'intent.id': 'i' })),
      expect: { a: { principal: 'kai', findings: [], complete: true } },
    },
    {
      title: 'placeholders are no identities: the same one in two places is no collapse',
      trace: agent('unknown', { ...ASKED, 'principal.id': 'unknown' }, tool('t', { 'context.id': 'unknown' })),
      expect: {
        unknown: { findings: ['placeholder_identity'], verdict: 'unknown' },
        t: { findings: ['placeholder_identity'], verdict: 'unknown' },
      },
    },
    {
      title: 'difference alone passes nobody whose identities are placeholders',
      trace: agent('default', { ...ASKED, 'principal.id': 'system' }),
      expect: { default: { findings: ['placeholder_identity'], verdict: 'unknown' } },
    },
    {
      title: 'a placeholder is no change of the principal, in either direction',
      trace: agent('a', ASKED, agent('b', { 'principal.id': 'unknown' }, agent('c', { 'principal.id': 'lea' }))),
      expect: { b: { findings: ['placeholder_identity'] }, c: { findings: [] } },
    },
    {
      title: 'a placeholder that the kind does not require stands, and the verdict stays',
      trace: agent('a', ASKED, llm('l', { 'context.id': 'default' })),
      expect: { l: { findings: ['placeholder_identity'], complete: true, verdict: 'separated' } },
    },
    {
      title: 'stands for a credential and its subject',
      trace: agent(
        'a',
        ASKED,
        tool('t', { 'context.id': 'mail', 'context.credential.id': 'default' }),
        tool('u', { 'context.id': 'mail', 'context.credential.subject': 'root' }),
      ),
      expect: {
        t: { findings: ['placeholder_identity'], complete: true, verdict: 'separated' },
        u: { findings: ['placeholder_identity'], complete: true, verdict: 'separated' },
      },
    },
    {
      title:
        'a placeholder as credential counts as missing where one is required, with no missing_credential beside it',
      policy: { require: { tool: ['context.credential'] } },
      trace: agent('a', ASKED, tool('t', { 'context.id': 'mail', 'context.credential.id': 'null' })),
      expect: { t: { findings: ['placeholder_identity'], complete: false, missing: ['context.credential'] } },
    },
    {
      title: 'an inferred context is a name and never a placeholder',
      trace: agent('a', ASKED, tool('test'), client('e', { 'db.namespace': 'default' })),
      expect: {
        test: { findings: [], complete: true, context: 'test' },
        e: { findings: [], complete: true, context: 'default' },
      },
    },
    {
      title: 'the service name that an SDK makes up is nobody',
      trace: spanWith({ service: 'unknown_service:node' }, llm('l', { 'principal.id': 'kai' })),
      expect: { l: { findings: ['placeholder_identity'], verdict: 'unknown', actor: 'unknown_service:node' } },
    },
    {
      title: 'a placeholder as the id of an agent stands although it has a name',
      trace: agent('a', { ...ASKED, 'gen_ai.agent.id': 'default' }),
      expect: { a: { findings: ['placeholder_identity'], verdict: 'unknown' } },
    },
    {
      title: 'a merge that names it excuses nothing',
      trace: agent('a', {
        ...ASKED,
        'principal.id': 'system',
        'declaration.type': 'merge',
        'declaration.merges': ['placeholder_identity'],
      }),
      expect: { a: { has: ['placeholder_identity'], allowed: [], complete: false, verdict: 'unknown' } },
    },
    {
      title: 'policy allows it by agent, and the identity is missing all the same',
      policy: { rules: [{ agent: 'a', allow: ['placeholder_identity'] }] },
      trace: agent('a', { ...ASKED, 'principal.id': 'system' }),
      expect: { a: { findings: [], complete: false, verdict: 'unknown' } },
    },
    {
      title: 'intents and correlation ids are no identities',
      trace: agent('a', { ...ASKED, 'intent.id': 'test', 'intent.summary': 'unknown', 'correlation.id': 'default' }),
      expect: { a: { findings: [], complete: true } },
    },
  ])
})

import { describe } from 'vitest'
import { agent, ASKED, check, client, consumer, llm, plain, server, spanWith, tool } from './spans.ts'
import type { GivenAttributes } from './spans.ts'

const merging = (merges: unknown, more: GivenAttributes = {}): GivenAttributes => ({
  'declaration.type': 'merge',
  'declaration.merges': merges,
  ...more,
})
const AS_USER: GivenAttributes = { 'principal.id': 'kai', 'intent.id': 'i' }

describe('a merge', () => {
  check([
    {
      title: 'removes only the findings it names',
      trace: agent(
        'kai',
        AS_USER,
        tool('t', { 'context.id': 'kai', ...merging(['principal_is_actor', 'principal_is_context']) }),
      ),
      expect: {
        kai: { findings: ['principal_is_actor'], verdict: 'collapsed' },
        t: {
          findings: ['actor_is_context'],
          allowed: ['principal_is_actor', 'principal_is_context'],
          verdict: 'collapsed',
        },
      },
    },
    {
      title: 'makes the verdict declared where it removed a finding',
      trace: agent('kai', { ...AS_USER, ...merging(['principal_is_actor']) }),
      expect: { kai: { findings: [], verdict: 'declared', complete: true } },
    },
    {
      title: 'makes no verdict declared where it removed nothing',
      trace: agent('a', { ...ASKED, ...merging(['principal_is_actor']) }),
      expect: { a: { findings: [], verdict: 'separated' } },
    },
    {
      title: 'does nothing without codes',
      trace: agent('kai', { ...AS_USER, 'declaration.type': 'merge' }),
      expect: { kai: { findings: ['principal_is_actor'], verdict: 'collapsed' } },
    },
    {
      title: 'passes down to all spans below',
      trace: agent('kai', { ...AS_USER, ...merging(['principal_is_actor']) }, plain('p', llm('l'))),
      expect: { l: { findings: [], verdict: 'declared', declaration: 'merge' } },
    },
    {
      title: 'passes down from an unrecognized span',
      trace: plain('p', merging(['principal_is_actor']), agent('kai', AS_USER)),
      expect: { kai: { findings: [], verdict: 'declared' } },
    },
    {
      title: 'flows neither up nor sideways',
      trace: agent('kai', AS_USER, llm('l', merging(['principal_is_actor'])), llm('m')),
      expect: { kai: { verdict: 'collapsed' }, l: { verdict: 'declared' }, m: { verdict: 'collapsed' } },
    },
    {
      title: 'is read from the JSON text of a list',
      trace: agent('kai', { ...AS_USER, ...merging('["principal_is_actor"]') }),
      expect: { kai: { findings: [], verdict: 'declared' } },
    },
    {
      title: 'is read from a single code',
      trace: agent('kai', { ...AS_USER, ...merging('principal_is_actor') }),
      expect: { kai: { findings: [], verdict: 'declared' } },
    },
    {
      title: 'is nothing where its words are not ours',
      trace: agent('kai', { ...AS_USER, ...merging(['*', 'all', 'everything', 'PRINCIPAL_IS_ACTOR ']) }),
      expect: { kai: { findings: ['principal_is_actor'], verdict: 'collapsed' } },
    },
    {
      title: 'without its type is nothing',
      trace: agent('kai', { ...AS_USER, 'declaration.merges': ['principal_is_actor'] }),
      expect: { kai: { findings: ['principal_is_actor'], verdict: 'collapsed' } },
    },
    {
      title: 'of an unknown type is nothing',
      trace: agent('kai', { ...AS_USER, ...merging(['principal_is_actor']), 'declaration.type': 'break-glass' }),
      expect: { kai: { findings: ['principal_is_actor'], verdict: 'collapsed' } },
    },
    {
      title: 'that names a missing facet excuses nothing',
      trace: agent('a', { 'intent.id': 'i', ...merging(['missing_principal']) }),
      expect: { a: { findings: ['missing_principal'], allowed: [], complete: false, verdict: 'unknown' } },
    },
    {
      title: 'does not undo a collapse by another finding',
      trace: agent('svc-x', {
        ...AS_USER,
        'principal.id': 'svc-x',
        'principal.type': 'human',
        ...merging(['principal_is_actor']),
      }),
      expect: { 'svc-x': { findings: ['software_as_human'], allowed: ['principal_is_actor'], verdict: 'collapsed' } },
    },
  ])
})

describe('an autonomous declaration', () => {
  const SELF: GivenAttributes = { 'principal.id': 'nightly', 'principal.type': 'service', 'intent.id': 'i' }
  const AUTONOMOUS: GivenAttributes = {
    'declaration.type': 'autonomous',
    'declaration.owner': 'ops',
    'declaration.trigger': 'cron',
  }
  check([
    {
      title: 'always makes the verdict declared',
      trace: agent('a', { ...ASKED, ...AUTONOMOUS }, llm('l')),
      expect: { a: { findings: [], allowed: [], verdict: 'declared' }, l: { verdict: 'declared' } },
    },
    {
      title: 'removes undeclared_autonomy and nothing else',
      trace: agent('nightly', { ...SELF, ...AUTONOMOUS }, tool('t', { 'context.id': 'nightly' })),
      expect: {
        nightly: { findings: [], verdict: 'declared' },
        t: {
          findings: ['actor_is_context', 'principal_is_context'],
          allowed: ['undeclared_autonomy'],
          verdict: 'collapsed',
        },
      },
    },
    {
      title: 'removes nothing by merges of its own',
      trace: agent('kai', { ...AS_USER, ...AUTONOMOUS, 'declaration.merges': ['principal_is_actor'] }),
      expect: { kai: { findings: ['principal_is_actor'], verdict: 'collapsed' } },
    },
    {
      title: 'gives nobody an identity: a missing principal stays unknown',
      trace: agent('a', { 'intent.id': 'i', ...AUTONOMOUS }),
      expect: { a: { findings: ['missing_principal'], verdict: 'unknown', complete: false } },
    },
    {
      title: 'beside a placeholder stays unknown',
      trace: agent('a', { ...ASKED, 'principal.id': 'system', ...AUTONOMOUS }),
      expect: { a: { findings: ['placeholder_identity'], verdict: 'unknown' } },
    },
    {
      title: 'counts without owner and trigger, in any case',
      trace: agent('nightly', { ...SELF, 'declaration.type': 'Autonomous' }),
      expect: { nightly: { verdict: 'declared' } },
    },
  ])
})

describe('where a declaration comes from', () => {
  const declaration = { type: 'merge', merges: ['principal_is_actor'] } as const
  const attribution = { principal: { id: 'kai' }, intent: { id: 'i' } }
  check([
    {
      title: "it counts from this process's code",
      live: true,
      trace: spanWith({ binding: { bound: { ...attribution, declaration } } }, agent('kai')),
      expect: { kai: { findings: [], verdict: 'declared' } },
    },
    {
      title: 'it never counts from a carrier',
      live: true,
      trace: spanWith(
        { binding: { carried: { attribution: { ...attribution, declaration }, assurance: 'claimed' } } },
        agent('kai'),
      ),
      expect: {
        kai: { findings: ['principal_is_actor', 'unverified_principal'], verdict: 'collapsed', declaration: undefined },
      },
    },
    {
      title: 'it never counts from a resource',
      trace: spanWith(
        { resource: { 'declaration.type': 'merge', 'declaration.merges': ['principal_is_actor'] } },
        agent('kai', AS_USER),
      ),
      expect: { kai: { findings: ['principal_is_actor'], verdict: 'collapsed', declaration: undefined } },
    },
    {
      title: 'an autonomous one never counts from a resource',
      trace: spanWith({ resource: { 'declaration.type': 'autonomous' } }, agent('a', ASKED)),
      expect: { a: { findings: [], verdict: 'separated', declaration: undefined } },
    },
    {
      title: 'it never counts from the span that serves the request',
      trace: server('POST /chat', merging(['principal_is_actor']), plain('handler', agent('kai', AS_USER))),
      expect: { kai: { findings: ['principal_is_actor'], verdict: 'collapsed', declaration: undefined } },
    },
    {
      title: 'nor from the span that takes the message',
      trace: consumer('jobs process', merging(['principal_is_actor']), agent('kai', AS_USER)),
      expect: { kai: { findings: ['principal_is_actor'], declaration: undefined } },
    },
    {
      title: 'it never counts as a claim',
      trace: agent('kai', { ...AS_USER, ...merging(['principal_is_actor']), 'declaration.assurance': 'claimed' }),
      expect: { kai: { findings: ['principal_is_actor'], verdict: 'collapsed', declaration: undefined } },
    },
    {
      title: 'nor as something inferred',
      trace: agent('kai', { ...AS_USER, ...merging(['principal_is_actor']), 'declaration.assurance': 'inferred' }),
      expect: { kai: { findings: ['principal_is_actor'], declaration: undefined } },
    },
    {
      title: 'it never comes over a process edge',
      trace: agent(
        'kai',
        { ...AS_USER, ...merging(['principal_is_actor']) },
        client('POST', spanWith({ service: 'mailer' }, server('POST /mail', agent('kai2', { 'actor.id': 'kai' })))),
      ),
      expect: {
        kai: { findings: [], verdict: 'declared' },
        kai2: { has: ['principal_is_actor'], declaration: undefined },
      },
    },
    {
      title: 'it counts from policy',
      policy: { rules: [{ agent: 'kai', allow: ['principal_is_actor'] }] },
      trace: agent('kai', AS_USER),
      expect: { kai: { findings: [], verdict: 'declared' } },
    },
    {
      title: 'an autonomous declaration of policy makes the verdict declared, always',
      policy: { rules: [{ agent: 'a', autonomous: { owner: 'ops', trigger: 'cron' } }] },
      trace: agent('a', ASKED),
      expect: { a: { findings: [], verdict: 'declared' } },
    },
    {
      title: "the span's own comes before the one from above",
      trace: agent('kai', { ...AS_USER, ...merging(['principal_is_actor']) }, llm('l', merging(['actor_is_context']))),
      expect: { l: { findings: ['principal_is_actor'], verdict: 'collapsed' } },
    },
  ])
})

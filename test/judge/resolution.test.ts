import { describe } from 'vitest'
import {
  agent,
  ASKED,
  check,
  client,
  consumer,
  guardrail,
  spanWith,
  llm,
  nameless,
  plain,
  producer,
  retriever,
  server,
  tool,
  workflow,
} from './spans.ts'
import type { GivenAttributes } from './spans.ts'

describe('what an app states under keys of its own, as policy names them', () => {
  const policy = {
    facts: { user: ['app.user', 'app.user.id'], agent: ['app.agent'], tool: ['app.tool'], conversation: ['app.chat'] },
  }
  const I = { 'intent.id': 'i' }
  check([
    {
      title: 'names the user, the agent and the tool of agent spans',
      policy,
      trace: nameless(
        'run',
        { ...I, 'app.user.id': 'kai', 'app.agent': 'buyer' },
        tool('pay', { 'app.tool': 'payBill' }),
      ),
      expect: {
        run: {
          principal: 'kai',
          principalType: 'human',
          assurance: { principal: 'inferred' },
          actor: 'buyer',
          findings: [],
        },
        pay: { principal: 'kai', context: 'payBill', findings: [] },
      },
    },
    {
      title: 'names the user on a span above that isn’t an agent span',
      policy,
      trace: server('POST /ask', { 'app.user.id': 'kai' }, agent('a', I)),
      expect: { a: { principal: 'kai', findings: [] } },
    },
    {
      title: 'overrides the keys of conventions, the first key that is there first',
      policy,
      trace: agent('a', { ...I, 'user.id': 'u-1', 'app.user.id': 'kai', 'app.user': 'kai@contoso.com' }),
      expect: { a: { principal: 'kai@contoso.com', findings: [] } },
    },
    {
      title: 'leaves the conventions where it is blank',
      policy,
      trace: agent('a', { ...I, 'user.id': 'kai', 'app.user.id': ' ', 'app.agent': '' }),
      expect: { a: { principal: 'kai', actor: 'a', findings: [] } },
    },
    {
      title: 'makes no span an agent span',
      policy,
      trace: plain('job', { 'app.tool': 'payBill', 'app.agent': 'buyer', 'app.user.id': 'kai' }),
      expect: { job: { kind: undefined } },
    },
    {
      title: 'is nothing without the policy',
      trace: agent('a', { ...I, 'app.user': 'kai' }),
      expect: { a: { principal: undefined, findings: ['missing_principal'] } },
    },
    {
      title: 'disagrees with what is stated',
      policy,
      trace: agent('a', { ...I, 'principal.id': 'bo', 'principal.type': 'human', 'app.user.id': 'kai' }),
      expect: { a: { principal: 'bo', findings: ['conflicting_identity'] } },
    },
  ])
})

describe('a user and an end user who differ on one span', () => {
  const I = { 'intent.id': 'i' }
  const BOTH = { 'user.id': 'root@contoso.com', 'enduser.id': 'kai@contoso.com' }
  check([
    {
      title: 'are a conflict on that span and on everything that takes its user from there',
      trace: server('POST /ask', BOTH, agent('a', I, tool('t'))),
      expect: {
        a: { principal: 'root@contoso.com', findings: ['conflicting_identity'] },
        t: { principal: 'root@contoso.com', findings: ['conflicting_identity'] },
      },
    },
    {
      title: 'are a conflict on a span of an agent',
      trace: agent('a', { ...I, ...BOTH }),
      expect: { a: { principal: 'root@contoso.com', findings: ['conflicting_identity'] } },
    },
    {
      title: 'don’t conflict if they are two spellings of one',
      trace: agent('a', { ...I, 'user.id': 'Kai@Contoso.com', 'enduser.id': 'mailto:kai@contoso.com' }),
      expect: { a: { findings: [] } },
    },
    {
      title: 'don’t conflict if policy says that they are one',
      policy: { aliases: { 'u-7': 'kai@contoso.com' } },
      trace: agent('a', { ...I, 'user.id': 'u-7', 'enduser.id': 'kai@contoso.com' }),
      expect: { a: { findings: [] } },
    },
    {
      title: 'do not matter where a user is named with more certainty',
      trace: server(
        'POST /ask',
        BOTH,
        agent('a', { ...I, 'principal.id': 'kai@contoso.com', 'principal.type': 'human' }),
      ),
      expect: { a: { principal: 'kai@contoso.com', findings: [] } },
    },
    {
      title: 'do not matter if one of them names nobody',
      trace: agent('a', { ...I, 'user.id': 'kai', 'enduser.id': 'anonymous' }),
      expect: { a: { findings: [] } },
    },
  ])
})

describe('the user of a program for one person, on its resource', () => {
  const I = { 'intent.id': 'i' }
  const program = (resource: GivenAttributes, ...below: Parameters<typeof agent>[2][]) =>
    spanWith({ service: 'copilot-chat', resource }, agent('a', I, ...below))
  const HASH = 'f00d'.repeat(16)
  check([
    {
      title: 'is the principal: inferred, human, of the resource',
      trace: program({ 'user.email': 'kai@contoso.com', 'user.name': 'kai' }, tool('t')),
      expect: {
        a: {
          principal: 'kai@contoso.com',
          principalType: 'human',
          assurance: { principal: 'inferred' },
          findings: [],
          verdict: 'separated',
        },
        t: { principal: 'kai@contoso.com', principalType: 'human', assurance: { principal: 'inferred' }, findings: [] },
      },
    },
    {
      title: 'is an id before an address, and an address before a login',
      trace: [
        program({ 'user.email': 'kai@contoso.com', 'user.id': 'kai', 'user.name': 'k' }),
        spanWith({ service: 'copilot-chat', resource: { 'user.name': 'k' } }, agent('b', I)),
      ],
      expect: { a: { principal: 'kai' }, b: { principal: 'k' } },
    },
    {
      title: 'comes after everything else, and nothing that names somebody is a change or a conflict',
      trace: program(
        { 'user.email': 'kai@contoso.com' },
        spanWith({ resource: { 'user.email': 'kai@contoso.com' } }, agent('b', { 'user.id': 'lea' }, tool('t'))),
        spanWith({ resource: { 'user.email': 'kai@contoso.com' } }, agent('c', { 'gen_ai.request.user': 'mia' })),
      ),
      expect: {
        a: { principal: 'kai@contoso.com' },
        b: { principal: 'lea', findings: [] },
        t: { principal: 'lea', findings: [] },
        c: { principal: 'mia', findings: [] },
      },
    },
    {
      title: 'comes after a principal that the resource states',
      trace: program({ 'user.id': 'kai', 'principal.id': 'ops', 'principal.type': 'organization' }),
      expect: { a: { principal: 'ops', principalType: 'organization' } },
    },
    {
      title: 'is a placeholder where its id is one',
      trace: program({ 'user.id': 'anonymous', 'user.email': 'kai@contoso.com' }),
      expect: { a: { findings: ['placeholder_identity'], verdict: 'unknown' } },
    },
    ...['root', 'unknown', 'node', 'www-data', 'runner', '_postgres'].map((login) => ({
      title: `isn’t a machine login: ${login}`,
      trace: program({ 'user.name': login }),
      expect: { a: { principal: undefined, findings: ['missing_principal'] as const } },
    })),
    ...['host.name', 'k8s.pod.name', 'container.id', 'cloud.provider', 'faas.name', 'process.owner'].map((key) => ({
      title: `isn’t the login of a service whose resource names ${key}`,
      trace: [
        spanWith({ service: 'reports', resource: { 'user.name': 'kai', [key]: 'kai' } }, agent('a', I)),
        spanWith({ service: 'claude-code', resource: { 'user.name': 'kai', [key]: 'kai' } }, agent('b', I)),
        spanWith({ service: 'reports', resource: { 'user.name': 'kai' } }, agent('c', I)),
      ],
      expect: { a: { principal: undefined }, b: { principal: 'kai' }, c: { principal: 'kai' } },
    })),
    {
      title: 'comes before the pseudonym of an installation, which is somebody where nobody else is',
      trace: [
        spanWith(
          { resource: { 'user.email': 'kai@contoso.com' } },
          nameless('claude_code.interaction', { 'user.id': HASH }),
        ),
        nameless('claude_code.x', { 'user.id': HASH }),
      ],
      expect: {
        'claude_code.interaction': { principal: 'kai@contoso.com' },
        'claude_code.x': { principal: HASH, principalType: 'human', assurance: { principal: 'inferred' } },
      },
    },
    {
      title: 'and that pseudonym contradicts nobody',
      live: true,
      trace: spanWith(
        { binding: { bound: { principal: { id: 'kai', type: 'human' }, intent: { id: 'i' } } } },
        nameless('claude_code.interaction', { 'user.id': HASH, 'user.email': 'kai@contoso.com' }),
      ),
      expect: { 'claude_code.interaction': { principal: 'kai', lacks: ['conflicting_identity'] } },
    },
  ])
})

describe('the principal', () => {
  check([
    {
      title: "is the span's own before its dialect's",
      trace: agent('a', { ...ASKED, 'user.id': 'KAI@contoso.com' }),
      expect: { a: { principal: 'kai@contoso.com', assurance: { principal: 'asserted' }, findings: [] } },
    },
    {
      title: "is its dialect's before an ancestor's",
      trace: server('http', { 'principal.id': 'gateway' }, agent('a', { 'user.id': 'kai', 'intent.id': 'i' })),
      expect: { a: { principal: 'kai', principalType: 'human', assurance: { principal: 'inferred' } } },
    },
    {
      title: 'is user.id of the HTTP root, inferred, of type human',
      trace: server(
        'http',
        { 'user.id': 'kai' },
        plain('p', agent('a', { 'intent.id': 'i' }, tool('t', client('e', { 'server.address': 'x' })))),
      ),
      expect: {
        a: { principal: 'kai', principalType: 'human', assurance: { principal: 'inferred' }, findings: [] },
        t: { principal: 'kai', principalType: 'human', assurance: { principal: 'inferred' } },
        e: { principal: 'kai', principalType: 'human', assurance: { principal: 'inferred' } },
      },
    },
    {
      title: 'is the pseudonym that a model was told only where nobody gives an id',
      trace: server(
        'http',
        { 'user.id': 'kai' },
        agent('a', { 'intent.id': 'i' }, llm('l', { 'gen_ai.request.user': 'hash-of-kai', 'user.email': 'kai@x.org' })),
      ),
      expect: { l: { principal: 'kai', findings: [] } },
    },
    {
      title: 'is that pseudonym, inferred, where nobody does',
      trace: agent('a', { 'intent.id': 'i' }, llm('l', { 'gen_ai.request.user': 'hash-of-kai' })),
      expect: {
        a: { principal: undefined, findings: ['missing_principal'] },
        l: { principal: 'hash-of-kai', assurance: { principal: 'inferred' }, findings: [] },
      },
    },
    {
      title: "is the nearest ancestor's, unchanged in type and assurance",
      trace: plain(
        'p',
        { 'principal.id': 'far' },
        plain(
          'q',
          {
            'principal.id': 'near',
            'principal.type': 'service',
            'principal.issuer': 'iss',
            'principal.assurance': 'verified',
          },
          agent('a', { 'intent.id': 'i' }),
        ),
      ),
      expect: { a: { principal: 'near', principalType: 'service', assurance: { principal: 'verified' } } },
    },
    {
      title: "is the resource's last, inferred, its source named",
      trace: spanWith(
        { resource: { 'principal.id': 'batch-owner', 'principal.type': 'organization' } },
        agent('a', { 'intent.id': 'i' }),
      ),
      expect: {
        a: {
          principal: 'batch-owner',
          principalType: 'organization',
          assurance: { principal: 'inferred' },
          source: { principal: 'resource' },
          findings: [],
        },
      },
    },
    {
      title: "is an ancestor's before the resource's",
      trace: server(
        'http',
        { 'user.id': 'kai' },
        spanWith({ resource: { 'principal.id': 'batch-owner' } }, agent('a', { 'intent.id': 'i' })),
      ),
      expect: { a: { principal: 'kai' } },
    },
    {
      title: "is no other user on the resource, nor a program's account",
      trace: spanWith(
        { resource: { 'enduser.id': 'deploy', 'process.owner': 'root', 'process.user.name': 'root' } },
        agent('a'),
      ),
      expect: { a: { principal: undefined, has: ['missing_principal'] } },
    },
    {
      title: 'is never the name of the service',
      trace: spanWith({ service: 'kai' }, agent('a', { 'intent.id': 'i' })),
      expect: { a: { principal: undefined, findings: ['missing_principal'] } },
    },
    {
      title: 'flows neither up nor sideways',
      trace: workflow('w', agent('a', ASKED), agent('b')),
      expect: {
        w: { principal: undefined },
        a: { principal: 'kai@contoso.com' },
        b: { principal: undefined, intent: undefined },
      },
    },
    {
      title: 'is a type without an id nobody',
      trace: server(
        'http',
        { 'user.id': 'kai' },
        agent('a', { 'principal.type': 'service', 'principal.issuer': 'x', 'intent.id': 'i' }),
      ),
      expect: { a: { principal: 'kai', principalType: 'human' } },
    },
    {
      title: 'has no type where the word is not ours, and any case where it is',
      trace: [
        agent('a', { ...ASKED, 'principal.type': 'Human ' }),
        agent('b', { ...ASKED, 'principal.type': 'person' }),
      ],
      expect: { a: { principalType: 'human' }, b: { principalType: undefined } },
    },
    {
      title: 'may be a number',
      trace: agent('a', { 'principal.id': 1042, 'intent.id': 7 }),
      expect: { a: { principal: '1042', intent: '7', findings: [] } },
    },
    ...([null, true, [], ['kai'], {}, Number.NaN, Symbol('kai'), () => 'kai'] as const).map((value, index) => ({
      title: `stands wrong type ${index}`,
      trace: server(
        'http',
        { 'user.id': 'kai' },
        agent('a', { 'principal.id': value, 'user.id': value, 'intent.id': value }),
      ),
      expect: { a: { kind: 'agent' as const } },
    })),
    {
      title: 'that is an array stops the search: it names nobody',
      trace: server(
        'http',
        { 'user.id': 'kai' },
        agent('a', { 'principal.id': ['lea'], 'user.id': { id: 'lea' }, 'intent.id': 'i' }),
      ),
      expect: { a: { principal: '[unreadable]', verdict: 'unknown', findings: ['placeholder_identity'] } },
    },
    {
      title: 'whose assurance is no word of ours is claimed',
      trace: agent('a', { ...ASKED, 'principal.assurance': 'certain' }),
      expect: { a: { assurance: { principal: 'claimed' }, findings: ['unverified_principal'] } },
    },
    {
      title: 'whose source is recorded keeps it',
      trace: agent('a', { ...ASKED, 'principal.source': 'ambient' }, llm('l')),
      expect: { a: { source: { principal: 'ambient' } }, l: { source: { principal: 'ambient' } } },
    },
  ])
})

describe('unverified_principal', () => {
  const claimed = { ...ASKED, 'principal.assurance': 'claimed' }
  check([
    {
      title: 'stands for a claimed principal, and the span is complete',
      trace: agent('a', claimed, llm('l')),
      expect: {
        a: { findings: ['unverified_principal'], verdict: 'separated', complete: true },
        l: { findings: ['unverified_principal'] },
      },
    },
    {
      title: 'does not stand for an asserted, verified or inferred one',
      trace: [
        agent('a', { ...claimed, 'principal.assurance': 'asserted' }),
        agent('b', { ...claimed, 'principal.assurance': 'Verified' }),
        agent('c', { ...claimed, 'principal.assurance': 'inferred' }),
      ],
      expect: { a: { findings: [] }, b: { findings: [] }, c: { findings: [] } },
    },
    {
      title: 'a merge that names it excuses nothing',
      trace: agent('a', { ...claimed, 'declaration.type': 'merge', 'declaration.merges': ['unverified_principal'] }),
      expect: { a: { has: ['unverified_principal'] } },
    },
    {
      title: 'policy allows it for the agents that it names',
      policy: { rules: [{ agent: 'a', allow: ['unverified_principal'] }] },
      trace: agent('a', claimed),
      expect: { a: { findings: [], verdict: 'declared' } },
    },
  ])
})

describe('the actor', () => {
  const K: GivenAttributes = { 'principal.id': 'kai', 'intent.id': 'i' }
  check([
    {
      title: 'is the nearest agent at or above the span',
      trace: agent('a', K, agent('b', llm('l', tool('t', client('e', { 'server.address': 'x' })))), llm('m')),
      expect: {
        a: { actor: 'a' },
        b: { actor: 'b' },
        l: { actor: 'b' },
        t: { actor: 'b' },
        e: { actor: 'b' },
        m: { actor: 'a' },
      },
    },
    {
      title: 'is one over unrecognized spans and another service',
      trace: agent('a', K, client('p', spanWith({ service: 'other' }, server('s', tool('t'))))),
      expect: { t: { actor: 'a', assurance: { actor: 'inferred' } } },
    },
    {
      title: 'is what an agent span states before what its dialect calls it',
      trace: agent('a', { ...K, 'actor.id': 'asst-3', 'actor.version': '3' }, llm('l')),
      expect: {
        a: { actor: 'asst-3', chain: ['asst-3'], assurance: { actor: 'asserted' } },
        l: { actor: 'asst-3', assurance: { actor: 'asserted' } },
      },
    },
    {
      title: 'is the agent above where an agent span has no name',
      trace: agent('a', K, nameless('n', llm('l'))),
      expect: { n: { actor: 'a' }, l: { actor: 'a' } },
    },
    {
      title: 'is the id of the agent before its name',
      trace: agent('a', { ...K, 'gen_ai.agent.id': 'asst_1' }),
      expect: { a: { actor: 'asst_1' } },
    },
    ...[llm, retriever, tool].map((make) => ({
      title: `is the service, inferred, where no agent is above: ${JSON.stringify(make('x').says)}`,
      trace: spanWith({ service: 'search' }, make('x', { ...K, 'correlation.id': 'c' })),
      expect: { x: { actor: 'search', assurance: { actor: 'inferred' as const }, lacks: ['missing_actor'] as const } },
    })),
    {
      title: 'is the service for an effect below a tool without agent',
      trace: spanWith(
        { service: 'search' },
        tool('t', { ...K, 'correlation.id': 'c', 'context.id': 'x' }, spanWith({ service: 'search' }, client('e'))),
      ),
      expect: { e: { actor: 'search', findings: [] } },
    },
    ...[guardrail, workflow, nameless].map((make) => ({
      title: `is not the service of ${JSON.stringify(make('x').says)}`,
      trace: spanWith({ service: 'search' }, make('x', K)),
      expect: { x: { actor: undefined } },
    })),
    {
      title: 'is the agent of the resource before the name of the service',
      trace: spanWith(
        { service: 'search', resource: { 'gen_ai.agent.name': 'searcher', 'gen_ai.agent.version': '2' } },
        llm('l', K),
      ),
      expect: { l: { actor: 'searcher', assurance: { actor: 'inferred' }, source: { actor: 'resource' } } },
    },
    {
      title: 'is the actor that the resource states',
      trace: spanWith({ resource: { 'actor.id': 'searcher' } }, nameless('n', K)),
      expect: { n: { actor: 'searcher', findings: [], source: { actor: 'resource' } } },
    },
    {
      title: 'is no agent.name of the resource, which is often a monitoring agent',
      trace: spanWith({ service: 'search', resource: { 'agent.name': 'datadog' } }, llm('l', K)),
      expect: { l: { actor: 'search' } },
    },
    {
      title: "is the agent span's, also where that has it from its resource and the span below has another resource",
      trace: spanWith(
        { resource: { 'gen_ai.agent.name': 'searcher' } },
        nameless('n', K, client('c', spanWith({ service: 'other', resource: {} }, tool('t')))),
      ),
      expect: { n: { actor: 'searcher' }, t: { actor: 'searcher', findings: [] } },
    },
    {
      title: 'is the agent above before the agent of the resource',
      trace: agent('a', K, spanWith({ resource: { 'gen_ai.agent.name': 'searcher' } }, llm('l'))),
      expect: { l: { actor: 'a' } },
    },
    {
      title: 'does not flow up or sideways',
      trace: workflow('w', K, agent('a'), spanWith({ service: '' }, llm('l'))),
      expect: { w: { actor: undefined }, l: { actor: undefined, findings: ['missing_actor'] } },
    },
    {
      title: 'is the last of the chain where only the chain is stated',
      trace: nameless('n', { ...K, 'actor.chain': ['x', 'y'] }),
      expect: { n: { actor: 'y', chain: ['x', 'y'] } },
    },
  ])
})

describe('the context of an effect whose client names no address', () => {
  const named: readonly [says: GivenAttributes, context: string][] = [
    [{ 'bullmq.queue.name': 'mail', 'bullmq.job.name': 'send', 'bullmq.queue.operation': 'add' }, 'mail'],
    [{ 'aws.s3.bucket': 'reports', 'rpc.service': 'S3', 'rpc.system': 'aws-api' }, 'reports'],
    [{ 'aws.dynamodb.table_names': ['users', 'orders'], 'rpc.service': 'DynamoDB' }, 'users'],
    [{ 'aws.dynamodb.table_names': '["users"]' }, 'users'],
    [{ 'aws.dynamodb.table_names': [], 'rpc.service': 'DynamoDB' }, 'DynamoDB'],
    [{ 'aws.sns.topic.arn': 'arn:aws:sns:eu-west-1:1:board' }, 'arn:aws:sns:eu-west-1:1:board'],
    [{ 'rpc.service': 'mail.v1.Mailer', 'net.sock.peer.addr': '10.0.0.7' }, 'mail.v1.Mailer'],
    [{ 'db.collection.name': 'orders', 'db.system.name': 'mongodb' }, 'orders'],
    [{ 'db.system': 'redis' }, 'redis'],
    [{ 'messaging.system': 'nats' }, 'nats'],
    [{ 'url.full': 'https://kai:secret@api.mail.example:8443/send?to=lea' }, 'api.mail.example'],
    [{ 'http.url': 'http://[::1]:8080/x' }, '[::1]'],
    [{ 'http.url': '/relative', 'network.peer.address': '10.0.0.7' }, '10.0.0.7'],
    [{ 'server.address': 'smtp', 'url.full': 'http://proxy/', 'bullmq.queue.name': 'mail' }, 'smtp'],
  ]
  check([
    ...named.map(([says, context]) => ({
      title: `is what its own convention names: ${JSON.stringify(says)}`,
      trace: agent('a', ASKED, spanWith({ kind: 3, scope: 'client' }, plain('e', says))),
      expect: { e: { kind: 'effect', context, assurance: { context: 'inferred' }, findings: [] } as const },
    })),
    {
      title: 'is else the client itself',
      trace: agent('a', ASKED, spanWith({ kind: 3, scope: 'bullmq' }, plain('e', { 'bullmq.job.name': 'send' }))),
      expect: { e: { context: 'bullmq', assurance: { context: 'inferred' }, verdict: 'separated', findings: [] } },
    },
    {
      title: 'is the tool above before the client itself, and not before a queue',
      trace: agent(
        'a',
        ASKED,
        tool(
          't',
          spanWith({ kind: 3, scope: 'bullmq' }, plain('e')),
          spanWith({ kind: 3, scope: 'bullmq' }, plain('f', { 'bullmq.queue.name': 'mail' })),
        ),
      ),
      expect: { e: { context: 't' }, f: { context: 'mail' } },
    },
    {
      title: 'is missing where the client has no name either, and a tool is no client',
      trace: agent(
        'a',
        ASKED,
        producer('e'),
        spanWith({ scope: 'bullmq' }, plain('tool', { 'openinference.span.kind': 'TOOL' })),
      ),
      expect: { e: { findings: ['missing_context'] }, tool: { findings: ['missing_context'] } },
    },
    {
      title: 'is what a live process recorded of it only where the trace shows no better',
      trace: agent(
        'a',
        ASKED,
        tool(
          't',
          spanWith(
            { kind: 3 },
            plain('e', { judge: 'onbehalf/0.1.0 abc', 'context.id': 'bullmq', 'context.assurance': 'inferred' }),
          ),
        ),
        spanWith(
          { kind: 3 },
          plain('f', { judge: 'onbehalf/0.1.0 abc', 'context.id': 'bullmq', 'context.assurance': 'inferred' }),
        ),
      ),
      expect: { e: { context: 't' }, f: { context: 'bullmq' } },
    },
  ])
})

describe('the context', () => {
  check([
    {
      title: "is a tool's own, and passes to its effects with its assurance",
      trace: agent(
        'a',
        ASKED,
        tool(
          't',
          { 'context.id': 'mail', 'context.type': 'connector', 'context.assurance': 'verified' },
          client('e', { 'server.address': 'smtp' }),
        ),
      ),
      expect: {
        t: { context: 'mail', contextType: 'connector' },
        e: { context: 'mail', assurance: { context: 'verified' } },
      },
    },
    {
      title: "is an effect's own before its tool's",
      trace: agent('a', ASKED, tool('t', { 'context.id': 'mail' }, client('e', { 'context.id': 'smtp' }))),
      expect: { e: { context: 'smtp', assurance: { context: 'asserted' } } },
    },
    {
      title: 'passes over spans of other kinds between',
      trace: agent('a', ASKED, tool('t', { 'context.id': 'mail' }, workflow('w', plain('p', client('e'))))),
      expect: { w: { context: undefined }, e: { context: 'mail' } },
    },
    {
      title: 'passes from a tool to a tool below that has none of its own',
      trace: agent('a', ASKED, tool('t', { 'context.id': 'mail' }, tool('u', client('e')))),
      expect: { u: { context: 'mail', assurance: { context: 'asserted' } }, e: { context: 'mail' } },
    },
    {
      title: 'stops at an agent',
      trace: agent(
        'a',
        ASKED,
        tool(
          't',
          { 'context.id': 'mail' },
          agent('b', tool('u'), client('e', { 'server.address': 'smtp' }), client('f')),
        ),
      ),
      expect: {
        b: { context: undefined },
        u: { context: 'u', assurance: { context: 'inferred' } },
        e: { context: 'smtp', assurance: { context: 'inferred' } },
        f: { context: undefined, findings: ['missing_context'] },
      },
    },
    {
      title: 'is not what an agent or a workflow above states',
      trace: agent('a', { ...ASKED, 'context.id': 'platform' }, client('e')),
      expect: { e: { context: undefined, findings: ['missing_context'] } },
    },
    {
      title: 'is the name of the tool where nothing better is known',
      trace: agent('a', ASKED, tool('send_mail', client('e'))),
      expect: {
        send_mail: { context: 'send_mail', assurance: { context: 'inferred' } },
        e: { context: 'send_mail', assurance: { context: 'inferred' } },
      },
    },
    ...(
      [
        ['server.address', 'smtp.example', 'api'],
        ['db.namespace', 'orders', 'database'],
        ['messaging.destination.name', 'mails', 'queue'],
      ] as const
    ).map(([key, id, type]) => ({
      title: `is ${key} of an effect where nothing better is known`,
      trace: agent('a', ASKED, tool('t', client('e', { [key]: id }))),
      expect: { e: { context: id, contextType: type, assurance: { context: 'inferred' as const }, findings: [] } },
    })),
    {
      title: 'is a database before its host',
      trace: agent('a', ASKED, client('e', { 'db.namespace': 'orders', 'server.address': 'db-1' })),
      expect: { e: { context: 'orders' } },
    },
    {
      title: 'takes the id from the tool above where the effect states a credential only',
      trace: agent('a', ASKED, tool('t', { 'context.id': 'mail' }, client('e', { 'context.credential.id': 'key-1' }))),
      expect: { e: { context: 'mail', credential: 'key-1', findings: [] } },
    },
    {
      title: 'keeps the credential that the effect states beside an inferred name',
      trace: agent('a', ASKED, client('e', { 'server.address': 'smtp', 'context.credential.id': 'key-1' })),
      expect: { e: { context: 'smtp', credential: 'key-1', findings: [] } },
    },
    {
      title: 'that an effect states brings no credential of its tool',
      trace: agent(
        'a',
        ASKED,
        tool('t', { 'context.id': 'mail', 'context.credential.id': 'key-1' }, client('e', { 'context.id': 'smtp' })),
      ),
      expect: { e: { context: 'smtp', credential: undefined } },
    },
    {
      title: 'is a type or a target without an id nothing',
      trace: agent('a', ASKED, client('e', { 'context.type': 'api', 'context.target': 'x' })),
      expect: { e: { context: undefined, findings: ['missing_context'] } },
    },
    {
      title: 'that is inferred is in no conflict and no collapse',
      trace: agent(
        'a',
        { ...ASKED, 'principal.id': 'kai' },
        tool('kai'),
        tool('a '),
        client('e', { 'server.address': 'KAI' }),
      ),
      expect: { kai: { findings: [] }, 'a ': { findings: [] }, e: { findings: [] } },
    },
    {
      title: 'flows neither up nor sideways',
      trace: agent(
        'a',
        ASKED,
        tool('t', client('e', { 'context.id': 'smtp' }), client('f', { 'server.address': 'x' })),
      ),
      expect: { t: { context: 't' }, f: { context: 'x' } },
    },
  ])
})

describe('intent, authority and correlation', () => {
  const ALL: GivenAttributes = { ...ASKED, 'authority.id': 'g-1', 'correlation.id': 'c-1' }
  const handed = { intent: 'intent-1', authority: 'g-1', correlation: 'c-1' }
  check([
    {
      title: 'pass down unchanged to every span below',
      trace: consumer(
        'queue',
        ALL,
        agent('a', plain('p', llm('l', tool('t', client('e', { 'server.address': 'x' }), agent('b'))))),
      ),
      expect: { a: handed, l: handed, t: handed, e: handed, b: handed },
    },
    {
      title: "are the span's own first",
      trace: agent('a', ALL, tool('t', { 'intent.id': 'i-2', 'authority.id': 'g-2', 'correlation.id': 'c-2' })),
      expect: { t: { intent: 'i-2', authority: 'g-2', correlation: 'c-2' } },
    },
    {
      title: "are the resource's last",
      trace: spanWith(
        { resource: { 'intent.id': 'r-i', 'authority.id': 'r-g', 'correlation.id': 'r-c' } },
        agent('a', { 'principal.id': 'kai' }),
      ),
      expect: {
        a: {
          intent: 'r-i',
          authority: 'r-g',
          correlation: 'r-c',
          assurance: { intent: 'inferred' },
          source: { intent: 'resource' },
          findings: [],
        },
      },
    },
    {
      title: 'flow neither up nor sideways',
      trace: workflow('w', { 'principal.id': 'kai' }, agent('a', ALL), agent('b')),
      expect: {
        w: { intent: undefined, authority: undefined, correlation: undefined },
        b: { intent: undefined, authority: undefined, correlation: undefined },
      },
    },
    {
      title: 'are no conversation, session or thread',
      trace: agent('a', {
        ...ASKED,
        'gen_ai.conversation.id': 'x',
        'session.id': 'y',
        'langsmith.metadata.thread_id': 'z',
      }),
      expect: { a: { correlation: undefined } },
    },
  ])
})

describe('conflicting_identity', () => {
  const own = (says: GivenAttributes) => agent('a', { ...ASKED, ...says })
  const rows: readonly [title: string, says: GivenAttributes, stands: boolean][] = [
    ['stands where the stated principal and user.id differ', { 'user.id': 'lea' }, true],
    ['does not stand for another spelling', { 'user.id': 'mailto:KAI@contoso.com' }, false],
    ['does not stand for user: before it', { 'principal.id': 'user:kai', 'user.id': 'kai' }, false],
    ['does not stand for a blank user.id', { 'user.id': ' ' }, false],
    ['does not stand for a placeholder', { 'user.id': 'anonymous' }, false],
    ['stands where the stated actor and gen_ai.agent.id differ', { 'actor.id': 'x', 'gen_ai.agent.id': 'y' }, true],
    ['does not stand where they are the same', { 'actor.id': 'X', 'gen_ai.agent.id': 'x' }, false],
    [
      'does not stand for the display name of an agent',
      { 'actor.id': 'asst-3', 'gen_ai.agent.name': 'Report Assistant' },
      false,
    ],
    ['does not stand for a stated name and another id', { 'actor.name': 'x', 'gen_ai.agent.id': 'y' }, false],
    ['does not stand for a function id', { 'actor.id': 'x', 'ai.telemetry.functionId': 'y' }, false],
  ]
  check(
    rows.map(([title, says, stands]) => ({
      title,
      trace: own(says),
      expect: {
        a: stands
          ? { findings: ['conflicting_identity'] as const, verdict: 'separated' as const }
          : { lacks: ['conflicting_identity'] as const },
      },
    })),
  )
  check([
    {
      title: 'does not stand for a tool that is called otherwise than its context',
      trace: agent('a', ASKED, tool('send_mail', { 'context.id': 'mail-connector' })),
      expect: { send_mail: { findings: [] } },
    },
    {
      title: 'does not stand for a chain that names by its name the agent that its dialect gives an id',
      trace: agent('planner', { ...ASKED, 'gen_ai.agent.id': 'asst_1', 'actor.chain': ['planner'] }),
      expect: { planner: { findings: [], actor: 'planner', verdict: 'separated' } },
    },
    {
      title: 'does not stand for a host that is called otherwise than the context',
      trace: agent(
        'a',
        ASKED,
        client('e', { 'context.id': 'mail-connector', 'server.address': 'smtp', 'db.namespace': 'x' }),
      ),
      expect: { e: { findings: [] } },
    },
    {
      title: 'does not stand for disagreement with an ancestor, which is a change',
      trace: server('http', { 'user.id': 'lea' }, agent('a', ASKED, agent('b', { 'principal.id': 'lea' }))),
      expect: { a: { findings: [] }, b: { findings: ['principal_changed'] } },
    },
    {
      title: 'does not stand for an alias',
      policy: { aliases: { lea: 'kai@contoso.com' } },
      trace: own({ 'user.id': 'lea' }),
      expect: { a: { findings: [] } },
    },
    {
      title: 'a merge that names it excuses nothing',
      trace: own({ 'user.id': 'lea', 'declaration.type': 'merge', 'declaration.merges': ['conflicting_identity'] }),
      expect: { a: { has: ['conflicting_identity'] } },
    },
    {
      title: 'policy allows it for the agents that it names',
      policy: { rules: [{ agent: 'a', allow: ['conflicting_identity'] }] },
      trace: own({ 'user.id': 'lea' }),
      expect: { a: { findings: [], verdict: 'declared' } },
    },
  ])
})

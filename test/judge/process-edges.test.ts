import { describe } from 'vitest'
import {
  agent,
  ASKED,
  check,
  client,
  consumer,
  failed,
  llm,
  mcp,
  plain,
  producer,
  server,
  spanWith,
  tool,
  TRACE_ID,
} from './spans.ts'
import type { SpanSpec } from './spans.ts'

const GRANT = { 'authority.id': 'grant-kai', 'authority.type': 'oauth', 'correlation.id': 'c-1' } as const

/** Kai's agent in the service `orders`, which makes one call. */
const kai = (...below: readonly SpanSpec[]) => agent('a', { ...ASKED, ...GRANT }, ...below)
const PROCESS = { 'process.pid': 7, 'host.name': 'h' } as const
const inMailer = (span: SpanSpec) => spanWith({ service: 'mailer' }, span)
const call = (...below: readonly SpanSpec[]) => client('POST', { 'server.address': 'mailer' }, ...below)
const call2 = (...below: readonly SpanSpec[]) => client('PUT', { 'server.address': 'mailer' }, ...below)
const wire = (name = 'wireMoney', says = {}) => tool(name, { 'context.id': 'bank', ...says })

describe('what a span inherits over a process edge', () => {
  const CLAIMED = { principal: 'claimed', intent: 'claimed', authority: 'claimed', correlation: 'claimed' } as const
  check([
    {
      title: 'is claimed at most, by trace context, and no finding alone',
      trace: kai(call(inMailer(server('POST /', wire())))),
      expect: {
        wireMoney: {
          principal: 'kai@contoso.com',
          authority: 'grant-kai',
          assurance: { ...CLAIMED, actor: 'inferred' },
          source: { principal: 'trace', intent: 'trace', authority: 'trace', correlation: 'trace', actor: 'trace' },
          findings: [],
          verdict: 'separated',
        },
      },
    },
    {
      title: 'stays what it is within the process',
      trace: kai(call(plain('inside', wire()))),
      expect: { wireMoney: { assurance: { principal: 'asserted', authority: 'asserted' } } },
    },
    {
      title: 'is claimed where the parent is remote, in the same service too',
      trace: kai(call(spanWith({ remote: true }, server('POST /', wire())))),
      expect: { wireMoney: { assurance: CLAIMED } },
    },
    {
      title: 'is as sure as it was where the parent is known to be local',
      trace: kai(call(inMailer(spanWith({ remote: false }, plain('other provider', wire()))))),
      expect: { wireMoney: { assurance: { principal: 'asserted' }, findings: [] } },
    },
    {
      title: 'stays claimed beyond the next edge',
      trace: kai(call(inMailer(server('s', client('c', spanWith({ service: 'ledger' }, server('s2', wire()))))))),
      expect: { wireMoney: { assurance: CLAIMED } },
    },
    {
      title: 'is no surer by an instance of the same service',
      trace: spanWith(
        { resource: { 'service.instance.id': '1' } },
        kai(call(spanWith({ resource: { 'service.instance.id': '2' } }, server('POST /', wire())))),
      ),
      expect: { wireMoney: { assurance: CLAIMED } },
    },
    {
      title: 'stays inferred where it was',
      trace: server(
        'GET /',
        { 'user.id': 'kai' },
        client('c', inMailer(server('s', agent('b', { 'intent.id': 'i' })))),
      ),
      expect: { b: { principal: 'kai', assurance: { principal: 'inferred' }, source: { principal: 'trace' } } },
    },
    {
      title: 'gives way to what the span states itself, without a word',
      trace: kai(call(inMailer(server('s', agent('b', { ...ASKED, 'authority.id': 'g-2' }))))),
      expect: { b: { assurance: { principal: 'asserted', authority: 'asserted' }, findings: [] } },
    },
    {
      title: 'is as sure as it was where policy trusts the service above',
      policy: { boundary: { trust: ['Reports'] } },
      trace: kai(call(inMailer(server('POST /', wire())))),
      expect: { wireMoney: { assurance: { principal: 'asserted', authority: 'asserted' }, source: {} } },
    },
    {
      title: 'is claimed where policy trusts the service below alone',
      policy: { boundary: { trust: ['mailer'] } },
      trace: kai(call(inMailer(server('POST /', wire())))),
      expect: { wireMoney: { assurance: CLAIMED } },
    },
    {
      title: 'does not do where policy asks for more',
      policy: { assurance: { principal: 'asserted' } },
      trace: kai(call(inMailer(server('POST /', wire())))),
      expect: { wireMoney: { findings: ['unverified_principal'], complete: false } },
    },
    {
      title: 'grants nothing',
      policy: { require: { tool: ['authority'] } },
      trace: kai(call(inMailer(server('POST /', wire())))),
      expect: { wireMoney: { findings: ['missing_authority'], complete: false } },
    },
    {
      title: 'hands no decision over either',
      policy: { require: { effect: ['decision'] } },
      trace: agent(
        'a',
        ASKED,
        tool('t', { 'context.id': 'x', 'decision.outcome': 'allow' }, client('c', { 'server.address': 'b' })),
        tool('u', { 'context.id': 'x', 'decision.outcome': 'allow', 'decision.assurance': 'claimed' }, call()),
      ),
      expect: { c: { findings: [] }, POST: { findings: ['missing_decision'] } },
    },
    {
      title: 'is no correlation that the process below could know of, which then takes the id of the trace',
      trace: kai(
        call(inMailer(server('s', agent('b', { 'correlation.id': TRACE_ID })))),
        call2(inMailer(server('s2', agent('c', { 'correlation.id': 'c-2' })))),
        agent('d', { 'correlation.id': TRACE_ID }),
      ),
      expect: {
        b: { correlation: TRACE_ID, findings: [] },
        c: { findings: ['correlation_changed'] },
        d: { findings: ['correlation_changed'] },
      },
    },
    {
      title: 'is no chain that the process below could know of',
      trace: kai(call(inMailer(server('s', agent('b', { 'actor.id': 'b', 'actor.chain': ['b'] }, wire()))))),
      expect: {
        b: { chain: ['b'], findings: [], assurance: { actor: 'asserted' } },
        wireMoney: { chain: ['b'], findings: [] },
      },
    },
    {
      title: 'is a chain all the same where policy trusts the service above',
      policy: { boundary: { trust: ['reports'] } },
      trace: kai(call(inMailer(server('s', agent('b', { 'actor.id': 'b', 'actor.chain': ['b'] }))))),
      expect: { b: { findings: ['chain_truncated'] } },
    },
    {
      title: 'records no hand-over of the principal',
      trace: kai(
        agent('b', { 'principal.id': 'lea', 'authority.id': 'g-9', 'authority.assurance': 'claimed' }),
        agent('c', { 'principal.id': 'lea', 'authority.id': 'g-9' }),
      ),
      expect: { b: { findings: ['principal_changed'] }, c: { findings: [] } },
    },
    {
      title: 'names another principal than the span: it changed, which is no mere claim',
      trace: kai(call(inMailer(server('s', agent('b', { 'principal.id': 'cfo', 'intent.id': 'intent-1' }))))),
      expect: { b: { findings: ['principal_changed'], principal: 'cfo' } },
    },
  ])
})

describe('edge_unbacked', () => {
  const unbacked = { has: ['edge_unbacked'], principal: undefined, authority: undefined, verdict: 'unknown' } as const
  const backed = { principal: 'kai@contoso.com', lacks: ['edge_unbacked'] } as const
  check([
    {
      title: 'the parent is the agent itself, which calls nobody',
      trace: kai(inMailer(server('POST /', wire()))),
      expect: { wireMoney: unbacked },
    },
    {
      title: 'the parent is a server span',
      trace: server('GET /', ASKED, inMailer(server('POST /', wire()))),
      expect: { wireMoney: unbacked },
    },
    {
      title: 'it stands on the first spans below the edge alone',
      trace: kai(inMailer(server('POST /', agent('b', wire()), agent('c')))),
      expect: { b: unbacked, c: unbacked, wireMoney: { lacks: ['edge_unbacked'] } },
    },
    {
      title: 'an identity that the span has of its own stays',
      trace: kai(inMailer(server('POST /', agent('b', { 'principal.id': 'lea', 'intent.id': 'i' })))),
      expect: { b: { findings: ['edge_unbacked'], principal: 'lea', verdict: 'separated' } },
    },
    {
      title: 'a second server span below one call',
      trace: kai(call(inMailer(server('first', wire('one'))), inMailer(server('second', wire('two'))))),
      expect: { one: backed, two: unbacked },
    },
    {
      title: 'in another service too',
      trace: kai(
        call(inMailer(server('first', wire('one'))), spanWith({ service: 'ledger' }, server('second', wire('two')))),
      ),
      expect: { one: backed, two: unbacked },
    },
    {
      title: 'not after a first try that failed',
      trace: kai(call(inMailer(failed(server('first', wire('one')))), inMailer(server('second', wire('two'))))),
      expect: { one: backed, two: backed },
    },
    {
      title: 'not after a redirect or a challenge',
      trace: kai(
        call(
          inMailer(server('first', { 'http.response.status_code': 307 })),
          inMailer(server('second', { 'http.status_code': '401' })),
          inMailer(server('third', wire('three'))),
        ),
      ),
      expect: { three: backed },
    },
    {
      title: 'not where the client says that it sent it again',
      trace: kai(
        client(
          'POST',
          { 'server.address': 'mailer', 'http.request.resend_count': 1 },
          inMailer(server('first', wire('one'))),
          inMailer(server('second', wire('two'))),
        ),
      ),
      expect: { two: backed },
    },
    {
      title: 'the call had ended before',
      trace: kai(spanWith({ start: 1, end: 2 }, call(spanWith({ service: 'mailer', start: 4 }, server('s', wire()))))),
      expect: { wireMoney: unbacked },
    },
    {
      title: 'the work had ended before the call began',
      trace: kai(
        spanWith({ start: 9, end: 10 }, call(spanWith({ service: 'mailer', start: 1, end: 2 }, server('s', wire())))),
      ),
      expect: { wireMoney: unbacked },
    },
    {
      title: 'not by the skew of two clocks',
      trace: kai(
        spanWith(
          { start: 1, end: 2 },
          call(spanWith({ service: 'mailer', start: 2.9, end: 3 }, server('s', spanWith({ start: 2.95 }, wire())))),
        ),
      ),
      expect: { wireMoney: backed },
    },
    {
      title: 'not by times that nobody knows',
      trace: kai(call(inMailer(server('s', wire())))),
      expect: { wireMoney: backed },
    },
    {
      title: 'a message may be taken days later, and by many',
      trace: kai(
        spanWith(
          { start: 1, end: 1.1 },
          producer(
            'send',
            { 'messaging.destination.name': 'jobs' },
            spanWith(
              { service: 'worker', start: 90_000 },
              consumer('one process', spanWith({ start: 90_001 }, wire('one'))),
            ),
            spanWith(
              { service: 'worker', start: 90_002 },
              consumer('two process', spanWith({ start: 90_003 }, wire('two'))),
            ),
          ),
        ),
      ),
      expect: { one: backed, two: backed },
    },
    {
      title: 'a message is not taken before it is sent',
      trace: kai(
        spanWith(
          { start: 50, end: 51 },
          producer('send', {}, spanWith({ service: 'worker', start: 1, end: 2 }, consumer('p', wire()))),
        ),
      ),
      expect: { wireMoney: unbacked },
    },
    {
      title: 'holds whatever policy trusts',
      policy: { boundary: { trust: ['reports'] } },
      trace: kai(inMailer(server('POST /', wire()))),
      expect: { wireMoney: unbacked },
    },
    {
      title: 'a merge that names it excuses nothing',
      trace: kai(
        inMailer(
          server(
            'POST /',
            agent('b', { ...ASKED, 'declaration.type': 'merge', 'declaration.merges': ['edge_unbacked'] }),
          ),
        ),
      ),
      expect: { b: { findings: ['edge_unbacked'], allowed: [] } },
    },
    {
      title: 'policy allows it for the agents that it names',
      policy: { rules: [{ agent: 'b', allow: ['edge_unbacked'] }] },
      trace: kai(inMailer(server('POST /', agent('b', ASKED)))),
      expect: { b: { findings: [], allowed: ['edge_unbacked'], verdict: 'declared' } },
    },
    {
      title: 'below a server span that names its user: it has something that one could steal',
      trace: spanWith({ service: 'edge' }, server('GET /', { 'user.id': 'kai' }, inMailer(server('POST /', wire())))),
      expect: { wireMoney: { has: ['edge_unbacked'], principal: undefined } },
    },
    {
      title: 'not below a gateway or a proxy, which passes its own server span on',
      trace: kai(
        call(
          spanWith(
            { service: 'nginx' },
            server('auth and app', inMailer(server('POST /', wire())), inMailer(server('auth', wire('check')))),
          ),
        ),
      ),
      expect: { wireMoney: { ...backed, assurance: { principal: 'claimed' } }, check: backed },
    },
    {
      title: 'but below a server span that worked itself',
      trace: server('GET /', {}, kai(), inMailer(server('POST /', wire()))),
      expect: { wireMoney: unbacked },
    },
    {
      title: 'not of a function that is invoked as an event, and of what takes a message later',
      trace: kai(
        spanWith(
          { start: 1, end: 1.1 },
          client(
            'Invoke',
            { 'faas.invoked_name': 'f' },
            spanWith({ service: 'f', start: 5 }, server('f', spanWith({ start: 6 }, wire('one')))),
          ),
        ),
        spanWith(
          { start: 1, end: 1.1 },
          client(
            'PutEvents',
            { 'rpc.method': 'PutEvents' },
            spanWith({ service: 'g', start: 5 }, consumer('g', spanWith({ start: 6 }, wire('two')))),
          ),
        ),
      ),
      expect: { one: backed, two: backed },
    },
    {
      title: 'not of a call that was given up',
      trace: kai(
        failed(spanWith({ start: 1, end: 2 }, call(spanWith({ service: 'mailer', start: 4 }, server('s', wire()))))),
      ),
      expect: { wireMoney: backed },
    },
    {
      title: 'not of a workflow of Temporal, whose spans have no kind',
      trace: kai(
        spanWith(
          { start: 1, end: 1.1, scope: '@temporalio/interceptor-client' },
          plain(
            'StartWorkflow',
            spanWith(
              { service: 'worker', start: 50, remote: true },
              plain('RunWorkflow', spanWith({ start: 51 }, wire())),
            ),
          ),
        ),
      ),
      expect: { wireMoney: backed },
    },
    {
      title: 'not of a call whose span has no kind',
      trace: kai(
        mcp(
          't',
          inMailer(server('tools/call', { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 't' }, llm('l'))),
        ),
      ),
      expect: { 'tools/call': backed, l: backed },
    },
    {
      title: 'not of a call that gRPC makes again',
      trace: kai(
        call(
          inMailer(server('first', { 'rpc.grpc.status_code': 8 })),
          inMailer(server('second', { 'rpc.response.status_code': 'ABORTED' })),
          inMailer(server('third', { 'rpc.grpc.status_code': 0 }, wire('three'))),
          inMailer(server('fourth', { 'rpc.grpc.status_code': 0 }, wire('four'))),
        ),
      ),
      expect: { three: backed, four: unbacked },
    },
    {
      title: 'not of one request that the server and the framework on it both record',
      trace: kai(
        call(
          spanWith({ service: 'mailer', scope: 'http', start: 1, end: 2 }, server('http')),
          spanWith(
            { service: 'mailer', scope: 'hono', start: 1.1, end: 1.9 },
            server('hono', spanWith({ start: 1.2 }, wire('one'))),
          ),
          spanWith(
            { service: 'mailer', scope: 'http', start: 1.5, end: 2 },
            server('replayed', spanWith({ start: 1.6 }, wire('two'))),
          ),
          spanWith(
            { service: 'ledger', scope: 'koa', start: 1.5, end: 2 },
            server('elsewhere', spanWith({ start: 1.7 }, wire('three'))),
          ),
        ),
      ),
      expect: { one: backed, two: unbacked, three: unbacked },
    },
    {
      title: 'not between two SDKs of one process, or its threads',
      trace: spanWith(
        { resource: { ...PROCESS, 'service.instance.id': 'a' } },
        kai(
          spanWith({ resource: { ...PROCESS, 'service.instance.id': 'b' } }, wire('one')),
          spanWith({ resource: { ...PROCESS, 'service.instance.id': 'b' }, remote: true }, wire('two')),
          spanWith({ resource: { ...PROCESS, 'service.instance.id': 'b' }, remote: true }, server('s', wire('three'))),
        ),
      ),
      expect: {
        one: { ...backed, assurance: { principal: 'asserted' } },
        two: { ...backed, assurance: { principal: 'claimed' } },
        three: unbacked,
      },
    },
    {
      title: 'is not within one process',
      trace: kai(server('odd', llm('l'))),
      expect: { l: { findings: [] } },
    },
  ])
})

import { describe } from 'vitest'
import { SPAN_KIND } from '../../src/model/span.ts'
import {
  agent,
  ASKED,
  check,
  client,
  consumer,
  creation,
  guardrail,
  spanWith,
  llm,
  wordOf,
  mcp,
  plain,
  producer,
  retriever,
  server,
  tool,
  workflow,
} from './spans.ts'

const AT = { 'server.address': 'x' }
const CLIENT = { kind: SPAN_KIND.client }

describe('an effect', () => {
  check([
    ...[agent, tool, workflow, retriever].map((make) => ({
      title: `is a client span below a span that ${wordOf(make)}`,
      trace: agent('main', ASKED, make('above', client('e', AT), producer('p', AT))),
      expect: { e: { kind: 'effect' as const, findings: [] }, p: { kind: 'effect' as const, findings: [] } },
    })),
    ...[llm, guardrail].map((make) => ({
      title: `is no client span below a span that ${wordOf(make)}`,
      trace: agent('main', ASKED, make('above', client('e', AT), producer('p', AT))),
      expect: { e: { kind: undefined }, p: { kind: undefined } },
    })),
    {
      title: 'is no internal, server or consumer span',
      trace: agent('a', ASKED, plain('i'), server('s'), consumer('c')),
      expect: { i: { kind: undefined }, s: { kind: undefined }, c: { kind: undefined } },
    },
    {
      title: 'is found below unrecognized spans between',
      trace: agent('a', ASKED, plain('p', server('s', client('e', AT)))),
      expect: { e: { kind: 'effect', findings: [] } },
    },
    {
      title: 'is no client span with nothing recognized above',
      trace: server('http', ASKED, client('c', AT)),
      expect: { c: { kind: undefined } },
    },
    {
      title: 'is no client span for having attributes of ours, but for its kind',
      trace: server('http', client('c', { ...ASKED, 'actor.id': 'a', 'context.id': 'x', 'correlation.id': 'c' })),
      expect: { c: { kind: undefined } },
    },
    {
      title: 'below making an agent is one: that span is an agent',
      trace: creation('c', { ...ASKED }, client('e', AT)),
      expect: { e: { kind: 'effect' } },
    },
    {
      title: 'is a span that states to be one, wherever it stands',
      trace: server('http', plain('e', { ...ASKED, ...AT, 'span.kind': 'effect', 'correlation.id': 'c' })),
      expect: { e: { kind: 'effect', findings: [], actor: 'reports' } },
    },
    {
      title: 'is a span that states its kind in capitals',
      trace: server('http', plain('x', { ...ASKED, 'span.kind': 'TOOL ', 'correlation.id': 'c', 'context.id': 'x' })),
      expect: { x: { kind: 'tool', findings: [] } },
    },
    {
      title: 'is not what states an unknown kind',
      trace: server('http', plain('x', { ...ASKED, 'span.kind': 'robot' })),
      expect: { x: { kind: undefined } },
    },
    {
      title: 'started inside asAgent, via or guard needs nothing above',
      live: true,
      trace: spanWith(
        {
          binding: {
            acting: true,
            bound: { principal: { id: 'kai' }, intent: { id: 'i' }, context: { id: 'x' }, correlationId: 'c' },
          },
        },
        client('e'),
      ),
      expect: { e: { kind: 'effect', findings: [], verdict: 'separated' } },
    },
    {
      title: 'inside onBehalfOf alone is none',
      live: true,
      trace: spanWith({ binding: { bound: { principal: { id: 'kai' } } } }, client('e')),
      expect: { e: { kind: undefined } },
    },
    {
      title: 'inside asAgent is none where the span is internal',
      live: true,
      trace: spanWith({ binding: { acting: true } }, plain('p')),
      expect: { p: { kind: undefined } },
    },
    {
      title: 'inside asAgent is one below a guardrail too',
      live: true,
      trace: agent('a', ASKED, guardrail('g', spanWith({ binding: { acting: true } }, client('e', AT)))),
      expect: { e: { kind: 'effect' } },
    },
  ])
})

const POSTGRES = { 'db.system.name': 'postgresql', 'db.namespace': 'shop' }
const QUERY = { ...POSTGRES, 'db.query.text': 'INSERT INTO orders' }

describe('the way to a connection', () => {
  check([
    ...(
      [
        ['pg-pool.connect', POSTGRES],
        ['pg.connect', POSTGRES],
        ['redis-connect', { 'db.system': 'redis', 'server.address': 'cache' }],
        ['connect', { 'db.system.name': 'redis', 'db.query.text': 'connect', 'server.address': 'cache' }],
        ['CONNECT shop', POSTGRES],
        ['pool.acquire', POSTGRES],
        ['sql.connector.connect', POSTGRES],
        ['redis.dial', { 'db.system': 'redis', 'server.address': 'cache' }],
        ['mongodb.checkout', { 'db.system': 'mongodb', 'db.name': 'shop' }],
        ['Open', { 'db.system': 'mysql', 'db.name': 'shop' }],
        ['oracledb.Pool.getConnection', POSTGRES],
        ['tcp.connect', AT],
        ['tls.connect', AT],
        ['dns.lookup', AT],
        ['generic-pool.acquire', AT],
        ['DNS lookup shop.example', AT],
        ['HTTP connection_setup shop.example:443', AT],
        ['http.getconn', AT],
        ['prisma:engine:connection', AT],
        ['HikariDataSource.getConnection', AT],
      ] as const
    ).map(([name, at]) => ({
      title: `is an effect that hides no act: ${name}`,
      trace: agent('a', ASKED, client(name, at, client('e', QUERY, client('t', AT)))),
      expect: {
        [name]: { kind: 'effect' as const, findings: [] },
        e: { kind: 'effect' as const, findings: [] },
        t: { kind: undefined },
      },
    })),
    {
      title: 'hides no act behind unrecognized spans either',
      trace: agent('a', ASKED, client('pg-pool.connect', POSTGRES, plain('p', client('e', QUERY)))),
      expect: { e: { kind: 'effect', findings: [] } },
    },
    {
      title: 'is one effect, whatever it takes to get there',
      trace: agent(
        'a',
        ASKED,
        client(
          'pg-pool.connect',
          POSTGRES,
          client('pg.connect', POSTGRES, client('dns.lookup', AT), plain('tcp.connect', client('e', QUERY))),
        ),
      ),
      expect: { 'pg.connect': { kind: undefined }, 'dns.lookup': { kind: undefined }, e: { kind: 'effect' } },
    },
    {
      title: 'stays transport below a call, a model and an MCP client',
      trace: agent(
        'a',
        ASKED,
        client('e', AT, client('dns.lookup', AT, client('x', AT))),
        llm('l', client('tcp.connect', AT, client('y', AT))),
      ),
      expect: { x: { kind: undefined }, y: { kind: undefined } },
    },
    {
      title: 'is none where nothing above may act',
      trace: server('http', ASKED, client('pg-pool.connect', POSTGRES, client('e', QUERY))),
      expect: { 'pg-pool.connect': { kind: undefined }, e: { kind: undefined } },
    },
    ...(
      [
        ['linkedin.connect', AT],
        ['SELECT connection', QUERY],
        ['CONNECT', { ...AT, 'http.request.method': 'CONNECT' }],
        ['checkout', AT],
      ] as const
    ).map(([name, at]) => ({
      title: `is no call that only sounds like it: ${name}`,
      trace: agent('a', ASKED, client(name, at, client('e', AT))),
      expect: { [name]: { kind: 'effect' as const }, e: { kind: undefined } },
    })),
  ])
})

describe('transport', () => {
  check([
    {
      title: 'is what stands below an effect',
      trace: agent('a', ASKED, client('e', AT, client('c', AT), plain('p', client('d', AT)))),
      expect: { e: { kind: 'effect' }, c: { kind: undefined }, p: { kind: undefined }, d: { kind: undefined } },
    },
    {
      title: 'is what stands below an llm call, however deep',
      trace: agent('a', ASKED, llm('l', client('c', AT, client('d', AT)))),
      expect: { c: { kind: undefined }, d: { kind: undefined } },
    },
    {
      title: 'stays transport inside asAgent',
      live: true,
      trace: agent('a', ASKED, llm('l', spanWith({ binding: { acting: true } }, client('c', AT)))),
      expect: { c: { kind: undefined } },
    },
    {
      title: 'ends at the next recognized span',
      trace: agent('a', ASKED, client('e', AT, server('s', tool('t', { 'context.id': 'x' }, client('f', AT))))),
      expect: { e: { kind: 'effect' }, s: { kind: undefined }, t: { kind: 'tool' }, f: { kind: 'effect' } },
    },
    {
      title: 'ends at an agent in another process',
      trace: agent('a', ASKED, client('e', AT, spanWith({ service: 'b' }, server('s', agent('b', client('f', AT)))))),
      expect: { b: { kind: 'agent', chain: ['a', 'b'] }, f: { kind: 'effect', actor: 'b' } },
    },
    {
      title: 'below an llm call that runs a tool ends at the tool',
      trace: agent('a', ASKED, llm('l', client('c', AT), tool('t', client('e', AT)))),
      expect: { c: { kind: undefined }, t: { kind: 'tool' }, e: { kind: 'effect' } },
    },
    {
      title: 'is the HTTP request of an MCP client call',
      trace: agent(
        'a',
        ASKED,
        tool('send', spanWith(CLIENT, mcp('call', { 'gen_ai.tool.name': 'send' }, client('http', AT)))),
      ),
      expect: { send: { kind: 'tool' }, call: { kind: 'tool', sameAction: true }, http: { kind: undefined } },
    },
    {
      title: 'is not what the MCP server does for the call',
      trace: agent(
        'a',
        ASKED,
        spanWith(
          CLIENT,
          mcp(
            'call',
            { 'gen_ai.tool.name': 'send' },
            client(
              'http',
              AT,
              spanWith(
                { service: 'mcp' },
                server(
                  'in',
                  spanWith({ kind: SPAN_KIND.server }, mcp('run', { 'gen_ai.tool.name': 'send' }, client('smtp', AT))),
                ),
              ),
            ),
          ),
        ),
      ),
      expect: {
        http: { kind: undefined },
        in: { kind: undefined },
        run: { kind: 'tool', sameAction: true },
        smtp: { kind: 'effect' },
      },
    },
  ])
})

describe('a tool span and the MCP span beneath it', () => {
  check([
    {
      title: 'that name the same call are both judged and one action',
      trace: agent('a', ASKED, tool('Send', mcp('call', { 'gen_ai.tool.name': 'send' }))),
      expect: {
        Send: { kind: 'tool', sameAction: false, verdict: 'separated' },
        call: { kind: 'tool', sameAction: true, verdict: 'separated' },
      },
    },
    {
      title: 'that name two calls are two actions',
      trace: agent('a', ASKED, tool('send', mcp('call', { 'gen_ai.tool.name': 'read' }))),
      expect: { call: { kind: 'tool', sameAction: false } },
    },
    {
      title: 'with unrecognized spans between are one action',
      trace: agent('a', ASKED, tool('send', plain('p', mcp('call', { 'gen_ai.tool.name': 'send' })))),
      expect: { call: { sameAction: true } },
    },
    {
      title: 'with an agent between are two actions',
      trace: agent('a', ASKED, tool('send', agent('b', mcp('call', { 'gen_ai.tool.name': 'send' })))),
      expect: { call: { sameAction: false } },
    },
    {
      title: 'of which neither is MCP are two actions',
      trace: agent('a', ASKED, tool('send', tool('inner', { 'gen_ai.tool.name': 'send' }))),
      expect: { inner: { sameAction: false } },
    },
    {
      title: 'an MCP span below an agent alone is the action itself',
      trace: agent('a', ASKED, mcp('call', { 'gen_ai.tool.name': 'send' })),
      expect: { call: { kind: 'tool', sameAction: false } },
    },
  ])
})

describe('MCP methods other than tools/call', () => {
  check([
    {
      title: 'are not recognized',
      trace: spanWith({ kind: SPAN_KIND.server }, plain('list', { ...ASKED, 'mcp.method.name': 'tools/list' })),
      expect: { list: { kind: undefined } },
    },
  ])
})

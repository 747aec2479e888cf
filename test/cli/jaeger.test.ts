import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { SpanShape } from '../../src/model/span.ts'
import { spansIn } from '../../src/cli/explain/jaeger-answer.ts'
import { startStandIn } from './jaeger-stand-in.ts'
import type { Recorded, RecordedSpan, StandIn, StandInOptions } from './jaeger-stand-in.ts'
import { onbehalf } from './program.ts'
import type { Run } from './program.ts'

/** In the time that is looked at where nothing is said. */
const BASE = Date.now() - 60_000

interface Told {
  readonly service?: string
  readonly who?: string
  readonly correlation?: string
  readonly at?: number
}

/** An agent and its tool; the chain of actors as an array, or as the JSON text that badger gives back. */
function trace(
  traceId: string,
  { service = 'reports', who = 'kai@contoso.com', correlation = 'c-1', at = BASE }: Told = {},
): Recorded {
  const chain = ['planner', 'assistant']
  const isText = traceId.startsWith('2')
  const agent = {
    'gen_ai.operation.name': 'invoke_agent',
    'gen_ai.agent.name': 'assistant',
    'attribution.principal.id': who,
    'attribution.principal.type': 'human',
    'attribution.intent.summary': 'send the report',
    'attribution.correlation.id': correlation,
  }
  const tool = {
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': 'sendMail',
    'attribution.context.id': 'mail-connector',
    'attribution.resource.id': 'mail-42',
  }
  const texts = (pairs: Readonly<Record<string, string>>): RecordedSpan['attributes'] =>
    Object.entries(pairs).map(([key, stringValue]) => ({ key, value: { stringValue } }))
  const values = chain.map((stringValue) => ({ stringValue }))
  const chainValue = isText ? { stringValue: JSON.stringify(chain) } : { arrayValue: { values } }
  const findings = { key: 'attribution.findings', value: isText ? { stringValue: '[]' } : { arrayValue: {} } }
  const span = (spanId: string, attributes: RecordedSpan['attributes'], more: object) => ({
    traceId,
    spanId,
    name: 'run',
    kind: 1,
    startTimeUnixNano: `${at}000000`,
    endTimeUnixNano: `${at + 5}000000`,
    attributes,
    status: {},
    ...more,
  })
  return {
    resourceSpans: [
      {
        resource: { attributes: texts({ 'service.name': service }) },
        scopeSpans: [
          {
            scope: { name: 'test' },
            spans: [
              span(
                'aaaaaaaaaaaaaaaa',
                [...texts(agent), { key: 'attribution.actor.chain', value: chainValue }, findings],
                {},
              ),
              span('bbbbbbbbbbbbbbbb', texts(tool), { parentSpanId: 'aaaaaaaaaaaaaaaa' }),
            ],
          },
        ],
      },
    ],
  }
}

const FIRST = '1'.repeat(32)
const SECOND = '2'.repeat(32)
const OTHER = '3'.repeat(32)
const TRACES = [
  trace(FIRST),
  trace(SECOND, { service: 'mail', who: 'lee@contoso.com', at: BASE + 1_000 }),
  trace(OTHER, { service: 'mail', who: 'MIA@contoso.com', correlation: 'c-2', at: BASE + 2_000 }),
]

let directory: string
let file: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'onbehalf-jaeger-'))
  file = join(directory, 'traces.jsonl')
  writeFileSync(file, TRACES.map((request) => `${JSON.stringify(request)}\n`).join(''))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const open: StandIn[] = []
afterEach(() => {
  for (const standIn of open.splice(0)) standIn.close()
})

async function jaeger(options: StandInOptions, traces: readonly Recorded[] = TRACES): Promise<StandIn> {
  const standIn = await startStandIn(traces, options)
  open.push(standIn)
  return standIn
}

const explain = (...args: readonly string[]) => onbehalf(['explain', ...args])
/** What a selector answers from the file: the same for both query APIs, so asked once. */
function fromFile(selector: readonly string[]): Promise<Run> {
  const key = selector.join(' ')
  const answer = answers.get(key) ?? explain(...selector, '--format', 'json', '--file', file)
  answers.set(key, answer)
  return answer
}
const answers = new Map<string, Promise<Run>>()
const manyOf = (number: number, at: (index: number) => number) =>
  Array.from({ length: number }, (_, index) => trace(`4${String(index).padStart(31, '0')}`, { at: at(index) }))

describe.each(['current', 'older'] as const)('onbehalf explain --jaeger over the %s query API', (api) => {
  it.each([
    ['a trace id', [FIRST]],
    ['an array that came back as JSON text', [SECOND]],
    ['the beginning of a trace id', ['11111']],
    ['a correlation id, all traces of it as one', ['--correlation', 'c-1']],
    ['a resource', ['--resource', 'mail-42']],
    ['a principal in another spelling', ['--principal', 'mailto:KAI@contoso.com']],
    ['a resource and a principal', ['--resource', 'mail-42', '--principal', 'mailto:KAI@contoso.com']],
    ['a correlation id in a time', ['--correlation', 'c-1', '--since', new Date(BASE + 500).toISOString()]],
    ['a time alone', ['--since', new Date(BASE).toISOString()]],
    ['a time alone that holds one trace', ['--until', new Date(BASE + 500).toISOString()]],
  ])('answers for %s as it does from a file', async (_, selector) => {
    const { url } = await jaeger({ api })
    const there = await explain(...selector, '--format', 'json', '--jaeger', url)
    const here = await fromFile(selector)
    expect(there).toMatchObject({ code: 0, stdout: here.stdout })
    expect(there.stdout).toMatch(/(?:kai|lee)@contoso.com asked/u)
  })
  it('compares identities as on files where it is told to read every trace', async () => {
    const { url } = await jaeger({ api })
    const searched = await explain('--principal', 'mia@contoso.com', '--jaeger', url)
    expect(searched).toMatchObject({ code: 2, stdout: '' })
    expect(searched.stderr).toContain('compares text exactly')
    const scanned = await explain('--principal', 'mia@contoso.com', '--jaeger', url, '--scan')
    expect(scanned).toMatchObject({ code: 0 })
    expect(scanned.stdout).toContain('MIA@contoso.com asked')
  })
  it('finds nothing where there is nothing', async () => {
    const { url } = await jaeger({ api }, [])
    expect(await explain('--correlation', 'c-1', '--jaeger', url)).toMatchObject({ code: 2, stdout: '' })
    const byId = await explain(FIRST, '--jaeger', url)
    expect(byId.stderr).toBe(
      `no span of a trace ${FIRST} was found; --since 7d instead lists what was done in that time\n`,
    )
  })
  it('takes in more traces than one answer holds', async () => {
    const { url, requests } = await jaeger(
      { api },
      manyOf(250, (index) => BASE + index),
    )
    const { code, stdout, stderr } = await explain('--correlation', 'c-1', '--jaeger', url)
    expect(code).toBe(0)
    expect(stderr).toContain('250 traces read')
    expect(stdout).toContain('250 times')
    const limits = requests
      .filter(({ pathname }) => pathname.endsWith('/traces'))
      .map(({ searchParams }) => Number(searchParams.get('query.searchDepth') ?? searchParams.get('limit')))
    expect(limits.every((limit) => limit > 0 && limit <= 100)).toBe(true)
  })
  it('lists the first traces of a time as from a file, and reads no more of them than it has to', async () => {
    const traces = manyOf(1_000, (index) => BASE + index)
    const { url, requests } = await jaeger({ api }, traces.toReversed())
    const range = ['--since', new Date(BASE + 100).toISOString(), '--format', 'json']
    const there = await explain(...range, '--jaeger', url)
    writeFileSync(join(directory, 'many.jsonl'), traces.map((request) => `${JSON.stringify(request)}\n`).join(''))
    const here = await explain(...range, '--file', join(directory, 'many.jsonl'))
    expect(there).toMatchObject({ code: 0, stdout: here.stdout })
    expect(JSON.parse(there.stdout)).toMatchObject({ found: { length: 50 }, more: true })
    expect(requests.length).toBeLessThan(10)
  })
  it('says that an answer was cut where the time cannot be narrowed, and explains the rest', async () => {
    const { url } = await jaeger(
      { api },
      manyOf(101, () => BASE),
    )
    const { code, stdout, stderr } = await explain('--correlation', 'c-1', '--jaeger', url)
    expect(code).toBe(2)
    expect(stdout).toContain('100 times')
    expect(stderr).toMatch(/may be incomplete: .*was cut: too many traces at/u)
  })
})

describe('onbehalf explain --jaeger', () => {
  it('names the services that it had to ask one by one, and the time', async () => {
    const { url } = await jaeger({ api: 'older' })
    const { stderr } = await explain(
      '--correlation',
      'c-1',
      '--jaeger',
      url,
      '--since',
      '2026-01-01',
      '--until',
      '2099-01-01',
    )
    expect(stderr).toBe(
      'Jaeger from 2025-12-31T23:00:00.000Z to 2099-01-01T00:00:00.000Z: searched in 2 services (mail, reports) for attribution.correlation.id = c-1; 2 traces read\n',
    )
  })
  it('asks the current API once for all services', async () => {
    const { url, requests } = await jaeger({ api: 'current' })
    const { stderr } = await explain('--correlation', 'c-1', '--jaeger', url)
    expect(stderr).not.toContain('service')
    const asked = requests
      .map(({ searchParams }) => searchParams.get('query.attributes'))
      .filter((text) => text !== null)
    expect(asked.at(-1)).toBe('{"attribution.correlation.id":"c-1"}')
    expect(requests.map(({ pathname }) => pathname)).not.toContain('/api/traces')
  })
  it('names every service where the store takes no search without one', async () => {
    const needsName = (url: URL, response: ServerResponse) => {
      const { searchParams, pathname } = url
      const isNobodys = searchParams.get('query.attributes')?.includes('onbehalf.probe') === true
      if (pathname !== '/api/v3/traces' || searchParams.has('query.serviceName') || isNobodys) return false
      response.writeHead(500).end('{"error":{"httpCode":500,"message":"service name must be set"}}')
      return true
    }
    const { url } = await jaeger({ api: 'current', instead: needsName })
    const { code, stderr } = await explain('--correlation', 'c-1', '--jaeger', url)
    expect(code).toBe(0)
    expect(stderr).toContain('2 services (mail, reports)')
  })
  it('asks for times as they were recorded', async () => {
    const { url, requests } = await jaeger({ api: 'current' })
    await explain(FIRST, '--jaeger', url)
    await explain('--correlation', 'c-1', '--jaeger', url)
    const raw = requests.map(({ searchParams }) => searchParams.get('query.rawTraces') ?? searchParams.get('rawTraces'))
    expect(new Set(raw)).toEqual(new Set(['true']))
  })
  it('finds the service behind a base path', async () => {
    const { url } = await jaeger({ api: 'current', basePath: '/tracing' })
    expect(await explain(FIRST, '--jaeger', `${url}/tracing/`)).toMatchObject({ code: 0, stderr: '' })
    const without = await explain(FIRST, '--jaeger', url)
    expect(without.code).toBe(2)
    expect(without.stderr).toMatch(/a web page instead of data.*base path/u)
  })
  it('explains what it got where a service cannot be searched, and ends with 2', async () => {
    const failing = (url: URL, response: ServerResponse) => {
      if (url.searchParams.get('service') !== 'mail') return false
      response.writeHead(500).end('{"errors":[{"code":500,"msg":"disk is gone\\u001B[2J"}]}')
      return true
    }
    const { url } = await jaeger({ api: 'older', instead: failing })
    const { code, stdout, stderr } = await explain('--correlation', 'c-1', '--jaeger', url)
    expect(code).toBe(2)
    expect(stdout).toContain('kai@contoso.com asked')
    expect(stderr).toMatch(/may be incomplete: .*500: disk is gone\\u001b/u)
    expect(stderr).not.toContain('\u001B')
  })
  it('explains what came of an answer that broke off', async () => {
    const broken = (url: URL, response: ServerResponse) => {
      if (!url.pathname.startsWith('/api/v3/traces/')) return false
      response.write(JSON.stringify({ result: TRACES[0] }).slice(0, -40))
      setTimeout(() => response.destroy(), 100)
      return true
    }
    const { url } = await jaeger({ api: 'current', instead: broken })
    const { code, stdout, stderr } = await explain(FIRST, '--jaeger', url)
    expect(code).toBe(2)
    expect(stdout).toContain('kai@contoso.com asked')
    expect(stderr).toContain('may be incomplete')
  })
})

describe('headers', () => {
  it('come from options, the environment and the URL', async () => {
    const { url, headers } = await jaeger({ api: 'current' })
    await explain(FIRST, '--jaeger', url, '--header', 'authorization: Bearer s3cret', '--header', 'x-scope-orgid: a')
    expect(headers[0]).toMatchObject({ authorization: 'Bearer s3cret', 'x-scope-orgid': 'a' })
    await explain(FIRST, '--jaeger', url.replace('//', '//kai:p%40ss@'))
    expect(headers[1]?.authorization).toBe(`Basic ${Buffer.from('kai:p@ss').toString('base64')}`)
    process.env['ONBEHALF_JAEGER_HEADERS'] = 'authorization: Bearer env, x-tenant: b'
    await explain(FIRST, '--jaeger', url).finally(() => delete process.env['ONBEHALF_JAEGER_HEADERS'])
    expect(headers[2]).toMatchObject({ authorization: 'Bearer env', 'x-tenant': 'b' })
  })
  it('are never told', async () => {
    const refused = (_: URL, response: ServerResponse) => {
      response.writeHead(401).end('no')
      return true
    }
    const { url } = await jaeger({ api: 'current', instead: refused })
    const tries = [
      await explain(FIRST, '--jaeger', url, '--header', 'authorization: Bearer s3cret'),
      await explain(FIRST, '--jaeger', url, '--header', 's3cret'),
      await explain(FIRST, '--jaeger', url, '--header', 'x: s3cret\u0001'),
      await explain(FIRST, '--jaeger', url.replace('//', '//kai:s3cret@')),
    ]
    expect(tries.map(({ code }) => code)).toEqual([2, 2, 2, 2])
    expect(tries.map(({ stderr }) => stderr).join('')).not.toContain('s3cret')
    expect(tries[0]?.stderr).toContain('--header')
  })
  it('do not follow a redirect', async () => {
    const elsewhere = await jaeger({ api: 'current' })
    const redirecting = (_: URL, response: ServerResponse) => {
      response.writeHead(302, { location: `${elsewhere.url}/login?next=s3cret` }).end()
      return true
    }
    const { url } = await jaeger({ api: 'current', instead: redirecting })
    const { code, stderr } = await explain(FIRST, '--jaeger', url, '--header', 'x-key: s3cret')
    expect(code).toBe(2)
    expect(stderr).toContain(`a redirect to ${elsewhere.url}/login`)
    expect(stderr).not.toContain('s3cret')
    expect(elsewhere.requests).toEqual([])
  })
})

describe('what cannot be asked', () => {
  it('says that nothing listens', async () => {
    const standIn = await startStandIn([], { api: 'current' })
    standIn.close()
    const { code, stderr } = await explain(FIRST, '--jaeger', standIn.url)
    expect({ code, stderr }).toEqual({ code: 2, stderr: `${standIn.url} cannot be reached: ECONNREFUSED\n` })
  })
  it('says that no answer came in time', async () => {
    const { url } = await jaeger({ api: 'current', instead: () => true })
    const { code, stderr } = await explain(FIRST, '--jaeger', url, '--timeout', '0.2')
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `${url} did not answer in 0.2 s; raise --timeout to wait longer\n`,
    })
  })
  it('takes the 404 of another program for no answer of Jaeger', async () => {
    const stranger = (_: URL, response: ServerResponse) => {
      response.writeHead(404).end('{"message":"no route"}')
      return true
    }
    const { url } = await jaeger({ api: 'current', instead: stranger })
    const { code, stderr } = await explain('--correlation', 'c-1', '--jaeger', url)
    expect(code).toBe(2)
    expect(stderr).toContain('is this a Jaeger query service')
  })
  it('says that an answer isn’t JSON', async () => {
    const nonsense = (_: URL, response: ServerResponse) => {
      response.end('OK, {{{')
      return true
    }
    const { url } = await jaeger({ api: 'current', instead: nonsense })
    const { code, stderr } = await explain(FIRST, '--jaeger', url)
    expect(code).toBe(2)
    expect(stderr).toContain('an answer cannot be read')
  })
  it.each([
    ['no URL', ['--jaeger', 'nonsense'], '--jaeger takes'],
    ['another protocol', ['--jaeger', 'ftp://jaeger'], '--jaeger takes'],
    ['a time that is none', ['--jaeger', 'http://127.0.0.1:1', '--timeout', 'long'], '--timeout takes'],
    ['a file as well', ['--jaeger', 'http://127.0.0.1:1', '--file', 'x'], '--file or --jaeger, not both'],
  ])('is %s', async (_, args, message) => {
    const { code, stderr } = await explain(FIRST, ...args)
    expect(code).toBe(2)
    expect(stderr).toContain(message)
  })
})

describe('the spans of an answer', () => {
  async function* piecesOf(text: string, size: number): AsyncGenerator<string> {
    for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size)
  }
  async function read(text: string, size: number, maxAnswer?: number) {
    const found: SpanShape[] = []
    const problems: string[] = []
    const spans = spansIn(piecesOf(text, size), (reason) => problems.push(reason), maxAnswer)
    let next = await spans.next()
    for (; next.done !== true; next = await spans.next()) found.push(next.value)
    return { isWhole: next.value, ids: found.map((span) => span.spanContext().traceId), problems }
  }
  const text = JSON.stringify({ result: TRACES[0] })

  it('are read wherever it is cut into pieces, and of each document that follows', async () => {
    for (const size of [1, 7, 10_000]) {
      expect(await read(`${text}\n${text}`, size)).toEqual({
        isWhole: true,
        ids: [FIRST, FIRST, FIRST, FIRST],
        problems: [],
      })
    }
  })
  it('are read up to a bound', async () => {
    const { isWhole, ids } = await read(text, 1, text.length - 200)
    expect({ isWhole, ids }).toEqual({ isWhole: false, ids: [FIRST] })
  })
})

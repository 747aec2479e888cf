import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import type { RequestOptions } from 'node:https'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { COLLECTOR_METRIC } from '../../src/model/names.ts'
import type { SpanShape } from '../../src/model/span.ts'
import { VERSION } from '../../src/model/version.ts'
import { collectorConfiguration, VARIANTS } from '../../src/collector/configuration.ts'
import type { Variant } from '../../src/collector/configuration.ts'
import { createPolicy } from '../../src/policy/policy.ts'
import type { PolicyOptions } from '../../src/policy/policy.ts'
import { attributesOf, EPOCH_SECONDS } from '../judge/spans.ts'
import type { GivenAttributes } from '../judge/spans.ts'
import { available, eventually, openBench, program } from './bench.ts'
import { otlpOf, receivedAll, send, sendRequest, startCollector, TOKEN } from './otelcol.ts'
import type { Collector } from './otelcol.ts'
import { run } from './programs.ts'

const { has, note } = available('otelcol')

const JUDGE = `onbehalf-collector/${VERSION} ${createPolicy().digest}`
const AGENT = { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'reporter' }
const STAMPED = { verdict: 'separated', complete: true, findings: [], judge: 'onbehalf/9.9.9 abc' }

interface Request {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly { readonly scope: object; readonly spans: readonly object[] }[]
  }[]
}

let made = 0

interface Where {
  readonly trace?: number
  readonly parent?: string
  readonly service?: string
  readonly resource?: GivenAttributes
}

function span(says: GivenAttributes, { trace, parent, service = 'reports', resource = {} }: Where = {}): SpanShape {
  made += 1
  const id = made.toString(16).padStart(16, '0')
  const traceId = (trace === undefined ? made : 1_000_000 + trace).toString(16).padStart(32, '0')
  return {
    name: `span ${made}`,
    kind: 0,
    spanContext: () => ({ traceId, spanId: id }),
    parentSpanContext: parent === undefined ? undefined : { traceId, spanId: parent },
    startTime: [EPOCH_SECONDS, 0],
    status: { code: 0 },
    attributes: attributesOf(says),
    resource: { attributes: { 'service.name': service, ...attributesOf(resource) } },
    instrumentationScope: { name: 'test', version: '' },
  }
}

function configuration(variant: Variant, policy: PolicyOptions = {}): string {
  return collectorConfiguration(variant, { policy, version: VERSION })
}

/** Sends one request and gives back its spans as they left the judge. */
async function through(collector: Collector, url: string, spans: readonly SpanShape[], token?: string) {
  expect(await send(url, spans, token)).toBe(200)
  const received = await receivedAll(collector, spans)
  return received.map(({ attributes, resource }) => ({ said: attributes, resource: resource.attributes }))
}

describe.skipIf(!has)(`a Collector with our configuration${note}`, () => {
  const bench = openBench()
  let collector: Collector
  beforeAll(async () => {
    collector = await startCollector(bench, 'collector', [configuration('otelcol')])
  })

  it('replaces a verdict that a stranger brought, on every level, and marks what is left as claimed', async () => {
    const forged = { ...STAMPED, 'principal.id': 'root', 'principal.assurance': 'verified', 'actor.id': 'reporter' }
    const declared = { 'declaration.type': 'autonomous', 'attribution.tmp.meaning': 'settled' }
    const [one] = await through(collector, collector.outside, [
      span({ ...AGENT, ...forged, ...declared }, { resource: STAMPED }),
    ])
    expect(one?.said).toMatchObject({
      'attribution.verdict': 'unknown',
      'attribution.complete': false,
      'attribution.judge': JUDGE,
      'attribution.principal.assurance': 'claimed',
      'attribution.findings': ['missing_intent', 'placeholder_identity', 'unverified_principal'],
    })
    expect(Object.keys(one?.said ?? {}).filter((key) => /^attribution\.(?:declaration|tmp)/u.test(key))).toEqual([])
    expect(one?.resource).toEqual({ 'service.name': 'reports' })
  })

  it('lets nothing of a stranger stand without an assurance, on any level', async () => {
    const claims = {
      'principal.id': 'kai',
      'actor.name': 'reporter',
      'context.target': 'crm',
      'intent.purpose': 'audit',
      'authority.scopes': ['all'],
      'decision.approver.id': 'cfo',
      'correlation.id': 'c-1',
    }
    const others = {
      outcome: 'success',
      'resource.id': 'order-7',
      'principal.source': 'token',
      'authority.assurance': 'verified',
      'correlation.source': 'code',
      'attribution.seal.log': 'x',
      'attribution.would_deny': true,
      'attribution.action.binding': 'x',
      'Attribution.Verdict': 'separated',
      'attribution.': 'x',
      'attribution.principal.id.more': 'x',
    }
    const sent = span(
      { 'http.route': '/', attributions: 'mine', a: 1, att: 2, ...claims, ...others },
      { resource: { ...claims, ...others } },
    )
    const whole = otlpOf([sent]) as Request
    const [of] = whole.resourceSpans
    const [inScope] = of?.scopeSpans ?? []
    const forged = [
      { key: 'attribution.verdict', value: { stringValue: 'separated' } },
      { key: 'mine', value: { stringValue: 'x' } },
    ]
    Object.assign(inScope?.scope ?? {}, { attributes: forged })
    Object.assign(inScope?.spans[0] ?? {}, { events: [{ name: 'e', timeUnixNano: '1', attributes: forged }] })
    expect(await sendRequest(collector.outside, whole)).toBe(200)
    const [one] = await receivedAll(collector, [sent])
    const claimed = Object.keys(claims).map((name) => name.split('.', 1)[0])
    expect({ ...one?.attributes }).toEqual({
      ...attributesOf({ 'http.route': '/', attributions: 'mine', a: 1, att: 2, ...claims }),
      ...attributesOf(Object.fromEntries(claimed.map((facet) => [`${facet}.assurance`, 'claimed']))),
    })
    expect(one?.resource.attributes).toEqual({ 'service.name': 'reports' })
    const arrived = JSON.stringify(collector.requests.filter((text) => text.includes(sent.spanContext().spanId)))
    expect(arrived).toContain('mine')
    expect(arrived).not.toContain('attribution.verdict')
  })

  it('strips a signed carrier that an SDK copied from baggage onto the span, in any case', async () => {
    const copied = { attribution: 'eyJh.eyJi.c2ln', Attribution: 'x', attributions: 'mine' }
    const sent = span({ ...AGENT, 'principal.id': 'kai', ...copied }, { resource: copied })
    expect(await send(collector.outside, [sent])).toBe(200)
    const [one] = await receivedAll(collector, [sent])
    expect(one?.attributes).toMatchObject({ 'attribution.principal.id': 'kai', attributions: 'mine' })
    const left = [...Object.keys(one?.attributes ?? {}), ...Object.keys(one?.resource.attributes ?? {})]
    expect(left.filter((name) => name.toLowerCase() === 'attribution')).toEqual([])
  })

  it('recognizes what a stranger says a span is only where no dialect shows it', async () => {
    const spans = [
      span({ ...AGENT, 'span.kind': 'guardrail', 'principal.id': 'kai' }),
      span({ 'span.kind': 'Tool', 'principal.id': 'kai' }),
      span({ 'span.kind': 'wizard', 'principal.id': 'kai' }),
      span({ 'span.kind': ['tool'], 'principal.id': 'kai' }),
    ]
    const said = (await through(collector, collector.outside, spans)).map(
      ({ said: all }) => all['attribution.span.kind'],
    )
    expect(said).toEqual(['agent', 'tool', undefined, undefined])
  })

  it('takes a verdict off a span that isn’t an agent span', async () => {
    const [one] = await through(collector, collector.outside, [span({ ...STAMPED, 'http.route': '/' })])
    expect(one?.said).toEqual({ 'http.route': '/' })
  })

  it('leaves a span alone that onbehalf judged and that came with the token', async () => {
    const sent = span({ ...AGENT, ...STAMPED, 'span.kind': 'agent', 'principal.id': 'kai' })
    const [one] = await through(collector, collector.inside, [sent], TOKEN)
    expect({ ...one?.said }).toEqual(sent.attributes)
  })

  it('judges what came with the token and has no verdict, or an unknown one', async () => {
    const spans = [
      span({ ...AGENT, 'principal.id': 'kai', 'intent.id': 'i' }),
      span({ ...AGENT, verdict: 'fine', complete: true }),
    ]
    const [one, other] = await through(collector, collector.inside, spans, TOKEN)
    expect(one?.said).toMatchObject({
      'attribution.verdict': 'separated',
      'attribution.principal.assurance': 'asserted',
    })
    expect(other?.said).toMatchObject({ 'attribution.verdict': 'unknown', 'attribution.judge': JUDGE })
  })

  it('finds the user in metadata and in quotes, and an address where there is no id', async () => {
    const said: readonly GivenAttributes[] = [
      { metadata: '{"user_id": "kai"}' },
      { 'ai.telemetry.metadata': '{"x": 1, "endUserId": "kai"}' },
      { metadata: 'no user, no JSON', 'user.id': '"kai"' },
      { 'user.email': 'kai' },
    ]
    const spans = said.map((says) => span({ ...AGENT, ...says }))
    for (const one of await through(collector, collector.outside, spans)) {
      expect(one.said).toMatchObject({
        'attribution.principal.id': 'kai',
        'attribution.principal.type': 'human',
        'attribution.principal.assurance': 'inferred',
      })
    }
  })

  it('answers 401 to a request to the inside without the token', async () => {
    expect(await send(collector.inside, [span(AGENT)])).toBe(401)
    expect(await send(collector.inside, [span(AGENT)], 'another')).toBe(401)
  })

  it('says nothing of what is missing on a span below another, and all of it on a root', async () => {
    const root = span(AGENT, { trace: 1 })
    const below = span(AGENT, { trace: 1, parent: root.spanContext().spanId })
    const [one, other] = await through(collector, collector.outside, [root, below])
    expect(one?.said).toMatchObject({
      'attribution.findings': ['missing_intent', 'missing_principal'],
      'attribution.complete': false,
    })
    expect(other?.said).toMatchObject({ 'attribution.findings': [], 'attribution.verdict': 'unknown' })
    expect(other?.said).not.toHaveProperty(['attribution.complete'])
  })

  it('writes what violates before the sampler decides', async () => {
    const violating = span({ ...AGENT, 'user.id': 'reporter' })
    await through(collector, collector.outside, [violating])
    await eventually(
      'the violation in its file',
      () => readFileSync(collector.violations, 'utf8').includes(violating.name) || undefined,
    )
    expect(readFileSync(collector.violations, 'utf8')).not.toContain('attribution.tmp')
  })

  it('counts every span and finding of many requests at once, and those that onbehalf judged before too', async () => {
    const [requests, each] = [200, 5]
    const where = { service: 'counted' }
    const batch = () =>
      Array.from({ length: each }, () => span({ ...AGENT, 'user.id': 'reporter', 'span.dialect': `x${made}` }, where))
    const batches = Array.from({ length: requests }, batch)
    const sending = async () => {
      for (let next = batches.pop(); next !== undefined; next = batches.pop()) await send(collector.outside, next)
    }
    await send(collector.inside, [span({ ...AGENT, ...STAMPED, 'span.kind': 'agent', judge: JUDGE }, where)], TOKEN)
    await Promise.all(Array.from({ length: 16 }, sending))
    const judgedHere = requests * each
    const total = judgedHere + 1
    await eventually(`${total} spans counted`, async () => {
      const text = await (await fetch(collector.prometheus)).text()
      return counted(text, COLLECTOR_METRIC.spans, '') >= total || undefined
    })
    const text = await (await fetch(collector.prometheus)).text()
    expect(counted(text, COLLECTOR_METRIC.spans, '')).toBe(total)
    expect(counted(text, COLLECTOR_METRIC.findings, 'code="principal_is_actor"')).toBe(judgedHere)
    expect(counted(text, COLLECTOR_METRIC.spans, 'dialect="otel-genai"')).toBe(judgedHere)
  })
})

function counted(text: string, metric: string, label: string): number {
  const name = `${metric.replaceAll('.', '_')}_total{`
  const lines = text
    .split('\n')
    .filter((line) => line.startsWith(name) && line.includes('job="counted"') && line.includes(label))
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
}

describe.skipIf(!has)(`a Collector that inherits${note}`, () => {
  const bench = openBench()
  let collector: Collector
  beforeAll(async () => {
    collector = await startCollector(bench, 'inherit', [configuration('otelcol'), configuration('inherit')])
  })

  it('lends a principal within a trace and a service, over requests, and to no other trace or service', async () => {
    const root = span({ 'user.id': 'kai', 'intent.summary': 'send the report' }, { trace: 10 })
    const parent = root.spanContext().spanId
    const same = span(AGENT, { trace: 10, parent })
    const elsewhere = span(AGENT, { trace: 10, parent, service: 'mail' })
    const other = span(AGENT, { trace: 11, parent })
    for (const one of [root, same, elsewhere, other]) expect(await send(collector.outside, [one])).toBe(200)
    const [lent, ...rest] = (await receivedAll(collector, [same, elsewhere, other])).map(({ attributes }) => attributes)
    expect(lent).toMatchObject({
      'attribution.principal.id': 'kai',
      'attribution.principal.type': 'human',
      'attribution.principal.assurance': 'inferred',
      'attribution.intent.summary': 'send the report',
      'attribution.verdict': 'separated',
      'attribution.findings': [],
    })
    for (const one of rest) expect(one).not.toHaveProperty(['attribution.principal.id'])
  })

  it('lends no text that is as long as a book', async () => {
    const root = span(
      { 'user.id': 'k'.repeat(100_000), 'intent.id': 'i-1', 'intent.summary': 's'.repeat(9_000) },
      { trace: 13 },
    )
    const agent = span(AGENT, { trace: 13, parent: root.spanContext().spanId })
    expect(await send(collector.outside, [root, agent])).toBe(200)
    const [one] = await receivedAll(collector, [agent])
    expect(one?.attributes).toMatchObject({ 'attribution.intent.id': 'i-1' })
    expect(one?.attributes).not.toHaveProperty(['attribution.principal.id'])
    expect(one?.attributes).not.toHaveProperty(['attribution.intent.summary'])
  })

  it('lends nothing where two users share a trace', async () => {
    const [kai, lea] = ['kai', 'lea'].map((user) => span({ 'user.id': user }, { trace: 12 })) as [SpanShape, SpanShape]
    const agent = span(AGENT, { trace: 12, parent: kai.spanContext().spanId })
    expect(await send(collector.outside, [kai, lea, agent])).toBe(200)
    const [one] = await receivedAll(collector, [agent])
    expect(one?.attributes).not.toHaveProperty(['attribution.principal.id'])
    expect(one?.attributes['attribution.findings']).toEqual([])
  })
})

/** A certificate of this machine's own, and the variables that name its files. */
function certificate(folder: string): Readonly<Record<string, string>> {
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  if (!existsSync(cert)) {
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
    const made = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
      ...subject,
    ]
    const { status, stderr } = spawnSync('openssl', [...made, '-keyout', key, '-out', cert], { encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr)
  }
  return { ONBEHALF_INSIDE_CERT: cert, ONBEHALF_INSIDE_KEY: key }
}

function sendOver(url: string, body: string, options: RequestOptions): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` }
    const sent = request(url, { ...options, method: 'POST', headers }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode))
    })
    sent.once('error', reject)
    sent.end(body)
  })
}

describe.skipIf(!has)(`a Collector with TLS inside${note}`, () => {
  const bench = openBench()

  it('takes spans inside over TLS alone, and clients with a certificate alone where it is told to', async () => {
    const files = certificate(bench.folder)
    const texts = [configuration('otelcol'), configuration('inside-tls')]
    const own = readFileSync(files['ONBEHALF_INSIDE_CERT'] ?? '')
    const client = { ca: own, cert: own, key: readFileSync(files['ONBEHALF_INSIDE_KEY'] ?? '') }
    const collector = await startCollector(bench, 'tls', texts, files)
    const sent = span({ ...AGENT, ...STAMPED, 'span.kind': 'agent' })
    const url = collector.inside.replace('http:', 'https:')
    expect(await send(collector.inside, [sent], TOKEN).catch(() => 400)).toBe(400)
    expect(await sendOver(url, JSON.stringify(otlpOf([sent])), { ca: own })).toBe(200)
    await receivedAll(collector, [sent])
    const mutual = await startCollector(bench, 'mutual', texts, {
      ...files,
      ONBEHALF_INSIDE_CLIENT_CA: files['ONBEHALF_INSIDE_CERT'] ?? '',
    })
    const strict = mutual.inside.replace('http:', 'https:')
    await expect(sendOver(strict, JSON.stringify(otlpOf([sent])), { ca: own })).rejects.toBeInstanceOf(Error)
    expect(await sendOver(strict, JSON.stringify(otlpOf([sent])), client)).toBe(200)
  })
})

describe.skipIf(!has)(`a Collector that fails to strip${note}`, () => {
  const bench = openBench()

  it('lets none of the request in, and tells the sender', async () => {
    const failing = `set(span.attributes["x"], ParseJSON(span.attributes["boom"])) where span.attributes["boom"] != nil`
    const first = `          - 'set(span.cache["statedKind"]`
    const text = configuration('otelcol').replace(first, `          - '${failing}'\n${first}`)
    expect(text).toContain(failing)
    const collector = await startCollector(bench, 'failing', [text])
    const forged = span({ ...AGENT, ...STAMPED, boom: '{' })
    const beside = span({ ...AGENT, 'user.id': 'kai' })
    expect(await send(collector.outside, [forged, beside])).toBeGreaterThanOrEqual(500)
    const later = span({ ...AGENT, 'user.id': 'kai' })
    await through(collector, collector.outside, [later])
    expect([forged, beside].map((one) => collector.received.has(one.spanContext().spanId))).toEqual([false, false])
  })
})

describe.skipIf(!has)(`the Collector's own validation${note}`, () => {
  const bench = openBench()
  const policies: Readonly<Record<string, PolicyOptions>> = {
    default: {},
    strict: {
      profile: 'strict',
      aliases: { 'kai.wolf@contoso.com': 'oid-7' },
      rules: [
        {
          tool: 'mail*',
          agent: `a"b\\c$\{env:HOME}'`,
          require: ['authority'],
          assurance: { principal: 'verified' },
          allow: ['actor_is_context'],
        },
      ],
    },
  }

  for (const [name, policy] of Object.entries(policies)) {
    it.each(VARIANTS)(`accepts %s under the ${name} policy without a word`, async (variant) => {
      const isOverlay = variant === 'inherit' || variant === 'inside-tls'
      const variants: readonly Variant[] = isOverlay ? ['otelcol', variant] : [variant]
      const files = variants.map((one) => {
        const file = join(bench.folder, `${name}-${one}.yaml`)
        writeFileSync(file, configuration(one, policy))
        return `--config=file:${file}`
      })
      const said = await run('sh', ['-c', '"$0" validate "$@" 2>&1', program('otelcol'), ...files], {
        env: { ONBEHALF_INSIDE_TOKEN: TOKEN, ...certificate(bench.folder) },
      })
      expect(said.split('\n').filter((line) => /deprecat|warn|error/iu.test(line))).toEqual([])
    })
  }
})

import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SPAN_KINDS } from '../../src/model/attribution.ts'
import { FINDING_CODES } from '../../src/model/finding.ts'
import { run, startSink } from './child.ts'
import type { Ended, Sink } from './child.ts'

let sink: Sink

beforeEach(async () => {
  sink = await startSink()
})

afterEach(() => sink.close())

/** An app that makes one judged span, under what the environment says alone. */
function work(env: Readonly<Record<string, string>>): Promise<Ended> {
  return run({ app: 'ending.mjs', args: ['naturally'], env: { ...sink.env, ...env } })
}

const exported = () => sink.judged().map(({ name, principal, verdict }) => ({ name, principal, verdict }))
const WORK = { name: 'work', principal: 'kai@contoso.com', verdict: 'separated' }
/** What is said, without the line of Node on how to see more. */
const linesOf = (text: string) => text.split('\n').filter((line) => line.includes('onbehalf: '))

const QUIET = { code: 0, stderr: '' }

describe('OTEL_TRACES_EXPORTER', () => {
  it('with two exporters has each span leave once by each, with its verdict', async () => {
    const { stdout, ...ended } = await work({ OTEL_TRACES_EXPORTER: 'otlp,console' })
    expect(ended).toMatchObject(QUIET)
    expect(exported()).toEqual([WORK])
    expect(stdout.match(/'attribution\.verdict': 'separated'/gu)).toHaveLength(1)
  })

  it('set to none exports nothing, and the metrics still count', async () => {
    const { stdout, stderr } = await work({ OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'console' })
    expect(stderr).toBe('')
    expect(sink.spans()).toEqual([])
    expect(stdout).toContain('attribution.findings')
  })

  it.each([
    [
      'otlp,carrier-pigeon',
      'names "carrier-pigeon", which isn\'t a known exporter: it exports no spans; known are otlp',
    ],
    ['otlp,consol', 'names "consol", which isn\'t a known exporter: it exports no spans; did you mean console?'],
  ])('with a name that nobody knows keeps those that are known, and says so: %s', async (names, said) => {
    const { stderr } = await work({ OTEL_TRACES_EXPORTER: names })
    expect(exported()).toEqual([WORK])
    expect(linesOf(stderr)).toEqual([expect.stringContaining(`OTEL_TRACES_EXPORTER ${said}`)])
  })

  it.each([{}, { OTEL_LOG_LEVEL: 'error' }])('mistyped is reported once, to any listener: %o', async (env) => {
    const { code, stdout, stderr } = await work({ OTEL_TRACES_EXPORTER: 'oltp', ...env })
    expect({ code, left: exported() }).toEqual({ code: 0, left: [] })
    const said = linesOf(`${stdout}${stderr}`).filter((line) => line.includes('did you mean otlp?'))
    expect(said).toHaveLength(1)
  })

  it.each([
    [{ OTEL_PROPAGATORS: 'tracecontext,bagage' }, 'OTEL_PROPAGATORS names "bagage"'],
    [{ OTEL_BSP_MAX_QUEUE_SIZE: 'many' }, 'OTEL_BSP_MAX_QUEUE_SIZE has to be a number greater than 0'],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'http/jsno' }, 'the configured OTLP protocol is unknown'],
  ])('no other mistake is silent either: %o', async (env, said) => {
    const { stderr } = await work(env)
    expect(linesOf(stderr)).toEqual([expect.stringContaining(said)])
  })
})

describe('OTEL_SDK_DISABLED', () => {
  it('has the app run unseen, with its bindings', async () => {
    expect(await work({ OTEL_SDK_DISABLED: 'true' })).toMatchObject({ ...QUIET, stdout: 'ready\n' })
    expect(sink.spans()).toEqual([])
  })
})

describe('OTEL_TRACES_SAMPLER', () => {
  it.each([
    ['parentbased_traceidratio', '1', [WORK]],
    ['parentbased_traceidratio', '0', []],
    ['nobody-knows-it', '', [WORK]],
  ])('%s %s is kept to', async (OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG, left) => {
    expect(await work({ OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG })).toMatchObject({ code: 0 })
    expect(exported()).toEqual(left)
  })
})

describe('OTEL_PROPAGATORS', () => {
  /** The headers of a request that an agent sends to a listed host. */
  async function headersOf(env: Readonly<Record<string, string>>) {
    const started = await run({ app: 'propagating.mjs', env: { ...sink.env, ...env } })
    expect(started.code).toBe(0)
    const carriesBaggage = /baggage/u.test(env['OTEL_PROPAGATORS'] || 'baggage') || env['OTEL_PROPAGATORS'] === 'none'
    expect(started.stderr.includes('the option baggage has no effect')).toBe(!carriesBaggage)
    return JSON.parse(started.stdout) as Readonly<Record<string, string>>
  }

  it.each([
    ['', ['baggage', 'traceparent']],
    ['tracecontext', ['traceparent']],
    ['b3multi,baggage', ['baggage', 'x-b3-sampled', 'x-b3-spanid', 'x-b3-traceid']],
    ['none', []],
  ])('%j sends %j, and facets only where baggage is among them', async (OTEL_PROPAGATORS, names) => {
    const { baggage, ...others } = await headersOf({ OTEL_PROPAGATORS, ONBEHALF_BAGGAGE_HOSTS: '127.0.0.1' })
    expect(Object.keys({ baggage, ...others }).filter((name) => name !== 'baggage' || baggage !== undefined)).toEqual(
      expect.arrayContaining(names),
    )
    expect(Object.keys(others)).toHaveLength(names.filter((name) => name !== 'baggage').length)
    expect(baggage?.includes('attribution.principal.id=kai%40contoso.com') ?? false).toBe(names.includes('baggage'))
  })

  it('send no facet to a host that is not listed', async () => {
    expect(await headersOf({ ONBEHALF_BAGGAGE_HOSTS: 'mail.internal' })).not.toHaveProperty('baggage')
  })
})

describe('a limit on the length of values', () => {
  it.each([
    { OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '12' },
    { OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: '12' },
    { OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '100', OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: '12' },
  ])('of %o holds for what we write', async (env) => {
    expect(await work(env)).toMatchObject(QUIET)
    const [span] = sink.judged()
    expect(span?.principal).toMatch(/^kai@c…[\da-f]{6}$/u)
    const texts = Object.values(span?.span.attributes ?? {})
      .flat()
      .filter((value) => typeof value === 'string')
    expect(Math.max(...texts.map(({ length }) => length))).toBe(12)
  })
})

describe('what Prometheus scrapes of an app under register', () => {
  it.each([
    { zeroSeries: undefined, born: 1 },
    { zeroSeries: 'true', born: FINDING_CODES.length * SPAN_KINDS.length },
  ])(
    'is one finding after something went wrong, and $born at zero before, with zero series $zeroSeries',
    async ({ zeroSeries, born }) => {
      const port = await freePort()
      const { stdout, ...ended } = await run({
        app: 'scraped.mjs',
        env: {
          ...sink.env,
          OTEL_METRICS_EXPORTER: 'prometheus',
          OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.1',
          OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
          ...(zeroSeries === undefined ? {} : { ONBEHALF_ZERO_SERIES: zeroSeries }),
        },
      })
      expect(ended).toMatchObject(QUIET)
      const { before, after } = JSON.parse(stdout) as Readonly<Record<'before' | 'after', string>>
      const zeros = seriesIn(before, 'attribution_findings_total').map(({ value }) => value)
      expect(zeros).toEqual(Array(born).fill(0))
      expect(seriesIn(before, 'attribution_spans_total').length).toBeGreaterThan(0)
      expect(seriesIn(before, 'attribution_faults_total').length).toBeGreaterThan(0)
      const counted = seriesIn(after, 'attribution_findings_total').filter(({ value }) => value > 0)
      expect(counted).toEqual([{ code: 'missing_principal', kind: 'agent', value: 1 }])
      expect(after).not.toContain('kai@contoso.com')
    },
  )
})

function seriesIn(scrape: string, name: string) {
  const lines = scrape.split('\n').filter((line) => line.startsWith(`${name}{`))
  return lines.map((line) => ({
    code: /[{,]code="(?<code>[^"]*)"/u.exec(line)?.groups?.['code'],
    kind: /[{,]kind="(?<kind>[^"]*)"/u.exec(line)?.groups?.['kind'],
    value: Number(line.split('} ')[1]?.split(' ')[0]),
  }))
}

function freePort(): Promise<number> {
  const probe = createServer()
  return new Promise((resolve, reject) => {
    probe.once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}

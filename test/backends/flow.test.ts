import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ScenarioId } from '../../src/cli/demo/scenario.ts'
import { findingEntry, isFindingCode } from '../../src/model/finding.ts'
import { ATTR } from '../../src/model/names.ts'
import type { SpanShape } from '../../src/model/span.ts'
import { alertRules } from '../../src/alerts/alert-rules.ts'
import type { AlertTiming } from '../../src/alerts/alert-rules.ts'
import { startAlertmanager } from './alertmanager.ts'
import type { Alertmanager, Received } from './alertmanager.ts'
import { available, eventually, openBench } from './bench.ts'
import { startCollector, TOKEN } from './collector.ts'
import type { Collector } from './collector.ts'
import { runDemo } from './demo.ts'
import { startJaeger } from './jaeger.ts'
import type { Jaeger } from './jaeger.ts'
import { servicesIn, traceIdsBy, traceIn } from './jaeger-search.ts'
import { startPrometheus } from './prometheus.ts'
import type { Prometheus } from './prometheus.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const { has, note } = available('otelcol', 'jaeger', 'prometheus', 'alertmanager')

/** The same rules, so that an hour of alerts passes in a minute; nothing else differs (see the first test). */
const SHORT: AlertTiming = {
  recent: '15s',
  memory: '1d',
  hold: '5s',
  insist: '5s',
  absent: '10s',
  silent: '1h',
  lively: '2h',
  fast: { factor: 14.4, long: '30s', short: '15s', insist: '5s' },
  slow: { factor: 6, long: '40s', short: '20s', insist: '5s' },
  interval: '1s',
}
const PAGES = 'http://localhost:9095/'

describe.skipIf(!has)(`spans through the whole stack${note}`, { timeout: 180_000 }, () => {
  const bench = openBench()
  let jaeger: Jaeger
  let collector: Collector
  let alertmanager: Alertmanager
  let prometheus: Prometheus
  const rules = alertRules({ source: 'collector', pages: PAGES, timing: SHORT })

  beforeAll(async () => {
    ;[jaeger, alertmanager] = await Promise.all([startJaeger(bench), startAlertmanager(bench)])
    collector = await startCollector(bench, { jaegerOtlp: jaeger.otlpGrpc })
    prometheus = await startPrometheus(bench, {
      targets: collector.targets,
      alertmanagers: [alertmanager.target],
      rules,
    })
  })

  const demo = (scenario: ScenarioId) => runDemo({ scenario, otlp: collector.inside, token: TOKEN, cwd: bench.folder })

  it('runs under the rules that are checked in, but for their durations', () => {
    const checkedIn = readFileSync(bench.config('attribution.rules.yml'), 'utf8')
    const undated = (text: string) => text.replaceAll(/\b\d+[smhd]\b|(?<=rate)\d+[smhd]\b/gu, '*')
    expect(undated(rules)).toBe(undated(checkedIn))
  })

  describe('from the demo', () => {
    const firing = () => firingIn(alertmanager.received())

    it('alerts on nothing when the mail is sent right, even by a stranger', async () => {
      await eventually(
        'the alert that nothing arrives, which shows that alerts do',
        () => firing().some(({ labels }) => labels['alertname'] === 'AttributionAbsent') || undefined,
      )
      const strange = await runDemo({ scenario: 'right', otlp: collector.outside, cwd: bench.folder })
      const known = await demo('right')
      await eventually('the counts of the right way', async () => {
        const [counted] = await prometheus.query('sum(attribution_collector_spans_total)')
        return Number(counted?.value[1] ?? 0) >= agentSpansOf([...strange, ...known]).length || undefined
      })
      await eventually('the end of that alert', () => firing().length === 0 || undefined)
      // Time for the rules to be evaluated ten times.
      await wait(10_000)
      expect(firing()).toEqual([])
      expect(namesOf(alertmanager.received())).toEqual([])
    })

    it.each([
      {
        scenario: 'as-the-user',
        expected: [
          'AttributionCollapsed assistant actor_is_context',
          'AttributionCollapsed assistant principal_is_actor',
          'AttributionCollapsed assistant principal_is_context',
        ],
      },
      {
        scenario: 'incomplete',
        expected: [
          'AttributionMissingFirst assistant missing_intent',
          'AttributionMissingFirst assistant missing_principal',
        ],
      },
      {
        scenario: 'uncorrelated',
        expected: ['AttributionChainBroken mail-connector orphan_effect'],
      },
    ] as const)(
      'alerts on what went wrong $scenario, and takes it back when the cause is gone',
      async ({ scenario, expected }) => {
        const before = alertmanager.received().length
        await demo(scenario)
        const sent = () => alertmanager.received().slice(before)
        await eventually(
          `the alerts of ${scenario}`,
          () => expected.every((name) => namesOf(sent()).includes(name)) || undefined,
        )
        expect(sent().map(toldOf)).toEqual(sent().map(wantedOf))
        await eventually(`the end of the alerts of ${scenario}`, () => firing().length === 0 || undefined, 90_000)
        process.stderr.write(`${scenario}: ${namesOf(sent()).join('; ')}\n`)
      },
    )

    it('counts for every panel of the dashboard', async () => {
      const { panels } = JSON.parse(
        readFileSync(join(ROOT, 'collector-config/grafana/dashboards/attribution.json'), 'utf8'),
      ) as { panels: { title: string; targets: { expr: string }[] }[] }
      const empty: string[] = []
      for (const { title, targets } of panels) {
        for (const { expr } of targets) {
          const here = expr.replaceAll('$service', '.*').replaceAll('rate5m', `rate${SHORT.recent}`)
          const samples = await prometheus.query(`last_over_time((${here})[10m:1s])`)
          if (samples.length === 0) empty.push(title)
        }
      }
      expect(panels.length).toBeGreaterThan(8)
      expect(empty).toEqual([])
    })
  })

  it('gives them back in Jaeger with every attribute, and finds them by verdict, finding and correlation id', async () => {
    const spans = await runDemo({ scenario: 'as-the-user', otlp: collector.inside, token: TOKEN, cwd: bench.folder })
    const byTrace = byTraceOf(spans)
    for (const [traceId, sent] of byTrace) {
      const back = await eventually('the whole trace in Jaeger', async () => {
        const found = await traceIn(jaeger.url, traceId)
        return found.length === sent.length ? found : undefined
      })
      for (const span of sent) expectSame(span, back)
    }
    const [traceId] = byTrace.keys()
    const correlation = String(agentSpansOf(spans)[0]?.attributes[ATTR.correlation.id])
    const searches: Readonly<Record<string, string>>[] = [
      { 'attribution.verdict': 'collapsed' },
      { 'attribution.finding.principal_is_actor': 'true' },
      { 'attribution.verdict': 'collapsed', 'attribution.principal.id': 'kai@contoso.com' },
      { 'attribution.correlation.id': correlation },
    ]
    for (const tags of searches) {
      expect({ tags, found: await traceIdsBy(jaeger.url, 'assistant', tags) }).toEqual({
        tags,
        found: expect.arrayContaining([traceId]),
      })
      await eventually(
        `${JSON.stringify(tags)} in what is kept`,
        async () => (await traceIdsBy(jaeger.keptUrl, 'assistant', tags)).includes(traceId as string) || undefined,
      )
    }
    expect(await traceIdsBy(jaeger.url, 'assistant', { 'attribution.finding.chain_loop': 'true' })).toEqual([])
    expect(await servicesIn(jaeger.url)).toEqual(['assistant', 'mail-api', 'mail-connector'])
  })

  it('keeps none of the right way for thirteen months, and all of it for two weeks', async () => {
    const spans = await runDemo({ scenario: 'right', otlp: collector.inside, token: TOKEN, cwd: bench.folder })
    const traceId = agentSpansOf(spans)[0]?.spanContext().traceId as string
    await eventually(
      'the right way in Jaeger',
      async () => (await traceIn(jaeger.url, traceId)).length > 5 || undefined,
    )
    // Three times as long as the choice of what is kept waits.
    await wait(3_000)
    expect(await traceIn(jaeger.keptUrl, traceId)).toEqual([])
  })

  it('writes every violating span where no crash before the sampler loses it', () => {
    const text = readFileSync(collector.violations, 'utf8')
    const codes = ['principal_is_actor', 'missing_principal', 'orphan_effect']
    expect(codes.filter((code) => text.includes(code))).toEqual(codes)
  })
})

/** The label sets whose last notice says that they fire. */
function firingIn(received: readonly Received[]): readonly Received[] {
  const last = new Map(received.map((alert) => [JSON.stringify(alert.labels), alert]))
  return [...last.values()].filter(({ status }) => status === 'firing')
}

/** Alerts on findings and budgets, and not on the pipeline itself. */
function namesOf(received: readonly Received[]): readonly string[] {
  const alerts = received.filter(({ labels }) => labels['category'] === 'attribution')
  const names = alerts.map(({ labels: { alertname, job, code = '' } }) => `${alertname} ${job} ${code}`.trim())
  return [...new Set(names)].toSorted()
}

/** What an alert on a finding says beside its name, and what the table of findings wants it to say. */
function toldOf({ labels, annotations }: Received): unknown {
  return { severity: labels['severity'], page: annotations['runbook_url'], summary: annotations['summary'] }
}

function wantedOf({ labels: { code, job, alertname, severity }, annotations }: Received): unknown {
  if (!isFindingCode(code))
    return { severity, page: `${PAGES}backends.md#completeness`, summary: annotations['summary'] }
  const { severity: wanted, title } = findingEntry(code)
  const page = `${PAGES}findings/${code}.md`
  if (alertname === 'AttributionMissing') return { severity: wanted, page, summary: annotations['summary'] }
  const ending = alertname === 'AttributionMissingFirst' ? ', for the first time' : ''
  return { severity: wanted, page, summary: `${job}: ${title}${ending}` }
}

function agentSpansOf(spans: readonly SpanShape[]): readonly SpanShape[] {
  return spans.filter(({ attributes }) => attributes[ATTR.verdict] !== undefined)
}

function byTraceOf(spans: readonly SpanShape[]): ReadonlyMap<string, readonly SpanShape[]> {
  const traces = new Map<string, SpanShape[]>()
  for (const span of spans) {
    const { traceId } = span.spanContext()
    traces.set(traceId, [...(traces.get(traceId) ?? []), span])
  }
  return traces
}

/** Every attribute of the span and its resource is in `back` as it was sent; an array may be its JSON text. */
function expectSame(sent: SpanShape, back: readonly SpanShape[]): void {
  const same = back.find((span) => span.spanContext().spanId === sent.spanContext().spanId)
  expect(same?.name).toBe(sent.name)
  expect(parsedWhere(sent.attributes, same?.attributes)).toMatchObject(sent.attributes)
  expect(parsedWhere(sent.resource.attributes, same?.resource.attributes)).toMatchObject(sent.resource.attributes)
}

function parsedWhere(sent: SpanShape['attributes'], back: SpanShape['attributes'] = {}): SpanShape['attributes'] {
  const entries = Object.entries(back).map(([name, value]) => [
    name,
    Array.isArray(sent[name]) && typeof value === 'string' ? (JSON.parse(value) as unknown) : value,
  ])
  return Object.fromEntries(entries) as SpanShape['attributes']
}

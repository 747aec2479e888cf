import { stringify } from 'yaml'
import { FINDING_CODES, FINDINGS } from '../../src/model/finding.ts'
import type { FindingCode } from '../../src/model/finding.ts'
import { alertNameOf } from '../../src/alerts/alert-rules.ts'
import type { AlertSource } from '../../src/alerts/alert-rules.ts'

interface Series {
  readonly series: string
  readonly values: string
}

interface Alert {
  readonly exp_labels: Readonly<Record<string, string>>
  readonly exp_annotations: Readonly<Record<string, string>>
}

interface Check {
  readonly eval_time: string
  readonly alertname: string
  readonly exp_alerts: readonly Alert[]
}

interface Case {
  readonly name: string
  readonly interval: string
  readonly input_series: readonly Series[]
  readonly alert_rule_test: readonly Check[]
}

interface Scene {
  readonly source: AlertSource
  readonly pages: string
  readonly spans: string
  readonly findings: string
}

const METRICS = {
  collector: { spans: 'attribution_collector_spans_total', findings: 'attribution_collector_findings_total' },
  sdk: { spans: 'attribution_spans_total', findings: 'attribution_findings_total' },
} as const

/** A test file of promtool for the rules of one source: what fires, what does not, from the first event on, and resolves. */
export function alertCases(source: AlertSource, pages: string, rules: string): string {
  const scene = { source, pages, ...METRICS[source] }
  const tests = [firstEvents, recurrence, outages, mildness, missingShare, budget, absence, silence, losses].map(
    (make) => make(scene),
  )
  const file = { rule_files: [rules], evaluation_interval: '30s', tests: tests.filter((one) => one !== undefined) }
  return `# For promtool test rules. Generated; do not edit.\n${stringify(file, { lineWidth: 0 })}`
}

function finding({ findings }: Scene, job: string, code: FindingCode, values: string, severity?: string): Series {
  const labels = `job="${job}",code="${code}",severity="${severity ?? FINDINGS[code].severity}",kind="agent"`
  return { series: `${findings}{${labels}}`, values }
}

function spans({ spans: name }: Scene, job: string, complete: boolean, values: string): Series {
  const verdict = complete ? 'separated' : 'unknown'
  return {
    series: `${name}{job="${job}",kind="agent",dialect="gen_ai",verdict="${verdict}",complete="${complete}"}`,
    values,
  }
}

/** Alerts that one event of its finding is enough for. */
const EVENT_ALERTS = [
  'AttributionCollapsed',
  'AttributionChainBroken',
  'AttributionViolated',
  'AttributionMissingFirst',
] as const

function eventAlertOf(code: FindingCode): (typeof EVENT_ALERTS)[number] {
  const name = alertNameOf(code)
  return name === 'AttributionMissing' ? 'AttributionMissingFirst' : name
}

/** With a severity at which every finding alerts. */
function loud(code: FindingCode): string {
  const { severity } = FINDINGS[code]
  return eventAlertOf(code) === 'AttributionViolated' && severity === 'medium' ? 'high' : severity
}

function eventAlert({ source, pages }: Scene, job: string, code: FindingCode, severity: string = loud(code)): Alert {
  const { title, meaning, fix } = FINDINGS[code]
  const isFirst = eventAlertOf(code) === 'AttributionMissingFirst'
  return {
    exp_labels: { category: 'attribution', code, job, severity, source },
    exp_annotations: {
      summary: `${job}: ${title}${isFirst ? ', for the first time' : ''}`,
      description: `${meaning} Fix: ${fix}`,
      runbook_url: `${pages}findings/${code}.md`,
    },
  }
}

function none(eval_time: string, ...names: readonly string[]): readonly Check[] {
  return names.map((alertname) => ({ eval_time, alertname, exp_alerts: [] }))
}

function firstEvents(scene: Scene): Case {
  const fires = (eval_time: string) =>
    EVENT_ALERTS.map((alertname) => ({
      eval_time,
      alertname,
      exp_alerts: FINDING_CODES.filter((code) => eventAlertOf(code) === alertname).flatMap((code) =>
        ['born', 'zero'].map((job) => eventAlert(scene, job, code)),
      ),
    }))
  return {
    name: 'every finding: fires on its first event, whether its series was born with zero or with the event; held; resolved',
    interval: '30s',
    input_series: FINDING_CODES.flatMap((code) => [
      finding(scene, 'zero', code, '0x19 1x80', loud(code)),
      finding(scene, 'born', code, '_x20 3x79', loud(code)),
    ]),
    alert_rule_test: [
      ...none('9m30s', ...EVENT_ALERTS),
      ...fires('10m30s'),
      ...fires('29m'),
      ...none('36m', ...EVENT_ALERTS),
    ],
  }
}

function recurrence(scene: Scene): Case {
  return {
    name: 'a collapse fires each time; a lack of which there were some before is not the first',
    interval: '30s',
    input_series: [
      finding(scene, 'again', 'principal_is_actor', '5x99 6x80'),
      finding(scene, 'again', 'missing_principal', '5x99 6x80'),
    ],
    alert_rule_test: [
      ...none('49m', 'AttributionCollapsed', 'AttributionMissingFirst'),
      {
        eval_time: '50m30s',
        alertname: 'AttributionCollapsed',
        exp_alerts: [eventAlert(scene, 'again', 'principal_is_actor')],
      },
      ...none('50m30s', 'AttributionMissingFirst'),
      ...none('72m', 'AttributionCollapsed'),
    ],
  }
}

function outages(scene: Scene): Case {
  const code = 'principal_is_actor'
  return {
    name: 'a scrape outage of ten minutes that brings back the same value is no event; one that brings more, or a counter that began anew, even up to the same value, is',
    interval: '30s',
    input_series: [
      finding(scene, 'same', code, '7x80 _x20 7x20'),
      finding(scene, 'reset', code, '7x80 _x20 1x20'),
      finding(scene, 'more', code, '7x80 _x20 9x20'),
      finding(scene, 'refilled', code, '7x80 0 7x40'),
    ],
    alert_rule_test: [
      ...none('40m', 'AttributionCollapsed'),
      { eval_time: '42m', alertname: 'AttributionCollapsed', exp_alerts: [eventAlert(scene, 'refilled', code)] },
      {
        eval_time: '52m',
        alertname: 'AttributionCollapsed',
        exp_alerts: ['more', 'refilled', 'reset'].map((job) => eventAlert(scene, job, code)),
      },
    ],
  }
}

function mildness(scene: Scene): Case {
  return {
    name: 'a mild finding that is neither a collapse nor a broken chain is no alert; a mild collapse is one, of its own severity',
    interval: '30s',
    input_series: [
      finding(scene, 'mild', 'undeclared_autonomy', '0x19 1x80', 'medium'),
      finding(scene, 'mild', 'denied_but_executed', '0x19 1x80', 'medium'),
      finding(scene, 'mild', 'principal_is_actor', '0x19 1x80', 'medium'),
    ],
    alert_rule_test: [
      ...none('10m30s', 'AttributionViolated'),
      {
        eval_time: '10m30s',
        alertname: 'AttributionCollapsed',
        exp_alerts: [eventAlert(scene, 'mild', 'principal_is_actor', 'medium')],
      },
    ],
  }
}

function missingShare(scene: Scene): Case {
  const code = 'missing_principal'
  return {
    name: 'a lack has to stand on more than one percent of the spans, for five minutes, where there is traffic',
    interval: '30s',
    input_series: [
      spans(scene, 'web', false, '0+2x40 80x40'),
      spans(scene, 'web', true, '0+98x80'),
      finding(scene, 'web', code, '0+2x40 80x40'),
      spans(scene, 'good', true, '0+1000x80'),
      finding(scene, 'good', code, '0+2x80'),
      spans(scene, 'quiet', false, '0x3 1x3 2x3 3x3 4x3 5x3 6x3 7x3 8x3 9x3 10x3 11x3 12x3 13x3'),
      finding(scene, 'quiet', code, '0x3 1x3 2x3 3x3 4x3 5x3 6x3 7x3 8x3 9x3 10x3 11x3 12x3 13x3'),
    ],
    alert_rule_test: [
      ...none('3m', 'AttributionMissing'),
      {
        eval_time: '12m',
        alertname: 'AttributionMissing',
        exp_alerts: [
          {
            exp_labels: { category: 'attribution', code, job: 'web', severity: 'high', source: scene.source },
            exp_annotations: {
              summary: `web: ${code} on 2% of agent spans`,
              description:
                'Spans lack a facet that policy requires of them. The page of the finding says how to add it.',
              runbook_url: `${scene.pages}findings/${code}.md`,
            },
          },
        ],
      },
      ...none('30m', 'AttributionMissing'),
    ],
  }
}

function budget(scene: Scene): Case {
  const burns = (
    eval_time: string,
    name: string,
    job: string,
    severity: string,
    factor: number,
    long: string,
    share: string,
  ) => ({
    eval_time,
    alertname: name,
    exp_alerts: [
      {
        exp_labels: { category: 'attribution', job, severity, source: scene.source },
        exp_annotations: {
          summary: `${job} spends its completeness budget ${factor} times too fast`,
          description: `${share} of its agent spans over ${long} lack what policy requires; the objective allows 0.1 %.`,
          runbook_url: `${scene.pages}backends.md#completeness`,
        },
      },
    ],
  })
  return {
    name: 'the completeness budget: a fast and a slow burn fire and resolve; a good service stays quiet',
    interval: '1m',
    input_series: [
      spans(scene, 'web', false, '0+2x120 240x900'),
      spans(scene, 'web', true, '0+98x1020'),
      spans(scene, 'slow', false, '0+7x400 2800x620'),
      spans(scene, 'slow', true, '0+993x1020'),
      spans(scene, 'good', false, '0+1x1020'),
      spans(scene, 'good', true, '0+9999x1020'),
    ],
    alert_rule_test: [
      ...none('2m', 'AttributionBudgetBurnsFast', 'AttributionBudgetBurnsSlow'),
      burns('60m', 'AttributionBudgetBurnsFast', 'web', 'critical', 14.4, '1h', '2%'),
      ...none('130m', 'AttributionBudgetBurnsFast'),
      burns('350m', 'AttributionBudgetBurnsSlow', 'slow', 'high', 6, '6h', '0.7%'),
      ...none('500m', 'AttributionBudgetBurnsSlow'),
    ],
  }
}

function absence(scene: Scene): Case {
  return {
    name: 'no metrics at all, from the start; and back',
    interval: '1m',
    input_series: [spans(scene, 'web', true, '_x20 5x40')],
    alert_rule_test: [
      ...none('5m', 'AttributionAbsent'),
      {
        eval_time: '15m',
        alertname: 'AttributionAbsent',
        exp_alerts: [
          {
            exp_labels: { category: 'attribution-pipeline', severity: 'critical', source: scene.source },
            exp_annotations: {
              summary: 'No attribution metrics at all',
              description: 'Either nothing is judged, or the counter is down or not scraped. No other alert can fire.',
              runbook_url: `${scene.pages}backends.md#absent`,
            },
          },
        ],
      },
      ...none('25m', 'AttributionAbsent'),
    ],
  }
}

function silence(scene: Scene): Case {
  return {
    name: 'a lively service that fell silent, and came back; one that runs now and then does not count',
    interval: '1m',
    input_series: [
      spans(scene, 'web', true, '0+10x60 600x45 600+10x60'),
      spans(scene, 'going', true, '0+10x165'),
      spans(scene, 'nightly', true, '0x55 20x110'),
    ],
    alert_rule_test: [
      ...none('60m', 'AttributionVanished'),
      {
        eval_time: '95m',
        alertname: 'AttributionVanished',
        exp_alerts: [
          {
            exp_labels: { category: 'attribution-pipeline', job: 'web', severity: 'high', source: scene.source },
            exp_annotations: {
              summary: 'web no longer sends agent spans',
              description:
                'It did so until 15m ago. Its exporter may be off, its sampler changed, or the service down.',
              runbook_url: `${scene.pages}backends.md#absent`,
            },
          },
        ],
      },
      ...none('115m', 'AttributionVanished'),
    ],
  }
}

interface Lost {
  readonly alert: string
  readonly series: readonly Series[]
  readonly labels: Readonly<Record<string, string>>
  readonly summary: string
  readonly description: string
}

const LOST: Readonly<Record<AlertSource, readonly Lost[]>> = {
  sdk: [
    {
      alert: 'AttributionFaults',
      series: [
        { series: 'attribution_faults_total{job="web",where="processor"}', values: '0x19 1x80' },
        { series: 'attribution_faults_total{job="good",where="processor"}', values: '0x100' },
      ],
      labels: { job: 'web', where: 'processor', severity: 'high' },
      summary: 'web: onbehalf failed in processor',
      description:
        'The app goes on, but a span may lack a facet. The diag logger has at most one line a minute about it.',
    },
  ],
  collector: [
    {
      alert: 'AttributionSpansRefused',
      series: [{ series: 'otelcol_receiver_refused_spans{receiver="otlp",transport="http"}', values: '_x20 12x79' }],
      labels: { receiver: 'otlp', severity: 'high' },
      summary: 'The Collector refuses spans at otlp',
      description: 'It is out of memory or its queue is full. Senders retry, and drop the spans in the end.',
    },
    {
      alert: 'AttributionSpansLost',
      series: [{ series: 'otelcol_exporter_send_failed_spans{exporter="otlp_grpc/jaeger"}', values: '0x19 7x80' }],
      labels: { exporter: 'otlp_grpc/jaeger', severity: 'critical' },
      summary: 'The Collector lost spans on the way to otlp_grpc/jaeger',
      description: 'The next hop rejected them for good.',
    },
    {
      alert: 'AttributionQueueRefused',
      series: [{ series: 'otelcol_exporter_enqueue_failed_spans{exporter="otlp_grpc/jaeger"}', values: '_x20 7x79' }],
      labels: { exporter: 'otlp_grpc/jaeger', severity: 'critical' },
      summary: 'The queue to otlp_grpc/jaeger is full',
      description: 'The queue or its disk has no room left. Senders were told, where possible.',
    },
    {
      alert: 'AttributionCountsLost',
      series: [
        { series: 'otelcol_deltatocumulative_datapoints{error="delta.ErrOutOfOrder"}', values: '0x19 4x80' },
        { series: 'otelcol_deltatocumulative_datapoints', values: '0+50x100' },
      ],
      labels: { error: 'delta.ErrOutOfOrder', severity: 'high' },
      summary: 'The Collector drops counts (delta.ErrOutOfOrder)',
      description: 'Finding counts are too low, so alerts may be missing.',
    },
    {
      alert: 'AttributionQueueFilling',
      series: [
        { series: 'otelcol_exporter_queue_size{exporter="otlp_grpc/jaeger"}', values: '0x18 900x20 0x61' },
        { series: 'otelcol_exporter_queue_capacity{exporter="otlp_grpc/jaeger"}', values: '1000x100' },
      ],
      labels: { exporter: 'otlp_grpc/jaeger', severity: 'high' },
      summary: 'The queue to otlp_grpc/jaeger is 90% full',
      description: 'The next hop is down or too slow. Once the queue is full, spans are refused.',
    },
  ],
}

function losses({ source, pages }: Scene): Case {
  const lost = LOST[source]
  const names = lost.map(({ alert }) => alert)
  return {
    name: 'failures of our own: none, the first, and over',
    interval: '30s',
    input_series: lost.flatMap(({ series }) => series),
    alert_rule_test: [
      ...none('9m', ...names),
      ...lost.map(({ alert, labels, summary, description }) => ({
        eval_time: '11m30s',
        alertname: alert,
        exp_alerts: [
          {
            exp_labels: { category: 'attribution-pipeline', source, ...labels },
            exp_annotations: { summary, description, runbook_url: `${pages}backends.md#losses` },
          },
        ],
      })),
      ...none('36m', ...names),
    ],
  }
}

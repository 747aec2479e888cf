import { stringify } from 'yaml'
import { FINDING_CODES, findingEntry } from '../model/finding.ts'
import type { FindingCode } from '../model/finding.ts'
import { ATTR_PREFIX, COLLECTOR_METRIC, METRIC } from '../model/names.ts'
import { counterName, events, firstEver, selector, share } from './promql.ts'

/** Who counted: the Collector that judged, or the SDK of each service. Both may be loaded side by side. */
export type AlertSource = (typeof ALERT_SOURCES)[number]
export const ALERT_SOURCES = ['collector', 'sdk'] as const

/** Durations in Prometheus format. */
export interface AlertTiming {
  /** How long an event is news. */
  readonly recent: string
  /** How far back to look for a series before it counts as new. */
  readonly memory: string
  /** How long an alert stays on after its cause is gone. */
  readonly hold: string
  /** How long a share must be too high. */
  readonly insist: string
  /** How long metrics may be missing altogether. */
  readonly absent: string
  /** How long a previously active service may be silent. */
  readonly silent: string
  readonly lively: string
  readonly fast: Burn
  readonly slow: Burn
  readonly interval: string
}

/** An alert when the budget is spent `factor` times too fast over both windows. */
interface Burn {
  readonly factor: number
  readonly long: string
  readonly short: string
  readonly insist: string
}

export const TIMING: AlertTiming = {
  recent: '5m',
  memory: '1d',
  hold: '15m',
  insist: '5m',
  absent: '10m',
  silent: '15m',
  lively: '1h',
  fast: { factor: 14.4, long: '1h', short: '5m', insist: '2m' },
  slow: { factor: 6, long: '6h', short: '30m', insist: '15m' },
  interval: '30s',
}

export interface AlertOptions {
  readonly source: AlertSource
  /** Where `docs` is served: the URL before `findings/<code>.md`. */
  readonly pages: string
  readonly timing?: AlertTiming
}

/** Below this many spans per second, a share says nothing. */
const FLOOR = 0.02
/** The share of spans that may lack a facet before there is an alert. */
const MAX_SHARE = 0.01
/** The share of spans that may be incomplete in the long run. The objective is the rest, 99.9 %. */
const BUDGET = 0.001

/** The names of alerts on findings. */
export type AlertName = 'AttributionCollapsed' | 'AttributionChainBroken' | 'AttributionMissing' | 'AttributionViolated'

const CHAIN: readonly FindingCode[] = [
  'principal_changed',
  'chain_truncated',
  'chain_loop',
  'correlation_changed',
  'orphan_effect',
  'context_divergence',
  'stale_binding',
  'intent_changed',
]

/** The alert that a finding belongs to. Every finding has one. */
export function alertNameOf(code: FindingCode): AlertName {
  if (findingEntry(code).verdict === 'collapsed') return 'AttributionCollapsed'
  if (CHAIN.includes(code)) return 'AttributionChainBroken'
  return isLack(code) ? 'AttributionMissing' : 'AttributionViolated'
}

function isLack(code: FindingCode): boolean {
  return code.startsWith('missing_') || code === 'placeholder_identity'
}

interface Rule {
  readonly record?: string
  readonly alert?: string
  readonly expr: string
  readonly for?: string
  readonly keep_firing_for?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

interface Group {
  readonly comment: string
  readonly name: string
  readonly interval?: string
  readonly rules: readonly Rule[]
}

interface Scene extends Required<AlertOptions> {
  readonly spans: string
  readonly findings: string
}

/** A Prometheus rule file, generated from the table of findings. */
export function alertRules({ source, pages, timing = TIMING }: AlertOptions): string {
  const isCollector = source === 'collector'
  const scene = {
    source,
    pages,
    timing,
    spans: counterName(isCollector ? COLLECTOR_METRIC.spans : METRIC.spans),
    findings: counterName(isCollector ? COLLECTOR_METRIC.findings : METRIC.findings),
  }
  const groups = [recordings, onFindings, onShares, onSilence, onFaults].map((group) => group(scene))
  return `${HEAD[source]}\ngroups:\n${groups.map(groupText).join('\n')}`
}

const HEAD: Readonly<Record<AlertSource, string>> = {
  collector: `# Alerts on what the Collector judged and counted. Generated from the table of findings; do not edit.
# \`job\` is the traced service: the scrape of the Collector has to set \`honor_labels: true\`. The label \`severity\` is that
# of the finding: critical, high, medium or low.`,
  sdk: `# Alerts on what services judged and counted themselves, for setups without a judging Collector. Generated from the table
# of findings; do not edit. \`job\` is the scrape job, one per service. The label \`severity\` is that of the finding:
# critical, high, medium or low.`,
}

function groupText({ comment, ...group }: Group): string {
  const lines = stringify([group], { lineWidth: 0, blockQuote: 'literal' }).trimEnd().split('\n')
  return [`# ${comment}`, ...lines].map((line) => `  ${line}\n`).join('')
}

function recordings({ source, spans, timing: { fast, slow, interval } }: Scene): Group {
  const windows = [fast.short, slow.short, fast.long, slow.long]
  return {
    comment: 'The share of incomplete spans by service, over the windows of the objective.',
    name: `${ATTR_PREFIX}${source}.recording`,
    interval,
    rules: [...new Set(windows)].map((window) => ({
      record: incomplete(spans, window),
      expr: share(selector(spans, 'complete="false"'), spans, window),
    })),
  }
}

function incomplete(spans: string, window: string): string {
  return `job:${spans.replace(/_spans_total$/u, '')}_incomplete:ratio_rate${window}`
}

/** One rule per finding, so that each alert says what it means and how to fix it. */
function onFindings(scene: Scene): Group {
  return {
    comment: 'Each finding, from its first event.',
    name: `${ATTR_PREFIX}${scene.source}.findings`,
    rules: FINDING_CODES.map((code) => ruleOf(code, scene)),
  }
}

function ruleOf(code: FindingCode, scene: Scene): Rule {
  const { findings, timing, source, pages } = scene
  const { title, meaning, fix } = findingEntry(code)
  const name = alertNameOf(code)
  // Findings that are neither a collapse nor a broken chain alert if they are serious, which policy may decide.
  const series = selector(
    findings,
    `code="${code}"`,
    ...(name === 'AttributionViolated' ? ['severity=~"critical|high"'] : []),
  )
  const isFirst = name === 'AttributionMissing'
  return {
    alert: isFirst ? 'AttributionMissingFirst' : name,
    expr: (isFirst ? firstEver : events)(series, 'job, severity', timing.recent, timing.memory),
    keep_firing_for: timing.hold,
    labels: { category: 'attribution', code, source },
    annotations: {
      summary: `{{ $labels.job }}: ${title}${isFirst ? ', for the first time' : ''}`,
      description: `${meaning} Fix: ${fix}`,
      runbook_url: `${pages}findings/${code}.md`,
    },
  }
}

function onShares(scene: Scene): Group {
  const { source, timing } = scene
  return {
    comment: "Shares: a traffic floor and a hold-down, because one odd span isn't an incident.",
    name: `${ATTR_PREFIX}${source}.shares`,
    rules: [
      missingShare(scene),
      burn('AttributionBudgetBurnsFast', 'critical', timing.fast, scene),
      burn('AttributionBudgetBurnsSlow', 'high', timing.slow, scene),
    ],
  }
}

function missingShare({ source, pages, spans, findings, timing }: Scene): Rule {
  const lacks = selector(findings, `code=~"${FINDING_CODES.filter(isLack).join('|')}"`)
  return {
    alert: 'AttributionMissing',
    expr: [
      `sum by (job, code, severity) (rate(${lacks}[${timing.recent}]))`,
      `/ on (job) group_left ()`,
      `(sum by (job) (rate(${spans}[${timing.recent}])) > ${FLOOR})`,
      `> ${MAX_SHARE}`,
    ].join('\n'),
    for: timing.insist,
    labels: { category: 'attribution', source },
    annotations: {
      summary: '{{ $labels.job }}: {{ $labels.code }} on {{ $value | humanizePercentage }} of agent spans',
      description: 'Spans lack a facet that policy requires of them. The page of the finding says how to add it.',
      runbook_url: `${pages}findings/{{ $labels.code }}.md`,
    },
  }
}

function burn(alert: string, severity: string, { factor, long, short, insist }: Burn, scene: Scene): Rule {
  const limit = `(${factor} * ${BUDGET})`
  return {
    alert,
    expr: `${incomplete(scene.spans, long)} > ${limit}\nand\n${incomplete(scene.spans, short)} > ${limit}`,
    for: insist,
    labels: { category: 'attribution', severity, source: scene.source },
    annotations: {
      summary: `{{ $labels.job }} spends its completeness budget ${factor} times too fast`,
      description: `{{ $value | humanizePercentage }} of its agent spans over ${long} lack what policy requires; the objective allows ${BUDGET * 100} %.`,
      runbook_url: `${scene.pages}backends.md#completeness`,
    },
  }
}

/** A service without spans isn't a service without problems. */
function onSilence({ source, pages, spans, timing }: Scene): Group {
  const { absent, silent, lively } = timing
  return {
    comment: 'No attribution is not the same as no violations.',
    name: `${ATTR_PREFIX}${source}.silence`,
    rules: [
      {
        alert: 'AttributionAbsent',
        expr: `absent(${spans})`,
        for: absent,
        labels: { category: 'attribution-pipeline', severity: 'critical', source },
        annotations: {
          summary: 'No attribution metrics at all',
          description: 'Either nothing is judged, or the counter is down or not scraped. No other alert can fire.',
          runbook_url: `${pages}backends.md#absent`,
        },
      },
      {
        alert: 'AttributionVanished',
        expr: [
          `(sum by (job) (rate(${spans}[${lively}] offset ${silent})) > ${FLOOR})`,
          `unless on (job)`,
          `(sum by (job) (increase(${spans}[${silent}])) > 0)`,
        ].join('\n'),
        for: silent,
        labels: { category: 'attribution-pipeline', severity: 'high', source },
        annotations: {
          summary: '{{ $labels.job }} no longer sends agent spans',
          description: `It did so until ${silent} ago. Its exporter may be off, its sampler changed, or the service down.`,
          runbook_url: `${pages}backends.md#absent`,
        },
      },
    ],
  }
}

interface Loss {
  readonly alert: string
  readonly series: string
  readonly labels: string
  readonly severity: string
  readonly summary: string
  readonly description: string
}

const SDK_LOSSES: readonly Loss[] = [
  {
    alert: 'AttributionFaults',
    series: counterName(METRIC.faults),
    labels: 'job, where',
    severity: 'high',
    summary: '{{ $labels.job }}: onbehalf failed in {{ $labels.where }}',
    description:
      'The app goes on, but a span may lack a facet. The diag logger has at most one line a minute about it.',
  },
]

/** The Collector's own metrics. Their names don't end in `_total`. */
const COLLECTOR_LOSSES: readonly Loss[] = [
  {
    alert: 'AttributionSpansRefused',
    series: 'otelcol_receiver_refused_spans',
    labels: 'receiver',
    severity: 'high',
    summary: 'The Collector refuses spans at {{ $labels.receiver }}',
    description: 'It is out of memory or its queue is full. Senders retry, and drop the spans in the end.',
  },
  {
    alert: 'AttributionSpansLost',
    series: 'otelcol_exporter_send_failed_spans',
    labels: 'exporter',
    severity: 'critical',
    summary: 'The Collector lost spans on the way to {{ $labels.exporter }}',
    description: 'The next hop rejected them for good.',
  },
  {
    alert: 'AttributionQueueRefused',
    series: 'otelcol_exporter_enqueue_failed_spans',
    labels: 'exporter',
    severity: 'critical',
    summary: 'The queue to {{ $labels.exporter }} is full',
    description: 'The queue or its disk has no room left. Senders were told, where possible.',
  },
  {
    alert: 'AttributionCountsLost',
    series: 'otelcol_deltatocumulative_datapoints{error!=""}',
    labels: 'error',
    severity: 'high',
    summary: 'The Collector drops counts ({{ $labels.error }})',
    description: 'Finding counts are too low, so alerts may be missing.',
  },
]

/** Our own faults and losses, and those of the Collector. */
function onFaults({ source, pages, timing }: Scene): Group {
  const losses = source === 'sdk' ? SDK_LOSSES : COLLECTOR_LOSSES
  const queue: Rule = {
    alert: 'AttributionQueueFilling',
    expr: 'max by (exporter) (otelcol_exporter_queue_size) / max by (exporter) (otelcol_exporter_queue_capacity) > 0.8',
    for: '1m',
    labels: { category: 'attribution-pipeline', severity: 'high', source },
    annotations: {
      summary: 'The queue to {{ $labels.exporter }} is {{ $value | humanizePercentage }} full',
      description: 'The next hop is down or too slow. Once the queue is full, spans are refused.',
      runbook_url: `${pages}backends.md#losses`,
    },
  }
  return {
    comment: 'Our own failures.',
    name: `${ATTR_PREFIX}${source}.faults`,
    rules: [
      ...losses.map(({ alert, series, labels, severity, summary, description }) => ({
        alert,
        expr: events(series, labels, timing.recent, timing.memory),
        keep_firing_for: timing.hold,
        labels: { category: 'attribution-pipeline', severity, source },
        annotations: { summary, description, runbook_url: `${pages}backends.md#losses` },
      })),
      ...(source === 'collector' ? [queue] : []),
    ],
  }
}

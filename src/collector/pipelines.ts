import { FINDING_CODES } from '../model/finding.ts'
import { ATTR } from '../model/names.ts'
import { admissionGroup, cleaning, strippingGroups } from './boundary.ts'
import { countedMetrics, labelGroup } from './counting.ts'
import { inheritanceGroups } from './inheritance.ts'
import { decisionGroup } from './decisions.ts'
import { judgingGroup } from './judging.ts'
import type { Rulebook } from './rulebook.ts'
import { attribute, literal, set } from './ottl.ts'
import type { Group } from './ottl.ts'
import { recognitionGroups } from './recognition.ts'
import { IS_OPEN, userGroup } from './resolution.ts'
import { flow, ottl, ottlGroups, withComment } from './text.ts'

type Part = Readonly<Record<string, unknown>>

const HOST = '${env:OTELCOL_LISTEN_HOST:-127.0.0.1}'

/** The environment can change every address, so that one file works on machines, in containers and in tests. */
function at(name: string, port: number): string {
  return `${HOST}:\${env:OTELCOL_${name}_PORT:-${port}}`
}

const FINDINGS = attribute(ATTR.findings)
const IS_VIOLATION = `${FINDINGS} != nil and Len(${FINDINGS}) > 0`

/** Skips input that doesn't fit a statement, so that outsiders can't fill the log. */
function transform(groups: readonly Group[]): Part {
  return { error_mode: 'silent', trace_statements: ottlGroups(groups) }
}

/** What can't be stripped doesn't get in: the sender gets an error, and the Collector logs it. */
function strip(groups: readonly Group[]): Part {
  return { error_mode: 'propagate', trace_statements: ottlGroups(groups) }
}

export function receivers(): Part {
  return {
    otlp: withComment('Outside the boundary: anyone may send here, so nothing that looks like a verdict is believed.', {
      protocols: { grpc: flow({ endpoint: at('GRPC', 4317) }), http: flow({ endpoint: at('HTTP', 4318) }) },
    }),
    'otlp/inside': withComment(
      'Inside: services that run onbehalf and prove it with a token. The proof is the receiver, never an attribute.\nWithout TLS, anyone on the way can read the token: beyond this machine, add the variant inside-tls.',
      {
        protocols: {
          http: flow({ endpoint: at('INSIDE', 4319), auth: { authenticator: 'bearertokenauth/inside' } }),
        },
      },
    ),
  }
}

/** The receiver for services inside, with the certificate of the Collector, and that of clients where they need one. */
export function insideTls(): Part {
  const tls = {
    cert_file: '${env:ONBEHALF_INSIDE_CERT}',
    key_file: '${env:ONBEHALF_INSIDE_KEY}',
    client_ca_file: '${env:ONBEHALF_INSIDE_CLIENT_CA:-}',
    min_version: '1.2',
    reload_interval: '1h',
  }
  return { 'otlp/inside': { protocols: { http: { tls } } } }
}

export function edgeProcessors(): Part {
  return {
    memory_limiter: flow({ check_interval: '1s', limit_percentage: 75, spike_limit_percentage: 20 }),
    'transform/strip': withComment(
      'Outside only: removes everything of ours but the facets of spans, and marks those as claimed. Refuses what it fails on.',
      strip(strippingGroups()),
    ),
  }
}

export function judgingProcessors(book: Rulebook): Part {
  return {
    'transform/recognize': withComment(
      "Which spans are an agent's: a group for each row of the table of dialects, the strongest first. The first row that\nknows the value decides.",
      transform([admissionGroup(), ...recognitionGroups(), userGroup(book, IS_OPEN), decisionGroup()]),
    ),
    'transform/judge': withComment(
      'Resolves the facets of each recognized span, checks them against the policy and writes the verdict.',
      transform([judgingGroup(book)]),
    ),
  }
}

/** The processors after the judge: for counting, the durable path of violations, sampling and the store. */
export function keepingProcessors(): Part {
  return {
    'transform/jaeger': withComment(
      'For people in Jaeger: a warning, and a flag per finding, because Jaeger finds an array only by its whole JSON text.',
      transform([
        {
          context: 'span',
          conditions: [IS_VIOLATION],
          statements: [
            set(attribute('@jaeger@warnings'), FINDINGS),
            ...FINDING_CODES.map((code) =>
              set(attribute(ATTR.findingPrefix + code), '"true"', `ContainsValue(${FINDINGS}, ${literal(code)})`),
            ),
          ],
        },
      ]),
    ),
    'transform/clean': withComment(
      'Removes what the groups above left for each other.',
      transform([{ context: 'span', statements: [cleaning()] }]),
    ),
    'transform/labels': withComment(
      'Counting works on a copy of the judged spans from any judge. Its labels are final and bounded before it starts.',
      transform([labelGroup()]),
    ),
    'filter/judged': filter(`${attribute(ATTR.verdict)} == nil`),
    'filter/violations': filter(`not (${IS_VIOLATION})`),
    'batch/count': withComment(
      'One goroutine before the connector, and deltatocumulative after it: if either is missing, concurrent requests lose counts.',
      flow({ timeout: '200ms', send_batch_size: 1024 }),
    ),
    deltatocumulative: flow({ max_stale: '8760h', max_streams: 10000 }),
    tail_sampling: withComment(
      'Whole traces: every one with a finding or an error, and a share of the rest. What waits here is only in memory.',
      {
        decision_wait: '${env:DECISION_WAIT:-10s}',
        num_traces: 50000,
        decision_cache: flow({ sampled_cache_size: 500000, non_sampled_cache_size: 500000 }),
        policies: [
          flow({
            name: 'keep-violations',
            type: 'ottl_condition',
            ottl_condition: { error_mode: 'ignore', span: [ottl(IS_VIOLATION)] },
          }),
          flow({
            name: 'keep-collapsed',
            type: 'string_attribute',
            string_attribute: { key: ATTR.verdict, values: ['collapsed'] },
          }),
          flow({ name: 'keep-errors', type: 'status_code', status_code: { status_codes: ['ERROR'] } }),
          flow({
            name: 'rest',
            type: 'probabilistic',
            probabilistic: { sampling_percentage: '${env:SAMPLING_PERCENTAGE:-10}' },
          }),
        ],
      },
    ),
  }
}

function filter(condition: string): unknown {
  return flow({ error_mode: 'ignore', trace_conditions: [ottl(condition)] })
}

export function connectors(book: Rulebook): Part {
  const metrics = countedMetrics(book).map(({ include_resource_attributes, attributes, sum, conditions, ...rest }) => ({
    ...rest,
    include_resource_attributes: flow(include_resource_attributes),
    attributes: flow(attributes),
    ...(conditions === undefined ? {} : { conditions: flow(conditions.map(ottl)) }),
    sum: flow(sum),
  }))
  return {
    'forward/judged': flow({}),
    signal_to_metrics: withComment(
      'A name may be in this list many times: code and severity are constants, the default values of keys that no span has\nleft. Spans that a service judged and counted itself are counted here too, under a separate name.',
      { error_mode: 'ignore', spans: metrics },
    ),
  }
}

export function exporters(): Part {
  return {
    'otlp_grpc/jaeger': withComment(
      'The queue is on disk and batches on its own: with a batch processor before it, acknowledged spans would only be in memory.',
      {
        endpoint: '${env:JAEGER_OTLP:-127.0.0.1:14317}',
        tls: flow({ insecure: true }),
        sending_queue: queue(),
        retry_on_failure: retry(),
      },
    ),
    'file/violations': withComment(
      'Written before the sampler decides, so no crash between receipt and decision loses a violation.',
      {
        path: '${env:VIOLATIONS_FILE:-/var/lib/otelcol/violations.jsonl}',
        rotation: flow({ max_megabytes: 100, max_days: 400, max_backups: 100 }),
      },
    ),
    prometheus: {
      endpoint: at('PROMETHEUS', 8889),
      metric_expiration: '8760h',
      without_scope_info: true,
    },
  }
}

export function queue(): unknown {
  return flow({
    enabled: true,
    storage: 'file_storage/queue',
    sizer: 'items',
    queue_size: 1000000,
    block_on_overflow: true,
    batch: { flush_timeout: '200ms', min_size: 1024, max_size: 4096 },
  })
}

export function retry(): unknown {
  return flow({ enabled: true, initial_interval: '1s', max_interval: '30s', max_elapsed_time: '0s' })
}

export function extensions(): Part {
  return {
    health_check: flow({ endpoint: at('HEALTH', 13133) }),
    'file_storage/queue': flow({
      directory: '${env:QUEUE_DIR:-/var/lib/otelcol/queue}',
      create_directory: true,
      timeout: '1s',
      fsync: false,
    }),
    'bearertokenauth/inside': withComment(
      'No default secret: an empty token prevents the start.',
      flow({ token: '${env:ONBEHALF_INSIDE_TOKEN}' }),
    ),
  }
}

export function telemetry(): Part {
  const prometheus = { host: HOST, port: '${env:OTELCOL_METRICS_PORT:-8888}' }
  return { metrics: { level: 'detailed', readers: [flow({ pull: { exporter: { prometheus } } })] } }
}

/** The pipelines after the judge. */
export function keepingPipelines(): Part {
  return {
    'traces/count': pipeline(
      ['forward/judged'],
      ['filter/judged', 'transform/labels', 'batch/count'],
      ['signal_to_metrics'],
    ),
    'metrics/attribution': pipeline(['signal_to_metrics'], ['deltatocumulative'], ['prometheus']),
    'traces/violations': pipeline(['forward/judged'], ['filter/violations', 'transform/clean'], ['file/violations']),
    'traces/jaeger': pipeline(
      ['forward/judged'],
      ['tail_sampling', 'transform/jaeger', 'transform/clean'],
      ['otlp_grpc/jaeger'],
    ),
  }
}

export const JUDGING = ['transform/recognize', 'transform/judge'] as const

export function pipeline(from: readonly string[], through: readonly string[], to: readonly string[]): Part {
  return { receivers: flow(from), processors: flow(through), exporters: flow(to) }
}

export function inheritProcessors(book: Rulebook): Part {
  return {
    groupbytrace: flow({ wait_duration: '${env:INHERIT_WAIT:-10s}', num_traces: 50000 }),
    groupbyattrs: withComment(
      'No keys: it only merges equal resources, which each request otherwise keeps separate.',
      flow({}),
    ),
    'transform/inherit': transform(inheritanceGroups(book)),
  }
}

export const INHERITING = ['groupbytrace', 'groupbyattrs', 'transform/inherit'] as const

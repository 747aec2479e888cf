import { createPolicy } from '../policy/policy.ts'
import type { PolicyOptions } from '../policy/policy.ts'
import type { Rulebook } from './rulebook.ts'
import { COARSE, LIMITS } from './limits.ts'
import {
  connectors,
  edgeProcessors,
  exporters,
  extensions,
  inheritProcessors,
  INHERITING,
  insideTls,
  JUDGING,
  judgingProcessors,
  keepingPipelines,
  keepingProcessors,
  pipeline,
  receivers,
  retry,
  telemetry,
} from './pipelines.ts'
import { configurationText, flow, withComment } from './text.ts'

export const VARIANTS = ['otelcol', 'inherit', 'gateway-edge', 'gateway-judge', 'inside-tls'] as const
export type Variant = (typeof VARIANTS)[number]

export interface CollectorOptions {
  readonly policy: PolicyOptions
  /** The version in `attribution.judge`. */
  readonly version: string
  /** Makes `otelcol` include what `inherit` would overlay. Default: false. */
  readonly inherit?: boolean
}

/** An OpenTelemetry Collector configuration for a policy, as YAML. The same options always make the same text. */
export function collectorConfiguration(variant: Variant, options: CollectorOptions): string {
  const policy = createPolicy(options.policy)
  const book: Rulebook = {
    options: options.policy,
    policy,
    judgeName: `onbehalf-collector/${options.version} ${policy.digest}`,
  }
  return WRITERS[variant](book, options.inherit === true)
}

const WRITERS: Readonly<Record<Variant, (book: Rulebook, inherit: boolean) => string>> = {
  otelcol: whole,
  inherit: overlay,
  'gateway-edge': edge,
  'gateway-judge': judge,
  'inside-tls': tls,
}

function heading(title: string, book: Rulebook, ...more: readonly string[]): string {
  return [
    title,
    `Made by onbehalf collector-config for the policy ${book.policy.digest} (profile ${book.policy.profile}); do not edit.`,
    ...more,
  ].join('\n')
}

function limits(): readonly string[] {
  const byCode = LIMITS.flatMap(({ codes, reason }) => [`- ${codes.join(', ')}: ${reason}`])
  return [
    'These findings are only judged by onbehalf audit and the library, because one span cannot show them:',
    ...byCode,
    ...COARSE.map((what) => `- ${what}`),
  ]
}

function whole(book: Rulebook, inherit: boolean): string {
  const inheriting = inherit ? INHERITING : []
  const content = {
    receivers: receivers(),
    processors: {
      ...edgeProcessors(),
      ...(inherit ? inheritProcessors(book) : {}),
      ...judgingProcessors(book),
      ...keepingProcessors(),
    },
    connectors: connectors(book),
    exporters: exporters(),
    extensions: extensions(),
    service: {
      extensions: flow(['health_check', 'file_storage/queue', 'bearertokenauth/inside']),
      telemetry: telemetry(),
      pipelines: {
        'traces/outside': pipeline(
          ['otlp'],
          ['memory_limiter', 'transform/strip', ...inheriting, ...JUDGING],
          ['forward/judged'],
        ),
        'traces/inside': pipeline(['otlp/inside'], ['memory_limiter', ...inheriting, ...JUDGING], ['forward/judged']),
        ...keepingPipelines(),
      },
    },
  }
  const title =
    'Collector: recognizes, resolves, judges and counts the agent spans of services that do not run onbehalf.'
  const price = inherit ? PRICE : []
  return configurationText(
    heading(title, book, 'Needs ONBEHALF_INSIDE_TOKEN in the environment.', ...price, ...limits()),
    content,
  )
}

const PRICE = [
  'Spans of one trace and one service share the principal, intent and correlation that one of them states. If two differ',
  'within a trace, none of it is shared. It gives "same trace", not "nearest ancestor", and never crosses services.',
  'The price: every span waits INHERIT_WAIT (10 s) in memory, at most 50,000 traces, and a crash loses what waits.',
]

function overlay(book: Rulebook): string {
  const content = {
    processors: inheritProcessors(book),
    service: {
      pipelines: {
        'traces/outside': { processors: flow(['memory_limiter', 'transform/strip', ...INHERITING, ...JUDGING]) },
        'traces/inside': { processors: flow(['memory_limiter', ...INHERITING, ...JUDGING]) },
      },
    },
  }
  return configurationText(
    heading('Overlay: otelcol --config otelcol.yaml --config inherit.yaml', book, ...PRICE),
    content,
  )
}

function tls(book: Rulebook): string {
  return configurationText(heading('Overlay: otelcol --config otelcol.yaml --config inside-tls.yaml', book, ...TLS), {
    receivers: insideTls(),
  })
}

const TLS = [
  'TLS for the inside receiver, also of gateway-edge.yaml, so that nobody on the way reads its token. Needs',
  'ONBEHALF_INSIDE_CERT and ONBEHALF_INSIDE_KEY: files in PEM, read again every hour. With ONBEHALF_INSIDE_CLIENT_CA,',
  'clients need a certificate too. Services send to https://, with OTEL_EXPORTER_OTLP_CERTIFICATE where the CA is private.',
]

const BROKER = '${env:KAFKA_BROKER:-127.0.0.1:9092}'
const TOPIC = '${env:KAFKA_TOPIC:-attribution-spans}'

function edge(book: Rulebook): string {
  const kafka = {
    brokers: flow([BROKER]),
    partition_traces_by_id: true,
    producer: flow({ required_acks: -1, compression: 'zstd', max_message_bytes: 1000000 }),
    traces: flow({ topic: TOPIC, encoding: 'otlp_proto' }),
    sending_queue: flow({
      enabled: true,
      storage: 'file_storage/queue',
      sizer: 'items',
      queue_size: 1000000,
      block_on_overflow: true,
    }),
    retry_on_failure: retry(),
  }
  const content = {
    receivers: receivers(),
    processors: edgeProcessors(),
    exporters: {
      kafka: withComment(
        'Acknowledged by every replica; a trace stays whole because its id chooses the partition.',
        kafka,
      ),
    },
    extensions: extensions(),
    service: {
      extensions: flow(['health_check', 'file_storage/queue', 'bearertokenauth/inside']),
      telemetry: telemetry(),
      pipelines: {
        'traces/outside': pipeline(['otlp'], ['memory_limiter', 'transform/strip'], ['kafka']),
        'traces/inside': pipeline(['otlp/inside'], ['memory_limiter'], ['kafka']),
      },
    },
  }
  const title =
    'Gateway, first tier: as many instances as the load needs, behind any load balancer. It enforces the boundary and stores nothing.'
  const topic = "Anything that can write to the topic is inside: limit it to this tier with the broker's access lists."
  return configurationText(heading(title, book, topic, ...LOAD_BALANCING), content)
}

const LOAD_BALANCING = [
  'Without Kafka, use this in place of its exporter (untested, because the exporter could not be built):',
  '  load_balancing: { routing_key: traceID, resolver: { dns: { hostname: judge-tier } }, protocol: { otlp: { tls: { ca_file: … }, sending_queue: … } } }',
  'and otlp/inside with the variant inside-tls as the receiver of the second tier.',
]

function judge(book: Rulebook): string {
  const kafka = {
    brokers: flow([BROKER]),
    group_id: '${env:KAFKA_GROUP:-attribution-judges}',
    initial_offset: 'earliest',
    traces: flow({ topics: [TOPIC], encoding: 'otlp_proto' }),
    message_marking: flow({ after: true, on_error: false, on_permanent_error: true }),
    autocommit: flow({ enable: true, interval: '1s' }),
  }
  const content = {
    receivers: { kafka: withComment('A message is marked as read once the pipelines have taken it.', kafka) },
    processors: {
      memory_limiter: edgeProcessors()['memory_limiter'],
      ...judgingProcessors(book),
      ...keepingProcessors(),
    },
    connectors: connectors(book),
    exporters: exporters(),
    extensions: without(extensions(), 'bearertokenauth/inside'),
    service: {
      extensions: flow(['health_check', 'file_storage/queue']),
      telemetry: telemetry(),
      pipelines: {
        'traces/judge': pipeline(['kafka'], ['memory_limiter', ...JUDGING], ['forward/judged']),
        ...keepingPipelines(),
      },
    },
  }
  const title =
    'Gateway, second tier: whole traces, by partition. It judges, counts and samples; rules add up over its instances.'
  return configurationText(heading(title, book, ...limits()), content)
}

function without(part: Readonly<Record<string, unknown>>, name: string): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(part).filter(([key]) => key !== name))
}

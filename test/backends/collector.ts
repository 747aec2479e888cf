import { answers, freePorts, program } from './bench.ts'
import type { Bench, Running } from './bench.ts'

/** What services inside the boundary prove themselves with. */
export const TOKEN = 'a-token-of-the-tests'

export interface Collector extends Running {
  /** OTLP/HTTP for anybody. */
  readonly outside: string
  /** OTLP/HTTP for who holds the token. */
  readonly inside: string
  /** `host:port` of what it counted, and of its own metrics. */
  readonly targets: readonly [string, string]
  readonly violations: string
}

export interface CollectorOptions {
  readonly name?: string
  /** `host:port` of OTLP/gRPC. */
  readonly jaegerOtlp: string
  readonly decisionWait?: string
  /** Further configurations, as YAML that the Collector takes on its command line. */
  readonly overlays?: readonly string[]
}

/** Starts the Collector with the configuration that users get; ports, folders and the sampler's wait differ. */
export async function startCollector(
  bench: Bench,
  { name = 'collector', jaegerOtlp, decisionWait = '500ms', overlays = [] }: CollectorOptions,
): Promise<Collector> {
  const [grpc, http, inside, counted, own, health] = (await freePorts(6)).map(String)
  const folder = bench.subfolder(name)
  const running = await bench.launch({
    name,
    command: program('otelcol'),
    args: [`--config=file:${bench.config('otelcol.yaml')}`, ...overlays.map((text) => `--config=yaml:${text}`)],
    env: {
      ONBEHALF_INSIDE_TOKEN: TOKEN,
      JAEGER_OTLP: jaegerOtlp,
      DECISION_WAIT: decisionWait,
      SAMPLING_PERCENTAGE: '100',
      QUEUE_DIR: `${folder}/queue`,
      VIOLATIONS_FILE: `${folder}/violations.jsonl`,
      OTELCOL_GRPC_PORT: grpc as string,
      OTELCOL_HTTP_PORT: http as string,
      OTELCOL_INSIDE_PORT: inside as string,
      OTELCOL_PROMETHEUS_PORT: counted as string,
      OTELCOL_METRICS_PORT: own as string,
      OTELCOL_HEALTH_PORT: health as string,
    },
    isHealthy: () => answers(`http://127.0.0.1:${health}/`),
  })
  return Object.assign(running, {
    outside: `http://127.0.0.1:${http}`,
    inside: `http://127.0.0.1:${inside}`,
    targets: [`127.0.0.1:${counted}`, `127.0.0.1:${own}`] as const,
    violations: `${folder}/violations.jsonl`,
  })
}

/** The sum of the Collector's own metric over all series that hold every one of `labels`. */
export async function ownMetric(collector: Collector, name: string, ...labels: readonly string[]): Promise<number> {
  const text = await (await fetch(`http://${collector.targets[1]}/metrics`)).text()
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
  const found = lines.filter((line) => labels.every((label) => line.includes(label)))
  return found.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
}

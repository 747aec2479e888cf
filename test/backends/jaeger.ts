import { answers, freePorts, program } from './bench.ts'
import type { Bench, Running } from './bench.ts'

export interface Jaeger extends Running {
  /** What `--jaeger` of the command line takes. */
  readonly url: string
  /** The same for the store of what violates. */
  readonly keptUrl: string
  /** `host:port` of OTLP/gRPC. */
  readonly otlpGrpc: string
  readonly otlpHttp: string
}

export interface JaegerOptions {
  /** Default: the stores on disk, as they are configured. */
  readonly store?: 'disk' | 'memory'
  /** How long the choice of what is kept waits. Default: one second. */
  readonly keptWait?: string
  readonly name?: string
}

/** Starts Jaeger with the configuration that users get; only ports and folders differ, by its environment. */
export async function startJaeger(
  bench: Bench,
  { store = 'disk', keptWait = '1s', name = 'jaeger' }: JaegerOptions = {},
): Promise<Jaeger> {
  const [ui, query, keptUi, keptQuery, grpc, http, health, metrics] = (await freePorts(8)).map(String)
  const folder = bench.subfolder(name)
  const running = await bench.launch({
    name,
    command: program('jaeger'),
    args: [`--config=file:${bench.config('jaeger.yaml')}`, ...(store === 'memory' ? IN_MEMORY : [])],
    env: {
      JAEGER_DATA: folder,
      JAEGER_UI_CONFIG: bench.config('jaeger-ui.json'),
      JAEGER_KEPT_WAIT: keptWait,
      JAEGER_UI_PORT: ui as string,
      JAEGER_QUERY_PORT: query as string,
      JAEGER_KEPT_UI_PORT: keptUi as string,
      JAEGER_KEPT_QUERY_PORT: keptQuery as string,
      JAEGER_OTLP_GRPC_PORT: grpc as string,
      JAEGER_OTLP_HTTP_PORT: http as string,
      JAEGER_HEALTH_PORT: health as string,
      JAEGER_METRICS_PORT: metrics as string,
    },
    isHealthy: () => answers(`http://127.0.0.1:${health}/status`),
  })
  return Object.assign(running, {
    url: `http://127.0.0.1:${ui}`,
    keptUrl: `http://127.0.0.1:${keptUi}`,
    otlpGrpc: `127.0.0.1:${grpc}`,
    otlpHttp: `http://127.0.0.1:${http}`,
  })
}

/** The store that Jaeger's own defaults have, for what differs between stores. */
const IN_MEMORY = [
  '--config=yaml:extensions::jaeger_storage::backends::memory::memory::max_traces: 100000',
  '--config=yaml:extensions::jaeger_query::storage::traces: memory',
  '--config=yaml:exporters::jaeger_storage_exporter/recent::trace_storage: memory',
]

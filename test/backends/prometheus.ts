import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { answers, freePorts, program } from './bench.ts'
import type { Bench, Running } from './bench.ts'

export interface Prometheus extends Running {
  readonly url: string
  /** The result of an expression now. Throws where it is refused. */
  query(expression: string): Promise<readonly Sample[]>
}

export interface Sample {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [number, string]
}

export interface PrometheusOptions {
  readonly targets: readonly string[]
  /** `host:port` of Alertmanagers. */
  readonly alertmanagers: readonly string[]
  /** The text of attribution.rules.yml, where it is not the one that is checked in. */
  readonly rules?: string
}

/** Starts Prometheus with the configuration that users get, but for targets, and intervals of one second. */
export async function startPrometheus(
  bench: Bench,
  { targets, alertmanagers, rules }: PrometheusOptions,
): Promise<Prometheus> {
  const [port] = await freePorts(1)
  const folder = bench.subfolder('prometheus')
  const config = readFileSync(bench.config('prometheus.yml'), 'utf8')
  const checkedIn = readFileSync(bench.config('attribution.rules.yml'), 'utf8')
  bench.config('targets')
  writeFileSync(join(folder, 'prometheus.yml'), config.replaceAll(/_interval: \d+s/gu, '_interval: 1s'))
  writeFileSync(join(folder, 'attribution.rules.yml'), rules ?? checkedIn)
  const targetFolder = bench.subfolder('prometheus/targets')
  writeFileSync(join(targetFolder, 'otelcol.json'), JSON.stringify([{ targets }]))
  writeFileSync(join(targetFolder, 'alertmanager.json'), JSON.stringify([{ targets: alertmanagers }]))
  const url = `http://127.0.0.1:${port}`
  const running = await bench.launch({
    name: 'prometheus',
    command: program('prometheus'),
    args: [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--rules.alert.resend-delay=1s',
    ],
    isHealthy: () => answers(`${url}/-/ready`),
  })
  return Object.assign(running, { url, query: (expression: string) => query(url, expression) })
}

async function query(url: string, expression: string): Promise<readonly Sample[]> {
  const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`)
  const answer = (await response.json()) as { status: string; error?: string; data: { result: readonly Sample[] } }
  if (answer.status !== 'success') throw new Error(`${expression}: ${answer.error}`)
  return answer.data.result
}

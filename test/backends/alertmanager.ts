import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { answers, freePorts, program } from './bench.ts'
import type { Bench, Running } from './bench.ts'

export interface Alertmanager extends Running {
  /** `host:port`. */
  readonly target: string
  /** The alerts as they came to the webhook, first to last. */
  readonly received: () => readonly Received[]
}

/** One alert of what Alertmanager posts to a webhook. */
export interface Received {
  readonly status: 'firing' | 'resolved'
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly startsAt: string
  readonly endsAt: string
}

/**
 * Starts Alertmanager with the configuration that users get, but for the webhook's address and the time that it waits to
 * group alerts; and the webhook itself.
 */
export async function startAlertmanager(bench: Bench): Promise<Alertmanager> {
  const [port, webhookPort] = (await freePorts(2)).map(String)
  const folder = bench.subfolder('alertmanager')
  const webhook = await bench.launch({
    name: 'alerts',
    command: process.execPath,
    args: [bench.config('alert-log.mjs')],
    env: { ALERTS_PORT: webhookPort as string },
    isHealthy: () => answers(`http://127.0.0.1:${webhookPort}/findings/README.md`),
  })
  const config = readFileSync(bench.config('alertmanager.yml'), 'utf8')
    .replace('http://alerts:9095/', `http://127.0.0.1:${webhookPort}/`)
    .replace('group_wait: 10s', 'group_wait: 1s')
    .replace('group_interval: 1m', 'group_interval: 1s')
  writeFileSync(join(folder, 'alertmanager.yml'), config)
  const running = await bench.launch({
    name: 'alertmanager',
    command: program('alertmanager'),
    args: [
      `--config.file=${join(folder, 'alertmanager.yml')}`,
      `--storage.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ],
    isHealthy: () => answers(`http://127.0.0.1:${port}/-/ready`),
  })
  return Object.assign(running, { target: `127.0.0.1:${port}`, received: () => alertsIn(webhook.log()) })
}

function alertsIn(log: string): readonly Received[] {
  return log
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Received)
}

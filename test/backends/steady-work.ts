import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const APP = fileURLToPath(new URL('apps/steady-work.mjs', import.meta.url))

/** What an app did, and how much it was held up while its telemetry met bad weather. */
export interface Work {
  /** `[trace id, span id]` of each span. */
  readonly made: readonly (readonly [string, string])[]
  /** Ids of spans that the Collector acknowledged. */
  readonly acknowledged: readonly string[]
  readonly failures: number
  readonly longestStepMs: number
  readonly longestDelayMs: number
  readonly shutdownMs: number
  readonly code: number | null
  readonly stderr: string
}

/** Runs a real app with `attribution()` that works steadily for `ms` and exports to `otlp`, to its end. */
export async function workSteadily(otlp: string, token: string, ms: number): Promise<Work> {
  const child = spawn(process.execPath, [APP], {
    env: {
      PATH: process.env['PATH'],
      WORK_MS: String(ms),
      OTEL_SERVICE_NAME: 'booker',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_BSP_SCHEDULE_DELAY: '100',
      OTEL_EXPORTER_OTLP_ENDPOINT: otlp,
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${token}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (!stdout.startsWith('{')) throw new Error(`the app ended with ${code}: ${stderr}`)
  return { ...(JSON.parse(stdout) as Omit<Work, 'code' | 'stderr'>), code, stderr }
}

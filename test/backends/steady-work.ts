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

export interface Doing {
  /** When its telemetry is up and its work begins. */
  readonly begun: Promise<void>
  readonly done: Promise<Work>
}

/** Starts a real app with `attribution()` that works steadily for `ms` and exports to `otlp`. */
export function startWork(otlp: string, token: string, ms: number): Doing {
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
  const begun = new Promise<void>((resolve) => child.stdout.once('data', () => resolve()))
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const done = new Promise<Work>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      const told = stdout.split('\n')[1] ?? ''
      if (!told.startsWith('{')) reject(new Error(`the app ended with ${code}: ${stderr}`))
      else resolve({ ...(JSON.parse(told) as Omit<Work, 'code' | 'stderr'>), code, stderr })
    })
  })
  return { begun, done }
}

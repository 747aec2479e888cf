import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readRequest } from '../../src/otlp/otlp-json.ts'
import type { SpanShape } from '../../src/model/span.ts'
import type { ScenarioId } from '../../src/cli/demo/scenario.ts'

const PROGRAM = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** What the demo sends, and where to. */
export interface DemoRun {
  readonly scenario: ScenarioId
  readonly otlp: string
  /** Sent along as a bearer token. */
  readonly token?: string
  readonly cwd: string
}

/** Runs one scenario of `onbehalf demo --otlp`, as real processes, and gives back the spans that it sent. */
export async function runDemo({ scenario, otlp, token, cwd }: DemoRun): Promise<readonly SpanShape[]> {
  if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing: npm run build makes it`)
  const headers = token === undefined ? {} : { OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${token}` }
  const child = spawn(process.execPath, [PROGRAM, 'demo', '--otlp', otlp, '--scenario', scenario], {
    cwd,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...headers },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0) throw new Error(`the demo ended with ${code}: ${complaint}`)
  const lines = readFileSync(join(cwd, 'onbehalf-demo.otlp.jsonl'), 'utf8').trim().split('\n')
  return lines.flatMap((line) => [...readRequest(JSON.parse(line), () => {})])
}

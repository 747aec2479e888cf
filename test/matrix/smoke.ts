import { join } from 'node:path'
import { expect } from 'vitest'
import { nodeProgram } from './app.ts'
import type { App } from './app.ts'
import { run } from './run.ts'

/**
 * The ways to set it up that `apps/forms.mjs` knows, and the actor of the tool: an exporter that gets the tool alone,
 * before the agent above it has ended, knows of none but the service.
 */
const FORMS = [
  { file: 'forms-commonjs.cjs', form: 'traceExporter alone', actor: 'worker' },
  { file: 'forms-esm.mjs', form: 'traceExporter alone', actor: 'worker' },
  { file: 'forms-esm.mjs', form: 'spanProcessors alone', actor: 'worker' },
  { file: 'forms-esm.mjs', form: 'processor alone', actor: 'worker' },
  { file: 'forms-esm.mjs', form: 'exporter given to NodeSDK', actor: 'worker' },
  { file: 'forms-esm.mjs', form: 'exporter alone', actor: 'app' },
] as const

const QUIET = { OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' }

/** Each form of setup, from an ES module and from CommonJS: each span leaves once, with what is to be known of it. */
export async function everyForm(app: App, nodeVersion: string): Promise<void> {
  for (const { file, form, actor } of FORMS) {
    const { stdout, stderr } = await run(nodeProgram(nodeVersion), [join('apps', file), form], {
      cwd: app.folder,
      env: QUIET,
    })
    const agent = { name: 'agent', principal: 'kai@contoso.com', actor: 'worker', verdict: 'separated' }
    expect({ file, form, stderr, spans: JSON.parse(stdout) as unknown }).toEqual({
      file,
      form,
      stderr: '',
      spans: [{ ...agent, name: 'tool', actor }, agent],
    })
  }
}

/** The three processes of the demo, started with register, on what the app has installed. */
export async function demo(app: App, nodeVersion: string): Promise<void> {
  const program = join('node_modules', 'onbehalf', 'dist', 'cli', 'main.js')
  const { stdout, stderr } = await run(nodeProgram(nodeVersion), [program, 'demo'], { cwd: app.folder })
  expect(stderr).toBe('')
  expect(stdout.replaceAll('\n', ' ')).toContain(
    'kai@contoso.com (verified, login.contoso.example) asked; ' +
      'report-assistant v3 (verified, login.contoso.example) acted; through mail-connector as svc-mail; ' +
      'to send the weekly report to the board; under oauth grant-42 (verified); policy mail-7 allowed; sendMail succeeded.',
  )
}

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { install } from './app.ts'
import { run } from './run.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onbehalf-beside-'))
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  writeFileSync(join(folder, 'app.mjs'), APP)
  writeFileSync(join(folder, 'own-sdk.mjs'), OWN_SDK)
})
afterEach(() => rmSync(folder, { recursive: true }))

const APP = `
import { trace } from '@opentelemetry/api'
import { asAgent, onBehalfOf } from 'onbehalf'
const attributes = { 'attribution.span.kind': 'agent' }
onBehalfOf({ principal: { id: 'kai@contoso.com', type: 'human' }, intent: 'act' }, () =>
  asAgent('buyer', () => trace.getTracer('app').startSpan('act', { attributes }).end()))
`
const OWN_SDK = `
import { NodeSDK } from '@opentelemetry/sdk-node'
import { attribution, flush } from 'onbehalf'
const sdk = new NodeSDK(attribution())
sdk.start()
await import('./app.mjs')
await flush()
await sdk.shutdown()
`
const CONSOLE = { OTEL_TRACES_EXPORTER: 'console', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' }

const node = (...args: readonly string[]) => run(process.execPath, args, { cwd: folder, env: CONSOLE })

/** What stands beside it, then the package: as in an app that has been there for a while. */
async function installBeside(...others: readonly string[]): Promise<void> {
  await install(folder, '--save-exact', ...others)
  await install(folder, inject('tarball'))
}

function versionOf(name: string): string {
  return (JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')) as { version: string })
    .version
}

describe('npm installs it beside', () => {
  it.each(['5', '6', '7'])('the AI SDK %s, which stays as it is', async (line) => {
    await installBeside(`ai@${line}`)
    expect(versionOf('ai').split('.')[0]).toBe(line)
  })

  it('another AI SDK than that of the demo, and the demo says which it takes', async () => {
    await installBeside('ai@5', '@opentelemetry/sdk-node@0.223', '@opentelemetry/instrumentation-undici@0.33')
    await install(folder, '@opentelemetry/exporter-trace-otlp-http@0.223', '@opentelemetry/instrumentation-http@0.223')
    const demo = run(process.execPath, ['node_modules/onbehalf/dist/cli/main.js', 'demo'], { cwd: folder })
    await expect(demo).rejects.toThrow(/the demo needs ai 6, but 5\.\S+ is here/u)
  })

  it.each([
    ['the oldest that is supported, over the oldest API', '0.200.0', '1.3.0'],
    ['a release of today, over an API of some time ago', '0.223.0', '1.8.0'],
  ])('OpenTelemetry, %s, and both setups attribute', async (_, sdk, api) => {
    await installBeside(`@opentelemetry/sdk-node@${sdk}`, `@opentelemetry/api@${api}`)
    for (const args of [['--import', 'onbehalf/register', 'app.mjs'], ['own-sdk.mjs']]) {
      const { stdout } = await node(...args)
      expect(stdout).toContain("'attribution.principal.id': 'kai@contoso.com'")
      expect(stdout).toContain("'attribution.verdict': 'separated'")
    }
    expect(versionOf('@opentelemetry/api')).toBe(api)
  })

  it('OpenTelemetry 1.x, which is not supported: that is said once, and the app goes on', async () => {
    await installBeside('@opentelemetry/sdk-node@0.57.2', '@opentelemetry/api@1.8.0')
    const registered = await node('--import', 'onbehalf/register', 'app.mjs')
    expect(registered).toEqual({
      stdout: '',
      stderr:
        'onbehalf: this process is not attributed: its OpenTelemetry SDK is version 1.x: ' +
        'install @opentelemetry/sdk-node 0.200 or later\n',
    })
    const own = await node('own-sdk.mjs')
    expect(own.stdout.match(/name: 'act'/gu)).toHaveLength(1)
    expect(own.stdout).not.toContain('attribution.verdict')
    expect(own.stderr.match(/the OpenTelemetry SDK of this process is version 1\.x; use 2\.x/gu)).toHaveLength(1)
  })
})

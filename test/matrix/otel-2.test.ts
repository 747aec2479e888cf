import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installApp } from './app.ts'
import type { App } from './app.ts'
import { demo, everyForm } from './smoke.ts'
import { runLiveSuite } from './suite.ts'
import { NODE_VERSIONS } from './provisions.ts'
import { compile } from './typescript.ts'

let app: App

beforeAll(async () => {
  app = await installApp('otel-2')
})

afterAll(() => app.remove())

describe.each(['20.19.0', '24.21.0'])('OpenTelemetry 2.x on Node %s', (version) => {
  it('passes the live suite, and skips none of it', async () => {
    const { passed, ...others } = await runLiveSuite(app, version)
    expect(others).toEqual({ skipped: 0, failed: [] })
    console.log(`OpenTelemetry 2.x, Node ${version}: ${passed} live tests passed`)
  })
})

describe.each(NODE_VERSIONS)('OpenTelemetry 2.x on Node %s', (version) => {
  it('attributes by every form of setup, from ES modules and from CommonJS', () =>
    expect(everyForm(app, version)).resolves.toBeUndefined())
  it('runs the demo', () => expect(demo(app, version)).resolves.toBeUndefined())
})

describe('OpenTelemetry 2.x in a TypeScript app', () => {
  it('compiles, under nodenext and under bundler', () => expect(compile(app)).resolves.toBeUndefined())
})

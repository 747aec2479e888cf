import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installApp } from './app.ts'
import type { App } from './app.ts'
import { everyForm } from './smoke.ts'

let app: App

beforeAll(async () => {
  app = await installApp('oldest')
})

afterAll(() => app.remove())

describe('the oldest OpenTelemetry that is accepted, 2.0, which never calls onEnding, on Node 20.19.0', () => {
  it('attributes by every form of setup, from ES modules and from CommonJS', () =>
    expect(everyForm(app, '20.19.0')).resolves.toBeUndefined())
})

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run, startSink } from '../register/child.ts'
import type { Ended, Sink } from '../register/child.ts'

const APP = fileURLToPath(new URL('apps/logging.mjs', import.meta.url))

interface Value {
  readonly stringValue?: string
}
interface Attribute {
  readonly key: string
  readonly value: Value
}
interface LogRecord {
  readonly body: Value
  readonly attributes?: readonly Attribute[]
}
interface Request {
  readonly resourceLogs?: readonly {
    readonly scopeLogs: readonly { readonly logRecords: readonly LogRecord[] }[]
  }[]
}

describe('an app that logs with pino, under register', () => {
  let sink: Sink
  let ended: Ended
  let records: readonly Readonly<Record<string, string | undefined>>[]

  beforeAll(async () => {
    sink = await startSink()
    const env = {
      ...sink.env,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_LOGS_EXPORTER: 'otlp',
      ONBEHALF_INSTRUMENTATIONS: '@opentelemetry/instrumentation-pino',
    }
    ended = await run({ app: APP, env })
    const requests = readFileSync(sink.file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Request)
    const scopes = requests.flatMap(({ resourceLogs = [] }) => resourceLogs.flatMap(({ scopeLogs }) => scopeLogs))
    records = scopes.flatMap(({ logRecords }) =>
      logRecords.map(({ body, attributes = [] }) => ({
        body: body.stringValue,
        ...Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue])),
      })),
    )
  })
  afterAll(() => sink.close())

  it('ends as usual, and prints its lines as it did', () => {
    expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 0, stderr: '' })
    expect(ended.stdout.trim().split('\n')).toHaveLength(13)
    expect(ended.stdout).not.toContain('attribution.')
  })

  it('has each record leave once, with the ids of whom it was for, and no words of theirs', () => {
    const worked = records.filter(({ body }) => body === 'working')
    expect(records).toHaveLength(13)
    expect(worked).toHaveLength(12)
    for (const record of worked) {
      expect(record).toMatchObject({
        'attribution.principal.id': record['user'],
        'attribution.actor.id': 'report-assistant',
        'attribution.correlation.id': expect.stringMatching(/^[0-9a-f]{32}$/u),
        'attribution.intent.id': `intent of ${record['user']}`,
      })
    }
    expect(new Set(worked.map((record) => record['attribution.correlation.id'])).size).toBe(4)
    expect(JSON.stringify(records)).not.toContain('the words of the user')
  })

  it('has none on what the app says for itself', () => {
    const [own] = records.filter(({ body }) => body === 'listening')
    expect(Object.keys(own ?? {}).filter((key) => key.startsWith('attribution.'))).toEqual([])
  })
})

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { available, eventually, openBench, program } from './bench.ts'
import { startJaeger } from './jaeger.ts'
import type { Jaeger } from './jaeger.ts'
import { run } from './programs.ts'

const { has, note } = available('jaeger')

describe.skipIf(!has)(`Jaeger with our configuration${note}`, () => {
  const bench = openBench()
  let jaeger: Jaeger

  beforeAll(async () => {
    jaeger = await startJaeger(bench)
  })

  it('keeps a trace with a finding in both stores, and one without in the first alone', async () => {
    await send(jaeger.otlpHttp, spans('a'.repeat(32), ['missing_intent']))
    await send(jaeger.otlpHttp, spans('b'.repeat(32), undefined))
    await eventually('both traces in the first store', async () => (await holds(jaeger.url, 'a', 'b')) || undefined)
    await eventually('one in the second store', async () => (await holds(jaeger.keptUrl, 'a')) || undefined)
    expect(await holds(jaeger.keptUrl, 'b')).toBe(false)
  })
  it('takes the form of many machines, which keeps its stores in OpenSearch', async () => {
    const validate = (path: string) => run(program('jaeger'), ['validate', `--config=file:${path}`])
    await validate(OPENSEARCH)
    const wrong = join(bench.folder, 'wrong.yaml')
    writeFileSync(wrong, readFileSync(OPENSEARCH, 'utf8').replaceAll('server_urls', 'server_urlz'))
    await expect(validate(wrong)).rejects.toThrow('server_urlz')
  })
})

const OPENSEARCH = fileURLToPath(new URL('../../collector-config/jaeger-opensearch.yaml', import.meta.url))

async function holds(url: string, ...letters: readonly string[]): Promise<boolean> {
  const found = await Promise.all(letters.map((letter) => holdsOne(url, letter)))
  return found.every(Boolean)
}

async function holdsOne(url: string, letter: string): Promise<boolean> {
  const response = await fetch(`${url}/api/v3/traces/${letter.repeat(32)}`)
  // A path that it does not know is a page with status 200.
  return response.ok && (await response.text()).startsWith('{')
}

function spans(traceId: string, findings: readonly string[] | undefined): unknown {
  const now = BigInt(Date.now()) * 1_000_000n
  const values = findings?.map((stringValue) => ({ stringValue }))
  return {
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'booker' } }] },
        scopeSpans: [
          {
            spans: [
              {
                traceId,
                spanId: traceId.slice(0, 16),
                name: 'invoke_agent booker',
                kind: 1,
                startTimeUnixNano: String(now),
                endTimeUnixNano: String(now + 1_000_000n),
                attributes:
                  values === undefined ? [] : [{ key: 'attribution.findings', value: { arrayValue: { values } } }],
              },
            ],
          },
        ],
      },
    ],
  }
}

async function send(otlp: string, request: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${otlp}/v1/traces`, { method: 'POST', headers, body: JSON.stringify(request) })
  expect(response.status).toBe(200)
}

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { canUnpackZstd } from '../../src/recording/zstd.ts'
import { onbehalf } from '../cli/program.ts'
import { requestOf, spansOf } from '../cli/forms/spans.ts'
import type { WireSpan } from '../cli/forms/spans.ts'
import { hasCorpus, recordedLines, WITHOUT_CORPUS } from '../corpus.ts'
import { available, eventually, freePorts, openBench, program } from './bench.ts'
import { startJaeger } from './jaeger.ts'

const RECORDED = fileURLToPath(new URL('../cli/forms/recorded/otlp-json', import.meta.url))
const LINES = [readFileSync(RECORDED, 'utf8'), ...(hasCorpus ? recordedLines() : [])]

/** The lines of `audit --format ndjson`, sorted. */
async function audited(...files: readonly string[]): Promise<readonly string[]> {
  const { code, stdout, stderr } = await onbehalf(['audit', '--format', 'ndjson', ...files])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout.split('\n').toSorted()
}

async function send(url: string): Promise<void> {
  for (const body of LINES) {
    const response = await fetch(`${url}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`)
  }
}

const collector = available('otelcol')

describe.skipIf(!collector.has)(`what the Collector's file exporter writes${collector.note}${WITHOUT_CORPUS}`, () => {
  const bench = openBench()
  const fileOf = (name: string) => join(bench.folder, name)
  const EXPORTERS = {
    json: {},
    proto: { format: 'proto' },
    'proto-zstd': { format: 'proto', compression: 'zstd' },
    'json-zstd': { compression: 'zstd' },
  }

  beforeAll(async () => {
    const [port] = await freePorts(1)
    const exporters = Object.entries(EXPORTERS).map(([name, settings]) => [
      `file/${name}`,
      { path: fileOf(name), flush_interval: '100ms', ...settings },
    ])
    const config = {
      receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
      exporters: Object.fromEntries(exporters) as object,
      service: {
        telemetry: { metrics: { level: 'none' } },
        pipelines: { traces: { receivers: ['otlp'], exporters: exporters.map(([name]) => name) } },
      },
    }
    const file = fileOf('config.yaml')
    writeFileSync(file, JSON.stringify(config))
    const url = `http://127.0.0.1:${port}`
    const running = await bench.launch({
      name: 'files',
      command: program('otelcol'),
      args: [`--config=file:${file}`],
      isHealthy: async () => (await fetch(url)).status === 404,
    })
    await send(url)
    await running.stop()
  })

  it('says the same in protobuf as in JSON, and as what was sent', async () => {
    const sent = fileOf('sent')
    writeFileSync(sent, LINES.join('\n'))
    const expected = await audited(sent)
    expect(expected.length).toBeGreaterThan(3)
    expect(await audited(fileOf('json'))).toEqual(expected)
    expect(await audited(fileOf('proto'))).toEqual(expected)
  })
  const PACKED = ['proto-zstd', 'json-zstd'] as const
  const isRead = async (name: string) => {
    expect(await audited(fileOf(name))).toEqual(await audited(fileOf('json')))
  }
  const isTold = async (name: string) => {
    const { code, stderr } = await onbehalf(['audit', fileOf(name)])
    expect(code).toBe(2)
    expect(stderr).toContain('its messages are compressed with zstd, which Node reads from 22.15 on')
  }
  it.each(PACKED)('says the same in zstd, or what to do where Node has none: %s', (name) =>
    expect((canUnpackZstd ? isRead : isTold)(name)).resolves.toBeUndefined(),
  )
})

const { has, note } = available('jaeger')

describe.skipIf(!has)(`what Jaeger answers on /api/traces${note}${WITHOUT_CORPUS}`, () => {
  const bench = openBench()

  it('says the same as what was sent', { timeout: 300_000 }, async () => {
    const jaeger = await startJaeger(bench, { store: 'memory' })
    await send(jaeger.otlpHttp)
    const spans = LINES.flatMap((line) => spansOf(JSON.parse(line)))
    const traceIds = [...new Set(spans.map(({ traceId }) => traceId))]
    const files: string[] = []
    for (const traceId of traceIds) {
      const file = join(bench.folder, `${traceId}.download`)
      const answer = await eventually(`trace ${traceId}`, async () => {
        const response = await fetch(`${jaeger.url}/api/traces/${traceId}?prettyPrint=true`)
        return response.ok ? response.text() : undefined
      })
      writeFileSync(file, answer)
      files.push(file)
    }
    const sent = join(bench.folder, 'sent')
    writeFileSync(sent, JSON.stringify(requestOf(spans.map(toMicros))))
    expect(await audited(...files)).toEqual(await audited(sent))
  })
})

/** Jaeger keeps no more of a time. */
function toMicros(span: WireSpan): WireSpan {
  return { ...span, startNanos: (span.startNanos / 1_000n) * 1_000n }
}

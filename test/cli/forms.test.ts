import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import zlib from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { auditRecord } from '../../src/cli/audit/record.ts'
import { readSpans } from '../../src/recording/input.ts'
import { canUnpackZstd } from '../../src/recording/zstd.ts'
import { createWindow } from '../../src/recording/trace-window.ts'
import { createJudge } from '../../src/judge/judge.ts'
import { createPolicy } from '../../src/policy/policy.ts'
import { judgeTrace } from '../../src/judge/trace.ts'
import { RECORDED, RECORDED_NOTE } from '../fuzz/recordings.ts'
import { consoleText, pythonText } from './forms/console.ts'
import { jaegerAnswer } from './forms/jaeger.ts'
import { protobufRequest, withLengths, withVarints } from './forms/protobuf.ts'
import { cloudWatchSpan, copilotLine, goStructs, logEvents, queryResults, withMaps } from './forms/span-objects.ts'
import { requestOf, spansOf } from './forms/spans.ts'
import type { WireSpan } from './forms/spans.ts'

const POLICY = createPolicy({ profile: 'strict' })

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'onbehalf-forms-'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

interface Audited {
  /** What `--format ndjson` says of each judged span, sorted. */
  readonly records: readonly string[]
  readonly problems: readonly string[]
}

async function audited(content: string | Uint8Array): Promise<Audited> {
  const file = join(directory, randomUUID())
  writeFileSync(file, content)
  const problems: string[] = []
  const window = createWindow(Infinity)
  for await (const span of readSpans(file, ({ line, reason }) => problems.push(`${line}: ${reason}`))) window.add(span)
  rmSync(file)
  const judge = createJudge(POLICY)
  const judged = [...window.end()].flatMap(({ spans }) => judgeTrace(spans, POLICY, judge))
  return { records: judged.map((one) => JSON.stringify(auditRecord(one))).toSorted(), problems }
}

const REQUESTS = RECORDED.map((line) => spansOf(JSON.parse(line)))
const ALL = REQUESTS.flat()

const toMicros = (span: WireSpan): WireSpan => ({ ...span, startNanos: (span.startNanos / 1_000n) * 1_000n })
const withoutScope = (span: WireSpan): WireSpan => ({ ...span, scope: { name: '', version: '' } })

/** An answer of CloudWatch has a few megabytes at most. */
const SOME = 500

interface Form {
  /** Only the first few spans. */
  readonly some?: true
  readonly write: () => string | Uint8Array
  /** What of a span the form keeps. */
  readonly kept?: (span: WireSpan) => WireSpan
  /** What every complaint says. */
  readonly problem?: RegExp
}

const FORMS: Readonly<Record<string, Form>> = {
  'OTLP in protobuf, one request': { write: () => protobufRequest(ALL) },
  'OTLP in protobuf, each request behind its length': { write: () => withLengths(REQUESTS.map(protobufRequest)) },
  'OTLP in protobuf, each behind a varint': { write: () => withVarints(REQUESTS.map(protobufRequest)) },
  "the answer of Jaeger's API": { write: () => JSON.stringify(jaegerAnswer(ALL)), kept: toMicros },
  'a download of Jaeger UI': { write: () => JSON.stringify(jaegerAnswer(ALL), null, 2), kept: toMicros },
  "the Python SDK's console exporter": {
    write: () => ALL.map((span) => pythonText(span, 4)).join(''),
    kept: (span) => withoutScope(toMicros(span)),
  },
  'lines of the Python SDK': {
    write: () => ALL.map((span) => pythonText(span)).join(''),
    kept: (span) => withoutScope(toMicros(span)),
  },
  'the file of Copilot CLI': { write: () => ALL.map(copilotLine).join('') },
  'lines of aws/spans in CloudWatch': {
    write: () => ALL.map((span) => `${JSON.stringify(cloudWatchSpan(span))}\n`).join(''),
  },
  'the answer to filter-log-events': {
    write: () => JSON.stringify(logEvents(ALL.slice(0, SOME)), null, 4),
    some: true,
  },
  'the answer to get-query-results': { write: () => JSON.stringify(queryResults(ALL.slice(0, SOME))), some: true },
  "OTLP JSON with Go's structs": { write: () => goStructs(requestOf(ALL)) },
  'OTLP JSON whose attributes are objects of bare values': { write: () => JSON.stringify(withMaps(ALL, false)) },
  'OTLP JSON whose attributes are objects of typed values': { write: () => JSON.stringify(withMaps(ALL, true)) },
  'one group of OTLP JSON a line, as Java prints it': {
    write: () =>
      (requestOf(ALL) as { resourceSpans: unknown[] }).resourceSpans
        .map((group) => `${JSON.stringify(group)}\n`)
        .join(''),
  },
  "the JavaScript SDK's console exporter": {
    write: () => ALL.map(consoleText).join(''),
    kept: toMicros,
    problem: /^\d+: attributes\["(?:errors|logfire\.[\w.]+|fastapi\.arguments\.errors)"\] was not printed whole/u,
  },
}

const { zstdCompressSync } = zlib as { zstdCompressSync?: (content: string | Uint8Array) => Buffer }

describe.each(Object.entries(FORMS))(`the same spans say the same in every form${RECORDED_NOTE}: %s`, (_, form) => {
  const { write, some, kept = (span: WireSpan) => span, problem } = form
  const spans = some ? ALL.slice(0, SOME) : ALL
  it('plain', async () => {
    const expected = await audited(JSON.stringify(requestOf(spans.map(kept))))
    const found = await audited(write())
    expect(found.problems.filter((reason) => problem?.test(reason) !== true)).toEqual([])
    expect(found.records).toEqual(expected.records)
    expect(found.records.length).toBeGreaterThan(1)
  })
  it('in gzip', async () => {
    expect(await audited(zlib.gzipSync(write()))).toEqual(await audited(write()))
  })
  it.skipIf(zstdCompressSync === undefined)(
    'in zstd (skipped where Node has none: 20, and 22 before 22.15)',
    async () => {
      const content = write()
      const packed = (zstdCompressSync as NonNullable<typeof zstdCompressSync>)(content)
      expect(await audited(packed)).toEqual(await audited(content))
      expect(await audited(zlib.gzipSync(packed))).toEqual(await audited(content))
    },
  )
})

const RECORDED_FOLDER = fileURLToPath(new URL('forms/recorded', import.meta.url))
const PROGRAMS = ['README.md', 'record-js.mjs', 'record_go.go', 'record_python.py']
const FILES = readdirSync(RECORDED_FOLDER).filter((name) => !PROGRAMS.includes(name))

describe('the same spans as real programs wrote them', () => {
  const recorded = (name: string) => audited(readFileSync(join(RECORDED_FOLDER, name)))
  const asOtlpJson = () => recorded('otlp-json')

  it.each(FILES.filter((name) => !name.includes('zstd')))('%s', async (name) => {
    const found = await recorded(name)
    expect(found).toEqual(await asOtlpJson())
    expect(found.records).toHaveLength(3)
  })
  const PACKED = FILES.filter((name) => name.includes('zstd'))
  const isRead = async (name: string) => {
    expect(await recorded(name)).toEqual(await asOtlpJson())
  }
  const isTold = async (name: string) => {
    const { records, problems } = await recorded(name)
    const isNative = name.includes('native')
    expect(records).toEqual([])
    expect(problems).toEqual([
      expect.stringMatching(isNative ? /^0: .*Node reads from 22\.15.*zstd -d FILE/u : /^0: its messages .*22\.15/u),
    ])
  }
  it.each(PACKED)('%s, or what to do about it where Node has no zstd', (name) =>
    expect((canUnpackZstd ? isRead : isTold)(name)).resolves.toBeUndefined(),
  )
  it.each([
    ['json', 'otlp-json'],
    ['protobuf', 'otlp-protobuf'],
    ['console', 'js-console'],
  ])('as the JavaScript SDK that is installed writes them: %s', async (form, name) => {
    const run = promisify(execFile)
    const { stdout } = await run(process.execPath, [join(RECORDED_FOLDER, 'record-js.mjs'), form], {
      encoding: 'buffer',
    })
    expect(await audited(stdout)).toEqual(await recorded(name))
  })
})

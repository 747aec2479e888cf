import { createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { wireAttributes, wireLine, wireRequest, wireSpan } from './otlp.ts'
import { onbehalf } from './program.ts'

let directory: string
const path = (name: string) => join(directory, name)

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'onbehalf-denial-'))
})

afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** The old space of the heap. An unbounded reader of these files aborts. */
const SMALL = { NODE_OPTIONS: '--max-old-space-size=512' }

const AGENT = { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'a' }
const LONG = 'x'.repeat(4_000)

function agentLine(at: number, attributes: Readonly<Record<string, string>>, name = 'run'): string {
  const spanId = at.toString(16).padStart(16, '0')
  const request = wireRequest(wireSpan('1', { spanId, name, attributes: wireAttributes({ ...AGENT, ...attributes }) }))
  const traceId = at.toString(16).padStart(32, '0')
  return `${JSON.stringify(request).replace('1'.repeat(32), traceId)}\n`
}

async function pack(name: string, lines: () => Iterable<string>): Promise<string> {
  const file = path(name)
  await pipeline(Readable.from(lines()), createGzip({ level: 1 }), createWriteStream(file))
  return file
}

const keysOf = (count: number, keyOf: (index: number) => string, valueOf: (index: number) => string) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [keyOf(index), valueOf(index)]))

const SPANS = 1_500

describe('with 512 MB of heap, a small packed file is audited to its end', () => {
  const HOSTILE: Readonly<Record<string, () => Generator<string>>> = {
    *'spans of long values'() {
      for (let at = 1; at <= SPANS; at++) {
        yield agentLine(
          at,
          keysOf(
            100,
            (key) => `key.${key}`,
            (key) => `${at}.${key}.${LONG}`,
          ),
        )
      }
    },
    *'spans with long names'() {
      for (let at = 1; at <= SPANS; at++) yield agentLine(at, {}, `${at} ${LONG.repeat(100)}`)
    },
    *'spans whose attributes are all new'() {
      for (let at = 1; at <= SPANS; at++) {
        yield agentLine(
          at,
          keysOf(
            700,
            (key) => `key.${at}.${key}`,
            () => 'v',
          ),
        )
      }
    },
  }
  for (const [title, lines] of Object.entries(HOSTILE)) {
    it(
      title,
      async () => {
        const file = await pack('hostile.jsonl.gz', lines)
        const { code, stdout, stderr } = await onbehalf(['audit', file, '--format', 'json'], directory, '', SMALL)
        expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
        expect(JSON.parse(stdout)).toMatchObject({ spans: SPANS, recognized: SPANS, unreadable: 0 })
      },
      120_000,
    )
  }

  it('one span that unpacks to a thousand times its size is told, and what follows is read', async () => {
    const file = await pack('span.jsonl.gz', function* () {
      const [start, end] = agentLine(1, { pad: 'HERE' }).split('HERE') as [string, string]
      yield start
      for (let at = 0; at < 2_000; at++) yield LONG.repeat(10)
      yield `${end}${wireLine('2')}\n`
    })
    expect(statSync(file).size).toBeLessThan(500_000)
    const { code, stdout, stderr } = await onbehalf(['audit', file, '--format', 'json'], directory, '', SMALL)
    expect([code, stderr]).toEqual([2, `${file}:1: a span is larger than 16 MB\n`])
    expect(JSON.parse(stdout)).toMatchObject({ unreadable: 1, spans: 1 })
  }, 120_000)

  it('explain says of a trace that does not fit into memory that it does not', async () => {
    const file = await pack('trace.jsonl.gz', function* () {
      for (let at = 1; at <= SPANS; at++) {
        const line = agentLine(
          at,
          keysOf(
            100,
            (key) => `key.${key}`,
            (key) => `${at}.${key}.${LONG}`,
          ),
        )
        yield line.replace(/"traceId":"\d[\da-f]{31}"/u, `"traceId":"${'7'.repeat(32)}"`)
      }
    })
    const { code, stderr } = await onbehalf(['explain', '7777', '--file', file], directory, '', SMALL)
    expect([code, stderr]).toEqual([
      2,
      'the traces that begin with 7777 hold more than fits in memory: give Node more, as with ' +
        'NODE_OPTIONS=--max-old-space-size=8192, or judge them with onbehalf audit\n',
    ])
  }, 120_000)

  it('a trace that goes on after its memory was needed is told as late, with what to do', async () => {
    const file = await pack('late.jsonl.gz', function* () {
      for (let round = 0; round < 2; round++) {
        for (let at = 1; at <= SPANS; at++) {
          const line = agentLine(
            at,
            keysOf(
              50,
              (key) => `key.${key}`,
              (key) => `${at}.${key}.${LONG}`,
            ),
          )
          yield round === 0 ? line : line.replace(/"spanId":"0/u, '"spanId":"f')
        }
      }
    })
    const { code, stdout } = await onbehalf(['audit', file], directory, '', SMALL)
    expect(code).toBe(0)
    expect(stdout.replaceAll(/\s+/gu, ' ')).toMatch(
      /\d spans came after the window of their trace, which has no memory for more: give Node more, as with NODE_OPTIONS=--max-old-space-size=8192, or name the files of fewer traces\./u,
    )
  }, 120_000)
})

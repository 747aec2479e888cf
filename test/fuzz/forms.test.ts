import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { spansOfBytes } from '../../src/recording/input.ts'
import type { SpanShape } from '../../src/model/span.ts'
import { readDocument } from '../../src/forms/document.ts'
import { createJudge } from '../../src/judge/judge.ts'
import { createPolicy } from '../../src/policy/policy.ts'
import { judgeTrace } from '../../src/judge/trace.ts'
import { consoleText, pythonText } from '../cli/forms/console.ts'
import { jaegerAnswer } from '../cli/forms/jaeger.ts'
import { protobufRequest, withLengths, withVarints } from '../cli/forms/protobuf.ts'
import { spansOf } from '../cli/forms/spans.ts'
import { harmed, harmedTree, patience, prototypeKeys, runs, textHarm, treeHarm } from './fuzzing.ts'
import { RECORDED, RECORDED_NOTE } from './recordings.ts'

const recorded = fc.constantFrom(...RECORDED).map((line) => spansOf(JSON.parse(line)))
const POLICY = createPolicy({ profile: 'strict' })

interface Read {
  readonly spans: readonly SpanShape[]
  readonly problems: readonly string[]
}

async function readAll(content: string | Uint8Array, step: number): Promise<Read> {
  const bytes = Buffer.from(content as string)
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step)
  }
  const problems: string[] = []
  const spans: SpanShape[] = []
  const report = (line: number, reason: string) => problems.push(`${line}: ${reason}`)
  for await (const batch of spansOfBytes(pieces(), { report, onLine: undefined })) spans.push(...batch)
  judgeTrace(spans, POLICY, createJudge(POLICY))
  return { spans, problems }
}

const TEXTS: Readonly<Record<string, (spans: ReturnType<typeof spansOf>) => string>> = {
  Jaeger: (spans) => JSON.stringify(jaegerAnswer(spans)),
  'Jaeger, indented': (spans) => JSON.stringify(jaegerAnswer(spans), null, 4),
  console: (spans) => spans.map(consoleText).join(''),
  Python: (spans) => spans.map((span) => pythonText(span, 4)).join(''),
  'lines of Python': (spans) => spans.map((span) => pythonText(span)).join(''),
}

const BYTES: Readonly<Record<string, (spans: ReturnType<typeof spansOf>) => Uint8Array>> = {
  'a request in protobuf': (spans) => protobufRequest(spans),
  'messages in protobuf': (spans) => withLengths(spans.map((span) => protobufRequest([span]))),
  'messages behind varints': (spans) => withVarints(spans.map((span) => protobufRequest([span]))),
}

const step = fc.constantFrom(7, 256, 1_000_000)

describe.each(Object.entries(TEXTS))(`a text that was harmed, %s${RECORDED_NOTE}`, (_, write) => {
  const options = runs(60)
  it(
    'is read as far as it can be, and complains where it gives less',
    async () => {
      const before = prototypeKeys()
      await fc.assert(
        fc.asyncProperty(recorded, textHarm, step, async (spans, harm, size) => {
          const found = await readAll(harmed(write(spans), harm), size)
          // Whole spans may be missing at the end, and nothing shows it.
          const isCutOff = harm.some(({ sort }) => sort === 'cut off')
          expect(isCutOff || found.spans.length >= spans.length || found.problems.length > 0).toBe(true)
        }),
        options,
      )
      expect(prototypeKeys()).toEqual(before)
    },
    patience(options),
  )
})

describe(`documents that were harmed${RECORDED_NOTE}`, () => {
  const options = runs(300)
  const document = fc.oneof(
    recorded.map(jaegerAnswer),
    recorded.map((spans) => spans.map((span) => JSON.parse(pythonText(span)) as unknown)),
  )
  it(
    'are read but for what is told, and are judged',
    () => {
      const before = prototypeKeys()
      fc.assert(
        fc.property(document, treeHarm, (whole, harm) => {
          const problems: string[] = []
          const spans = readDocument(harmedTree(whole, harm), ({ reason }) => problems.push(reason))
          judgeTrace(spans, POLICY, createJudge(POLICY))
        }),
        options,
      )
      expect(prototypeKeys()).toEqual(before)
    },
    patience(options),
  )
})

describe.each(Object.entries(BYTES))(`bytes that were harmed, %s${RECORDED_NOTE}`, (_, write) => {
  const options = runs(120)
  const flips = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { maxLength: 4 })
  it(
    'are read as far as they can be, and a complaint tells where they break off',
    async () => {
      await fc.assert(
        fc.asyncProperty(recorded, flips, fc.option(fc.nat()), step, async (spans, changes, keep, size) => {
          const bytes = Buffer.from(write(spans))
          for (const [place, bits] of changes) bytes[place % bytes.length]! ^= bits
          const found = await readAll(keep === null ? bytes : bytes.subarray(0, keep % bytes.length), size)
          const isWhole = changes.length === 0 && keep === null
          const read = { names: found.spans.map(({ name }) => name), problems: found.problems }
          const whole = { names: spans.map(({ name }) => name), problems: [] }
          expect(isWhole ? read : whole).toEqual(whole)
        }),
        options,
      )
    },
    patience(options),
  )
})

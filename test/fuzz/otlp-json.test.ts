import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDocumentReader } from '../../src/recording/documents.ts'
import { readSpans } from '../../src/recording/input.ts'
import type { SpanShape } from '../../src/model/span.ts'
import { createJudge } from '../../src/judge/judge.ts'
import { readRequest } from '../../src/otlp/otlp-json.ts'
import type { Unreadable } from '../../src/otlp/unreadable.ts'
import { createPolicy } from '../../src/policy/policy.ts'
import { stamp } from '../../src/judge/stamp.ts'
import { judgeTrace } from '../../src/judge/trace.ts'
import { harmed, harmedTree, patience, prototypeKeys, runs, textHarm, treeHarm } from './fuzzing.ts'
import { RECORDED, RECORDED_NOTE } from './recordings.ts'

const recorded = fc.constantFrom(...RECORDED)
const POLICY = createPolicy({ profile: 'strict' })
const WRITTEN = { judgeName: 'fuzz', findingAttributes: true, findingWarnings: true, fillStandard: true }

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'onbehalf-fuzz-'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** Judges each trace as the audit does, and makes what would be written on the spans. */
function judgedWhole(spans: readonly SpanShape[]): number {
  const traces = grouped(spans)
  let count = 0
  for (const trace of traces.values()) {
    for (const { span, resolved, judgement } of judgeTrace(trace, POLICY, createJudge(POLICY))) {
      const stamped = stamp(span.attributes, resolved, judgement, WRITTEN)
      expect(Object.keys(stamped).length).toBeGreaterThan(0)
      count += 1
    }
  }
  return count
}

const idOf = (span: SpanShape) => span.spanContext().traceId

function grouped(spans: readonly SpanShape[]): Map<string, SpanShape[]> {
  const traces = new Map<string, SpanShape[]>()
  for (const span of spans) traces.set(idOf(span), [...(traces.get(idOf(span)) ?? []), span])
  return traces
}

/** What stands at a place like `resourceSpans[0].scopeSpans[1].spans[7]`, in whatever spelling the document has it. */
function at(document: unknown, place: string): unknown {
  const steps = [...place.matchAll(/\w+/gu)].map(([step]) => step)
  return steps.reduce<unknown>(
    (here, step) =>
      spellings(step)
        .map((name) => own(here, name))
        .find(isThere),
    document,
  )
}

const SPELLINGS: Readonly<Record<string, readonly string[]>> = {
  resourceSpans: ['resourceSpans', 'resource_spans', 'batches'],
  scopeSpans: ['scopeSpans', 'scope_spans', 'instrumentationLibrarySpans'],
  scope: ['scope', 'instrumentationLibrary'],
  parentSpanId: ['parentSpanId', 'parent_span_id'],
  startTimeUnixNano: ['startTimeUnixNano', 'start_time_unix_nano'],
}
const spellings = (step: string) => SPELLINGS[step] ?? [step]
const isThere = (value: unknown) => value !== undefined
const own = (owner: unknown, name: string) =>
  typeof owner === 'object' && owner !== null && Object.hasOwn(owner, name) ? Reflect.get(owner, name) : undefined

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether an attribute with such a key is where the place says. */
function hasAttribute(document: unknown, place: string): boolean {
  const [, owner = '', key = ''] = /^(.*)\.attributes\[("(?:[^"\\]|\\.)*")\]$/u.exec(place) ?? []
  const attributes = own(at(document, owner), 'attributes')
  const entries: readonly unknown[] = Array.isArray(attributes) ? attributes : [attributes]
  const names = entries.flatMap((entry) => [own(entry, 'key'), own(entry, 'Key'), own(entry, JSON.parse(key))])
  return names.some(isThere)
}

/** Whether the complaint is true of what stands at its place. */
function isTrue(document: unknown, { place, reason }: Unreadable): boolean {
  if (place.endsWith('"]')) return hasAttribute(document, place)
  const found = at(document, place)
  if (reason === 'this has to be a list') return found !== undefined && !Array.isArray(found)
  if (reason === 'this has to be an object') return found !== undefined && !isObject(found)
  if (/^(?:traceId|spanId) is not/u.test(reason)) return isObject(found)
  return place === '' || found !== undefined
}

/** How many entries of `spans` there are to be read, by another way than the reader's. */
function entriesIn(document: unknown): number {
  const lists = (owner: unknown, name: string): readonly unknown[] => {
    const list = at(owner, name)
    return Array.isArray(list) ? list.filter(isObject) : []
  }
  const scopes = lists(document, 'resourceSpans').flatMap((group) => lists(group, 'scopeSpans'))
  return scopes.reduce<number>((sum, scope) => {
    const spans = at(scope, 'spans')
    return sum + (Array.isArray(spans) ? spans.length : 0)
  }, 0)
}

describe(`a request that was harmed${RECORDED_NOTE}`, () => {
  const options = runs(1_500)
  it(
    'is read but for what is told with its exact place, and is judged',
    () => {
      const before = prototypeKeys()
      fc.assert(
        fc.property(recorded, treeHarm, (line, harm) => {
          const document = harmedTree(JSON.parse(line), harm)
          const problems: Unreadable[] = []
          const spans = readRequest(document, (problem) => problems.push(problem))
          expect(problems.filter((problem) => !isTrue(document, problem))).toEqual([])
          const unread = problems.filter(({ place }) => /\.spans\[\d+\]$/u.test(place))
          expect(spans.length + unread.length).toBe(isObject(document) ? entriesIn(document) : spans.length)
          expect(judgedWhole(spans)).toBeLessThanOrEqual(spans.length)
        }),
        options,
      )
      expect(prototypeKeys()).toEqual(before)
    },
    patience(options),
  )
})

it.each([
  ['nested deeper than a stack', `${'['.repeat(5_000)}${']'.repeat(5_000)}`],
  ['named as what converts it', '{"toString":1,"valueOf":1}'],
])('a number that is %s is none, and its span is read', (_, json) => {
  const text = RECORDED[0]?.replace('"kind":1', `"kind":${json}`).replace('"stringValue":"human"', `"intValue":${json}`)
  expect(readRequest(JSON.parse(text ?? ''), () => {})).toHaveLength(1)
})

/** Lines of a file: whole ones, and harmed ones that stay one line each. */
const lines = fc.array(
  fc.record({ line: recorded, harm: fc.option(textHarm) }).map(({ line, harm }) => ({
    isWhole: harm === null,
    text: harm === null ? line : harmed(line, harm).replaceAll(/[\r\n]/gu, ' '),
  })),
  { minLength: 1, maxLength: 6 },
)

interface Read {
  readonly spans: readonly SpanShape[]
  readonly problems: readonly { readonly line: number; readonly reason: string }[]
}

function readInPieces(text: string, size: number, maxHeld?: number): Read {
  const problems: Read['problems'][number][] = []
  const spans: SpanShape[] = []
  const reader = createDocumentReader((line, reason) => problems.push({ line, reason }), maxHeld)
  for (let from = 0; from < text.length; from += size) spans.push(...reader.read(text.slice(from, from + size)))
  spans.push(...reader.end())
  return { spans, problems }
}

/** Ids and names of the spans of a line that is whole. */
const told = (spans: readonly SpanShape[]) =>
  spans.map((span) => `${span.spanContext().traceId}/${span.spanContext().spanId}/${span.name}`)
const toldIn = (line: string) => told(readRequest(JSON.parse(line), () => {}))

function missingFrom(found: readonly string[], wanted: readonly string[]): readonly string[] {
  const left = [...found]
  return wanted.filter((one) => {
    const index = left.indexOf(one)
    if (index !== -1) left.splice(index, 1)
    return index === -1
  })
}

describe(`a file with harmed lines${RECORDED_NOTE}`, () => {
  const options = runs(600)
  it(
    'gives every span of its whole lines, and complains of no line but the harmed ones',
    () => {
      const before = prototypeKeys()
      fc.assert(
        fc.property(lines, fc.constantFrom(64, 4_096, 1_000_000), (made, size) => {
          const { spans, problems } = readInPieces(made.map(({ text }) => text).join('\n'), size)
          const wanted = made.filter(({ isWhole }) => isWhole).flatMap(({ text }) => toldIn(text))
          expect(missingFrom(told(spans), wanted)).toEqual([])
          expect(problems.filter(({ line }) => made[line - 1]?.isWhole !== false)).toEqual([])
          judgedWhole(spans)
        }),
        options,
      )
      expect(prototypeKeys()).toEqual(before)
    },
    patience(options),
  )

  it(
    'is read to its end where its documents are too large to hold, and says so where it gives less',
    () => {
      fc.assert(
        fc.property(lines, fc.constantFrom(64, 4_096), fc.constantFrom(200, 3_000), (made, size, maxHeld) => {
          const text = made.map(({ text }) => text).join('\n')
          const { spans, problems } = readInPieces(text, size, maxHeld)
          const wanted = made.filter(({ isWhole }) => isWhole).flatMap(({ text }) => toldIn(text))
          const missing = missingFrom(told(spans), wanted)
          expect(missing.length === 0 || problems.length > 0).toBe(true)
          expect(problems.filter(({ line }) => line < 1 || line > made.length)).toEqual([])
          judgedWhole(spans)
        }),
        options,
      )
    },
    patience(options),
  )
})

describe(`a file with harmed bytes${RECORDED_NOTE}`, () => {
  const options = runs(150)
  const bytes = fc.record({
    lines: fc.array(recorded, { minLength: 1, maxLength: 3 }),
    isGzipped: fc.boolean(),
    flips: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { maxLength: 6 }),
    keep: fc.option(fc.nat()),
  })

  it(
    'is read as far as it can be, and complains where it gives less',
    async () => {
      await fc.assert(
        fc.asyncProperty(bytes, async ({ lines, isGzipped, flips, keep }) => {
          const text = Buffer.from(lines.join('\n'))
          const content = isGzipped ? gzipSync(text) : text
          for (const [place, bits] of flips) content[place % content.length]! ^= bits
          const file = join(directory, randomUUID())
          writeFileSync(file, keep === null ? content : content.subarray(0, keep % content.length))
          const problems: number[] = []
          const spans: SpanShape[] = []
          for await (const span of readSpans(file, ({ line }) => problems.push(line))) spans.push(span)
          rmSync(file)
          judgedWhole(spans)
          const isUnharmed = flips.length === 0 && keep === null
          const whole = [lines.flatMap(toldIn), []]
          expect(isUnharmed ? [told(spans), problems] : whole).toEqual(whole)
          // What is unpacked from damaged data may be any number of lines.
          const last = isGzipped ? Infinity : lines.length + flips.length
          expect(problems.filter((line) => line < 0 || line > last)).toEqual([])
        }),
        options,
      )
    },
    patience(options),
  )
})

import { readdirSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { ATTR } from '../../src/model/names.ts'
import { FINDING_CODES } from '../../src/model/finding.ts'
import type { FindingCode } from '../../src/model/finding.ts'
import type { SpanShape } from '../../src/model/span.ts'
import { VERSION } from '../../src/model/version.ts'
import { collectorConfiguration } from '../../src/rules/collector/configuration.ts'
import { LIMITS } from '../../src/rules/collector/limits.ts'
import { createJudge } from '../../src/rules/judge.ts'
import { createPolicy } from '../../src/rules/policy.ts'
import type { PolicyOptions } from '../../src/rules/policy.ts'
import { recognize } from '../../src/rules/recognize.ts'
import type { Sighting } from '../../src/rules/resolve.ts'
import { stampFacets } from '../../src/rules/stamp.ts'
import { judgeTrace, sightTrace } from '../../src/rules/trace.ts'
import { hasCorpus, labelledSpans, WITHOUT_CORPUS } from '../corpus.ts'
import { CASES } from '../rules/spans.ts'
import { available, openBench } from './bench.ts'
import type { Bench } from './bench.ts'
import { receivedAll, send, startCollector, TOKEN } from './otelcol.ts'
import type { Collector } from './otelcol.ts'

const JUDGE_CASES = new URL('../rules/judge/', import.meta.url)
// The judge's own cases are what its tests sight: they run here first, and leave their spans.
for (const file of readdirSync(JUDGE_CASES)) {
  if (file.endsWith('.test.ts')) await import(new URL(file, JUDGE_CASES).pathname)
}

const { has, note } = available('otelcol')
const EXEMPT: ReadonlyMap<FindingCode, string> = new Map(
  LIMITS.flatMap(({ codes, reason }) => codes.map((code) => [code, reason] as const)),
)

interface Said {
  readonly kind: unknown
  readonly dialect: unknown
  readonly verdict: unknown
  readonly complete: unknown
  readonly findings: readonly string[]
}

describe.skipIf(!has)(`the Collector and the audit${note}`, () => {
  const bench = openBench()

  describe.skipIf(!hasCorpus)(`on the recorded corpus${WITHOUT_CORPUS}`, () => {
    let collector: Collector
    beforeAll(async () => {
      collector = await start(bench, {})
    })

    it('agree on every span that carries its resolved facets', async () => {
      await agree('corpus, flattened', collector, corpusSightings().map(flattened), {})
    })

    it('agree on every span that carries what its dialect says, as a root', async () => {
      await agree('corpus, as roots', collector, corpusSightings().map(({ input }) => alone(input.span)), {})
    })

    it('recognize the same spans where they stand in their traces', async () => {
      const spans = labelledSpans().map(({ span }, index) => renumbered(span, index, true))
      await deliver(collector, spans)
      const received = await receivedAll(collector, spans)
      const differing = spans.flatMap((span, index) => {
        const [audit, here] = [recognize(span), saidBy(received[index] as SpanShape)]
        return audit?.kind === here.kind && audit?.dialect === here.dialect ? [] : [{ name: span.name, audit, here }]
      })
      const found = received.filter((span) => span.attributes[ATTR.span.kind] !== undefined).length
      console.log(`corpus in its traces: ${found} of ${spans.length} spans recognized by both`)
      expect(differing.slice(0, 20)).toEqual([])
    })
  })

  it("agree on the judge's own cases, each under its policy", async () => {
    expect(CASES.length).toBeGreaterThan(500)
    const byPolicy = grouped(CASES.filter(({ options }) => typeof options.aliases !== 'function'), ({ options }) => JSON.stringify(options))
    const tally = new Tally("the judge's own cases")
    for (const cases of byPolicy.values()) {
      const { options } = cases[0] as (typeof cases)[number]
      const collector = await start(bench, options)
      await compare(tally, collector, cases.map(({ sighting }) => flattened(sighting)), options)
      await collector.stop()
    }
    tally.settle()
  }, 600_000)
})

let started = 0

function start(bench: Bench, policy: PolicyOptions): Promise<Collector> {
  started += 1
  return startCollector(bench, `parity-${started}`, [collectorConfiguration('otelcol', { policy, version: VERSION })])
}

async function agree(title: string, collector: Collector, spans: readonly SpanShape[], options: PolicyOptions) {
  const tally = new Tally(title)
  await compare(tally, collector, spans, options)
  tally.settle()
}

async function compare(tally: Tally, collector: Collector, given: readonly SpanShape[], options: PolicyOptions) {
  const spans = given.map((span, index) => renumbered(span, index, false))
  await deliver(collector, spans)
  const received = await receivedAll(collector, spans)
  const policy = createPolicy(options)
  const judge = createJudge(policy)
  for (const [index, span] of spans.entries()) {
    const [judged] = judgeTrace([span], policy, judge)
    const audit: Said = {
      kind: judged?.sighting.kind,
      dialect: judged?.sighting.dialect,
      verdict: judged?.judgement.verdict,
      complete: judged?.judgement.complete,
      findings: judged?.judgement.findings ?? [],
    }
    tally.add(span, audit, saidBy(received[index] as SpanShape))
  }
}

function saidBy({ attributes }: SpanShape): Said {
  return {
    kind: attributes[ATTR.span.kind],
    dialect: attributes[ATTR.span.dialect],
    verdict: attributes[ATTR.verdict],
    complete: attributes[ATTR.complete],
    findings: (attributes[ATTR.findings] ?? []) as string[],
  }
}

/** What was compared and what was left out, with the reason. */
class Tally {
  readonly #title: string
  readonly #excluded = new Map<string, number>()
  readonly #differing: unknown[] = []
  #compared = 0
  #recognized = 0

  constructor(title: string) {
    this.#title = title
  }

  add(span: SpanShape, audit: Said, here: Said): void {
    this.#compared += 1
    if (audit.kind !== undefined) this.#recognized += 1
    const exempt = FINDING_CODES.filter((code) => EXEMPT.has(code) && audit.findings.includes(code) !== here.findings.includes(code))
    for (const code of exempt) this.#exclude(code)
    const unicode = isBeyondAscii(span)
    const strip = (said: Said) => ({
      ...said,
      findings: said.findings.filter((code) => !exempt.includes(code as FindingCode)),
      ...(exempt.length > 0 ? { verdict: 'left out' } : {}),
    })
    const [a, b] = [strip(audit), strip(here)]
    if (JSON.stringify(a) === JSON.stringify(b)) return
    if (unicode) return this.#exclude('unicode')
    this.#differing.push({ name: span.name, attributes: { ...span.attributes }, audit: a, here: b })
  }

  settle(): void {
    const excluded = [...this.#excluded].map(([what, count]) => `${what} ${count}`).join(', ')
    console.log(
      `${this.#title}: ${this.#compared} spans compared, ${this.#recognized} recognized, ${this.#differing.length} differ; left out: ${excluded || 'none'}`,
    )
    expect(this.#differing.slice(0, 10)).toEqual([])
  }

  #exclude(what: string): void {
    this.#excluded.set(what, (this.#excluded.get(what) ?? 0) + 1)
  }
}

/** An id whose compared form takes Unicode normalization. */
function isBeyondAscii({ attributes }: SpanShape): boolean {
  return Object.values(attributes).some((value) => typeof value === 'string' && value.normalize('NFKC') !== value)
}

function corpusSightings(): readonly Sighting[] {
  const policy = createPolicy()
  const traces = grouped(labelledSpans(), ({ source, span }) => `${source} ${span.spanContext().traceId}`)
  return [...traces.values()].flatMap((recorded) => sightTrace(recorded.map(({ span }) => span), policy, 'missing'))
}

/** The span as a root that carries everything that was resolved for it. */
function flattened(sighting: Sighting): SpanShape {
  const span = sighting.input.span
  const given = Object.fromEntries(Object.entries(span.attributes).filter(([key]) => !JUDGED.test(key)))
  const stamp: Record<string, unknown> = stampFacets(sighting)
  const isByDialect = recognize({ ...span, spanContext: () => span.spanContext(), attributes: given })?.kind === sighting.kind
  if (isByDialect) for (const key of Object.values(ATTR.span)) delete stamp[key]
  return alone({ ...span, spanContext: () => span.spanContext(), attributes: { ...given, ...stamp } })
}

/** What a judge writes; findings stay, for those that only a running process could make. */
const JUDGED = /^attribution\.(?:verdict|complete|judge|finding\..*)$/u

function alone(span: SpanShape): SpanShape {
  return { ...span, spanContext: () => span.spanContext(), parentSpanContext: undefined }
}

/** With ids of its own, so that it is found again. */
function renumbered(span: SpanShape, index: number, isInTrace: boolean): SpanShape {
  batch += isInTrace || index > 0 ? 0 : 1
  const id = `${batch.toString(16).padStart(8, '0')}${(index + 1).toString(16).padStart(8, '0')}`
  const context = { traceId: id.repeat(2), spanId: id }
  const parent = isInTrace ? span.parentSpanContext : undefined
  const { attributes, name, kind, startTime, status, resource, instrumentationScope } = span
  return { attributes, name, kind, startTime, status, resource, instrumentationScope, spanContext: () => context, parentSpanContext: parent }
}

let batch = 0

async function deliver(collector: Collector, spans: readonly SpanShape[]): Promise<void> {
  for (let from = 0; from < spans.length; from += 200) {
    const status = await send(collector.inside, spans.slice(from, from + 200), TOKEN)
    expect(status).toBe(200)
  }
}

function grouped<T>(values: readonly T[], keyOf: (value: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const value of values) groups.set(keyOf(value), [...(groups.get(keyOf(value)) ?? []), value])
  return groups
}

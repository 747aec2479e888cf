import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { ATTR } from '../../src/model/names.ts'
import { FINDING_CODES } from '../../src/model/finding.ts'
import type { FindingCode } from '../../src/model/finding.ts'
import type { SpanShape } from '../../src/model/span.ts'
import { VERSION } from '../../src/model/version.ts'
import { collectorConfiguration } from '../../src/collector/configuration.ts'
import { LIMITS } from '../../src/collector/limits.ts'
import { DECISIONS } from '../../src/recognize/dialects/decisions.ts'
import { isoTimeOf } from '../../src/base/iso-time.ts'
import { unreadableFacets } from '../../src/judge/unreadable.ts'
import { createJudge } from '../../src/judge/judge.ts'
import { readRequest } from '../../src/otlp/otlp-json.ts'
import { createPolicy } from '../../src/policy/policy.ts'
import type { PolicyOptions } from '../../src/policy/policy.ts'
import { recognize } from '../../src/recognize/recognize.ts'
import type { SpanInTrace } from '../../src/judge/trace.ts'
import { facetsOf } from '../../src/judge/stamp.ts'
import { judgeTrace, resolveTrace } from '../../src/judge/trace.ts'
import type { JudgedSpan } from '../../src/judge/trace.ts'
import { hasCorpus, labelledSpans, WITHOUT_CORPUS } from '../corpus.ts'
import { onbehalf } from '../cli/program.ts'
import { CASES } from '../judge/spans.ts'
import { available, freePorts, openBench } from './bench.ts'
import type { Bench } from './bench.ts'
import { receivedAll, send, startCollector, TOKEN } from './otelcol.ts'
import type { Collector } from './otelcol.ts'

const JUDGE_CASES = new URL('../judge/', import.meta.url)
// The judge's own cases are what its tests resolve: they run here first, and leave their spans.
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
  /** What a declaration or policy allowed. */
  readonly allowed: readonly string[]
}

describe.skipIf(!has)(`the Collector and the audit${note}`, () => {
  const bench = openBench()

  describe.skipIf(!hasCorpus)(`on the recorded corpus${WITHOUT_CORPUS}`, () => {
    let collector: Collector
    beforeAll(async () => {
      collector = await start(bench, {})
    })

    it('agree on every span that carries its resolved facets', async () => {
      expect(await agree('corpus, flattened', collector, corpusSightings().map(flattened), {})).toEqual([])
    })

    it('agree on every span that carries what its dialect says, as a root', async () => {
      const roots = corpusSightings().map(({ span }) => alone(span))
      expect(await agree('corpus, as roots', collector, roots, {})).toEqual([])
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

  it("agree on the demo's traces", async () => {
    const folder = bench.subfolder('demo')
    const { code } = await onbehalf(['demo'], folder)
    expect(code).toBe(0)
    const spans = readFileSync(join(folder, 'onbehalf-demo.otlp.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .flatMap((line) => [...readRequest(JSON.parse(line), () => {})])
    expect(spans.length).toBeGreaterThan(20)
    const traces = grouped(spans, (span) => span.spanContext().traceId)
    const resolvedSpans = [...traces.values()].flatMap((trace) => resolveTrace(trace, createPolicy(), 'missing'))
    const collector = await start(bench, {}, 'demo-collector')
    expect(await agree('the demo, flattened', collector, resolvedSpans.map(flattened), {})).toEqual([])
  })

  it("agree on the judge's own cases that record a decision in another convention, as roots", async () => {
    const keys = DECISIONS.map(({ key }) => key)
    const roots = CASES.filter(({ span }) => keys.some((key) => key in span.attributes))
    expect(roots.length).toBeGreaterThan(20)
    const spans = roots.map(({ span }) => alone(span))
    const collector = await start(bench, {}, 'decisions')
    expect(await agree('decisions, as roots', collector, spans, {})).toEqual([])
  })

  it("agree on the judge's own cases, each under its policy", async () => {
    expect(CASES.length).toBeGreaterThan(500)
    const stated = CASES.filter((one) => typeof one.options.aliases !== 'function' && !takesReading(one))
    const byPolicy = [...grouped(stated, ({ options }) => JSON.stringify(options)).values()]
    const policies = byPolicy.map(([first]) => first?.options ?? {})
    const tally = new Tally(`the judge's own cases under ${policies.length} policies`)
    for (let from = 0; from < policies.length; from += POLICIES_A_PROCESS) {
      const some = policies.slice(from, from + POLICIES_A_PROCESS)
      const { doors, stop } = await startJudges(bench, some)
      for (const [index, door] of doors.entries()) {
        const spans = byPolicy[from + index]?.map(flattened) ?? []
        await compare(tally, door, spans, some[index] as PolicyOptions)
      }
      await stop()
    }
    expect(tally.settle()).toEqual([])
    const leftOut = CASES.length - stated.length
    console.log(
      `left out whole: ${leftOut} spans under aliases that are a function, or with what takes more to be read`,
    )
  }, 600_000)
})

function start(bench: Bench, policy: PolicyOptions, name = 'parity'): Promise<Collector> {
  return startCollector(bench, name, [collectorConfiguration('otelcol', { policy, version: VERSION })])
}

/** A time in another form than ISO 8601, or a value that can't be read. */
function takesReading({ resolved }: SpanInTrace): boolean {
  const { authority, decision } = resolved.facets
  if ([authority?.value.expiresAt, decision?.value.at].some((at) => at !== undefined && isoTimeOf(at) === undefined))
    return true
  return unreadableFacets(resolved).length > 0
}

/** A process reads the statements of one policy in about a second. */
const POLICIES_A_PROCESS = 12

/** One process that judges by many policies: what each configuration recognizes and judges by stands behind a door of its own. */
async function startJudges(bench: Bench, policies: readonly PolicyOptions[]) {
  const ports = await freePorts(policies.length)
  const receivers: Record<string, unknown> = {}
  const processors: Record<string, unknown> = {}
  const pipelines: Record<string, unknown> = {}
  for (const [index, policy] of policies.entries()) {
    const made = parse(collectorConfiguration('otelcol', { policy, version: VERSION })) as {
      processors: Record<string, unknown>
    }
    receivers[`otlp/${index}`] = { protocols: { http: { endpoint: `127.0.0.1:${ports[index]}` } } }
    processors[`transform/recognize_${index}`] = made.processors['transform/recognize']
    processors[`transform/judge_${index}`] = made.processors['transform/judge']
    pipelines[`traces/judge_${index}`] = {
      receivers: [`otlp/${index}`],
      processors: [`transform/recognize_${index}`, `transform/judge_${index}`],
      exporters: ['forward/judged'],
    }
  }
  const text = JSON.stringify({ receivers, processors, service: { pipelines } })
  const base = collectorConfiguration('otelcol', { policy: {}, version: VERSION })
  const collector = await startCollector(bench, `judges-${ports[0]}`, [base, text])
  const doors = ports.map((port) => ({ ...collector, inside: `http://127.0.0.1:${port}/v1/traces` }))
  return { doors, stop: () => collector.kill() }
}

async function agree(title: string, collector: Collector, spans: readonly SpanShape[], options: PolicyOptions) {
  const tally = new Tally(title)
  await compare(tally, collector, spans, options)
  return tally.settle()
}

async function compare(tally: Tally, collector: Collector, given: readonly SpanShape[], options: PolicyOptions) {
  const spans = given.map((span, index) => renumbered(span, index, false))
  await deliver(collector, spans)
  const received = await receivedAll(collector, spans)
  const policy = createPolicy(options)
  const judge = createJudge(policy)
  for (const [index, span] of spans.entries()) {
    const [judged] = judgeTrace([span], policy, judge)
    tally.add(span, saidByAudit(judged), saidBy(received[index] as SpanShape))
  }
}

const NOTHING: Said = {
  kind: undefined,
  dialect: undefined,
  verdict: undefined,
  complete: undefined,
  findings: [],
  allowed: [],
}

function saidByAudit(judged: JudgedSpan | undefined): Said {
  if (judged === undefined) return NOTHING
  const { verdict, complete, findings, allowed } = judged.judgement
  const { kind, dialect } = judged.resolved
  return { kind, dialect, verdict, complete, findings, allowed }
}

/** On a span that is none of an agent's, what it brought itself is nobody's verdict. */
function saidBy({ attributes }: SpanShape): Said {
  if (attributes[ATTR.span.kind] === undefined) return { ...NOTHING, verdict: attributes[ATTR.verdict] }
  return {
    kind: attributes[ATTR.span.kind],
    dialect: attributes[ATTR.span.dialect],
    verdict: attributes[ATTR.verdict],
    complete: attributes[ATTR.complete],
    findings: (attributes[ATTR.findings] ?? []) as string[],
    allowed: (attributes[ATTR.allowed] ?? []) as string[],
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
    const raisedBy = ({ findings, allowed }: Said) => new Set([...findings, ...allowed])
    const [raised, raisedHere] = [raisedBy(audit), raisedBy(here)]
    const exempt = FINDING_CODES.filter((code) => EXEMPT.has(code) && raised.has(code) !== raisedHere.has(code))
    const kept = (codes: readonly string[]) => codes.filter((code) => !exempt.includes(code as FindingCode))
    for (const code of exempt) this.#exclude(code)
    const strip = (said: Said) => ({
      ...said,
      allowed: kept(said.allowed),
      findings: kept(said.findings),
      ...(exempt.length > 0 ? { verdict: 'left out' } : {}),
    })
    const [a, b] = [strip(audit), strip(here)]
    if (isDeepStrictEqual(a, b)) return
    if (takesNormalization(span)) return this.#exclude('unicode')
    this.#differing.push({ name: span.name, attributes: { ...span.attributes }, audit: a, here: b })
  }

  /** Tells what was compared, and gives back the first of what differs. */
  settle(): readonly unknown[] {
    const excluded = [...this.#excluded].map(([what, count]) => `${what} ${count}`).join(', ')
    console.log(
      `${this.#title}: ${this.#compared} spans compared, ${this.#recognized} recognized, ${this.#differing.length} differ; left out: ${excluded || 'none'}`,
    )
    return this.#differing.slice(0, 10)
  }

  #exclude(what: string): void {
    this.#excluded.set(what, (this.#excluded.get(what) ?? 0) + 1)
  }
}

/** An id whose compared form takes Unicode normalization. */
function takesNormalization({ attributes }: SpanShape): boolean {
  const ids = Object.entries(attributes).filter(([key]) => IDENTIFYING.test(key))
  return ids.some(([, value]) => typeof value === 'string' && value.normalize('NFKC') !== value)
}

const IDENTIFYING = /^attribution\..*\.(?:id|name|subject|issuer)$|^user\.id$/u

function corpusSightings(): readonly SpanInTrace[] {
  const policy = createPolicy()
  const traces = grouped(labelledSpans(), ({ source, span }) => `${source} ${span.spanContext().traceId}`)
  return [...traces.values()].flatMap((recorded) =>
    resolveTrace(
      recorded.map(({ span }) => span),
      policy,
      'missing',
    ),
  )
}

/** The span as a root that carries everything that was resolved for it. */
function flattened({ span, resolved }: SpanInTrace): SpanShape {
  const { kind, dialect } = resolved
  const given = Object.fromEntries(Object.entries(span.attributes).filter(([key]) => !JUDGED.test(key)))
  const bare = { ...alone(span), attributes: given }
  if (kind === undefined) return bare
  const facets = facetsOf(resolved)
  // What a dialect shows is left to it; an effect shows by its place alone.
  const stated = recognize(bare)?.kind === kind ? {} : { [ATTR.span.kind]: kind, [ATTR.span.dialect]: dialect }
  return { ...bare, attributes: { ...given, ...stated, ...facets } }
}

/** What a judge writes; findings stay, for those that only a running process could make. */
const JUDGED = /^attribution\.(?:verdict|complete|judge|finding\..*)$/u

function alone(span: SpanShape): SpanShape {
  const { attributes, name, kind, startTime, status, resource, instrumentationScope } = span
  const context = span.spanContext()
  return { attributes, name, kind, startTime, status, resource, instrumentationScope, spanContext: () => context }
}

/** With ids of its own, so that it is found again. */
function renumbered(span: SpanShape, index: number, isInTrace: boolean): SpanShape {
  batch += isInTrace || index > 0 ? 0 : 1
  const id = `${batch.toString(16).padStart(8, '0')}${(index + 1).toString(16).padStart(8, '0')}`
  const parent = isInTrace ? span.parentSpanContext : undefined
  return { ...alone(span), spanContext: () => ({ traceId: id.repeat(2), spanId: id }), parentSpanContext: parent }
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

import { expect, it } from 'vitest'
import type { AgentSpanKind, Assurance, AssuredFacet, Verdict } from '../../src/model/attribution.ts'
import type { FindingCode } from '../../src/model/finding.ts'
import { noteOtherRecords } from '../../src/model/other-records.ts'
import { ATTR_PREFIX } from '../../src/model/names.ts'
import { SPAN_KIND, STATUS } from '../../src/model/span.ts'
import type { SpanShape } from '../../src/model/span.ts'
import { actorLabel } from '../../src/resolve/actor-chain.ts'
import { createJudge } from '../../src/judge/judge.ts'
import type { Judge, Judgement } from '../../src/judge/judge.ts'
import { lineageFrom } from '../../src/resolve/lineage.ts'
import type { Binding, Lineage } from '../../src/resolve/lineage.ts'
import { createPolicy } from '../../src/policy/policy.ts'
import type { Policy, PolicyOptions } from '../../src/policy/policy.ts'
import { resolveSpan } from '../../src/resolve/resolved-span.ts'
import type { ResolvedSpan } from '../../src/resolve/resolved-span.ts'
import { noteInTree } from '../../src/resolve/tree-ledger.ts'
import { judgeTrace, resolveTrace } from '../../src/judge/trace.ts'
import type { SpanInTrace } from '../../src/judge/trace.ts'

/** Attributes; names of ours stand without their prefix: `principal.id` is `attribution.principal.id`. */
export type GivenAttributes = Readonly<Record<string, unknown>>

/** What a test may say of a span beyond its name, attributes and children. */
export interface SpanDetails {
  readonly id?: string
  /** Seconds after the start of the trace. Default: a millisecond after the span before. */
  readonly start?: number
  /** Like `start`. Default: not known. */
  readonly end?: number
  readonly kind?: number
  readonly status?: number
  /** A parent other than the span it stands below: an id that is in no span makes it missing. */
  readonly parent?: string
  readonly remote?: boolean
  readonly service?: string
  /** The instrumentation scope. Default: none. */
  readonly scope?: string
  readonly resource?: GivenAttributes
  /** What another record of the span says instead. */
  readonly again?: GivenAttributes
  /** Live only. */
  readonly binding?: Partial<Binding>
}

export interface SpanSpec extends SpanDetails {
  readonly name: string
  readonly says: GivenAttributes
  readonly children: readonly SpanSpec[]
}

type Below = readonly SpanSpec[]
type Maker = (name: string, says?: GivenAttributes | SpanSpec, ...below: Below) => SpanSpec

/** `agent('a', { 'principal.id': 'kai' }, tool('t'))`: attributes may be left out. */
function maker(usual: (name: string) => GivenAttributes, details: SpanDetails = {}): Maker {
  return (name, says = {}, ...below) => {
    const given = isSpanSpec(says) ? {} : says
    return {
      name,
      says: { ...usual(name), ...given },
      children: isSpanSpec(says) ? [says, ...below] : below,
      ...details,
    }
  }
}

function isSpanSpec(value: GivenAttributes | SpanSpec): value is SpanSpec {
  return Array.isArray(value['children'])
}

export const agent = maker((name) => ({ 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': name }))
export const nameless = maker(() => ({ 'gen_ai.operation.name': 'invoke_agent' }))
export const creation = maker((name) => ({ 'gen_ai.operation.name': 'create_agent', 'gen_ai.agent.name': name }))
export const tool = maker((name) => ({ 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': name }))
export const llm = maker(() => ({ 'gen_ai.operation.name': 'chat' }))
export const retriever = maker(() => ({ 'gen_ai.operation.name': 'retrieval' }))
export const workflow = maker(() => ({ 'gen_ai.operation.name': 'invoke_workflow' }))
export const guardrail = maker(() => ({ 'openinference.span.kind': 'GUARDRAIL' }))
export const mcp = maker((name) => ({ 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': name }))
/** A span that no dialect knows, of each OpenTelemetry kind. */
export const plain = maker(() => ({}))
export const client = maker(() => ({}), { kind: SPAN_KIND.client })
export const producer = maker(() => ({}), { kind: SPAN_KIND.producer })
export const server = maker(() => ({}), { kind: SPAN_KIND.server })
export const consumer = maker(() => ({}), { kind: SPAN_KIND.consumer })

export function spanWith(details: SpanDetails, span: SpanSpec): SpanSpec {
  return { ...span, ...details }
}

export function failed(span: SpanSpec): SpanSpec {
  return { ...span, status: STATUS.error }
}

/** What makes a span and everything below it complete, and nothing of it strange. */
export const ASKED = {
  'principal.id': 'kai@contoso.com',
  'principal.type': 'human',
  'intent.id': 'intent-1',
  'intent.summary': 'send the weekly report to the board',
} as const

export const EPOCH_SECONDS = 1_767_225_600
export const TRACE_ID = '0af7651916cd43dd8448eb211c80319c'

/** Milliseconds after the start of the trace, as ISO 8601. */
export function isoAt(milliseconds: number): string {
  return new Date(EPOCH_SECONDS * 1_000 + milliseconds).toISOString()
}

/** The spans of a trace, each after its parent. */
export function spansOf(trace: SpanSpec | Below): SpanShape[] {
  return spansWithSpecs(trace).map(({ span }) => span)
}

interface SpanWithSpec {
  readonly span: SpanShape
  readonly spec: SpanSpec
}

function spansWithSpecs(trace: SpanSpec | Below): readonly SpanWithSpec[] {
  const all: SpanWithSpec[] = []
  const stack = [...rootsOf(trace)].toReversed().map((spec) => ({ spec, above: undefined as string | undefined }))
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { spec, above } = next
    const span = spanOf(spec, above, all.length + 1)
    all.push({ span, spec })
    const { spanId } = span.spanContext()
    for (const child of spec.children.toReversed()) stack.push({ spec: inServiceOf(spec, child), above: spanId })
  }
  return all
}

/** What is below a span is in its service, unless it says otherwise. */
function inServiceOf({ service, resource }: SpanSpec, child: SpanSpec): SpanSpec {
  if (child.service !== undefined) return child
  return {
    ...child,
    ...(service === undefined ? {} : { service }),
    ...((child.resource ?? resource) ? { resource: child.resource ?? resource } : {}),
  }
}

function rootsOf(trace: SpanSpec | Below): Below {
  return 'name' in trace ? [trace] : trace
}

function spanOf(spec: SpanSpec, above: string | undefined, ordinal: number): SpanShape {
  const spanId = spec.id ?? ordinal.toString(16).padStart(16, '0')
  const parentId = spec.parent ?? above
  const seconds = spec.start ?? ordinal / 1_000
  const span: SpanShape = {
    name: spec.name,
    kind: spec.kind ?? SPAN_KIND.internal,
    spanContext: () => ({ traceId: TRACE_ID, spanId }),
    ...(parentId === undefined
      ? {}
      : { parentSpanContext: { traceId: TRACE_ID, spanId: parentId, isRemote: spec.remote } }),
    startTime: timeAt(seconds),
    ...(spec.end === undefined ? {} : { endTime: timeAt(spec.end) }),
    status: { code: spec.status ?? STATUS.unset },
    attributes: attributesOf(spec.says),
    resource: { attributes: { 'service.name': spec.service ?? 'reports', ...attributesOf(spec.resource ?? {}) } },
    instrumentationScope: { name: spec.scope ?? '' },
  }
  if (spec.again !== undefined) noteOtherRecords(span, [{ ...span, attributes: attributesOf(spec.again) }])
  return span
}

function timeAt(seconds: number): readonly [number, number] {
  return [EPOCH_SECONDS + Math.floor(seconds), Math.round((seconds - Math.floor(seconds)) * 1e9)]
}

const OURS =
  /^(?:principal|actor|context|intent|authority|decision|correlation|declaration|span|resource|action)\.|^(?:would_deny|outcome|verdict|complete|findings|judge)$/u

/** Puts the prefix before the names that are ours. */
export function attributesOf(says: GivenAttributes): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(says)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [OURS.test(key) ? ATTR_PREFIX + key : key, value]),
  )
}

/** What a judge says of one span; facets by id, undefined where they are missing. */
export interface Said {
  readonly kind: AgentSpanKind | undefined
  readonly findings: readonly FindingCode[]
  readonly allowed: readonly FindingCode[]
  readonly verdict: Verdict | undefined
  readonly complete: boolean | undefined
  readonly missing: readonly string[]
  readonly principal: string | undefined
  readonly principalType: string | undefined
  readonly actor: string | undefined
  readonly chain: readonly string[]
  readonly context: string | undefined
  readonly contextType: string | undefined
  readonly credential: string | undefined
  /** Its id, else its summary. */
  readonly intent: string | undefined
  readonly authority: string | undefined
  readonly decision: string | undefined
  readonly correlation: string | undefined
  readonly declaration: string | undefined
  readonly outcome: string | undefined
  readonly sameAction: boolean
  readonly assurance: Readonly<Partial<Record<AssuredFacet, Assurance>>>
  readonly source: Readonly<Partial<Record<AssuredFacet, string>>>
}

export function saidOf({ kind, facets, sameAction }: ResolvedSpan, judgement: Judgement | undefined): Said {
  const { principal, actor, context, intent, authority, decision, correlation } = facets
  const held = { principal, actor, context, intent, authority, decision, correlation }
  const each = <T>(pick: (facet: { assurance: Assurance; source?: string }) => T | undefined) =>
    Object.fromEntries(
      Object.entries(held).flatMap(([facet, value]) => {
        const picked = value === undefined ? undefined : pick(value)
        return picked === undefined ? [] : [[facet, picked]]
      }),
    ) as Partial<Record<AssuredFacet, T>>
  return {
    kind,
    findings: judgement?.findings ?? [],
    allowed: judgement?.allowed ?? [],
    verdict: judgement?.verdict,
    complete: judgement?.complete,
    missing: judgement?.missing ?? [],
    principal: principal?.value.id,
    principalType: principal?.value.type,
    actor: actor === undefined ? undefined : actorLabel(actor.value),
    chain: facets.actorChain,
    context: context?.value.id,
    contextType: context?.value.type,
    credential: context?.value.credential?.id,
    intent: intent?.value.id ?? intent?.value.summary,
    authority: authority?.value.id ?? authority?.value.type,
    decision: decision?.value.outcome,
    correlation: correlation?.value,
    declaration: facets.declaration?.value.type,
    outcome: judgement?.outcome,
    sameAction,
    assurance: each(({ assurance }) => assurance),
    source: each(({ source }) => source),
  }
}

/** The spans that tests resolved, with the options of their policy: what the Collector is held against. */
export const CASES: (SpanInTrace & { readonly options: PolicyOptions })[] = []

/** Longer traces are about length. */
const MAX_CASE = 100

function keepCases(seen: readonly SpanInTrace[], options: PolicyOptions): void {
  if (seen.length <= MAX_CASE) CASES.push(...seen.map((one) => ({ ...one, options })))
}

/** What is said of each span of a recorded trace, by span name; a span that is not judged has no kind. */
export function judged(trace: SpanSpec | Below, options: PolicyOptions = {}, late = false): (name: string) => Said {
  const policy = createPolicy(options)
  const spans = spansOf(trace)
  keepCases(resolveTrace(spans, policy, late ? 'elsewhere' : 'missing'), options)
  return judgedBy(createJudge(policy), spans, policy, late)
}

/** As `judged`, with a judge that may have judged before. */
export function judgedBy(
  judge: Judge,
  spans: readonly SpanShape[],
  policy: Policy,
  late = false,
): (name: string) => Said {
  const said = new Map<string, Said>()
  for (const { span, resolved } of resolveTrace(spans, policy, late ? 'elsewhere' : 'missing')) {
    const { name } = span
    expect(said.has(name), `two spans are called ${name}`).toBe(false)
    said.set(name, saidOf(resolved, undefined))
  }
  for (const { span, resolved, judgement } of judgeTrace(spans, policy, judge, { late })) {
    said.set(span.name, saidOf(resolved, judgement))
  }
  return lookUp(said)
}

/** As a live process judges: each span with what was bound when it started, parents first. */
export function judgedLive(
  trace: SpanSpec | Below,
  options: PolicyOptions = {},
  origin: Lineage['origin'] = 'root',
): (name: string) => Said {
  const policy = createPolicy(options)
  const judge = createJudge(policy)
  const below = new Map<string, Lineage>()
  const said = new Map<string, Said>()
  for (const { span, spec } of spansWithSpecs(trace)) {
    const lineage = below.get(span.parentSpanContext?.spanId ?? '') ?? lineageFrom(origin)
    const resolved = resolveSpan({
      span,
      lineage,
      policy,
      live: { binding: spec.binding === undefined ? undefined : bind(spec.binding) },
    })
    noteInTree(resolved)
    below.set(span.spanContext().spanId, resolved.childLineage)
    keepCases([{ span, resolved }], options)
    said.set(span.name, saidOf(resolved, resolved.kind === undefined ? undefined : judge(resolved)))
  }
  return lookUp(said)
}

export function bind(binding: Partial<Binding>): Binding {
  return { bound: {}, agents: [], acting: false, ...binding }
}

function lookUp(said: ReadonlyMap<string, Said>): (name: string) => Said {
  return (name) => {
    const found = said.get(name)
    if (found === undefined) throw new Error(`no span is called ${name}`)
    return found
  }
}

/** What a row expects of one span: any field of `Said`, and codes that stand or do not stand among others. */
export interface Expected extends Partial<Said> {
  readonly has?: readonly FindingCode[]
  readonly lacks?: readonly FindingCode[]
}

export interface Row {
  readonly title: string
  readonly trace: SpanSpec | Below
  readonly expect: Readonly<Record<string, Expected>>
  readonly policy?: PolicyOptions
  /** Judged as a live process does, with the bindings that the spans name. */
  readonly live?: boolean
  readonly origin?: Lineage['origin']
  readonly late?: boolean
}

/** One test for each row. */
export function check(rows: readonly Row[]): void {
  for (const row of rows) {
    it(row.title, () => {
      const said =
        row.live === true ? judgedLive(row.trace, row.policy, row.origin) : judged(row.trace, row.policy, row.late)
      for (const [name, { has = [], lacks = [], ...fields }] of Object.entries(row.expect)) {
        const one = said(name)
        expect({ name, ...one }).toMatchObject({ name, ...fields })
        expect(one.findings, `${name} has`).toEqual(expect.arrayContaining([...has]))
        for (const code of lacks) expect(one.findings, `${name} lacks`).not.toContain(code)
      }
    })
  }
}

/** The dialect's word that a maker of spans writes, for titles. */
export function wordOf(make: Maker): string {
  const { says } = make('x')
  return `says ${Object.values(says)[0] as string}`
}

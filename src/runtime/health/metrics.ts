import { createNoopMeter, metrics } from '@opentelemetry/api'
import type { Attributes, Counter, MeterProvider } from '@opentelemetry/api'
import { SPAN_KINDS, VERDICTS } from '../../model/attribution.ts'
import type { AgentSpanKind } from '../../model/attribution.ts'
import { FINDING_CODES } from '../../model/finding.ts'
import type { FindingCode } from '../../model/finding.ts'
import { METRIC } from '../../model/names.ts'
import { VERSION } from '../../model/version.ts'
import { dialectLabel } from '../../recognize/dialects/known.ts'
import type { Judgement } from '../../judge/judge.ts'
import type { Policy } from '../../policy/policy.ts'
import { FAULT_PLACES, onFault } from './fault.ts'
import type { FaultPlace } from './fault.ts'
import { processState } from './process-state.ts'
import type { Settings } from './settings.ts'

/** What is counted for a judged span, apart from its judgement. */
export interface CountedSpan {
  readonly kind: AgentSpanKind
  readonly dialect: string
}

type Name = (typeof METRIC)[keyof typeof METRIC]

const DESCRIPTION: Readonly<Record<Name, string>> = {
  [METRIC.spans]: 'Agent spans judged',
  [METRIC.findings]: 'Findings on agent spans',
  [METRIC.faults]: 'Failures of onbehalf itself',
  [METRIC.refusals]: 'Actions refused, or let through although they would have been',
}

/** The dialect of a span that is an agent span only by its place in the trace or by `attribution.span.kind`. */
const INITIAL_DIALECT = 'none'
/** The most common first problem. */
const BORN_CODE = 'missing_principal'

/** Series whose sums are kept until there is a meter provider. More are dropped. */
const MAX_PENDING = 4_096
/** The first wait for a meter provider, in milliseconds. Each wait is twice as long as the one before. */
const FIRST_WAIT_MS = 50
const LAST_WAIT_MS = 60_000

interface Entry {
  readonly name: Name
  readonly attributes: Attributes
  sum: number
}

interface State {
  /** Counts from before there was a meter provider. */
  readonly pending: Map<string, Entry>
  /** Series that start at zero. They start again when a new provider replaces the present one. */
  readonly born: Map<string, Entry>
  readonly counters: Map<Name, Counter>
  provider: MeterProvider | undefined
  /** Set while waiting for a meter provider. */
  timer: NodeJS.Timeout | undefined
}

const state = processState<State>('metrics', () => {
  onFault(countFault)
  return { pending: new Map(), born: new Map(), counters: new Map(), provider: undefined, timer: undefined }
})

/** Counts one judged span and its findings. No identity is ever a label. */
export function countSpan({ kind, dialect }: CountedSpan, judgement: Judgement, policy: Policy): void {
  const { verdict, complete, findings, sameAction } = judgement
  // One action counts once.
  if (sameAction) return
  add(METRIC.spans, 1, { kind, dialect: dialectLabel(dialect), verdict, complete })
  for (const code of findings) countFinding(code, kind, policy)
}

export function countFinding(code: FindingCode, kind: AgentSpanKind, policy: Policy): void {
  add(METRIC.findings, 1, { code, severity: policy.severities[code], kind })
}

/**
 * Starts a few series at zero, or all of them if the app asks for it, and watches for the meter provider: the metrics
 * API has no proxy, so instruments made before one is registered never work.
 *
 * Every series costs money, even one that is always zero. Our alert rules fire on a series whose first value is its
 * first event, so they don't need the zero. Each metric still has one, or one per place: otherwise an idle service
 * would look absent, and a metric without values would look misspelled.
 */
export function createInstruments({ policy, zeroSeries }: Pick<Settings, 'policy' | 'zeroSeries'>): void {
  add(METRIC.spans, 0, { kind: 'agent', dialect: INITIAL_DIALECT, verdict: 'separated', complete: true })
  add(METRIC.findings, 0, { code: BORN_CODE, severity: policy.severities[BORN_CODE], kind: 'agent' })
  for (const where of FAULT_PLACES) add(METRIC.faults, 0, { where })
  add(METRIC.refusals, 0, { by: 'guard', enforced: true })
  if (zeroSeries) bearAll(policy)
  watch(FIRST_WAIT_MS)
}

function bearAll(policy: Policy): void {
  for (const kind of SPAN_KINDS) {
    for (const code of FINDING_CODES) add(METRIC.findings, 0, { code, severity: policy.severities[code], kind })
    for (const verdict of VERDICTS) {
      for (const complete of [true, false]) add(METRIC.spans, 0, { kind, dialect: INITIAL_DIALECT, verdict, complete })
    }
  }
}

/** Counts what was refused, or would have been in a dry run. */
export function countRefusal(by: Refuser, enforced: boolean): void {
  add(METRIC.refusals, 1, { by, enforced })
}

/** What refuses. */
export type Refuser = 'guard' | 'action' | 'decide'

function countFault(where: FaultPlace): void {
  add(METRIC.faults, 1, { where })
}

function add(name: Name, value: number, attributes: Attributes): void {
  connect()
  const counter = state.counters.get(name)
  counter?.add(value, attributes)
  if (value === 0) keep(state.born, name, value, attributes)
  else if (counter === undefined) keep(state.pending, name, value, attributes)
}

function keep(entries: Map<string, Entry>, name: Name, value: number, attributes: Attributes): void {
  let key: string = name
  for (const label in attributes) key += `|${attributes[label]}`
  const known = entries.get(key)
  if (known !== undefined) known.sum += value
  else if (entries.size < MAX_PENDING) entries.set(key, { name, attributes, sum: value })
}

/** Makes the instruments as soon as a real meter provider is registered, and again for each later one. */
function connect(): void {
  const present = metrics.getMeterProvider()
  if (present === state.provider) return
  state.provider = present
  state.counters.clear()
  const meter = present.getMeter('onbehalf', VERSION)
  if (meter === createNoopMeter()) return
  for (const name of Object.values(METRIC)) {
    state.counters.set(name, meter.createCounter(name, { description: DESCRIPTION[name] }))
  }
  for (const entries of [state.born, state.pending]) {
    for (const { name, sum, attributes } of entries.values()) state.counters.get(name)?.add(sum, attributes)
  }
  state.pending.clear()
}

function watch(waitMs: number): void {
  if (state.timer !== undefined || state.counters.size > 0 || waitMs > LAST_WAIT_MS) return
  const timer = setTimeout(() => {
    if (state.timer !== timer) return
    state.timer = undefined
    connect()
    watch(waitMs * 2)
  }, waitMs)
  state.timer = timer
  timer.unref()
}

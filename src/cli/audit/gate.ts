import type { Severity } from '../../model/finding.ts'
import type { Policy } from '../../policy/policy.ts'
import { count, percent } from '../terminal/text.ts'
import type { AuditSummary } from './summary.ts'

/** What an audit has to meet, as the options say. */
export interface Gate {
  readonly failOn: Severity | undefined
  /** Let findings count that may only be due to missing parents. */
  readonly failOnIncomplete: boolean
  /** In percent of the agent spans and their effects. */
  readonly minAttributable: number | undefined
  readonly minSpans: number | undefined
  readonly allowEmpty: boolean
}

/** Whether an audit passes, and what to say of it on standard error. */
export interface GateResult {
  readonly isClosed: boolean
  readonly notes: readonly string[]
}

/** `time`: of which spans are counted, such as ` from 2026-11-24T09:00:00.000Z`; empty for all. */
export function gateResult(summary: AuditSummary, gate: Gate, policy: Policy, time = ''): GateResult {
  const { failOn, minAttributable, minSpans } = gate
  if ([failOn, minAttributable, minSpans].every((option) => option === undefined)) return OPEN
  if (summary.spans === 0)
    return gate.allowEmpty
      ? OPEN
      : { isClosed: true, notes: [`The gate fails: the input holds no span${time}. ${MAY_BE_EMPTY}`] }
  const reasons = [
    ...(minSpans === undefined ? [] : tooFew(summary, minSpans)),
    ...(minAttributable === undefined ? [] : tooLittle(summary, minAttributable)),
  ]
  const found = failOn === undefined ? OPEN : findingsResult(summary, failOn, gate, policy)
  return {
    isClosed: reasons.length > 0 || found.isClosed,
    notes: [...reasons.map((reason) => `The gate fails: ${reason}.`), ...found.notes],
  }
}

const OPEN: GateResult = { isClosed: false, notes: [] }
const MAY_BE_EMPTY = 'If that is expected, add --allow-empty.'

function tooFew({ spans }: AuditSummary, least: number): readonly string[] {
  return spans >= least ? [] : [`${count(spans, 'span')} read, fewer than the ${least} of --min-spans`]
}

function tooLittle({ judged, verdicts }: AuditSummary, least: number): readonly string[] {
  const good = verdicts.separated + verdicts.declared
  if (judged === 0)
    return least === 0 ? [] : ['no agent span was found, and --min-attributable asks for a share of them']
  if (good * 100 + ROUNDING >= least * judged) return []
  return [`${percent(good, judged)} attributable, less than the ${least} % of --min-attributable`]
}

/** What a decimal such as 33.3 may be off when it's multiplied. */
const ROUNDING = 1e-6

/** The report shows the findings that fail a gate, so only those that don't need a note. */
function findingsResult(summary: AuditSummary, least: Severity, gate: Gate, policy: Policy): GateResult {
  const { failing, excused } = summary.gate(least, policy)
  if (failing > 0 || (excused > 0 && gate.failOnIncomplete)) return { isClosed: true, notes: [] }
  return { isClosed: false, notes: excused === 0 ? [] : [`${count(excused, 'finding')} ${EXCUSED}`] }
}

const EXCUSED =
  'may only be due to parents that are not in the input, and did not fail the gate. --fail-on-incomplete makes them count.'

import { VERDICTS } from '../../model/attribution.ts'
import type { Verdict } from '../../model/attribution.ts'
import type { FindingCode, Severity } from '../../model/finding.ts'
import { findingEntry, FINDING_CODES } from '../../model/finding.ts'
import type { Policy } from '../../policy/policy.ts'
import { isSeverityAtLeast } from '../../policy/policy.ts'
import type { JudgedSpan } from '../../judge/trace.ts'
import type { Baseline } from './baseline.ts'
import { CauseGroups } from './cause-groups.ts'

/** A span may call its dialect anything. */
const MAX_DIALECTS = 1_000
const OTHER_DIALECTS = 'other'

interface CodeSummary {
  /** All findings, including known ones. */
  count: number
  /** Findings in the baseline. */
  known: number
  /** Other findings that may only be there because an ancestor isn't in the input. */
  excused: number
}

/** Everything that an audit counts. Its size depends on the number of codes, dialects and places, not spans. */
export class AuditSummary {
  spans = 0
  /** Traces with such a span. One with late spans counts once. */
  traces = 0
  /** Traces in which a span names a parent that isn't there. */
  incomplete = 0
  judged = 0
  recognized = 0
  /** MCP spans of calls that the tool span above them already counts: one action, two spans. */
  inner = 0
  effects = 0
  complete = 0
  readonly verdicts: Record<Verdict, number>
  readonly dialects = new Map<string, number>()
  readonly codes = new Map<FindingCode, CodeSummary>()
  readonly causes = new CauseGroups()

  constructor() {
    this.verdicts = Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0])) as Record<Verdict, number>
  }

  /** `isCutOff`: an ancestor of the span isn't in the input. */
  add(judged: JudgedSpan, baseline: Baseline, isCutOff = false): void {
    const { resolved, judgement } = judged
    this.judged += 1
    this.verdicts[judgement.verdict] += 1
    if (judgement.complete) this.complete += 1
    if (resolved.kind === 'effect') this.effects += 1
    else this.recognized += 1
    if (judgement.sameAction) this.inner += 1
    if (resolved.dialect !== 'none') this.#addDialect(resolved.dialect)
    for (const code of judgement.findings) this.#addFinding(code, baseline.has(code, judged), isCutOff)
  }

  /** How many findings at or above `least` fail a gate, and how many don't because an ancestor is missing. */
  gate(least: Severity, policy: Policy): { readonly failing: number; readonly excused: number } {
    let [failing, excused] = [0, 0]
    for (const [code, found] of this.codes) {
      if (!isSeverityAtLeast(policy.severities[code], least)) continue
      failing += found.count - found.known - found.excused
      excused += found.excused
    }
    return { failing, excused }
  }

  #addDialect(dialect: string): void {
    const name = this.dialects.has(dialect) || this.dialects.size < MAX_DIALECTS ? dialect : OTHER_DIALECTS
    this.dialects.set(name, (this.dialects.get(name) ?? 0) + 1)
  }

  #addFinding(code: FindingCode, isKnown: boolean, isCutOff: boolean): void {
    const summary = this.codes.get(code) ?? { count: 0, known: 0, excused: 0 }
    summary.count += 1
    if (isKnown) summary.known += 1
    else if (isCutOff && findingEntry(code).fromAbove === true) summary.excused += 1
    this.codes.set(code, summary)
  }
}

export interface ReadCounts {
  readonly traces: number
  readonly late: number
  /** Whether the memory for the window was full before its number of spans was reached. */
  readonly isCrowded?: boolean
  readonly duplicates: number
  readonly unreadable: number
}

/** The summary as in `--format json`. */
export function summaryRecord(summary: AuditSummary, counts: ReadCounts): Record<string, unknown> {
  const findings = FINDING_CODES.flatMap((code) => {
    const found = summary.codes.get(code)
    return found === undefined ? [] : [[code, found.count] as const]
  })
  return {
    spans: summary.spans,
    recognized: summary.recognized,
    traces: counts.traces,
    ...(summary.incomplete === 0 ? {} : { incomplete: summary.incomplete }),
    verdicts: summary.verdicts,
    complete: summary.complete,
    findings: Object.fromEntries(findings),
    dialects: Object.fromEntries([...summary.dialects].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    late: counts.late,
    duplicates: counts.duplicates,
    unreadable: counts.unreadable,
  }
}

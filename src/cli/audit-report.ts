import { VERDICTS } from '../model/attribution.ts'
import type { Verdict } from '../model/attribution.ts'
import { FINDINGS, SEVERITIES } from '../model/finding.ts'
import type { FindingCode, Severity } from '../model/finding.ts'
import type { Policy } from '../rules/policy.ts'
import type { AuditSummary, CodeSummary, ReadCounts } from './audit-summary.ts'
import { count, paint, printable, textWidth, wrap } from './text.ts'
import type { Style } from './text.ts'

/** The report for people: what was there, what share can be attributed, and what to do about the rest. */
export function auditReport(summary: AuditSummary, counts: ReadCounts, policy: Policy): string {
  const parts = [head(summary, counts)]
  if (summary.judged === 0) parts.push(nothingFound(summary))
  else parts.push(dialectLines(summary), attributable(summary), findingLines(summary, policy))
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

function head(summary: AuditSummary, { traces, late, duplicates, unreadable }: ReadCounts): string {
  const lines = [`${count(summary.spans, 'span')} in ${count(traces, 'trace')} read.`]
  if (unreadable > 0) lines.push(`${count(unreadable, 'place')} could not be read: see above.`)
  if (duplicates > 0) lines.push(`${count(duplicates, 'span')} came twice and counted once.`)
  if (late > 0) lines.push(`${count(late, 'span')} came after the window of their trace: raise --window.`)
  return lines.join('\n')
}

function nothingFound({ spans }: AuditSummary): string {
  if (spans === 0) return 'There is nothing to judge: the input holds no spans.'
  return wrap(
    'No agent span was found. Switch on the telemetry of your agent framework (for the AI SDK: experimental_telemetry), ' +
      'or mark your own spans with attribution.span.kind.',
    textWidth(),
  )
}

function dialectLines({ recognized, effects, inner, dialects }: AuditSummary): string {
  const also = [
    ...(effects > 0 ? [`${count(effects, 'effect')} of theirs`] : []),
    ...(inner > 0 ? [`${count(inner, 'MCP span')} of a tool call counted with it`] : []),
  ]
  const first = `${paint('bold', count(recognized, 'agent span'))}${also.length === 0 ? '' : ` (and ${also.join('; ')})`}`
  const rows = [...dialects].toSorted(([aName, a], [bName, b]) => b - a || (aName < bName ? -1 : 1))
  return [
    first,
    ...rows.map(([name, number]) => `  ${printable(name).padEnd(24)}${number.toLocaleString('en-US').padStart(10)}`),
  ].join('\n')
}

const VERDICT_STYLE: Record<Verdict, Style> = {
  separated: 'green',
  declared: 'green',
  collapsed: 'red',
  unknown: 'yellow',
}

const VERDICT_MEANING: Record<Verdict, string> = {
  separated: 'who asked, what acted and through what are told apart',
  declared: 'a merge or an autonomous run that is stated and legitimate',
  collapsed: 'two or more identities became one',
  unknown: 'somebody who has to be named is not',
}

function attributable({ judged, verdicts, complete }: AuditSummary): string {
  const good = verdicts.separated + verdicts.declared
  const lines = VERDICTS.filter((verdict) => verdicts[verdict] > 0).map((verdict) => {
    const number = verdicts[verdict].toLocaleString('en-US').padStart(10)
    return `  ${paint(VERDICT_STYLE[verdict], verdict.padEnd(24))}${number}  ${VERDICT_MEANING[verdict]}`
  })
  const first = `${paint('bold', `${share(good, judged)} attributable`)}, ${share(complete, judged)} complete by policy`
  return [first, ...lines].join('\n')
}

/** Rounded down, so that 100 % means all. */
function share(part: number, whole: number): string {
  return `${(Math.floor((part / whole) * 1_000) / 10).toLocaleString('en-US')} %`
}

const SEVERITY_STYLE: Record<Severity, Style> = { critical: 'red', high: 'red', medium: 'yellow', low: 'dim' }

function findingLines(summary: AuditSummary, policy: Policy): string {
  const found = [...summary.codes].filter(([, { count: all, known }]) => all > known)
  const hidden = [...summary.codes.values()].reduce((sum, { known }) => sum + known, 0)
  const ranked = found.toSorted(
    ([aCode, a], [bCode, b]) => rank(bCode, policy) - rank(aCode, policy) || b.count - a.count,
  )
  const parts = ranked.map(([code, entry]) => findingText(code, entry, policy.severities[code]))
  if (hidden > 0) parts.push(`${count(hidden, 'finding')} of the baseline not shown.`)
  return parts.length === 0 ? 'No findings.' : parts.join('\n\n')
}

function rank(code: FindingCode, policy: Policy): number {
  return SEVERITIES.indexOf(policy.severities[code])
}

function findingText(code: FindingCode, { count: all, known, example }: CodeSummary, severity: Severity): string {
  const { title, meaning, fix } = FINDINGS[code]
  const where = `${example.name} of ${example.service === '' ? 'an unnamed service' : example.service}`
  return [
    `${paint(SEVERITY_STYLE[severity], severity.padEnd(9))} ${paint('bold', code)}: ${title} (${count(all - known, 'span')})`,
    wrap(meaning, textWidth(), '  '),
    wrap(`e.g. ${printable(where)}, trace ${example.traceId}, span ${example.spanId}`, textWidth(), '  '),
    wrap(`fix: ${fix}`, textWidth(), '  '),
  ].join('\n')
}

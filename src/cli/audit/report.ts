import { VERDICTS } from '../../model/attribution.ts'
import type { Verdict } from '../../model/attribution.ts'
import { SEVERITIES } from '../../model/finding.ts'
import type { Severity } from '../../model/finding.ts'
import type { Policy } from '../../policy/policy.ts'
import type { AuditSummary, ReadCounts } from './summary.ts'
import type { CauseGroup } from './cause-groups.ts'
import { causeText } from './cause-text.ts'
import { count, inline, paint, percent, printable, textWidth, wrap } from '../terminal/text.ts'
import type { Style } from '../terminal/text.ts'

/**
 * The report for people: what was there, what share can be attributed, and what to do about the rest. `time` says which
 * spans were counted, where not all were.
 */
export function auditReport(summary: AuditSummary, counts: ReadCounts, policy: Policy, time = ''): string {
  const parts = [head(summary, counts, time)]
  if (summary.judged === 0) parts.push(nothingFound(summary, counts, time))
  else parts.push(dialectLines(summary), attributable(summary), findingLines(summary, policy))
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

function head(
  summary: AuditSummary,
  { traces, late, isCrowded, duplicates, unreadable }: ReadCounts,
  time: string,
): string {
  const { incomplete } = summary
  const lines = [`${count(summary.spans, 'span')} in ${count(traces, 'trace')} read${time === '' ? '' : `,${time}`}.`]
  if (unreadable > 0) lines.push(`${count(unreadable, 'place')} could not be read: see above.`)
  if (duplicates > 0) lines.push(`${count(duplicates, 'span')} came twice and counted once.`)
  if (incomplete > 0) {
    const what = `${count(incomplete, 'trace')} ${incomplete === 1 ? 'lacks' : 'lack'} spans that others name as parents`
    lines.push(wrap(`${what}. What is reported as missing there may be on those spans.`, textWidth()))
  }
  if (late > 0) lines.push(lateText(late, isCrowded === true))
  return lines.join('\n')
}

function lateText(late: number, isCrowded: boolean): string {
  const what = `${count(late, 'span')} came after the window of their trace`
  if (!isCrowded) return `${what}: raise --window.`
  return wrap(`${what}, which has no memory for more: ${MORE_MEMORY}.`, textWidth())
}

/** In MB: see `windowBytes`. */
const MORE_MEMORY = 'give Node more, as with NODE_OPTIONS=--max-old-space-size=8192, or name the files of fewer traces'

function nothingFound({ spans }: AuditSummary, { unreadable }: ReadCounts, time: string): string {
  if (spans === 0 && unreadable > 0) return 'There is nothing to judge: nothing that could be read holds a span.'
  if (spans === 0) return `There is nothing to judge: the input holds no spans${time}.`
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
  return [first, ...rows.map(([name, number]) => `${cell(number)}  ${printable(name)}`)].join('\n')
}

const VERDICT_STYLE: Record<Verdict, Style> = {
  separated: 'green',
  declared: 'green',
  collapsed: 'red',
  unknown: 'yellow',
}

const VERDICT_MEANING: Record<Verdict, string> = {
  separated: 'who asked, what acted and through what are different identities',
  declared: 'a merge or an autonomous run that was declared',
  collapsed: 'two or more identities became one',
  unknown: 'a principal, actor or context that must be named is missing',
}

function attributable({ judged, verdicts, complete }: AuditSummary): string {
  const good = verdicts.separated + verdicts.declared
  const lines = VERDICTS.filter((verdict) => verdicts[verdict] > 0).map((verdict) => {
    return `${cell(verdicts[verdict])}  ${paint(VERDICT_STYLE[verdict], verdict.padEnd(9))}  ${VERDICT_MEANING[verdict]}`
  })
  const first = `${paint('bold', `${percent(good, judged)} attributable`)}, ${percent(complete, judged)} complete by policy`
  return [first, ...lines].join('\n')
}

function cell(number: number): string {
  return number.toLocaleString('en-US').padStart(9)
}

const SEVERITY_STYLE: Record<Severity, Style> = { critical: 'red', high: 'red', medium: 'yellow', low: 'dim' }

/** --format sarif has the rest. */
const MAX_SHOWN = 12

function findingLines(summary: AuditSummary, policy: Policy): string {
  const groups = summary.causes.rankedBy(policy)
  const known = [...summary.codes.values()].reduce((sum, { known: accepted }) => sum + accepted, 0)
  const parts = groups.slice(0, MAX_SHOWN).map((group, index) => {
    const isFirst = groups.findIndex(({ fix }) => fix === group.fix) === index
    return groupText(group, policy, isFirst ? group.fix : 'as above')
  })
  if (groups.length > 0) parts.unshift(tally(summary, groups.length, policy))
  const hidden = groups.length - MAX_SHOWN
  if (hidden > 0) parts.push(`… and ${count(hidden, 'more place')}: --format sarif lists all`)
  if (summary.causes.uncounted > 0) parts.push(`… and ${count(summary.causes.uncounted, 'span')} at other places`)
  if (known > 0) parts.push(`${count(known, 'finding')} of the baseline not shown.`)
  return parts.length === 0 ? 'No findings.' : parts.join('\n\n')
}

/** How many findings of each severity there are, in how many places. */
function tally({ codes }: AuditSummary, places: number, policy: Policy): string {
  const bySeverity = SEVERITIES.toReversed().flatMap((severity) => {
    const found = [...codes].filter(([code]) => policy.severities[code] === severity)
    const number = found.reduce((sum, [, { count: all, known }]) => sum + all - known, 0)
    return number === 0 ? [] : [paint(SEVERITY_STYLE[severity], `${number.toLocaleString('en-US')} ${severity}`)]
  })
  return `${paint('bold', 'Findings:')} ${bySeverity.join(', ')}; in ${count(places, 'place')}, the most severe first`
}

function groupText(group: CauseGroup, policy: Policy, fix: string): string {
  const { code, example } = group
  const severity = policy.severities[code]
  const name = example.name === group.name && example.service === group.service ? '' : `${inline(example.name, 60)}, `
  return [
    `${paint(SEVERITY_STYLE[severity], severity.padEnd(9))} ${paint('bold', code)}`,
    wrap(causeText(group), textWidth(), '  '),
    wrap(`e.g. ${name}trace ${example.traceId}, span ${example.spanId}`, textWidth(), '  '),
    wrap(`fix: ${fix}`, textWidth(), '  '),
  ].join('\n')
}

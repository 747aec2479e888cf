import { VERDICTS } from '../../model/attribution.ts'
import type { Policy } from '../../policy/policy.ts'
import type { AuditSummary, ReadCounts } from './summary.ts'
import { causeText } from './cause-text.ts'
import { count, percent } from '../terminal/text.ts'

const MAX_ROWS = 20

/** The report as GitHub shows it in the summary of a job. */
export function auditMarkdown(
  summary: AuditSummary,
  { traces, unreadable }: ReadCounts,
  policy: Policy,
  time = '',
): string {
  const { judged, verdicts, complete, causes } = summary
  const good = verdicts.separated + verdicts.declared
  const parts = [`## Attribution: ${judged === 0 ? 'no agent span found' : `${percent(good, judged)} attributable`}`]
  parts.push(
    `${count(summary.spans, 'span')} in ${count(traces, 'trace')}, ${count(summary.recognized, 'agent span')}${time}.`,
  )
  if (unreadable > 0) parts.push(`**${count(unreadable, 'place')} could not be read.**`)
  if (summary.incomplete > 0) {
    const what = `${count(summary.incomplete, 'trace')} without all parents`
    parts.push(`${what}: what is reported as missing there may be on spans that are not in this input.`)
  }
  if (judged > 0) {
    const rows = VERDICTS.filter((verdict) => verdicts[verdict] > 0).map((verdict) => [
      verdict,
      number(verdicts[verdict]),
    ])
    parts.push(table(['verdict', 'spans'], [...rows, ['complete by policy', number(complete)]]))
  }
  const groups = causes.rankedBy(policy)
  const found = groups.slice(0, MAX_ROWS).map((group) => {
    const { code } = group
    return [policy.severities[code], `\`${code}\``, cell(causeText(group)), cell(group.fix)]
  })
  if (found.length > 0) parts.push(table(['severity', 'finding', 'where', 'fix'], found))
  if (groups.length > MAX_ROWS) parts.push(`… and ${count(groups.length - MAX_ROWS, 'more place')}.`)
  return `${parts.join('\n\n')}\n`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}

/** Escapes names, which come from outside: they show in code spans, and have no effect elsewhere. */
function cell(text: string): string {
  return (
    text
      .split('`')
      .map((part, index) => (index % 2 === 1 ? `\`${part}\`` : part.replaceAll(/[<>[\]*_\\]/gu, String.raw`\$&`)))
      .join('')
      // GitHub reads an escaped backslash before it reads the pipe, and code spans have no other escape.
      .replaceAll(/(?<=\\)\|/gu, String.raw`\u007c`)
      .replaceAll('|', String.raw`\|`)
  )
}

function number(value: number): string {
  return value.toLocaleString('en-US')
}

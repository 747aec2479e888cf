import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FINDING_CODES, findingEntry } from '../../src/model/finding.ts'
import type { FindingCode, FindingEntry } from '../../src/model/finding.ts'
import { ATTR, COLLECTOR_METRIC, METRIC } from '../../src/model/names.ts'
import { alertNameOf } from '../../src/alerts/alert-rules.ts'

/** The page of one finding: where its alert links to. */
export function findingPage(code: FindingCode): string {
  const entry = findingEntry(code)
  return `# ${code}

**${entry.title}.** Severity: ${entry.severity}. ${verdictOf(entry)}${RAISED.has(code) ? '' : NOT_YET}

${entry.meaning}

## Example

${entry.example}

## How to fix it

${entry.fix}

## Legitimate exception

${entry.exception}

## Where it shows

- on the span: \`${code}\` in \`${ATTR.findings}\`; for Jaeger's search, \`${ATTR.findingPrefix}${code}=true\`
- in metrics: \`${METRIC.findings}{code="${code}"}\`, from the Collector \`${COLLECTOR_METRIC.findings}{code="${code}"}\`
- as an alert: \`${alertNameOf(code)}\`
${LIVE[entry.live ?? 'no']}
All findings: [index](README.md).
`
}

const NOT_YET = ' Nothing raises it yet: it is kept where it was recorded.'

/** Where spans are judged: a code that stands in none of them has its room in the table and no rule. */
const JUDGING = ['judge', 'runtime']

const RAISED: ReadonlySet<FindingCode> = new Set(
  FINDING_CODES.filter((code) => JUDGING.flatMap(sourcesIn).some((source) => source.includes(`'${code}'`))),
)

function sourcesIn(path: string): readonly string[] {
  const place = fileURLToPath(new URL(`../../src/${path}`, import.meta.url))
  const files = path.endsWith('.ts') ? [place] : sourcesOf(place)
  return files.map((file) => readFileSync(file, 'utf8'))
}

function sourcesOf(folder: string): readonly string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return names.filter((name) => name.endsWith('.ts')).map((name) => join(folder, name))
}

const LIVE = {
  only: '- only live: the audit keeps it where a process recorded it and cannot derive it\n',
  also: '- live and in the audit, which keeps what a process recorded\n',
  no: '',
} as const

function verdictOf({ verdict }: FindingEntry): string {
  return verdict === undefined ? 'It leaves the verdict as it is.' : `It makes the verdict \`${verdict}\`.`
}

/** The index of the pages. */
export function findingIndex(): string {
  const rows = FINDING_CODES.map((code) => {
    const { severity, title, verdict = '' } = findingEntry(code)
    return `| [${code}](${code}.md) | ${severity} | ${verdict} | ${title} |`
  })
  return `# Findings

One page each. A policy file may change severities; a declaration removes only the findings that it names.

| code | severity | verdict | |
|---|---|---|---|
${rows.join('\n')}
`
}

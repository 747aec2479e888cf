import { FINDING_CODES, findingEntry, isMergeable } from '../../src/model/finding.ts'

/** The index of the pages, in the documentation. */
export function findingIndex(): string {
  const rows = FINDING_CODES.map((code) => {
    const entry = findingEntry(code)
    const { severity, title, verdict = entry.leavesUnknown === undefined ? '' : 'unknown' } = entry
    return `| [${code}](${code}.md) | ${severity} | ${verdict} | ${title} |`
  })
  return `# Findings

One page each. A policy file may change severities, and its rules may allow any finding. A declaration in code or on a span
removes only the findings that it names, and of those only these: ${FINDING_CODES.filter(isMergeable)
    .map((code) => `\`${code}\``)
    .join(', ')}.

| code | severity | verdict | |
|---|---|---|---|
${rows.join('\n')}
`
}

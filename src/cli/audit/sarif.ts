import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Log, ReportingDescriptor, Result } from 'sarif'
import { FINDINGS, SEVERITIES } from '../../model/finding.ts'
import type { FindingCode, Severity } from '../../model/finding.ts'
import { VERSION } from '../../model/version.ts'
import type { Policy } from '../../policy/policy.ts'
import type { AuditSummary } from './summary.ts'
import type { CauseGroup } from './cause-groups.ts'
import { causeText } from './cause-text.ts'
import { printable } from '../terminal/text.ts'
import type { Place } from './span-places.ts'

/** The places to fix, as SARIF 2.1.0 for code-scanning views, without those in the baseline. */
export function auditSarif({ causes }: AuditSummary, policy: Policy): Log {
  const groups = causes.rankedBy(policy)
  const codes = [...new Set(groups.map(({ code }) => code))].toSorted()
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: { name: 'onbehalf', semanticVersion: VERSION, rules: codes.map((code) => ruleOf(code, policy)) },
        },
        results: groups.map((group) => resultOf(group, codes.indexOf(group.code), policy)),
      },
    ],
  }
}

type Level = 'error' | 'warning' | 'note'

const LEVELS: Readonly<Record<Severity, Level>> = { critical: 'error', high: 'error', medium: 'warning', low: 'note' }
/** The CVSS scale, by which code-scanning views sort. One step per severity. */
const SECURITY_SEVERITY = ['2.0', '5.0', '8.0', '9.5'] as const

function ruleOf(code: FindingCode, policy: Policy): ReportingDescriptor {
  const { title, meaning, fix } = FINDINGS[code]
  const severity = policy.severities[code]
  return {
    id: code,
    shortDescription: { text: title },
    fullDescription: { text: meaning },
    help: { text: `${meaning}\n\nFix: ${fix}` },
    defaultConfiguration: { level: LEVELS[severity] },
    properties: { 'security-severity': SECURITY_SEVERITY[SEVERITIES.indexOf(severity)] ?? '' },
  }
}

function resultOf(group: CauseGroup, ruleIndex: number, policy: Policy): Result {
  const { code, name, service, spans, isAbove, isParentMissing, example, place } = group
  return {
    ruleId: code,
    ruleIndex,
    level: LEVELS[policy.severities[code]],
    message: { text: `${withoutLinks(causeText(group))}. ${group.fix}` },
    locations: [
      {
        // A document that spans many lines doesn't tell which line a span is on.
        physicalLocation: { artifactLocation: { uri: uriOf(place) }, region: { startLine: place?.line ?? 1 } },
        logicalLocations: [
          { name: printable(name), fullyQualifiedName: printable(`${service}/${name}`), kind: 'span' },
        ],
      },
    ],
    // Leaves out trace and count, so that the next recording shows the same alert.
    partialFingerprints: {
      'cause/v1': JSON.stringify([
        code,
        service,
        name,
        ...(isAbove ? ['above'] : []),
        ...(isParentMissing ? ['cut'] : []),
      ]),
    },
    properties: { spans, traceId: example.traceId, spanId: example.spanId },
  }
}

/** Names come from outside, and `[text](url)` is a link in a message: SARIF 2.1.0, section 3.11.6. */
function withoutLinks(text: string): string {
  return text.replaceAll(/[[\]\\]/gu, String.raw`\$&`)
}

/** Relative paths stay relative: the view resolves them in the repository. */
function uriOf(place: Place | undefined): string {
  const file = place?.file ?? '-'
  if (isAbsolute(file)) return pathToFileURL(file).href
  return file.split(/[\\/]/u).map(encodeURIComponent).join('/')
}

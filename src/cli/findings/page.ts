import { findingEntry } from '../../model/finding.ts'
import type { FindingCode, FindingEntry } from '../../model/finding.ts'
import { ATTR, COLLECTOR_METRIC, METRIC } from '../../model/names.ts'
import { alertNameOf } from '../../alerts/alert-rules.ts'

/** The page of one finding in Markdown: where its alert links to, and what `onbehalf findings CODE` prints. */
export function findingPage(code: FindingCode): string {
  const entry = findingEntry(code)
  return `# ${code}

**${entry.title}.** Severity: ${entry.severity}. ${verdictOf(entry)}${UNRAISED.has(code) ? NOT_YET : ''}

${entry.meaning}

## Example

${entry.example}

## How to fix it

${entry.fix}
${withoutParent(entry)}${elsewhere(entry)}
## Legitimate exception

${entry.exception}

## Where it shows

- on the span: \`${code}\` in \`${ATTR.findings}\`; for Jaeger's search, \`${ATTR.findingPrefix}${code}=true\`
- in metrics: \`${METRIC.findings}{code="${code}"}\`, from the Collector \`${COLLECTOR_METRIC.findings}{code="${code}"}\`
- as an alert: \`${alertNameOf(code)}\`
${LIVE[entry.live ?? 'no']}`
}

function withoutParent({ fixWithoutParent }: FindingEntry): string {
  return fixWithoutParent === undefined ? '' : `\nIf the span's parent is missing: ${fixWithoutParent}\n`
}

/** What the attributes that a fix names may hold. */
const SAMPLES: Readonly<Record<string, string>> = {
  'user.id': 'kai@contoso.com',
  'gen_ai.agent.name': 'report-assistant',
  [ATTR.principal.id]: 'kai@contoso.com',
  [ATTR.principal.type]: 'service',
  [ATTR.principal.assurance]: 'asserted',
  [ATTR.actor.chain]: 'planner,report-assistant',
  [ATTR.context.id]: 'mail-connector',
  [ATTR.context.credentialId]: 'key-7f3a',
  [ATTR.context.credentialType]: 'own',
  [ATTR.decision.outcome]: 'allow',
  [ATTR.decision.policyId]: 'mail-7',
  [ATTR.correlation.id]: '0f8fad5b-d9cb-469f-a165-70867728950e',
  [ATTR.authority.id]: 'grant-42',
  [ATTR.authority.type]: 'oauth',
  [ATTR.intent.summary]: 'send the weekly report to the board',
  [ATTR.intent.parentId]: 'intent-1',
  [ATTR.declaration.type]: 'autonomous',
  [ATTR.declaration.owner]: 'ops-team',
}

/** How each language sets an attribute of the current span, and how a Collector does if the value is always the same. */
const LANGUAGES: readonly (readonly [name: string, fence: string, set: (key: string, value: string) => string])[] = [
  ['Python', 'python', (key, value) => `trace.get_current_span().set_attribute("${key}", "${value}")`],
  ['Java', 'java', (key, value) => `Span.current().setAttribute("${key}", "${value}");`],
  ['Go', 'go', (key, value) => `trace.SpanFromContext(ctx).SetAttributes(attribute.String("${key}", "${value}"))`],
  ['.NET', 'csharp', (key, value) => `Activity.Current?.SetTag("${key}", "${value}");`],
  [
    'A Collector (transform processor), if the value is always the same',
    'yaml',
    (key, value) => `- set(span.attributes["${key}"], "${value}")`,
  ],
]

/** The fix for services in other languages, with the attributes that it names. */
function elsewhere({ fixElsewhere }: FindingEntry): string {
  if (fixElsewhere === undefined) return ''
  const keys = Object.keys(SAMPLES).filter((key) =>
    new RegExp(`(?<![\\w.])${key.replaceAll('.', '[.]')}(?![\\w]|[.]\\w)`, 'u').test(fixElsewhere),
  )
  const examples = LANGUAGES.map(
    ([name, fence, set]) =>
      `${name}:\n\n\`\`\`${fence}\n${keys.map((key) => set(key, SAMPLES[key] ?? '')).join('\n')}\n\`\`\``,
  )
  const parts = ['## In other languages', fixElsewhere, ...(keys.length === 0 ? [] : examples)]
  return `\n${parts.join('\n\n')}\n`
}

const NOT_YET = ' Nothing raises it yet: it is kept where it was recorded.'

/** Codes that have their row in the table and no rule. */
export const UNRAISED: ReadonlySet<FindingCode> = new Set([])

const LIVE = {
  only: '- only live: the audit keeps it where a process recorded it and cannot derive it\n',
  also: '- live and in the audit, which keeps what a process recorded\n',
  no: '',
} as const

function verdictOf({ verdict, leavesUnknown }: FindingEntry): string {
  if (leavesUnknown === 'if required') return UNKNOWN_IF_REQUIRED
  if (verdict === undefined && leavesUnknown === undefined) return 'It leaves the verdict as it is.'
  if (verdict === 'collapsed') return 'It makes the verdict `collapsed`.'
  const allowed = leavesUnknown === 'always' ? 'even if policy allows the finding, ' : ''
  return `It makes the verdict \`unknown\`, ${allowed}unless another finding makes it \`collapsed\`.`
}

const UNKNOWN_IF_REQUIRED =
  'It makes the verdict `unknown` if the identity is a principal, actor or context that policy requires, even if it allows the finding. Otherwise it leaves the verdict as it is.'

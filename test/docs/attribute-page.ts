import { ASSURANCES, ASSURED_FACETS, OUTCOMES, SPAN_KINDS, VERDICTS } from '../../src/model/attribution.ts'
import { FACET_FIELDS, HASH_OF_CALL, plainFields } from '../../src/model/facet-fields.ts'
import type { FacetField } from '../../src/model/facet-fields.ts'
import { ATTR } from '../../src/model/names.ts'

/** Every attribute that onbehalf writes, each with what it holds. Throws where one is not described. */
export function attributePage(): string {
  const names = leavesOf(ATTR)
  const undescribed = names.filter((name) => !MEANING.has(name))
  if (undescribed.length > 0) throw new Error(`no description of ${undescribed.join(', ')}`)
  const rows = names.map(
    (name) => `| \`${name === ATTR.findingPrefix ? `${name}<code>` : name}\` | ${MEANING.get(name)} |`,
  )
  return `# Attributes

What stands on a span. Values are strings unless it says otherwise. Some stores give an array back as its JSON text:
readers accept both.

Every facet but the outcome has an assurance, and so does a declaration: \`verified\` (a token's signature was checked),
\`asserted\` (this process's code said so), \`claimed\` (from outside), \`inferred\` (read from a dialect, an ancestor's
dialect or the resource). What an admitted [signed carrier](carriers.md) brings is as sure as it says, and as policy lets it be. A chain is as sure as its weakest entry. The source is only there if it isn't the usual one of the
assurance: \`trace\` means that only [trace context](services.md) ties the facet to the span.

| attribute | value |
|---|---|
${rows.join('\n')}

Standard attributes (\`user.id\`, \`gen_ai.agent.*\`, \`gen_ai.conversation.id\`) are read and never overwritten.
`
}

type Tree = { readonly [key: string]: string | Tree }

function leavesOf(tree: Tree): readonly string[] {
  return Object.values(tree).flatMap((value) => (typeof value === 'string' ? [value] : leavesOf(value)))
}

function oneOf(values: readonly string[]): string {
  return values.map((value) => `\`${value}\``).join(' ')
}

const ASSURED = [...ASSURED_FACETS, 'declaration' as const].flatMap((facet): [string, string][] => [
  [ATTR[facet].assurance, `how sure the ${facet} is: ${oneOf(ASSURANCES)}`],
  [ATTR[facet].source, `where the ${facet} was found, for example \`resource\`, \`trace\` or \`ambient\``],
])

const MORE: Readonly<Record<string, string>> = {
  [ATTR.decision.outcome]: '; `escalate` is open while it has no approver',
}

const FIELDS = FACET_FIELDS.flatMap(plainFields).map((field): [string, string] => [
  field.name,
  meaningOf(field) + (MORE[field.name] ?? ''),
])

function meaningOf({ form, words, meaning }: FacetField): string {
  if (form === 'word') return meaning === '' ? oneOf(words) : `${meaning}: ${oneOf(words)}`
  if (form === 'list') return `string array: ${meaning}`
  if (form === 'flag') return `boolean: ${meaning}`
  return form === 'time' ? 'ISO 8601' : meaning
}

const MEANING: ReadonlyMap<string, string> = new Map([
  ...ASSURED,
  ...FIELDS,
  [ATTR.actor.chain, 'string array: the first actor first, the one of this span last'],
  [ATTR.outcome, `${oneOf(OUTCOMES)}; absent: span status ERROR reads as failure, anything else as success`],
  [ATTR.action.binding, `the call that was made: ${HASH_OF_CALL}`],
  [ATTR.wouldDeny, 'boolean: a dry run let it through'],
  [ATTR.resourceId, 'what was touched'],
  [ATTR.correlation.id, 'one id for the whole workflow, over processes, queues, days and traces'],
  [ATTR.span.kind, oneOf(SPAN_KINDS)],
  [ATTR.span.dialect, 'the naming convention by which the span was recognized'],
  [ATTR.verdict, oneOf(VERDICTS)],
  [ATTR.complete, 'boolean: everything that policy requires of this kind is there'],
  [ATTR.allowed, 'string array, sorted: the findings that a declaration or policy allowed, if any'],
  [ATTR.rewritten, 'string array, sorted: what other code replaced on the span, by name, if anything'],
  [ATTR.findings, 'string array, sorted: see [findings](findings/README.md)'],
  [ATTR.findingPrefix, '`true`, one for each finding; opt-in, for stores that cannot search inside an array'],
  [ATTR.judge, '`onbehalf/<version> <policy digest>`, or `onbehalf-collector/…` where the Collector judged'],
])

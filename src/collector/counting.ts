import { FINDING_CODES } from '../model/finding.ts'
import type { FindingCode } from '../model/finding.ts'
import { ATTR, COLLECTOR_METRIC } from '../model/names.ts'
import { DIALECTS, OTHER_DIALECT } from '../recognize/dialects/known.ts'
import { isRaised } from './conditions.ts'
import type { Rulebook } from './rulebook.ts'
import { attribute, isOneOf, literal, set } from './ottl.ts'
import type { Group } from './ottl.ts'

/** Labels never come from outside: a dialect that isn't in the table is `other`. */
export function labelGroup(): Group {
  const dialect = attribute('dialect')
  const kept = [ATTR.span.kind, ATTR.span.dialect, ATTR.verdict, ATTR.complete, ATTR.findings]
  return {
    context: 'span',
    statements: [
      `keep_keys(span.attributes, [${kept.map(literal).join(', ')}])`,
      set(attribute('kind'), attribute(ATTR.span.kind)),
      set(dialect, attribute(ATTR.span.dialect)),
      set(dialect, literal(OTHER_DIALECT), `not ${isOneOf(dialect, DIALECTS)}`),
      set(attribute('verdict'), attribute(ATTR.verdict)),
      set(attribute('complete'), '"unknown"'),
      set(attribute('complete'), `String(${attribute(ATTR.complete)})`),
    ],
  }
}

export interface CountedMetric {
  readonly name: string
  readonly description: string
  readonly unit: string
  readonly include_resource_attributes: readonly { readonly key: string }[]
  readonly attributes: readonly { readonly key: string; readonly default_value?: string }[]
  readonly conditions?: readonly string[]
  readonly sum: { readonly value: string; readonly monotonic: true }
}

const SERVICE = [{ key: 'service.name' }, { key: 'service.namespace' }]
const SUM = { value: '1', monotonic: true } as const

/** One metric per name. If a label has a value for each code, the name is repeated for each of them. */
export function countedMetrics(book: Rulebook): readonly CountedMetric[] {
  const codes = FINDING_CODES.filter((code) => isRaised(code, book))
  return [
    {
      name: COLLECTOR_METRIC.spans,
      description: 'Agent spans that the Collector judged',
      unit: '{span}',
      include_resource_attributes: SERVICE,
      attributes: [{ key: 'kind' }, { key: 'dialect' }, { key: 'verdict' }, { key: 'complete' }],
      sum: SUM,
    },
    ...codes.map((code) => findingMetric(code, book)),
  ]
}

function findingMetric(code: FindingCode, { policy }: Rulebook): CountedMetric {
  return {
    name: COLLECTOR_METRIC.findings,
    description: 'Findings of the Collector on agent spans',
    unit: '{finding}',
    include_resource_attributes: SERVICE,
    attributes: [
      { key: 'code', default_value: code },
      { key: 'severity', default_value: policy.severities[code] },
      { key: 'kind' },
    ],
    conditions: [`ContainsValue(${attribute(ATTR.findings)}, ${literal(code)})`],
    sum: SUM,
  }
}

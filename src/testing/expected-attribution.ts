import { VERDICTS } from '../model/attribution.ts'
import type { Verdict } from '../model/attribution.ts'
import { FINDING_CODES } from '../model/finding.ts'
import type { FindingCode } from '../model/finding.ts'

/** Such as `expect.stringContaining('report')` or `expect.any(String)`. */
export interface AsymmetricMatcher {
  asymmetricMatch(value: unknown): boolean
  readonly sample?: unknown
  toAsymmetricMatcher?(): string
}

/** An id, with its issuer if that matters. As in the audit, case, `mailto:` and aliases make no difference. */
export type ExpectedIdentity = string | { readonly id: string; readonly issuer?: string } | AsymmetricMatcher

/** What `toBeAttributed` expects. An act is the span of a tool or an effect. */
export interface ExpectedAttribution {
  /** Who asked: on every agent span. */
  readonly principal: ExpectedIdentity
  /** What acted, by its id or name: on every act. */
  readonly actor: ExpectedIdentity
  /** Through what, by its id: on every act without another act below it. Default: anything. */
  readonly context?: ExpectedIdentity
  /** Why, by its summary, id or purpose: on every act. Default: anything. */
  readonly intent?: string | AsymmetricMatcher
  /** The verdict of every agent span, or those that it may have. Default: `separated` or `declared`. */
  readonly verdict?: Verdict | readonly Verdict[]
  /** Exactly the findings that the spans have, taken together. Default: any that the policy doesn't call critical. */
  readonly findings?: readonly FindingCode[]
}

export function isAsymmetric(value: unknown): value is AsymmetricMatcher {
  return isObject(value) && typeof value['asymmetricMatch'] === 'function'
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

/** What is wrong with what a test expects. A field that is there and undefined is: a variable may not be set. */
export function problemOfExpected(expected: unknown): string | undefined {
  if (!isObject(expected)) return 'it takes an object: { principal, actor }'
  const names = new Set(['principal', 'actor', ...Object.keys(expected)])
  for (const name of names) {
    const field = Object.hasOwn(FIELDS, name) ? FIELDS[name as keyof ExpectedAttribution] : undefined
    if (field === undefined) return `${name} is unknown; it takes ${Object.keys(FIELDS).join(', ')}`
    if (!field.accepts(expected[name])) return `${name} has to be ${field.says}`
  }
  return undefined
}

const isText = (value: unknown) => (typeof value === 'string' && value !== '') || isAsymmetric(value)
const isAmong = (words: readonly string[], values: unknown) =>
  Array.isArray(values) && values.every((value) => words.includes(value as string))

const IDENTITY = {
  accepts: (value: unknown) => isText(value) || (isObject(value) && isText(value['id'])),
  says: 'an id, { id, issuer } or an asymmetric matcher',
}
const FIELDS = {
  principal: IDENTITY,
  actor: IDENTITY,
  context: IDENTITY,
  intent: { accepts: isText, says: 'a text or an asymmetric matcher' },
  verdict: {
    accepts: (value: unknown) => isAmong(VERDICTS, [value].flat()) && [value].flat().length > 0,
    says: `one or more of ${VERDICTS.join(', ')}`,
  },
  findings: { accepts: (value: unknown) => isAmong(FINDING_CODES, value), says: 'a list of codes of findings' },
} satisfies Record<keyof ExpectedAttribution, { accepts(value: unknown): boolean; readonly says: string }>

import { identityKey, isSameIdentity, principalKey } from '../identity/identity.ts'
import { findingEntry, fixOf, isFindingCode } from '../model/finding.ts'
import type { FindingCode } from '../model/finding.ts'
import { ATTR } from '../model/names.ts'
import type { SpanShape } from '../model/span.ts'
import { keyAcrossTraces, SpanTree } from '../model/span-tree.ts'
import { currentLiveJudge } from '../runtime/judging/live-judge.ts'
import { isAsymmetric, isObject, problemOfExpected } from './expected-attribution.ts'
import type { ExpectedAttribution } from './expected-attribution.ts'

/** What `expect.extend(attributionMatchers)` adds. */
export interface AttributionMatchers<R = void> {
  /**
   * Passes if the spans have at least one act (the span of a tool or an effect), every agent span names this principal
   * and every act this actor, and no verdict or finding speaks against it. It never throws: where nothing can be
   * compared it fails, with `.not` too.
   */
  toBeAttributed(expected: ExpectedAttribution): R
}

// The global namespace is that of `@types/jest`, and what vitest builds its own matchers on.
declare global {
  namespace jest {
    interface Matchers<R> extends AttributionMatchers<R> {}
  }
}

/** What `@jest/globals` builds on; nothing where it isn't installed.
 * @ts-ignore */
declare module 'expect' {
  interface Matchers<R> extends AttributionMatchers<R> {}
}

type Caller = { readonly isNot?: boolean } | void
interface Result {
  readonly pass: boolean
  message(): string
}

/** For `expect.extend(attributionMatchers)`, in vitest and in jest. */
export const attributionMatchers = {
  toBeAttributed(this: Caller, spans: unknown, expected: unknown): Result {
    const unusable = (problem: string) => ({ pass: this?.isNot === true, message: () => `toBeAttributed: ${problem}` })
    try {
      const problem = problemOfExpected(expected) ?? problemOfSpans(spans)
      if (problem !== undefined) return unusable(problem)
      return compared(spans as readonly SpanShape[], expected as ExpectedAttribution)
    } catch {
      return unusable('the spans, or what is expected of them, cannot be read')
    }
  },
}

function problemOfSpans(spans: unknown): string | undefined {
  if (!Array.isArray(spans)) return `it takes an array of spans, such as judged.spans(), and got ${sortOf(spans)}`
  if (spans.length === 0) return 'there are no spans. Have they ended, and is JudgedSpans among the span processors?'
  const odd = spans.findIndex((span) => !isSpan(span))
  if (odd !== -1) return `entry ${odd} of the array isn't a span but ${sortOf(spans[odd])}`
  if (spans.some(isJudged)) return undefined
  return `none of the spans (${spans.length}) is a judged agent span. Is the telemetry of the agent's framework enabled?`
}

function sortOf(value: unknown): string {
  return isObject(value) ? Object.prototype.toString.call(value) : String(value)
}

function isSpan(span: unknown): span is SpanShape {
  return isObject(span) && isObject(span['attributes']) && typeof span['spanContext'] === 'function'
}

function isJudged({ attributes }: SpanShape): boolean {
  return attributes[ATTR.verdict] !== undefined
}

function isAct({ attributes }: SpanShape): boolean {
  return ['tool', 'effect'].includes(String(attributes[ATTR.span.kind]))
}

function compared(all: readonly SpanShape[], expected: ExpectedAttribution): Result {
  const tree = new SpanTree(all, keyAcrossTraces)
  const spans = all.filter(isJudged)
  const acts = spans.filter(isAct)
  const aboveActs = new Set(acts.flatMap((act) => [...tree.lineageOf(act)].slice(1)))
  const explained = new Set<FindingCode>()
  const differing = spans.flatMap((span) => {
    const wrong = [...facetsIn(span, expected, !aboveActs.has(span)), ...verdictIn(span, expected)]
    const findings = findingsIn(span)
    if (wrong.length === 0 && !findings.some((code) => isAgainst(code, expected))) return []
    const explain = (code: FindingCode) => explanation(code, span, tree.isParentMissing(span), explained)
    return [[placeOf(span), ...wrong, ...findings.flatMap(explain)].join('\n    ')]
  })
  const found = new Set(spans.flatMap(findingsIn))
  const lacking = (expected.findings ?? []).filter((code) => !found.has(code))
  const problems = [
    ...(acts.length > 0 ? [] : ['no agent span is a tool or an effect: nothing was done']),
    ...lacking.map((code) => `no span has the finding ${code}`),
    ...(differing.length === 0 ? [] : [`${differing.length} of ${spans.length} agent spans differ:`, ...differing]),
  ]
  const asExpected = `all of the agent spans (${spans.length}) are attributed like this, which .not rules out`
  const message = () => `toBeAttributed: ${problems.length === 0 ? asExpected : problems.join('\n\n  ')}`
  return { pass: problems.length === 0, message }
}

function placeOf(span: SpanShape): string {
  const { traceId, spanId } = span.spanContext()
  return `${String(span.attributes[ATTR.span.kind])} ${shown(span.name)} (span ${spanId}, trace ${traceId})`
}

const { principal, actor, context, intent } = ATTR
const FACETS = [
  { name: 'principal', keys: [principal.id], issuer: principal.issuer, same: sameBy(principalKey) },
  { name: 'actor', keys: [actor.id, actor.name], issuer: actor.issuer, same: sameBy(identityKey) },
  { name: 'context', keys: [context.id], issuer: undefined, same: sameBy(identityKey) },
  { name: 'intent', keys: [intent.summary, intent.id, intent.purpose], issuer: undefined, same: sameText },
] as const

/** A line for each facet that is expected of the span and differs. */
function facetsIn(span: SpanShape, expected: ExpectedAttribution, isInnermost: boolean): readonly string[] {
  return FACETS.flatMap(({ name, keys, issuer, same }) => {
    const wanted = expected[name]
    const isMeant = name === 'principal' || (isAct(span) && (name !== 'context' || isInnermost))
    if (wanted === undefined || !isMeant) return []
    const has = keys.flatMap((key) => span.attributes[key] ?? [])
    const from = issuer === undefined ? undefined : textOf(span.attributes[issuer])
    if (has.some((value) => same(value, from, wanted))) return []
    const issued = from === undefined ? '' : ` of ${shown(from)}`
    return [`${name}: ${has.length === 0 ? 'none' : has.map(shown).join(', ')}${issued}, expected ${shown(wanted)}`]
  })
}

function sameText(value: unknown, _issuer: string | undefined, wanted: unknown): boolean {
  return isAsymmetric(wanted) ? wanted.asymmetricMatch(value) : value === wanted
}

/** Compares ids as the judge of this process does, whose policy knows their aliases. */
function sameBy(key: typeof identityKey): typeof sameText {
  return (value, issuer, wanted) => {
    const { id, issuer: from } = isObject(wanted) && !isAsymmetric(wanted) ? wanted : { id: wanted, issuer: undefined }
    if (typeof value !== 'string' || typeof id !== 'string') return sameText(value, issuer, id)
    const { alias } = currentLiveJudge().settings.policy
    return isSameIdentity(key(value, issuer, alias), key(id, textOf(from), alias))
  }
}

function verdictIn({ attributes }: SpanShape, { verdict = ['separated', 'declared'] }: ExpectedAttribution) {
  const [has, wanted] = [attributes[ATTR.verdict], [verdict].flat()]
  return wanted.some((each) => each === has) ? [] : [`verdict: ${shown(has)}, expected ${wanted.join(' or ')}`]
}

function findingsIn({ attributes }: SpanShape): readonly FindingCode[] {
  return [attributes[ATTR.findings] ?? []].flat().filter(isFindingCode)
}

function isAgainst(code: FindingCode, { findings }: ExpectedAttribution): boolean {
  return findings === undefined ? severityOf(code) === 'critical' : !findings.includes(code)
}

function severityOf(code: FindingCode): string {
  return currentLiveJudge().settings.policy.severities[code]
}

/** The fix stands once, at the first span that needs it. */
function explanation(code: FindingCode, span: SpanShape, isParentMissing: boolean, explained: Set<FindingCode>) {
  const line = `finding ${code} (${severityOf(code)}): ${findingEntry(code).title}`
  if (explained.has(code)) return [line]
  explained.add(code)
  const language = textOf(span.resource?.attributes?.['telemetry.sdk.language'])
  return [line, `  fix: ${fixOf(code, { language, isParentMissing })}`]
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function shown(value: unknown): string {
  if (!isAsymmetric(value)) return JSON.stringify(value)
  return value.toAsymmetricMatcher?.() ?? `${String(value)} ${String(value.sample)}`
}

import type { Verdict } from '../../model/attribution.ts'
import type { Severity } from '../../model/finding.ts'
import { actorLabel } from '../../resolve/actor-chain.ts'
import { contradictionOf, RULED } from '../../explain/actions.ts'
import type { ChainLink } from '../../explain/chain.ts'
import type { Judgement } from '../../judge/judge.ts'
import type { Evidence } from '../../explain/evidence.ts'
import { sentenceOf } from '../../explain/explanation.ts'
import type { Explanation, FindingGroup } from '../../explain/explanation.ts'
import { sureness, sureText } from '../../explain/sureness.ts'
import { toldOutcome } from '../../explain/told-outcome.ts'
import { identity, phrase } from '../../explain/wording.ts'
import type { Sourced } from '../../resolve/lineage.ts'
import { isPlaceholder } from '../../identity/identity.ts'
import { nameOfSpan, serviceOf } from '../terminal/service.ts'
import { exactTargetOf } from '../terminal/target.ts'
import { laterText, wholeStartMillis } from '../terminal/time.ts'
import { columnsOf, count, inline, padColumns, paint, printable, textWidth, wrap } from '../terminal/text.ts'
import type { Style } from '../terminal/text.ts'
import { weaknessText } from '../terminal/assurance-text.ts'

/** The answer for people: the sentence, the chain as a tree, then what is missing or wrong and what to do about it. */
export function explanationText(
  explanation: Explanation,
  { evidence = false }: { readonly evidence?: boolean } = {},
): string {
  const parts = [wrap(printable(sentenceOf(explanation)), textWidth())]
  if (evidence && explanation.clauses.length > 0) parts.push(evidenceText(explanation))
  if (explanation.chain.length === 0) parts.push(NOTHING)
  else parts.push(treeText(explanation.chain), lacksText(explanation))
  if (explanation.unchecked.length > 0) parts.push(wrap(UNCHECKED, textWidth()))
  return `${parts.join('\n\n')}\n`
}

const UNCHECKED =
  'Not checked: whether other traces used one of these credentials for someone else (shared_credential). onbehalf audit over all traces tells.'
const NOTHING = 'Switch on the telemetry of your agent framework, or mark your own spans with attribution.span.kind.'

/** --format json has deeper and longer trees. */
const MAX_LINES = 400
const MAX_INDENT = 40
const MAX_TITLE = 60
const MAX_SERVICE = 30
const MAX_FACET = 300

/** Each clause with the places it rests on: one for each thing that it names. */
function evidenceText({ clauses, chain }: Explanation): string {
  const names = new Map(chain.map(({ judged: { span } }) => [keyOf(span.spanContext()), nameOfSpan(span)]))
  return clauses
    .map(({ text, evidence }) => {
      const shown = evidence.slice(0, MAX_EVIDENCE).map((place) => `    ${placeText(place, names)}`)
      const more = evidence.length > shown.length ? [`    … and ${evidence.length - shown.length} more`] : []
      const none = evidence.length === 0 ? ['    no span shows it'] : []
      return [wrap(printable(text), textWidth(), '  '), ...[...shown, ...more, ...none].map((row) => paint('dim', row))]
    })
    .map((rows) => rows.join('\n'))
    .join('\n')
}

const MAX_EVIDENCE = 10

function placeText(
  { traceId, spanId, attribute, onResource, field }: Evidence,
  names: ReadonlyMap<string, string>,
): string {
  const name = names.get(keyOf({ traceId, spanId }))
  const span = `span ${spanId}${name === undefined ? '' : ` (${inline(name, MAX_TITLE)})`}`
  const of = onResource === true ? `the resource of ${span}` : span
  const what = attribute === undefined ? field : inline(attribute, MAX_TITLE)
  return what === undefined ? of : `${what} of ${of}`
}

function keyOf({ traceId, spanId }: { readonly traceId: string; readonly spanId: string }): string {
  return `${traceId}:${spanId}`
}

function serviceText({ judged }: ChainLink): string {
  return inline(serviceOf(judged.span), MAX_SERVICE)
}

function treeText(chain: readonly ChainLink[]): string {
  const { rows: shown, hidden } = withRepeats(chain)
  const width = Math.min(Math.max(...shown.map((row) => columnsOf(titleOf(row)))), MAX_TITLE)
  const services = Math.max(...shown.map(({ link }) => columnsOf(serviceText(link))))
  const first = chain.reduce((least, { judged }) => Math.min(least, wholeStartMillis(judged.span)), Infinity)
  const times = shown.map(({ link }) => laterText(wholeStartMillis(link.judged.span) - first))
  const columns = { width, services, times: Math.max(...times.map((time) => time.length)) }
  const lines = shown.flatMap((row, index) => rowLines(row, columns, times[index]))
  lines.unshift(`Started ${new Date(first).toISOString()}:`)
  if (hidden > 0) lines.push(`… and ${count(hidden, 'span')} more: --format json shows all`)
  return lines.join('\n')
}

interface Row {
  readonly link: ChainLink
  /** The last one that looks the same. */
  last: ChainLink
  times: number
}

/** Consecutive spans that look the same, such as the steps of a model, share one line. `hidden`: the spans of no line. */
function withRepeats(chain: readonly ChainLink[]): { readonly rows: readonly Row[]; readonly hidden: number } {
  const rows: Row[] = []
  let lastLook = ''
  for (const [at, link] of chain.entries()) {
    const last = rows.at(-1)
    const look = lookOf(link)
    if (last !== undefined && last.link.above === link.above && lastLook === look) {
      last.times += 1
      last.last = link
    } else if (rows.length === MAX_LINES) return { rows, hidden: chain.length - at }
    else rows.push({ link, last: link, times: 1 })
    lastLook = look
  }
  return { rows, hidden: 0 }
}

/** Everything that is shown of a span but its time. */
function lookOf(link: ChainLink): string {
  const { verdict, findings, allowed } = link.judged.judgement
  const title = titleOf({ link, last: link, times: 1 })
  return JSON.stringify([title, serviceText(link), verdict, findings, allowed, link.isCutOff, newFacets(link)])
}

const VERDICT_STYLE: Record<Verdict, Style> = {
  separated: 'green',
  declared: 'green',
  collapsed: 'red',
  unknown: 'yellow',
}

/** How wide each is. */
interface Columns {
  readonly width: number
  readonly services: number
  readonly times: number
}

function rowLines(row: Row, { width, services, times }: Columns, time = ''): readonly string[] {
  const { link } = row
  const { judgement } = link.judged
  const verdict = paint(VERDICT_STYLE[judgement.verdict], judgement.verdict)
  const cut = `${link.isCutOff ? ' (its parent was not recorded)' : ''}${lastText(row)}`
  const place = `${padColumns(titleOf(row), width)}  ${padColumns(serviceText(link), services)}`
  const start = `${place}  ${time.padStart(times)}  `
  const findings = judgement.findings.join(', ')
  const inset = ' '.repeat(indentOf(link) + (link.depth === 0 ? 4 : 6))
  const facets = [...allowedRow(judgement), ...newFacets(link)].map((text) => paint('dim', wrapHanging(text, inset)))
  if (findings === '') return [`${start}${verdict}${cut}`, ...facets]
  const isShort = columnsOf(start) + judgement.verdict.length + cut.length + findings.length + 2 <= textWidth()
  if (isShort) return [`${start}${verdict}: ${findings}${cut}`, ...facets]
  return [`${start}${verdict}${cut}`, wrapHanging(`${'findings'.padEnd(FACET_NAME)} ${findings}`, inset), ...facets]
}

/** How long after the first of several the last one started, where that's long. */
function lastText({ link, last }: Row): string {
  const between = wholeStartMillis(last.judged.span) - wholeStartMillis(link.judged.span)
  return between < LONG_MILLIS ? '' : ` (the last ${laterText(between)})`
}

const LONG_MILLIS = 60_000

/** What was allowed may be what its verdict rests on. */
function allowedRow({ allowed }: Judgement): readonly string[] {
  return allowed.length === 0 ? [] : [`${'allowed'.padEnd(FACET_NAME)} ${allowed.join(', ')}`]
}

const FACET_NAME = 11

/** Breaks the text of a facet into lines that stay to the right of its name. */
function wrapHanging(text: string, inset: string): string {
  const [name, value] = [text.slice(0, FACET_NAME + 1), text.slice(FACET_NAME + 1)]
  const hanging = `${inset}${' '.repeat(name.length)}`
  return `${inset}${name}${wrap(value, Math.max(textWidth(), hanging.length + 20), hanging).trimStart()}`
}

function titleOf({ link, times }: Row): string {
  const { span, resolved } = link.judged
  const branch = link.depth === 0 ? '' : `${' '.repeat(indentOf(link))}└ `
  const name = inline(resolved.tool ?? nameOfSpan(span), MAX_TITLE)
  return `${branch}${resolved.kind ?? ''} ${name}${times > 1 ? ` (${times} times)` : ''}`
}

function indentOf({ depth }: ChainLink): number {
  return Math.min(depth * 2, MAX_INDENT)
}

/** The facets that differ from those of the span above. At a root, all of them. */
function newFacets(link: ChainLink): readonly string[] {
  const above = new Map(link.above === undefined ? [] : facetsOf(link.above))
  return facetsOf(link).flatMap(([name, text]) =>
    above.get(name) === text ? [] : [`${name.padEnd(FACET_NAME)} ${text}`],
  )
}

function facetsOf({ judged }: ChainLink): readonly (readonly [string, string])[] {
  const { principal, actor, actorChain, context, intent, authority, decision, correlation } = judged.resolved.facets
  const { stated } = judged.resolved
  const credential = context?.value.credential
  const facets: readonly (readonly [string, string | undefined])[] = [
    ['principal', held(principal, ({ id, type }) => [identity(id), type])],
    [
      'actor',
      held(actor, (value) => [
        named(actorLabel(value)),
        value.version && `version ${identity(value.version)}`,
        value.owner && `${identity(value.owner)} answers for it`,
      ]),
    ],
    ['chain', actorChain.length > 1 ? actorChain.map(identity).join(' → ') : undefined],
    ['context', held(context, ({ id, type, target }) => [named(id), type, target && `to ${phrase(target)}`])],
    ['target', named(unsaidTarget(judged), phrase)],
    [
      'credential',
      credential &&
        some([
          named(credential.id),
          credential.type,
          credential.subject && `logs in as ${identity(credential.subject)}`,
        ]),
    ],
    [
      'intent',
      held(intent, ({ id, summary, purpose }) => [named(summary ?? purpose, phrase), id && `id ${identity(id)}`]),
    ],
    [
      'authority',
      held(authority, ({ id, type, scopes, expiresAt }) => [
        type,
        named(id),
        scopesText(scopes),
        expiresAt && `until ${expiresAt}`,
      ]),
    ],
    [
      'decision',
      held(decision, ({ outcome: said, policy, approver }) => [
        said,
        policy?.id && `policy ${some([policy.id, policy.version].map((part) => named(part)))}`,
        approver && `${isPlaceholder(approver.id) ? 'approver' : `${RULED[said]} by`} ${identity(approver.id)}`,
      ]),
    ],
    ['resource', named(stated.resourceId)],
    ['outcome', outcomeText(judged)],
    ['correlation', correlation && sureText(identity(correlation.value), correlation)],
  ]
  return facets.flatMap(([name, text]) =>
    text === undefined || text === '' ? [] : [[name, inline(text, MAX_FACET)] as const],
  )
}

/** Where nothing else of the context says it. */
function unsaidTarget(judged: ChainLink['judged']): string | undefined {
  const { id, target: said } = judged.resolved.facets.context?.value ?? {}
  const target = exactTargetOf(judged)
  return target === id || target === said ? undefined : target
}

function outcomeText(judged: ChainLink['judged']): string | undefined {
  const outcome = toldOutcome(judged)
  const contradiction = contradictionOf({ judged })
  if (contradiction !== undefined) return `success is stated, its ${contradiction} says failure`
  return outcome === 'success' ? undefined : outcome
}

function held<T>(
  facet: Sourced<T> | undefined,
  parts: (value: T) => readonly (string | undefined)[],
): string | undefined {
  return facet === undefined ? undefined : `${some(parts(facet.value))}${sureness(facet)}`
}

/** A name as the sentence has it, so that none passes for more than one. */
function named(text: string | undefined, as = identity): string | undefined {
  return text === undefined ? undefined : as(text)
}

function some(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join(', ')
}

function scopesText(scopes: readonly string[] | undefined): string | undefined {
  return scopes?.length === 0 ? 'no scopes' : scopes?.map(identity).join(' ')
}

const SEVERITY_STYLE: Record<Severity, Style> = { critical: 'red', high: 'red', medium: 'yellow', low: 'dim' }

function lacksText({ lacks, chain }: Explanation): string {
  if (lacks.length > 0) return lacks.map(lackText).join('\n\n')
  const allowed = new Set(chain.flatMap(({ judged }) => judged.judgement.allowed))
  if (allowed.size === 0)
    return wrap('Nothing that policy requires is missing, and no identity stands for another.', textWidth())
  const codes = [...allowed].toSorted().join(', ')
  return wrap(`Nothing is missing or wrong but what a declaration or policy allows: ${codes}.`, textWidth())
}

function lackText({ code, severity, title, fix, spans }: FindingGroup): string {
  const weakness = weaknessText(code, spans)
  const what = weakness === undefined ? title : `${weakness.charAt(0).toUpperCase()}${weakness.slice(1)}`
  const places = new Set(
    spans.map(
      ({ span, resolved }) => `${resolved.tool ?? nameOfSpan(span)} of ${serviceOf(span) || 'an unnamed service'}`,
    ),
  )
  const [first = ''] = places
  const more = places.size > 1 ? ` and ${count(places.size - 1, 'more place')}` : ''
  return [
    `${paint(SEVERITY_STYLE[severity], severity.padEnd(9))} ${paint('bold', code)}: ${what} (${count(spans.length, 'span')})`,
    wrap(`at ${inline(first, MAX_FACET)}${more}`, textWidth(), '  '),
    wrap(`fix: ${fix}`, textWidth(), '  '),
  ].join('\n')
}

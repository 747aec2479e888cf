import type { Assurance, Verdict } from '../model/attribution.ts'
import type { Severity } from '../model/finding.ts'
import { actorLabel } from '../rules/actor-line.ts'
import type { ChainLink } from '../rules/explanation/chain.ts'
import { sentenceOf } from '../rules/explanation/explanation.ts'
import type { Explanation, Lack } from '../rules/explanation/explanation.ts'
import type { Held } from '../rules/lineage.ts'
import { serviceOf } from './service.ts'
import { count, paint, printable, wrap } from './text.ts'
import type { Style } from './text.ts'

const WIDTH = 100

/** The answer for people: the sentence, the chain as a tree, then what is missing or wrong and what to do about it. */
export function explanationText(explanation: Explanation): string {
  const parts = [wrap(printable(sentenceOf(explanation)), WIDTH)]
  if (explanation.chain.length === 0) parts.push(NOTHING)
  else parts.push(treeText(explanation.chain), lacksText(explanation.lacks))
  return `${parts.join('\n\n')}\n`
}

const NOTHING = 'Switch on the telemetry of your agent framework, or mark your own spans with attribution.span.kind.'

/** Deeper and longer trees are a matter for --format json. */
const MAX_LINES = 400
const MAX_INDENT = 40
const MAX_TITLE = 60

function treeText(chain: readonly ChainLink[]): string {
  const rows = withRepeats(chain)
  const shown = rows.slice(0, MAX_LINES)
  const width = Math.min(Math.max(...shown.map((row) => titleOf(row).length)), MAX_TITLE)
  const services = Math.max(...shown.map(({ link }) => serviceOf(link.judged.span).length))
  const lines = shown.flatMap((row) => rowLines(row, width, services))
  const hidden = rows.length - shown.length
  if (hidden > 0) lines.push(`… and ${count(hidden, 'span')} more: --format json shows all`)
  return lines.join('\n')
}

interface Row {
  readonly link: ChainLink
  times: number
}

/** Spans that look the same one after the other, such as the steps of a model, take one line. */
function withRepeats(chain: readonly ChainLink[]): readonly Row[] {
  const rows: Row[] = []
  for (const link of chain) {
    const last = rows.at(-1)
    if (last !== undefined && isRepeated(last.link, link)) last.times += 1
    else rows.push({ link, times: 1 })
  }
  return rows
}

function isRepeated(a: ChainLink, b: ChainLink): boolean {
  const look = (link: ChainLink) => rowLines({ link, times: 1 }, 0, 0).join('\n')
  return a.above === b.above && look(a) === look(b)
}

const VERDICT_STYLE: Record<Verdict, Style> = {
  separated: 'green',
  declared: 'green',
  collapsed: 'red',
  unknown: 'yellow',
}

function rowLines(row: Row, width: number, services: number): readonly string[] {
  const { link } = row
  const { judgement, span } = link.judged
  const verdict = paint(VERDICT_STYLE[judgement.verdict], judgement.verdict)
  const findings = judgement.findings.length === 0 ? '' : `: ${judgement.findings.join(', ')}`
  const cut = link.isCutOff ? ' (its parent was not recorded)' : ''
  const service = printable(serviceOf(span)).padEnd(services)
  const inset = ' '.repeat(indentOf(link) + (link.depth === 0 ? 4 : 6))
  return [
    `${titleOf(row).padEnd(width)}  ${service}  ${verdict}${findings}${cut}`,
    ...newFacets(link).map((text) => paint('dim', `${inset}${text}`)),
  ]
}

function titleOf({ link, times }: Row): string {
  const { span, sighting } = link.judged
  const branch = link.depth === 0 ? '' : `${' '.repeat(indentOf(link))}└ `
  return `${branch}${sighting.kind ?? ''} ${printable(sighting.tool ?? span.name)}${times > 1 ? ` (${times} times)` : ''}`
}

function indentOf({ depth }: ChainLink): number {
  return Math.min(depth * 2, MAX_INDENT)
}

/** The facets that are not the same as those of the span above; all of them at a root. */
function newFacets(link: ChainLink): readonly string[] {
  const above = new Map(link.above === undefined ? [] : facetsOf(link.above))
  return facetsOf(link).flatMap(([name, text]) => (above.get(name) === text ? [] : [`${name.padEnd(11)} ${text}`]))
}

function facetsOf({ judged }: ChainLink): readonly (readonly [string, string])[] {
  const { principal, actor, actorChain, context, intent, authority, decision, correlationId } = judged.sighting.resolved
  const { outcome, stated } = judged.sighting
  const credential = context?.value.credential
  const facets: readonly (readonly [string, string | undefined])[] = [
    ['principal', held(principal, ({ id, type }) => [id, type])],
    ['actor', held(actor, (value) => [actorLabel(value), value.version && `version ${value.version}`])],
    ['chain', actorChain.length > 1 ? actorChain.join(' → ') : undefined],
    ['context', held(context, ({ id, type, target }) => [id, type, target && `to ${target}`])],
    [
      'credential',
      credential && some([credential.id, credential.type, credential.subject && `logs in as ${credential.subject}`]),
    ],
    ['intent', held(intent, ({ id, summary, purpose }) => [summary ?? purpose, id && `id ${id}`])],
    ['authority', authority && some([authority.type, authority.id, authority.scopes?.join(' ')])],
    [
      'decision',
      decision &&
        some([
          decision.outcome,
          decision.policy?.id && `policy ${some([decision.policy.id, decision.policy.version])}`,
          decision.approver && `approved by ${decision.approver.id}`,
        ]),
    ],
    ['resource', stated.resourceId],
    ['outcome', outcome === 'success' ? undefined : outcome],
    ['correlation', correlationId],
  ]
  return facets.flatMap(([name, text]) => (text === undefined || text === '' ? [] : [[name, printable(text)] as const]))
}

function held<T>(facet: Held<T> | undefined, parts: (value: T) => readonly (string | undefined)[]): string | undefined {
  return facet === undefined ? undefined : `${some(parts(facet.value))}${sureness(facet.assurance)}`
}

function sureness(assurance: Assurance): string {
  return ` [${assurance}]`
}

function some(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join(', ')
}

const SEVERITY_STYLE: Record<Severity, Style> = { critical: 'red', high: 'red', medium: 'yellow', low: 'dim' }

function lacksText(lacks: readonly Lack[]): string {
  if (lacks.length === 0) return 'Nothing is missing, and no identity stands for another.'
  return lacks.map(lackText).join('\n\n')
}

function lackText({ code, severity, title, fix, spans }: Lack): string {
  const places = new Set(spans.map(({ span }) => `${span.name} of ${serviceOf(span) || 'an unnamed service'}`))
  const [first = ''] = places
  const more = places.size > 1 ? ` and ${places.size - 1} more` : ''
  return [
    `${paint(SEVERITY_STYLE[severity], severity.padEnd(9))} ${paint('bold', code)}: ${title} (${count(spans.length, 'span')})`,
    wrap(`at ${printable(first)}${more}`, WIDTH, '  '),
    wrap(`fix: ${fix}`, WIDTH, '  '),
  ].join('\n')
}

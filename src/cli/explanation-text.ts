import type { Assurance, Verdict } from '../model/attribution.ts'
import type { Severity } from '../model/finding.ts'
import { actorLabel } from '../rules/actor-line.ts'
import type { ChainLink } from '../rules/chain.ts'
import { sentenceOf } from '../rules/explanation.ts'
import type { Explanation, Lack } from '../rules/explanation.ts'
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

function treeText(chain: readonly ChainLink[]): string {
  const rows = withRepeats(chain)
  const lines = rows.slice(0, MAX_LINES).flatMap(([link, times]) => linkLines(link, times))
  const hidden = rows.length - MAX_LINES
  if (hidden > 0) lines.push(`… and ${count(hidden, 'span')} more: --format json shows all`)
  return lines.join('\n')
}

/** Spans that look the same one after the other, such as the steps of a model, take one line. */
function withRepeats(chain: readonly ChainLink[]): readonly (readonly [ChainLink, number])[] {
  const rows: [ChainLink, number][] = []
  for (const link of chain) {
    const last = rows.at(-1)
    if (
      last !== undefined &&
      last[0].above === link.above &&
      linkLines(last[0], 1).join() === linkLines(link, 1).join()
    )
      last[1] += 1
    else rows.push([link, 1])
  }
  return rows
}

const VERDICT_STYLE: Record<Verdict, Style> = {
  separated: 'green',
  declared: 'green',
  collapsed: 'red',
  unknown: 'yellow',
}

function linkLines(link: ChainLink, times: number): readonly string[] {
  const { span, sighting, judgement } = link.judged
  const indent = ' '.repeat(Math.min(link.depth * 2, MAX_INDENT))
  const branch = link.depth === 0 ? '' : '└ '
  const title = `${indent}${branch}${sighting.kind ?? ''} ${printable(sighting.tool ?? span.name)}`
  const service = serviceOf(span)
  const repeated = times > 1 ? ` (${times} times)` : ''
  const cut = link.isCutOff ? ' (its parent was not recorded)' : ''
  const findings = judgement.findings.length === 0 ? '' : `: ${judgement.findings.join(', ')}`
  const verdict = `${paint(VERDICT_STYLE[judgement.verdict], judgement.verdict)}${findings}`
  const first = `${`${title}${repeated}`.padEnd(40)}  ${printable(service).padEnd(16)} ${verdict}${cut}`
  const inset = `${indent}${link.depth === 0 ? '' : '  '}    `
  return [first, ...newFacets(link).map((text) => paint('dim', `${inset}${text}`))]
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

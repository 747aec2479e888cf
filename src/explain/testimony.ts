import { ASSURANCES } from '../model/attribution.ts'
import type { Assurance, AssuredFacet, Facet } from '../model/attribution.ts'
import { findingEntry } from '../model/finding.ts'
import type { FindingCode } from '../model/finding.ts'
import type { Sourced } from '../resolve/lineage.ts'
import type { ChainLink } from './chain.ts'
import { evidenceOf } from './evidence.ts'
import type { Evidence } from './evidence.ts'
import { listed } from './wording.ts'

/** One part of the sentence that answers for a chain. */
export interface Clause {
  readonly facet: Facet
  readonly text: string
  /** False where the spans do not show it, or show it collapsed or contradicted; the text then says so. */
  readonly proven: boolean
  /** The least of what the clause names. */
  readonly assurance?: Assurance
  readonly evidence: readonly Evidence[]
}

/** Something that spans say of a facet, once however many say it. */
export interface Said {
  readonly text: string
  assurance: Assurance
  evidence: Evidence
}

/** What the spans say of one facet, and why some of them prove nothing. */
export interface Testimony {
  readonly said: Said[]
  /** One for each span that had to say it and does not, or whose word does not count. */
  readonly doubts: Doubt[]
  readonly spans: number
}

interface Doubt {
  readonly reason: string
  /** Where the word stands that does not count, or should stand. */
  readonly evidence: () => Evidence
}

export interface Statement {
  /** What makes two statements one. */
  readonly key: string
  readonly text: string
  readonly held: Sourced<unknown>
  readonly evidence: () => Evidence
  /** Names nobody: a doubt and no word. */
  readonly isPlaceholder?: boolean
}

/** A decision is counted by action, and heard of none. */
type Heard = Exclude<AssuredFacet, 'decision'>

/** Hears each span on one facet. A finding that spoils the facet there, or a placeholder, is a doubt and no word. */
export function testimony(
  links: readonly ChainLink[],
  facet: Heard,
  stateOf: (link: ChainLink) => Statement | undefined,
): Testimony {
  const said = new Map<string, Said>()
  const doubts: Doubt[] = []
  for (const link of links) {
    const spoiler = SPOILED_BY[facet].find((code) => link.judged.judgement.findings.includes(code))
    const statement = stateOf(link)
    const code = spoiler ?? (statement?.isPlaceholder === true ? 'placeholder_identity' : undefined)
    if (code !== undefined) {
      const evidence = statement?.evidence ?? (() => evidenceOf(link, undefined, ''))
      doubts.push({ reason: lowerFirst(findingEntry(code).title), evidence })
    } else if (statement !== undefined) add(said, statement)
  }
  return { said: [...said.values()], doubts, spans: links.length }
}

/** The findings that leave a facet of a span unproven although it stands there. */
const SPOILED_BY: Readonly<Record<Heard, readonly FindingCode[]>> = {
  principal: [
    'missing_principal',
    'software_as_human',
    'context_divergence',
    'stale_binding',
    'conflicting_identity',
    'attribution_rewritten',
  ],
  actor: [
    'missing_actor',
    'principal_is_actor',
    'undelegated_token',
    'stale_binding',
    'conflicting_identity',
    'attribution_rewritten',
  ],
  context: [
    'missing_context',
    'principal_is_context',
    'actor_is_context',
    'shared_credential',
    'token_passthrough',
    'stale_binding',
    'conflicting_identity',
    'attribution_rewritten',
  ],
  intent: ['missing_intent', 'stale_binding'],
}

/** Of two spans that say the same the surer one is the witness. */
function add(said: Map<string, Said>, { key, text, held, evidence }: Statement): void {
  const known = said.get(key)
  if (known === undefined) said.set(key, { text, assurance: held.assurance, evidence: evidence() })
  else if (rank(held.assurance) < rank(known.assurance)) {
    known.assurance = held.assurance
    known.evidence = evidence()
  }
}

function rank(assurance: Assurance): number {
  return ASSURANCES.indexOf(assurance)
}

export interface Wording {
  readonly facet: Facet
  /** The clause around the names. */
  readonly say: (names: string) => string
  readonly unproven: string
}

/** The clause that a testimony proves, with what it leaves open. */
export function clauseOf({ said, doubts, spans }: Testimony, { facet, say, unproven }: Wording): Clause {
  const [doubt] = doubts
  const reason = doubt === undefined ? '' : ` (${doubt.reason})`
  const doubted = doubt === undefined ? [] : [doubt.evidence()]
  if (said.length === 0) return { facet, text: `${unproven}${reason}`, proven: false, evidence: doubted }
  const rest = doubt === undefined ? '' : `, which is not proven for ${doubts.length} of ${spans} spans${reason}`
  return {
    facet,
    text: `${say(listed(said.map((one) => sureText(one.text, one))))}${rest}`,
    proven: doubts.length === 0,
    assurance: leastOf(said),
    evidence: [...said.map(({ evidence }) => evidence), ...doubted],
  }
}

/** The least sure of some. */
export function leastOf(some: readonly { readonly assurance: Assurance }[]): Assurance {
  return some.map(({ assurance }) => assurance).toSorted((a, b) => rank(b) - rank(a))[0] as Assurance
}

/** What is less than asserted says which it is. */
export function sureText(text: string, { assurance }: { readonly assurance: Assurance }): string {
  return assurance === 'claimed' || assurance === 'inferred' ? `${text} (${assurance})` : text
}

function lowerFirst(text: string): string {
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`
}

import { ASSURANCES } from '../model/attribution.ts'
import type { Assurance, AssuredFacet, Facet } from '../model/attribution.ts'
import { findingEntry } from '../model/finding.ts'
import type { FindingCode } from '../model/finding.ts'
import type { Sourced } from '../resolve/lineage.ts'
import type { ChainLink } from './chain.ts'
import { evidenceOf } from './evidence.ts'
import type { Evidence } from './evidence.ts'
import { listed } from './wording.ts'

/** One part of the sentence about a chain. */
export interface Clause {
  readonly facet: Facet
  readonly text: string
  /** False if the spans don't show it, or show it collapsed or contradicted. The text then says so. */
  readonly proven: boolean
  /** The lowest assurance of all that the clause names. */
  readonly assurance?: Assurance
  readonly evidence: readonly Evidence[]
}

/** One thing that spans say about a facet, however many say it. */
export interface Said {
  readonly text: string
  assurance: Assurance
  evidence: Evidence
}

/** What the spans say about one facet, and why some of them prove nothing. */
export interface Testimony {
  readonly said: Said[]
  /** One for each span that had to say it and doesn't, or whose statement doesn't count. */
  readonly doubts: Doubt[]
  readonly spans: number
}

interface Doubt {
  readonly reason: string
  /** The place of the statement that doesn't count, or the place where one should be. */
  readonly evidence: () => Evidence
}

export interface Statement {
  /** Statements with the same key are the same. */
  readonly key: string
  readonly text: string
  readonly held: Sourced<unknown>
  readonly evidence: () => Evidence
  /** Names nobody: a doubt, not a statement. */
  readonly isPlaceholder?: boolean
}

/** Decisions are counted by action instead. */
type Heard = Exclude<AssuredFacet, 'authority' | 'decision' | 'correlation'>

/** Asks each span about one facet. A placeholder or a finding that spoils the facet is a doubt, not a statement. */
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

/** The findings that leave a facet of a span unproven although it is there. */
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

/** If two spans say the same, the one with the higher assurance is the witness. */
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
  /** Puts the names into the clause. */
  readonly say: (names: string) => string
  readonly unproven: string
}

/** The clause that a testimony proves, including what is left open. */
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

/** The lowest assurance of several. */
export function leastOf(some: readonly { readonly assurance: Assurance }[]): Assurance {
  return some.map(({ assurance }) => assurance).toSorted((a, b) => rank(b) - rank(a))[0] as Assurance
}

/** Names the assurance if it is less than asserted. */
export function sureText(text: string, { assurance }: { readonly assurance: Assurance }): string {
  return assurance === 'claimed' || assurance === 'inferred' ? `${text} (${assurance})` : text
}

function lowerFirst(text: string): string {
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`
}

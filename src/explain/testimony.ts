import { FACETS } from '../model/attribution.ts'
import type { Assurance, Facet } from '../model/attribution.ts'
import { findingEntry, FINDINGS } from '../model/finding.ts'
import type { FindingCode } from '../model/finding.ts'
import type { Action, ChainLink } from './chain.ts'
import { evidenceOf } from './evidence.ts'
import type { Evidence } from './evidence.ts'
import { reasonOf } from './reasons.ts'
import { isLessSure, leastOf, sureText } from './sureness.ts'
import type { Sureness } from './sureness.ts'
import { listed, MORE_LISTED } from './wording.ts'

/** One part of the sentence about a chain. */
export interface Clause {
  readonly facet: Facet
  readonly text: string
  /** False if the spans don't show it, or show it collapsed or contradicted. The text then says so. */
  readonly proven: boolean
  /** The lowest assurance of all that the clause names. */
  readonly assurance?: Assurance | undefined
  readonly evidence: readonly Evidence[]
}

/** What was done, by which clauses are told apart. */
export interface Acts {
  readonly all: readonly Action[]
  /** Undefined for a span that is part of none, such as an agent's. */
  of(link: ChainLink): Action | undefined
  /** `sendMail and refund (1 of 3 times)`. */
  names(some: ReadonlySet<Action>): string
}

/** One thing that is said about a facet in the same way. */
export interface Said extends Sureness {
  readonly text: string
  readonly form: Form | undefined
  readonly evidence: Evidence
  /** What was done under it. Empty if only spans around say it. */
  readonly acts: ReadonlySet<Action>
}

/** What the spans say about one facet, and why some of them prove nothing. */
export interface Testimony {
  readonly said: readonly Said[]
  /** One for each span that had to say it and doesn't, or whose statement doesn't count. */
  readonly doubts: readonly Doubt[]
  readonly spans: number
}

interface Doubt {
  readonly link: ChainLink
  readonly reason: string
  /** The place of the statement that doesn't count, or the place where one should be. */
  readonly evidence: () => Evidence
}

export interface Statement {
  /** Statements with the same key are the same. */
  readonly key: string
  readonly text: string
  readonly held: Sureness
  readonly evidence: () => Evidence
  /** Names nobody: a doubt, not a statement. */
  readonly isPlaceholder?: boolean
  /** How it's said, if not as the clause says it. */
  readonly form?: Form | undefined
}

/** One way to say a clause. */
export interface Form {
  readonly id: string
  readonly say: Say
}

/** `names`, and `acts` for which they are told: ` for sendMail`, or empty for all that was done. */
type Say = (names: string, acts: string, isWhole: boolean) => string

interface Told {
  readonly link: ChainLink
  readonly statement: Statement | undefined
  readonly doubt: Doubt | undefined
}

/** Asks each span about one facet. A placeholder or a finding that spoils the facet is a doubt, not a statement. */
export function testimony(
  links: readonly ChainLink[],
  facet: Facet,
  acts: Acts,
  stateOf: (link: ChainLink) => Statement | undefined,
): Testimony {
  const told = doubted(links, facet, acts, stateOf)
  const counted = told.flatMap(({ link, statement, doubt }) =>
    statement === undefined || doubt !== undefined ? [] : [{ act: acts.of(link), statement }],
  )
  return { said: saidIn(counted), doubts: told.flatMap(({ doubt }) => doubt ?? []), spans: links.length }
}

/** A doubt about one part of an act is one about every part that says the same, and some go down to spans below. */
function doubted(
  links: readonly ChainLink[],
  facet: Facet,
  acts: Acts,
  stateOf: (link: ChainLink) => Statement | undefined,
): readonly Told[] {
  const [below, inAct] = [new Map<ChainLink, Told>(), new Map<Action, Map<string, Doubt>>()]
  const told = links.map((link): Told => {
    const statement = stateOf(link)
    const code = spoilerOf(link, facet, statement)
    const above = link.above === undefined ? undefined : below.get(link.above)
    const isInherited = above !== undefined && statement !== undefined && above.statement?.key === statement.key
    const own = code === undefined ? undefined : doubtOf(link, facet, code, statement)
    const doubt = own ?? (isInherited && above.doubt !== undefined ? { ...above.doubt, link } : undefined)
    const one = { link, statement, doubt }
    if (isInherited || (code !== undefined && findingEntry(code).spoilsBelow === true)) below.set(link, one)
    const act = acts.of(link)
    if (act !== undefined && doubt !== undefined && statement !== undefined) {
      const known = inAct.get(act) ?? new Map<string, Doubt>()
      inAct.set(act, known.set(statement.key, doubt))
    }
    return one
  })
  return told.map((one) => {
    const act = acts.of(one.link)
    const found = act === undefined ? undefined : inAct.get(act)?.get(one.statement?.key ?? '')
    return one.doubt !== undefined || found === undefined ? one : { ...one, doubt: { ...found, link: one.link } }
  })
}

/** The finding that spoils a facet of a span. One about a placeholder spoils only what is one. */
function spoilerOf(link: ChainLink, facet: Facet, statement: Statement | undefined): FindingCode | undefined {
  return spoilersIn(link, facet)[0] ?? (statement?.isPlaceholder === true ? 'placeholder_identity' : undefined)
}

/** The findings that leave a facet of a span unproven although it is there, in the order of their table. */
const SPOILERS = Object.fromEntries(FACETS.map((facet) => [facet, spoilersOf(facet)])) as Readonly<
  Record<Facet, readonly FindingCode[]>
>

function spoilersOf(facet: Facet): readonly FindingCode[] {
  const codes = Object.keys(FINDINGS) as FindingCode[]
  return codes.filter((code) => code !== 'placeholder_identity' && findingEntry(code).spoils.includes(facet))
}

/** The findings of a span that spoil a facet. */
export function spoilersIn({ judged }: ChainLink, facet: Facet): readonly FindingCode[] {
  const { findings } = judged.judgement
  return findings.length === 0 ? findings : SPOILERS[facet].filter((code) => findings.includes(code))
}

function doubtOf(link: ChainLink, facet: Facet, code: FindingCode, statement: Statement | undefined): Doubt {
  const evidence = statement?.evidence ?? (() => evidenceOf(link, undefined, ''))
  return { link, reason: reasonOf(code, facet, link, statement), evidence }
}

interface Counted {
  readonly act: Action | undefined
  readonly statement: Statement
}

/**
 * For each act it's as sure as the least sure of its parts that says it. Where spans around the acts say what no act says,
 * the surest is the witness.
 */
function saidIn(counted: readonly Counted[]): readonly Said[] {
  const byAct = new Map<Action | undefined, Map<string, Statement>>()
  const [first, ofActs] = [new Set<string>(), new Set<string>()]
  for (const { act, statement } of counted) {
    const known = byAct.get(act) ?? new Map<string, Statement>()
    byAct.set(act, known)
    const key = keyOf(statement)
    first.add(key)
    if (act !== undefined) ofActs.add(key)
    const other = known.get(key)
    const isBetter = (one: Statement, two: Statement) =>
      act === undefined ? isLessSure(two.held, one.held) : isLessSure(one.held, two.held)
    if (other === undefined || isBetter(statement, other)) known.set(key, statement)
  }
  const said = new Map<string, Said & { readonly acts: Set<Action> }>()
  for (const [act, statements] of byAct) {
    for (const [key, statement] of statements) {
      if (act === undefined && ofActs.has(key)) continue
      const full = `${key}\n${sureText('', statement.held)}`
      const one = said.get(full) ?? witnessed(statement)
      said.set(full, one)
      if (act !== undefined) one.acts.add(act)
    }
  }
  // In the order in which they were first said, by acts or around them.
  const order = new Map([...first.keys()].map((key, at) => [key, at]))
  const placeOf = ([full]: readonly [string, unknown]) => order.get(full.slice(0, full.lastIndexOf('\n'))) ?? 0
  return [...said].toSorted((a, b) => placeOf(a) - placeOf(b)).map(([, one]) => one)
}

function witnessed({ text, form, held: { assurance, source, issuer, isTooWeak }, evidence }: Statement) {
  return { text, form, assurance, source, issuer, isTooWeak, evidence: evidence(), acts: new Set<Action>() }
}

function keyOf({ key, form }: Statement): string {
  return `${form?.id ?? ''}\n${key}`
}

export interface Wording {
  readonly facet: Facet
  /** Puts the names into the clause. */
  readonly say: Say
  readonly unproven: string
  /** How many names it lists at most. Default: a few. */
  readonly most?: number | undefined
}

/** The clause that a testimony proves, including what is left open. Acts for which the same is said are told together. */
export function clauseOf({ said, doubts, spans }: Testimony, wording: Wording, acts: Acts): Clause {
  const { facet, unproven } = wording
  const evidence = doubts.length === 0 ? [] : [(doubts[0] as Doubt).evidence()]
  if (said.length === 0) {
    const reasons = [...new Set(doubts.map(({ reason }) => reason))]
    const why = reasons.length === 0 ? '' : ` (${listed(reasons, wording.most)})`
    return { facet, text: `${unproven}${why}`, proven: false, evidence }
  }
  const { text, isOfAll } = saidText(said, wording, acts)
  return {
    facet,
    text: `${text}${doubtText(doubts, spans, acts, isOfAll ? 'which' : 'and it', wording.most)}`,
    proven: doubts.length === 0,
    assurance: leastOf(said),
    evidence: [...said.map((one) => one.evidence), ...evidence],
  }
}

interface Group {
  readonly say: Say
  readonly acts: string
  readonly names: string[]
  readonly first: ReadonlySet<Action>
  isOfOthers: boolean
}

function saidText(said: readonly Said[], { say, most }: Wording, acts: Acts): { text: string; isOfAll: boolean } {
  const groups = new Map<string, Group>()
  const isOfActs = said.some((one) => one.acts.size > 0 && one.acts.size < acts.all.length)
  for (const one of said) {
    const scope = scopeOf(one, isOfActs, acts)
    const key = `${one.form?.id ?? ''}\n${scope}`
    const group = groups.get(key) ?? {
      say: one.form?.say ?? say,
      acts: scope,
      names: [],
      first: one.acts,
      isOfOthers: false,
    }
    group.names.push(sureText(one.text, one))
    if (!isSameSet(group.first, one.acts)) group.isOfOthers = true
    groups.set(key, group)
  }
  const all = [...groups.values()]
  const texts = all.map(({ say: put, acts: scope, names, isOfOthers }) => {
    const each = isOfOthers ? scope.replaceAll(/ times\)/gu, ' times each)') : scope
    return put(listed(names, most), each, groups.size === 1)
  })
  return { text: joined(texts, most ?? MORE_LISTED), isOfAll: all.every(({ acts: scope }) => scope === '') }
}

/** For what it's said: empty if that is everything. `isOfActs`: something else is said of some of what was done. */
function scopeOf({ acts: done, text, assurance }: Said, isOfActs: boolean, acts: Acts): string {
  if (done.size === acts.all.length) return ''
  if (done.size === 0) return isOfActs ? 'the rest' : ''
  const names = acts.names(done)
  // An act that is named like what it goes through tells nothing by that.
  return assurance === 'inferred' && (names === text || /^ \(\d+ times\)$/u.test(names.replace(text, ''))) ? '' : names
}

/** Like `listed`, where what is listed may be lists itself. */
function joined(texts: readonly string[], most: number): string {
  const [last, ...others] = texts.toReversed()
  if (last === undefined || texts.length > most || !texts.some((text) => text.includes(' and ')))
    return listed(texts, most)
  return others.length === 0 ? last : `${others.toReversed().join(', ')}, and ${last}`
}

function isSameSet(a: ReadonlySet<Action>, b: ReadonlySet<Action>): boolean {
  return a.size === b.size && [...a].every((one) => b.has(one))
}

/** `, which is not proven for pay (no principal) and for 1 of 5 spans (...)`. */
function doubtText(doubts: readonly Doubt[], spans: number, acts: Acts, it: string, most = MORE_LISTED): string {
  if (doubts.length === 0) return ''
  const byReason = new Map<string, ChainLink[]>()
  for (const { reason, link } of doubts) {
    const links = byReason.get(reason)
    if (links === undefined) byReason.set(reason, [link])
    else links.push(link)
  }
  const texts = [...byReason].map(([reason, links]) => {
    const found = new Set(links.flatMap((link) => acts.of(link) ?? []))
    return `for ${found.size === 0 ? `${links.length} of ${spans} spans` : acts.names(found)} (${reason})`
  })
  return `, ${it} is not proven ${joined(texts, most)}`
}

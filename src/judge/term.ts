import { SKEW_MS } from '../base/iso-time.ts'
import { knownTimeOf } from '../base/known-time.ts'
import type { IdentityKey } from '../identity/identity.ts'
import type { AgentSpanKind, Credential, DecisionOutcome, Outcome, Principal } from '../model/attribution.ts'
import { differ, same as isSame } from './compare.ts'
import { isAtLeast } from '../policy/policy.ts'
import { keyOf } from './rule-input.ts'
import type { RuleInput } from './rule-input.ts'

/** The identities that a rule may compare. */
export type Identity = 'principal' | 'actor' | 'context' | 'credentialSubject' | 'approver'

/** The words that a rule may ask for, each with its values. */
interface Words {
  readonly kind: AgentSpanKind
  readonly principalType: NonNullable<Principal['type']>
  readonly credentialType: NonNullable<Credential['type']>
  readonly decision: DecisionOutcome
  readonly outcome: Outcome
  readonly principalAllowed: Flag
  /** By a source that may say so. */
  readonly wouldDeny: Flag
}
type Flag = 'true' | 'false'
export type Word = keyof Words

/** The texts that a rule may compare or ask for. */
export type Text = 'decisionBinding' | 'actionBinding' | 'unevaluated'

/** What policy may ask for that a rule looks at. */
export type PolicyDemand = 'fourEyes'

/** The times that a rule may compare. */
export type Moment = 'start' | 'decidedAt' | 'expiresAt'

/** A rule as data: the judge compiles it, and the Collector's configuration prints it. */
export type Term =
  | { readonly op: 'all' | 'any'; readonly terms: readonly Term[] }
  | { readonly op: 'not'; readonly term: Term }
  | { readonly op: 'present'; readonly identity: Identity }
  | { readonly op: 'same' | 'compatible'; readonly a: Identity; readonly b: Identity }
  | { readonly op: 'stated'; readonly word: Word }
  | { readonly op: 'is'; readonly word: Word; readonly value: string }
  | { readonly op: 'says'; readonly text: Text }
  | { readonly op: 'unlike'; readonly a: Text; readonly b: Text }
  | { readonly op: 'asks'; readonly demand: PolicyDemand }
  | { readonly op: 'after'; readonly later: Moment; readonly earlier: Moment }

export function all(...terms: readonly Term[]): Term {
  return { op: 'all', terms }
}

export function any(...terms: readonly Term[]): Term {
  return { op: 'any', terms }
}

export function not(term: Term): Term {
  return { op: 'not', term }
}

export function present(identity: Identity): Term {
  return { op: 'present', identity }
}

/** Both are there and name the same. */
export function same(a: Identity, b: Identity): Term {
  return { op: 'same', a, b }
}

/** Nothing says that they name different things: also where one of them is absent. */
export function compatible(a: Identity, b: Identity): Term {
  return { op: 'compatible', a, b }
}

export function stated(word: Word): Term {
  return { op: 'stated', word }
}

export function is<Name extends Word>(word: Name, value: Words[Name]): Term {
  return { op: 'is', word, value }
}

export function says(text: Text): Term {
  return { op: 'says', text }
}

/** Both are there, and they differ in a character. */
export function unlike(a: Text, b: Text): Term {
  return { op: 'unlike', a, b }
}

/** Policy asks for it here. */
export function asks(demand: PolicyDemand): Term {
  return { op: 'asks', demand }
}

/** Both times are known, and `later` is more than the skew of clocks after `earlier`. */
export function after(later: Moment, earlier: Moment): Term {
  return { op: 'after', later, earlier }
}

type Condition = (given: RuleInput) => boolean

const IDENTITIES: Readonly<Record<Identity, (given: RuleInput) => IdentityKey | undefined>> = {
  principal: ({ principal }) => principal,
  actor: ({ actor }) => actor,
  context: ({ context }) => context,
  credentialSubject: ({ credentialSubject }) => credentialSubject,
  approver: ({ resolved, policy }) => keyOf(resolved.facets.decision?.value.approver?.id, undefined, policy),
}

const WORDS: Readonly<Record<Word, (given: RuleInput) => string | undefined>> = {
  kind: ({ resolved }) => resolved.kind,
  principalType: ({ resolved }) => resolved.facets.principal?.value.type,
  credentialType: ({ credential }) => credential.type,
  decision: ({ resolved }) => resolved.facets.decision?.value.outcome,
  outcome: ({ resolved }) => resolved.outcome,
  principalAllowed: ({ resolved }) => flagged(resolved.facets.decision?.value.principalAllowed),
  wouldDeny: ({ resolved: { facets } }) => {
    const isSure = facets.decision === undefined || isAtLeast(facets.decision.assurance, 'asserted')
    return isSure ? flagged(facets.act?.wouldDeny) : undefined
  },
}

function flagged(value: boolean | undefined): Flag | undefined {
  return value === undefined ? undefined : value ? 'true' : 'false'
}

const TEXTS: Readonly<Record<Text, (given: RuleInput) => string | undefined>> = {
  decisionBinding: ({ resolved }) => resolved.facets.decision?.value.binding,
  actionBinding: ({ resolved }) => resolved.facets.act?.binding,
  unevaluated: ({ resolved: { facets } }) =>
    facets.decision === undefined ? facets.act?.undecided?.unevaluated : facets.decision.value.unevaluated,
}

const MOMENTS: Readonly<Record<Moment, (given: RuleInput) => number | undefined>> = {
  start: ({ startedAt }) => startedAt,
  decidedAt: ({ resolved }) => knownTimeOf(resolved.facets.decision?.value.at),
  expiresAt: ({ resolved }) => knownTimeOf(resolved.facets.authority?.value.expiresAt),
}

/** The term as the judge runs it. Compile once: a compiled term allocates nothing. */
export function compile(term: Term): Condition {
  switch (term.op) {
    case 'all':
      return term.terms.map(compile).reduceRight((rest, first) => (given) => first(given) && rest(given))
    case 'any':
      return term.terms.map(compile).reduceRight((rest, first) => (given) => first(given) || rest(given))
    case 'not':
      return negated(compile(term.term))
    case 'present':
      return isThere(IDENTITIES[term.identity])
    case 'same':
      return areSame(IDENTITIES[term.a], IDENTITIES[term.b])
    case 'compatible':
      return areCompatible(IDENTITIES[term.a], IDENTITIES[term.b])
    case 'stated':
      return isThere(WORDS[term.word])
    case 'is':
      return isWord(WORDS[term.word], term.value)
    case 'says':
      return isThere(TEXTS[term.text])
    case 'unlike':
      return areUnlike(TEXTS[term.a], TEXTS[term.b])
    case 'asks':
      return (given) => given[term.demand]
    case 'after':
      return isAfter(MOMENTS[term.later], MOMENTS[term.earlier])
  }
}

type Reader<Value> = (given: RuleInput) => Value | undefined

function negated(condition: Condition): Condition {
  return (given) => !condition(given)
}

function isThere(read: Reader<unknown>): Condition {
  return (given) => read(given) !== undefined
}

function areSame(a: Reader<IdentityKey>, b: Reader<IdentityKey>): Condition {
  return (given) => isSame(a(given), b(given))
}

function areCompatible(a: Reader<IdentityKey>, b: Reader<IdentityKey>): Condition {
  return (given) => !differ(given, a(given), b(given))
}

function isWord(read: Reader<string>, value: string): Condition {
  return (given) => read(given) === value
}

function areUnlike(a: Reader<string>, b: Reader<string>): Condition {
  return (given) => {
    const one = a(given)
    if (one === undefined) return false
    const other = b(given)
    return other !== undefined && one !== other
  }
}

function isAfter(later: Reader<number>, earlier: Reader<number>): Condition {
  return (given) => {
    const [a, b] = [later(given), earlier(given)]
    return a !== undefined && b !== undefined && a > b + SKEW_MS
  }
}

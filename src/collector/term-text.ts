import { SKEW_MS } from '../base/iso-time.ts'
import type { Identity, Moment, Term, Text, Word } from '../judge/term.ts'
import { all, any, cache, literal } from './ottl.ts'
import { KIND } from './resolution.ts'
import { isDated } from './moment.ts'
import type { Slot } from './slots.ts'

const KEYS: Readonly<Record<Identity, readonly [Slot, ...Slot[]]>> = {
  principal: ['principalKey', 'principalBareKey'],
  actor: ['actorKey'],
  context: ['contextKey'],
  credentialSubject: ['credentialSubjectKey'],
  approver: ['approverKey'],
}

const ISSUERS: Readonly<Partial<Record<Identity, Slot>>> = { principal: 'principalIssuer', actor: 'actorIssuer' }

const WORDS: Readonly<Record<Word, string>> = {
  kind: KIND,
  principalType: cache('principalType'),
  credentialType: cache('usableCredentialType'),
  decision: cache('decision'),
  outcome: cache('outcome'),
  principalAllowed: cache('principalAllowed'),
  wouldDeny: cache('wouldDeny'),
}

const TEXTS: Readonly<Record<Text, string>> = {
  decisionBinding: cache('decisionBinding'),
  actionBinding: cache('actionBinding'),
  unevaluated: cache('unevaluated'),
}

const MOMENTS: Readonly<Record<Moment, { readonly isKnown: string; readonly millis: string }>> = {
  start: { isKnown: 'span.start_time_unix_nano > 0', millis: 'UnixMilli(span.start_time)' },
  decidedAt: { isKnown: isDated('decidedAt'), millis: cache('decidedAt') },
  expiresAt: { isKnown: isDated('expiresAt'), millis: cache('expiresAt') },
}

/**
 * The term as an OTTL condition. In OTTL two values that are absent are equal, so `same` asks first whether one of them
 * is there, unless a `present` before it in the same or an outer `all` has asked.
 */
export function termText(term: Term, known: ReadonlySet<Identity> = new Set()): string {
  switch (term.op) {
    case 'all':
      return allText(term.terms, known)
    case 'any':
      return any(...term.terms.map((one) => termText(one, known)))
    case 'not':
      return notText(term.term, known)
    case 'present':
      return `${cache(KEYS[term.identity][0])} != nil`
    case 'same':
      return all(...sameTexts(term.a, term.b, known))
    case 'compatible':
      return compatibleText(term.a, term.b, known)
    case 'stated':
      return `${WORDS[term.word]} != nil`
    case 'is':
      return `${WORDS[term.word]} == ${literal(term.value)}`
    case 'says':
      return `${TEXTS[term.text]} != nil`
    case 'unlike':
      return all(`${TEXTS[term.a]} != nil`, `${TEXTS[term.b]} != nil`, `${TEXTS[term.a]} != ${TEXTS[term.b]}`)
    case 'asks':
      return `${cache(term.demand)} == true`
    case 'after':
      return all(...afterTexts(term.later, term.earlier))
  }
}

/** A `same` or an `after` among the terms adds its conditions to theirs. */
function allText(terms: readonly Term[], known: ReadonlySet<Identity>): string {
  const here = new Set(known)
  const texts: string[] = []
  for (const term of terms) {
    texts.push(...conditionsOf(term, here))
    if (term.op === 'present') here.add(term.identity)
  }
  return all(...texts)
}

function conditionsOf(term: Term, known: ReadonlySet<Identity>): readonly string[] {
  if (term.op === 'same') return sameTexts(term.a, term.b, known)
  if (term.op === 'after') return afterTexts(term.later, term.earlier)
  return [termText(term, known)]
}

function afterTexts(later: Moment, earlier: Moment): readonly string[] {
  const [a, b] = [MOMENTS[later], MOMENTS[earlier]]
  return [a.isKnown, b.isKnown, `${a.millis} > ${b.millis} + ${SKEW_MS}`]
}

function notText(term: Term, known: ReadonlySet<Identity>): string {
  if (term.op === 'present') return isAbsent(term.identity)
  if (term.op === 'stated') return `${WORDS[term.word]} == nil`
  if (term.op === 'is') return `${WORDS[term.word]} != ${literal(term.value)}`
  return `not (${termText(term, known)})`
}

function isAbsent(identity: Identity): string {
  return `${cache(KEYS[identity][0])} == nil`
}

function sameTexts(a: Identity, b: Identity, known: ReadonlySet<Identity>): readonly string[] {
  const isThere = known.has(a) || known.has(b) ? [] : [termText({ op: 'present', identity: a })]
  const pairs = KEYS[a].flatMap((one) => KEYS[b].map((other) => `${cache(other)} == ${cache(one)}`))
  const [issuer, otherIssuer] = [ISSUERS[a], ISSUERS[b]]
  const issuers = issuer === undefined || otherIssuer === undefined ? [] : [isSameIssuer(issuer, otherIssuer)]
  return [...isThere, any(...pairs), ...issuers]
}

/** An id without an issuer may be anybody's. */
function isSameIssuer(a: Slot, b: Slot): string {
  return any(`${cache(a)} == nil`, `${cache(b)} == nil`, `${cache(a)} == ${cache(b)}`)
}

function compatibleText(a: Identity, b: Identity, known: ReadonlySet<Identity>): string {
  const absent = [a, b].filter((identity) => !known.has(identity)).map(isAbsent)
  return any(...absent, all(...sameTexts(a, b, new Set([a, b]))))
}

import type { Identity, Term, Word } from '../judge/term.ts'
import { all, any, cache, literal } from './ottl.ts'
import type { Slot } from './slots.ts'

const KEYS: Readonly<Record<Identity, readonly [Slot, ...Slot[]]>> = {
  principal: ['principalKey', 'principalBareKey'],
  actor: ['actorKey'],
  context: ['contextKey'],
  credentialSubject: ['credentialSubjectKey'],
}

const ISSUERS: Readonly<Partial<Record<Identity, Slot>>> = { principal: 'principalIssuer', actor: 'actorIssuer' }

const WORDS: Readonly<Record<Word, Slot>> = { principalType: 'principalType', credentialType: 'usableCredentialType' }

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
      return `${cache(WORDS[term.word])} != nil`
    case 'is':
      return `${cache(WORDS[term.word])} == ${literal(term.value)}`
  }
}

/** A `same` among the terms adds its conditions to theirs. */
function allText(terms: readonly Term[], known: ReadonlySet<Identity>): string {
  const here = new Set(known)
  const texts: string[] = []
  for (const term of terms) {
    texts.push(...(term.op === 'same' ? sameTexts(term.a, term.b, here) : [termText(term, here)]))
    if (term.op === 'present') here.add(term.identity)
  }
  return all(...texts)
}

function notText(term: Term, known: ReadonlySet<Identity>): string {
  if (term.op === 'present') return isAbsent(term.identity)
  if (term.op === 'stated') return `${cache(WORDS[term.word])} == nil`
  if (term.op === 'is') return `${cache(WORDS[term.word])} != ${literal(term.value)}`
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

import { describe, expect, it } from 'vitest'
import { identityKey, isOtherIdentity, isSameIdentity, principalKey } from '../../src/identity/identity.ts'
import type { IdentityKey } from '../../src/identity/identity.ts'
import { RULE_TERMS } from '../../src/judge/rule-terms.ts'
import type { RuleInput } from '../../src/judge/rule-input.ts'
import { compile } from '../../src/judge/term.ts'

type Oracle = (given: RuleInput) => boolean

const same = (a?: IdentityKey, b?: IdentityKey) => a !== undefined && b !== undefined && isSameIdentity(a, b)
const typeOf = ({ resolved }: RuleInput) => resolved.facets.principal?.value.type

/** The rules as plain code. */
const ORACLES: Readonly<Record<keyof typeof RULE_TERMS, Oracle>> = {
  principal_is_actor: (given) =>
    same(given.principal, given.actor) && (typeOf(given) === undefined || typeOf(given) === 'human'),
  undeclared_autonomy: (given) =>
    same(given.principal, given.actor) && typeOf(given) !== undefined && typeOf(given) !== 'human',
  actor_is_context: ({ actor, context, credential, credentialSubject }) =>
    credential.type !== 'own' && (same(actor, context) || same(actor, credentialSubject)),
  principal_is_context: ({ principal, context, credential, credentialSubject, resolved }) => {
    if (principal === undefined) return false
    if (same(principal, context)) return true
    const namesOther =
      credentialSubject !== undefined && isOtherIdentity(principal, credentialSubject, resolved.valueLimit)
    if (credential.type === 'user' && !namesOther) return true
    return credential.type !== 'delegated' && same(principal, credentialSubject)
  },
  denied_but_executed: ({ resolved: { outcome, facets } }) => {
    const decision = facets.decision?.value
    if (outcome !== 'success' || decision === undefined) return false
    if (facets.act?.wouldDeny === true) return false
    return decision.outcome === 'deny' || (decision.outcome === 'escalate' && !isPerson(decision.approver?.id))
  },
  decision_mismatch: ({ resolved: { facets } }) => {
    const [decided, done] = [facets.decision?.value.binding, facets.act?.binding]
    return decided !== undefined && done !== undefined && decided !== done
  },
  decision_unavailable: ({ resolved: { facets, outcome } }) =>
    (facets.decision?.value ?? facets.act?.undecided)?.unevaluated !== undefined && outcome !== 'denied',
  confused_deputy: ({ resolved: { facets }, principal, actor }) => {
    const decision = facets.decision?.value
    if (decision?.principalAllowed !== false || decision.outcome === 'deny') return false
    const id = decision.approver?.id
    if (!isPerson(id)) return decision.outcome !== 'escalate'
    const approver = identityKey(id as string, undefined, alias)
    return same(principal, approver) || same(actor, approver)
  },
  decision_late: ({ resolved, startedAt }) => isAct(resolved) && isLate(resolved.facets.decision?.value.at, startedAt),
  authority_expired: ({ resolved, startedAt }) =>
    isAct(resolved) && startedAt !== undefined && isEarly(resolved.facets.authority?.value.expiresAt, startedAt),
  self_approved: ({ resolved, actor, principal, fourEyes }) => {
    const id = resolved.facets.decision?.value.approver?.id
    if (!isPerson(id)) return false
    const approver = identityKey(id as string, undefined, alias)
    return same(actor, approver) || (fourEyes && same(principal, approver))
  },
}

const isAct = ({ kind }: { readonly kind: string | undefined }) => kind === 'tool' || kind === 'effect'
const isPerson = (id: string | undefined) => id !== undefined && id !== 'unknown'
const isLate = (at: string | undefined, start: number | undefined) =>
  at !== undefined && start !== undefined && Date.parse(at) - start > 1_000
const isEarly = (at: string | undefined, start: number) => at !== undefined && start - Date.parse(at) > 1_000

const alias = (id: string) => id
const LONG = 'a'.repeat(12)
const IDS = ['ada', 'bob', 'user:ada', LONG, LONG.slice(0, 8)]
const PRINCIPALS = [undefined, ...IDS.flatMap((id) => [undefined, 'x', 'y'].map((by) => principalKey(id, by, alias)))]
const ACTORS = [undefined, ...IDS.flatMap((id) => [undefined, 'x'].map((by) => identityKey(id, by, alias)))]
const OTHERS = [undefined, ...IDS.map((id) => identityKey(id, undefined, alias))]

function* inputs(): Generator<RuleInput> {
  for (const principal of PRINCIPALS) {
    for (const actor of ACTORS) {
      for (const context of OTHERS) {
        for (const credentialSubject of OTHERS) yield* typed({ principal, actor, context, credentialSubject })
      }
    }
  }
}

function* typed(keys: Pick<RuleInput, 'principal' | 'actor' | 'context' | 'credentialSubject'>): Generator<RuleInput> {
  for (const type of [undefined, 'human', 'service']) {
    for (const credential of [undefined, 'own', 'user', 'delegated']) {
      const resolved = { facets: { principal: { value: { type } } }, valueLimit: 8 }
      yield { ...keys, fourEyes: false, credential: { type: credential }, resolved } as unknown as RuleInput
    }
  }
}

const NOON = Date.parse('2026-01-01T12:00:00Z')
/** Within the skew of clocks, and just beyond it. */
const TIMES = [undefined, ...[-1_001, -1_000, 0, 1_000, 1_001].map((ms) => new Date(NOON + ms).toISOString())]

/** Nobody, whoever approves in some cases, and somebody else. */
const APPROVED = [undefined, ...['ada', 'eve'].map((id) => identityKey(id, undefined, alias))]

function* acts(): Generator<RuleInput> {
  for (const kind of ['tool', 'effect', 'agent']) {
    for (const outcome of ['success', 'failure', 'denied', 'unknown']) {
      for (const said of [undefined, 'allow', 'deny', 'escalate']) {
        for (const id of [undefined, 'unknown', 'ada', 'bob']) yield* dated(kind, outcome, said, id)
      }
    }
  }
}

/** What a decision point was asked, and what it said beyond the outcome. */
function* asked(): Generator<RuleInput> {
  for (const outcome of ['success', 'denied']) {
    for (const said of [undefined, 'allow', 'deny', 'escalate']) {
      for (const id of [undefined, 'unknown', 'ada', 'bob']) {
        for (const principalAllowed of [undefined, true, false]) yield* called(outcome, said, id, principalAllowed)
      }
    }
  }
}

function* called(outcome: string, said?: string, id?: string, principalAllowed?: boolean): Generator<RuleInput> {
  for (const binding of [undefined, 'one', 'other']) {
    for (const act of [undefined, { wouldDeny: true }, { binding: 'one' }, { undecided: { unevaluated: 'down' } }]) {
      for (const unevaluated of [undefined, 'down']) {
        const value = { outcome: said, approver: id && { id }, principalAllowed, binding, unevaluated }
        const facets = { decision: said && { value, assurance: 'asserted' }, act }
        const [principal, actor] = ['bob', 'ada'].map((who) => identityKey(who, undefined, alias))
        const given = {
          principal,
          actor,
          fourEyes: false,
          credential: {},
          policy: { alias },
          resolved: { outcome, facets },
        }
        yield given as unknown as RuleInput
      }
    }
  }
}

function* dated(kind: string, outcome: string, said?: string, id?: string): Generator<RuleInput> {
  for (const time of TIMES) {
    for (const startedAt of [undefined, NOON]) {
      const decision = said && { assurance: 'asserted', value: { outcome: said, approver: id && { id }, at: time } }
      const resolved = { kind, outcome, facets: { decision, authority: { value: { expiresAt: time } } } }
      for (const actor of APPROVED) {
        for (const fourEyes of [true, false]) {
          const principal = principalKey('bob', undefined, alias)
          const given = { principal, actor, fourEyes, startedAt, credential: {}, policy: { alias }, resolved }
          yield given as unknown as RuleInput
        }
      }
    }
  }
}

const GIVEN: readonly RuleInput[] = [...inputs(), ...acts(), ...asked()]

describe('a compiled rule', () => {
  it.each(Object.keys(ORACLES) as (keyof typeof ORACLES)[])('%s decides as the plain code does', (code) => {
    const [run, oracle] = [compile(RULE_TERMS[code]), ORACLES[code]]
    const [seen, differing] = [new Set<boolean>(), [] as RuleInput[]]
    for (const given of GIVEN) {
      seen.add(oracle(given))
      if (run(given) !== oracle(given)) differing.push(given)
    }
    expect(differing.slice(0, 3)).toEqual([])
    expect(seen.size).toBe(2)
  })
})

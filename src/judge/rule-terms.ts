import type { FindingCode } from '../model/finding.ts'
import { after, all, any, asks, compatible, is, not, present, same, says, stated, unlike } from './term.ts'
import type { Term } from './term.ts'

const PRINCIPAL_ACTS = all(present('principal'), present('actor'), same('principal', 'actor'))

const IS_OPEN = all(is('decision', 'escalate'), not(present('approver')))

/** Neither who asked nor what acted. */
const IS_APPROVED_BY_ANOTHER = all(
  present('approver'),
  not(same('approver', 'principal')),
  not(same('approver', 'actor')),
)

const IS_ACT = any(is('kind', 'tool'), is('kind', 'effect'))

/** The rules that are run by the judge and printed for the Collector from one row each. */
export const RULE_TERMS = {
  principal_is_actor: all(PRINCIPAL_ACTS, any(not(stated('principalType')), is('principalType', 'human'))),
  undeclared_autonomy: all(PRINCIPAL_ACTS, stated('principalType'), not(is('principalType', 'human'))),
  actor_is_context: all(
    present('actor'),
    not(is('credentialType', 'own')),
    any(same('actor', 'context'), same('actor', 'credentialSubject')),
  ),
  principal_is_context: all(
    present('principal'),
    any(
      same('principal', 'context'),
      all(is('credentialType', 'user'), compatible('principal', 'credentialSubject')),
      all(not(is('credentialType', 'delegated')), same('principal', 'credentialSubject')),
    ),
  ),
  denied_but_executed: all(
    is('outcome', 'success'),
    not(is('wouldDeny', 'true')),
    any(is('decision', 'deny'), IS_OPEN),
  ),
  decision_mismatch: unlike('decisionBinding', 'actionBinding'),
  decision_unavailable: all(says('unevaluated'), not(is('outcome', 'denied'))),
  confused_deputy: all(
    is('principalAllowed', 'false'),
    stated('decision'),
    not(is('decision', 'deny')),
    not(IS_OPEN),
    not(IS_APPROVED_BY_ANOTHER),
  ),
  decision_late: all(IS_ACT, after('decidedAt', 'start')),
  authority_expired: all(IS_ACT, after('start', 'expiresAt')),
  self_approved: any(
    all(present('actor'), same('approver', 'actor')),
    all(asks('fourEyes'), present('principal'), same('approver', 'principal')),
  ),
} as const satisfies Readonly<Partial<Record<FindingCode, Term>>>

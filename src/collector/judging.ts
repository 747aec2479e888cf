import { ATTR } from '../model/names.ts'
import { identities } from './identity-statements.ts'
import { attribute, literal, set } from './ottl.ts'
import type { Group } from './ottl.ts'
import { needs, ruleMatches } from './requirement-statements.ts'
import { IS_OPEN, resolution } from './resolution.ts'
import type { Rulebook } from './rulebook.ts'
import { DIALECT, MEANING, REFUSED, STAND_IN, USER } from './scratch.ts'
import { acts, allowing, raising, verdict } from './verdict-statements.ts'

/** Resolves and judges every recognized span that isn't judged yet. */
export function judgingGroup(book: Rulebook): Group {
  return {
    context: 'span',
    conditions: [IS_OPEN],
    statements: [
      ...resolution(book),
      ...identities(book),
      ...acts(),
      ...ruleMatches(book),
      ...needs(book),
      ...raising(book),
      ...allowing(book),
      ...verdict(),
      set(attribute(ATTR.judge), literal(book.judgeName)),
      ...[MEANING, DIALECT, USER, STAND_IN, REFUSED].map((key) => `delete_key(span.attributes, ${literal(key)})`),
    ],
  }
}

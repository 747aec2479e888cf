import { canonicalId, CONVERSATION_AS_USER, PLACEHOLDERS, UNEXPANDED, ZERO_UUID } from '../identity/identity.ts'
import { ATTR } from '../model/names.ts'
import { AGENT_ID_KEYS } from '../recognize/dialects/fact-keys.ts'
import {
  any,
  attribute,
  cache,
  escaped,
  forget,
  isMatch,
  isVisible,
  isWord,
  literal,
  remove,
  set,
  SPACE,
  UNSEEN,
  when,
} from './ottl.ts'
import type { Rulebook } from './rulebook.ts'
import type { Slot } from './slots.ts'

/** The canonical form of a value, without the normalization and folding of Unicode in `identity.ts`. */
export function canonical(name: Slot, value: string, ...where: readonly string[]): readonly string[] {
  const gap = `[${SPACE}${UNSEEN}]*`
  const noise = `^${gap}(?:(?:mailto|acct):${gap})*|${gap}$|[${UNSEEN}]+`
  return [set(cache(name), `ToLowerCase(String(${value}))`, isVisible(value), ...where), remove(cache(name), noise)]
}

/** The ids in the form that the rules compare. Placeholders are noted and removed from the cache. */
export function identities(book: Rulebook): readonly string[] {
  const isStatedContext = `not ${isWord(attribute(ATTR.context.assurance), ['inferred'])}`
  const isUsable = `${cache('isCredentialUsable')} == true`
  return [
    ...canonical('principalKey', cache('principal')),
    set(cache('principalBareKey'), cache('principalKey')),
    withoutUser(),
    ...canonical('actorKey', cache('actor')),
    ...canonical('contextKey', cache('context'), isStatedContext),
    ...canonical('credentialSubjectKey', attribute(ATTR.context.credentialSubject), isUsable),
    ...canonical('credentialIdKey', attribute(ATTR.context.credentialId)),
    ...canonical('userKey', cache('user'), `${cache('statedPrincipal')} != nil`),
    ...canonical(
      'rivalKey',
      attribute('enduser.id'),
      `${cache('principalSource')} == "user"`,
      isVisible(attribute('user.id')),
      `${cache('user')} == Trim(String(${attribute('user.id')}))`,
    ),
    ...canonical('approverKey', attribute(ATTR.decision.approverId)),
    ...canonical('principalIssuer', cache('principalIssuer')),
    ...canonical('actorIssuer', cache('actorIssuer')),
    ...canonical(
      'agentKey',
      cache('agentId'),
      `${cache('statedActor')} != nil`,
      any(...AGENT_ID_KEYS.map((key) => isVisible(attribute(key)))),
    ),
    ...(['principalIssuer', 'actorIssuer'] as const).map((name) => remove(cache(name), '[/ ]+$')),
    ...(['userKey', 'rivalKey'] as const).map((name) => remove(cache(name), USERS)),
    ...voids(),
    ...aliases(book),
  ]
}

/** A `user:` prefix means nothing on a principal. */
function withoutUser(): string {
  return remove(cache('principalBareKey'), USERS)
}

const USERS = `^(?:user:[${SPACE}]*(?:(?:mailto|acct):[${SPACE}]*)*)+`

export const PLACEHOLDER = [
  `^(?:${[...PLACEHOLDERS].map(escaped).join('|')})?$`,
  '^unknown_service',
  ZERO_UUID.source,
  CONVERSATION_AS_USER.source,
  UNEXPANDED.source,
].join('|')

/** The slots for which the rules must know that they had a placeholder. */
const PLACEHOLDER_FLAGS = [
  ['actorKey', 'actorIsPlaceholder'],
  ['contextKey', 'contextIsPlaceholder'],
  ['credentialSubjectKey', 'credentialSubjectIsPlaceholder'],
  ['credentialIdKey', 'credentialIdIsPlaceholder'],
] as const satisfies readonly (readonly [key: Slot, flag: Slot])[]

function voids(): readonly string[] {
  const isVoid = (name: Slot) => isMatch(cache(name), PLACEHOLDER)
  const isNobody = `${cache('principalIsPlaceholder')} == true`
  return [
    set(cache('principalIsPlaceholder'), 'true', isVoid('principalBareKey')),
    when(forget('principalBareKey'), isNobody),
    when(forget('principalKey'), isNobody),
    ...PLACEHOLDER_FLAGS.flatMap(([key, flag]) => [
      set(cache(flag), 'true', isVoid(key)),
      when(forget(key), `${cache(flag)} == true`),
    ]),
    ...(['userKey', 'rivalKey', 'agentKey', 'approverKey'] as const).map((key) => when(forget(key), isVoid(key))),
  ]
}

const ALIASED = [
  'principalKey',
  'principalBareKey',
  'actorKey',
  'contextKey',
  'credentialSubjectKey',
  'userKey',
  'rivalKey',
  'approverKey',
  'agentKey',
] as const satisfies readonly Slot[]

/** A map of aliases is written out. A function can't be. */
function aliases({ options, policy }: Rulebook): readonly string[] {
  if (options.aliases === undefined || typeof options.aliases === 'function') return []
  const names = [...new Set(Object.keys(options.aliases).map(canonicalId))]
  const pairs = names.map((name) => [name, policy.alias(name)] as const).filter(([name, id]) => name !== id)
  const settle = (slot: Slot) => {
    const was = cache('unaliased')
    return [
      set(was, cache(slot), `${cache(slot)} != nil`),
      ...pairs.map(([name, id]) =>
        set(cache(slot), literal(id), `${cache(slot)} != nil`, `${was} == ${literal(name)}`),
      ),
    ]
  }
  return [...ALIASED.flatMap(settle), withoutUser()]
}

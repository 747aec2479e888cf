import * as fc from 'fast-check'
import { AUTHORITY_TYPES, PRINCIPAL_TYPES } from '../../src/model/attribution.ts'
import { ATTR } from '../../src/model/names.ts'
import { asAgent, decided, onBehalfOf, via } from '../../src/index.ts'
import { nastyText, TRICKY_KEYS } from './fuzzing.ts'

const text = fc.oneof({ weight: 3, arbitrary: fc.string({ minLength: 1, maxLength: 20 }) }, nastyText)

/** What an app may bind, the text in it nasty. */
export interface Bound {
  readonly principal: string
  readonly principalType: (typeof PRINCIPAL_TYPES)[number]
  readonly intent: string
  readonly actor: string
  readonly correlationId: string
  readonly authority: {
    readonly id: string
    readonly type: (typeof AUTHORITY_TYPES)[number]
    readonly scopes: string[]
  }
}

export const bound: fc.Arbitrary<Bound> = fc.record({
  principal: text,
  principalType: fc.constantFrom(...PRINCIPAL_TYPES),
  intent: text,
  actor: text,
  correlationId: text,
  authority: fc.record({
    id: text,
    type: fc.constantFrom(...AUTHORITY_TYPES),
    scopes: fc.array(text, { maxLength: 4 }),
  }),
})

/** Runs `work` with all of it bound, and with what never leaves a process. */
export function within<T>({ principal, principalType, intent, actor, correlationId, authority }: Bound, work: () => T) {
  return onBehalfOf({ principal: { id: principal, type: principalType }, intent, correlationId, authority }, () =>
    asAgent(actor, () =>
      via({ id: 'vault', credential: { id: 'secret-key' } }, () => decided({ outcome: 'allow' }, work)),
    ),
  )
}

type Tree = { readonly [key: string]: string | Tree }
const leavesOf = (tree: Tree): readonly string[] =>
  Object.values(tree).flatMap((value) => (typeof value === 'string' ? [value] : leavesOf(value)))

/** Names that a stranger may send: all of ours, near misses, and those that mean something to the language. */
export const wireName: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...leavesOf(ATTR)) },
  fc.constantFrom(...TRICKY_KEYS, 'traceparent', 'tracestate', 'user.id', 'tenant'),
  fc.constantFrom(...TRICKY_KEYS).map((key) => `attribution.${key}.id`),
  fc.constantFrom('ATTRIBUTION.principal.id', ' attribution.principal.id', 'attribution.principal.id '),
)

/** What a stranger may never say. */
export const NEVER = ['context', 'decision', 'declaration'] as const

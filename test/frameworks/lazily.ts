import { isDeepStrictEqual } from 'node:util'
import { trace } from '@opentelemetry/api'
import { ATTR } from '../../src/model/names.ts'
import { asAgent, onBehalfOf, via } from '../../src/index.ts'
import type { LiveSdk } from '../live/live-sdk.ts'
import type { Seen } from '../live/seen.ts'

export const USERS = ['kai@contoso.com', 'mia@contoso.com'] as const

/** One way to have a library do something later, and to ask it for the result where nothing is bound. */
export interface Way {
  readonly lazy: (user: string) => unknown
  readonly read: (lazy: never) => Promise<unknown>
}

export const way = <T>(lazy: (user: string) => T, read: (lazy: T) => unknown): Way => ({
  lazy,
  read: async (made: T) => read(made),
})

/** The connector that each user's work goes through, with a credential of their own. */
export function bound<T>(user: string, work: () => T): T {
  const credential = { id: `key of ${user}`, type: 'delegated' } as const
  return onBehalfOf({ principal: { id: user, type: 'human' }, intent: `order for ${user}` }, () =>
    asAgent({ id: 'buyer' }, () => via({ id: 'shop', type: 'connector', credential }, work)),
  )
}

/** Where a result is asked for: with no span active, and inside a span of whoever reads. */
export const READERS: readonly (readonly [string, Reading['where']])[] = [
  ['with no span active', (read) => read()],
  [
    'inside a span of the reader',
    (read) =>
      trace.getTracer('reader').startActiveSpan('read', async (span) => {
        try {
          return await read()
        } finally {
          span.end()
        }
      }),
  ],
]

export interface Reading {
  readonly sdk: LiveSdk
  readonly how: string
  readonly wayOf: (user: string) => Way
  /** Reads the result of one user; the other's is read at the same time. */
  readonly where: <T>(read: () => Promise<T>) => Promise<T>
  readonly isAct: (span: Seen) => boolean
}

/**
 * Has both users' results made, and then read in turns. Each span that speaks of a user, by what their call sent, has to
 * be that user's in every facet: what is not is told.
 */
export async function strayActs({ sdk, how, wayOf, where, isAct }: Reading): Promise<readonly object[]> {
  sdk.clear()
  const lazies = USERS.map((user) => [user, bound(user, () => wayOf(user).lazy(user))] as const)
  await Promise.all(lazies.map(([user, lazy]) => where(() => wayOf(user).read(lazy as never))))
  const acts = (await sdk.judged()).filter(isAct)
  return USERS.flatMap((user): readonly object[] => {
    const own = acts.filter((span) => speaksOf(span, user)).map(saidBy)
    if (own.length === 0) return [{ how, user, found: 0, among: acts.length }]
    return own.filter((said) => !isDeepStrictEqual(said, expectedOf(user))).map((said) => ({ how, user, ...said }))
  })
}

/** By what the instrumentation wrote, and not by what we did. */
export function speaksOf({ name, span }: Seen, user: string): boolean {
  const theirs = Object.entries(span.attributes).filter(([key]) => !key.startsWith('attribution.'))
  return JSON.stringify([name, theirs]).includes(user)
}

function saidBy({ kind, principal, actor, context, intent, verdict, findings, span: { attributes } }: Seen) {
  const credential = attributes[ATTR.context.credentialId]
  return { kind, principal, actor, context, credential, intent, verdict, findings }
}

function expectedOf(user: string): ReturnType<typeof saidBy> {
  return {
    kind: 'effect',
    principal: user,
    actor: 'buyer',
    context: 'shop',
    credential: `key of ${user}`,
    intent: `order for ${user}`,
    verdict: 'separated',
    findings: [],
  }
}

import type { Decision } from '../model/attribution.ts'
import { BadFacet, decisionFrom, givenIn } from '../runtime/binding/facet-input.ts'
import type { DecisionPoint, DecisionRequest } from './point.ts'
import { PointError } from './point-error.ts'

/** What a decision point said, checked. */
export type Said =
  | { readonly decision: Decision; readonly arguments?: unknown; readonly undecided?: undefined }
  | { readonly undecided: Partial<Decision>; readonly decision: undefined }

export interface Patience {
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
}

/** Asks, and waits no longer than it may. Never rejects: a point that fails wasn't evaluated. */
export async function ask(point: DecisionPoint, request: DecisionRequest, patience: Patience): Promise<Said> {
  const aborting = new AbortController()
  const { name } = point
  try {
    const answer = await withinTime(() => point.ask(request, { signal: aborting.signal }), name, patience)
    return saidIn(answer, point)
  } catch (error) {
    // What others threw may hold a secret.
    const why = error instanceof PointError ? error.message : `${name} failed (${classOf(error)})`
    return undecided(why, point.policy)
  } finally {
    aborting.abort()
  }
}

async function withinTime(work: () => unknown, name: string, { timeoutMs, signal }: Patience): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined
  let onAbort: (() => void) | undefined
  try {
    return await new Promise<unknown>((resolve, reject) => {
      if (signal?.aborted === true) return reject(new PointError(`nobody waited for ${name} any more`))
      onAbort = () => reject(new PointError(`nobody waited for ${name} any more`))
      signal?.addEventListener('abort', onAbort, { once: true })
      timer = setTimeout(() => reject(new PointError(`${name} did not answer within ${timeoutMs} ms`)), timeoutMs)
      // What it answers later, or fails with, is nobody's.
      Promise.resolve(work()).then(resolve, reject)
    })
  } finally {
    clearTimeout(timer)
    if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort)
  }
}

function saidIn(answer: unknown, { name, policy }: DecisionPoint): Said {
  if (answer === undefined) return undecided(`${name} has no answer`, policy)
  const given = typeof answer === 'boolean' ? { outcome: answer ? 'allow' : 'deny' } : answer
  const said = typeof given === 'string' ? { outcome: given } : given
  if (typeof said !== 'object' || said === null) throw new PointError(`${name} answered nonsense`)
  const why = givenIn(said, 'unevaluated')
  if (typeof why === 'string') {
    return undecided(why, policyIn(givenIn(said, 'policy')) ?? policy)
  }
  try {
    const decision = decisionFrom(said)
    const isNamed = decision.policy !== undefined || policy === undefined
    const changed: unknown = givenIn(said, 'arguments')
    return {
      decision: isNamed ? decision : { ...decision, policy },
      ...(changed === undefined ? {} : { arguments: changed }),
    }
  } catch (error) {
    if (error instanceof BadFacet) throw new PointError(`${name} answered nonsense: ${error.message}`)
    throw error
  }
}

function policyIn(given: unknown): Decision['policy'] {
  try {
    return decisionFrom({ outcome: 'allow', policy: given ?? undefined }).policy
  } catch {
    return undefined
  }
}

/** The policy and the text are read as those of a decision are. */
export function undecided(why: string, policy: Decision['policy']): Said {
  try {
    const { unevaluated, policy: read } = decisionFrom({ outcome: 'deny', unevaluated: why, policy })
    return {
      decision: undefined,
      undecided: { ...(unevaluated === undefined ? {} : { unevaluated }), ...(read && { policy: read }) },
    }
  } catch {
    return { decision: undefined, undecided: { unevaluated: 'policy was not evaluated' } }
  }
}

function classOf(error: unknown): string {
  try {
    return error instanceof Error ? error.constructor.name : typeof error
  } catch {
    return 'an error that could not be read'
  }
}

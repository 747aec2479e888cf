import type { Actor, Assurance, Attribution, Decision, DecisionOutcome, Principal } from '../model/attribution.ts'
import type { Resource } from './call.ts'

/** What a decision point is asked. All of it is frozen. */
export interface DecisionRequest {
  readonly action: string
  readonly resource?: string | Resource
  /** What the action is to be called with. */
  readonly arguments?: unknown
  /** Who asked for it. Undefined if nothing says so. */
  readonly principal?: Principal
  /** How sure the principal is: one that is only `claimed` came from a caller, unchecked. */
  readonly assurance?: Assurance
  /** What acts. Undefined also where it's asked for the principal alone. */
  readonly actor?: Actor
  /** Everything that is in force: intent, authority, correlation and the rest. */
  readonly attribution: Attribution
  /** What `decide` was given for the point beyond the call. */
  readonly facts?: Readonly<Record<string, unknown>>
  /** What `bindingOf` says of this call. */
  readonly binding: string
  /** Whether it's asked what the principal may do without the agent. */
  readonly isPrincipalAlone: boolean
}

/** What a decision point may answer, short of a promise of it. `undefined` means that policy wasn't evaluated. */
export type DecisionAnswer = boolean | DecisionOutcome | DecisionSaid | NotEvaluated | undefined

export interface DecisionSaid extends Decision {
  /** With `modify`: what the action is to be called with instead. */
  readonly arguments?: unknown
}

/** Policy could not be evaluated, for example because an input was missing. */
export interface NotEvaluated {
  readonly outcome?: undefined
  /** Why, for example `the input principal is missing`. */
  readonly unevaluated: string
  readonly policy?: Decision['policy']
}

/** Called with a signal that aborts when nobody waits any more. */
export interface Asking {
  readonly signal: AbortSignal
}

export type AskDecision = (request: DecisionRequest, asking: Asking) => DecisionAnswer | PromiseLike<DecisionAnswer>

/** What decides: policy, a person, or both. */
export interface DecisionPoint {
  /** How errors name it. It must hold no secret. */
  readonly name: string
  /** How long it may take, in milliseconds. Default: 1,000. */
  readonly timeoutMs?: number
  /** The policy that it asks, where its answer doesn't name one. */
  readonly policy?: Decision['policy']
  readonly ask: AskDecision
}

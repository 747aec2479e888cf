import type { Span, SpanContext } from '@opentelemetry/api'
import type { Decision, Principal } from '../../model/attribution.ts'
import type { Binding, Execution } from '../../resolve/lineage.ts'
import type { VerifiedIdentity } from '../../trust/tokens/verified-identity.ts'
import type { Request, Scope } from './scope.ts'

/** What is bound in this process at one moment. */
export interface LiveBinding extends Binding {
  /**
   * How long it holds. Undefined if no function was run for it: what a carrier brought holds as long as its context.
   */
  readonly scope?: Scope
  /** What `token` is known from. Two identities of one flow must not contradict each other. */
  readonly identity?: VerifiedIdentity | undefined
  /** The span that `resume` continues. The first span that starts inside takes it as its link. */
  readonly link?: PendingLink
  /** The call of a wrapped tool, between its framework's call and its code: what starts here is the tool's own span. */
  readonly opening?: ToolCall | undefined
  /** The decision whose binding, expiry and uses have been checked for what runs here, and for whom. */
  readonly checked?: Checked | undefined
  /** The call of a wrapped tool whose code runs here. */
  readonly running?: ToolCall | undefined
}

export interface Checked {
  readonly decision: Decision
  /** Who asked then, as a binding names them. */
  readonly principal: string | undefined
}

/**
 * A call of a wrapped tool in a framework whose span of it is never active. The span may start before or after the
 * tool's code, so what is bound in the code is kept here, and counts for the span when it ends.
 */
export interface ToolCall {
  /** The tool. */
  readonly of: object
  execution: Execution | undefined
  resource: string | undefined
  /** Those that are open. */
  readonly spans: Set<Span>
}

export interface PendingLink {
  /** Undefined once a span has taken it. */
  context: SpanContext | undefined
}

/** What is bound where a span starts. */
export interface BindingAtStart {
  readonly binding: LiveBinding | undefined
  /** Whether the active context and the span's parent context name different principals. */
  readonly diverged: boolean
  /** Whether the span starts in a context that belongs to other work, or to work that is over. */
  readonly isStale: boolean
}

export const EMPTY_BINDING: LiveBinding = { bound: {}, agents: [], acting: false }

/**
 * Whether the function that a binding was made for has settled, and nothing that it returned goes on. What a request
 * brought is over when the response has been sent: `request` is the one being served here.
 */
export function isOver({ scope, carried }: LiveBinding, request?: Request): boolean {
  if (scope !== undefined) return !scope.isLive()
  return carried !== undefined && request?.isOpen === false
}

/** Whom a binding names, by this process's word or by what came in. */
export function principalIn(binding: LiveBinding | undefined): Principal | undefined {
  return binding?.bound.principal ?? binding?.carried?.attribution.principal
}

/** Whether a span is still bound like its parent: no principal and no function was bound in between. */
export function isBoundAs(binding: LiveBinding | undefined, above: LiveBinding | undefined): boolean {
  return principalIn(above) === principalIn(binding) && binding?.scope?.isAnewSince(above?.scope) !== true
}

export function isEmpty({ bound, agents, acting, carried, told }: LiveBinding): boolean {
  if (acting || carried !== undefined || told !== undefined) return false
  return agents.length === 0 && Object.keys(bound).length === 0
}

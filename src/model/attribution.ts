/** The record of an agent span: who asked, what acted, through what, why, and under what authority. */
export interface Attribution {
  readonly principal?: Principal
  readonly actor?: Actor
  /** The actors of the workflow, from the first to the current one; each by id, or by name if it has no id. */
  readonly actorChain?: readonly string[]
  readonly context?: ExecutionContext
  readonly intent?: Intent
  readonly authority?: Authority
  readonly decision?: Decision
  readonly correlationId?: string
  readonly declaration?: Declaration
}

/** Who requested, approved or benefits. */
export interface Principal {
  readonly id: string
  /** Left out if it wasn't stated. */
  readonly type?: PrincipalType
  /** The namespace that the id is unique in, for example an OpenID issuer. */
  readonly issuer?: string
}

/** What decided and executed. At least one of `id` and `name` is present. */
export interface Actor {
  readonly id?: string
  readonly name?: string
  readonly version?: string
  readonly issuer?: string
  /** Who answers for the agent: a person or a team. Neither who asked for the work nor who approved it. */
  readonly owner?: string
}

/** The connector, API client or credential that the effect went through. */
export interface ExecutionContext {
  readonly id?: string
  readonly type?: ContextType
  /** What the effect was applied to, for example a host or a table. */
  readonly target?: string
  readonly credential?: Credential
}

export interface Credential {
  /** A fingerprint or key id, never the secret itself. */
  readonly id?: string
  readonly type?: CredentialType
  /** Who the credential logs in as. */
  readonly subject?: string
}

/**
 * Why: what the agent was asked to achieve. The app builds the object, key by key. What a caller sent is text, and is
 * bound as a string.
 */
export interface Intent {
  readonly id?: string
  /** Text. Over 1,024 characters, it keeps its beginning, a mark and a digest. The same goes for `purpose`. */
  readonly summary?: string
  readonly purpose?: string
  /** `sha-256:` and base64url over the JCS form (RFC 8785) of `{id, purpose, summary}`. */
  readonly hash?: string
  /** The intent that this one was derived from, by id or hash. Bound only if that one is in force. */
  readonly parentId?: string
}

/** Under what grant. */
export interface Authority {
  readonly id?: string
  readonly type?: AuthorityType
  readonly scopes?: readonly string[]
  /** ISO 8601. */
  readonly expiresAt?: string
}

/** What policy said. */
export interface Decision extends DecisionTerms {
  readonly outcome: DecisionOutcome
  readonly policy?: { readonly id?: string; readonly version?: string }
  readonly approver?: { readonly id: string }
  /** ISO 8601. */
  readonly at?: string
  /** The one call that it was made for: what `bindingOf` returns. */
  readonly binding?: string
  /** Whether the principal may do this without the agent. `decide(..., { alsoFor: 'principal' })` asks. */
  readonly principalAllowed?: boolean
  /** Why policy wasn't evaluated. The outcome is then not an answer of policy. */
  readonly unevaluated?: string
}

/** How far a decision reaches that was made earlier and kept, such as a person's approval. Not recorded. */
export interface DecisionTerms {
  /** Names this one decision, so that its uses are counted. Default: the binding, the approver and the time. */
  readonly id?: string
  /** ISO 8601. From then on, it lets nothing through. Default: never. */
  readonly expiresAt?: string
  /** How often it may be used, counted in this process. Default: any number of times. */
  readonly uses?: number
}

/** A stated, legitimate merge of identities, or an autonomous run. */
export interface Declaration {
  readonly type: DeclarationType
  readonly owner?: string
  readonly trigger?: string
  /** The finding codes that it allows. */
  readonly merges?: readonly string[]
}

export const PRINCIPAL_TYPES = ['human', 'service', 'organization', 'agent', 'system'] as const
export const CONTEXT_TYPES = ['connector', 'api', 'mcp_server', 'database', 'queue', 'process'] as const
export const CREDENTIAL_TYPES = ['delegated', 'own', 'shared', 'user', 'none'] as const
export const AUTHORITY_TYPES = ['oauth', 'mandate', 'approval', 'schedule', 'policy'] as const
export const DECISION_OUTCOMES = ['allow', 'deny', 'modify', 'escalate', 'not_required'] as const
export const DECLARATION_TYPES = ['autonomous', 'merge'] as const
export const OUTCOMES = ['success', 'failure', 'denied', 'unknown'] as const
export const SPAN_KINDS = ['agent', 'tool', 'llm', 'workflow', 'retriever', 'guardrail', 'effect'] as const
export const VERDICTS = ['separated', 'declared', 'collapsed', 'unknown'] as const
export const FACETS = [
  'principal',
  'actor',
  'context',
  'intent',
  'authority',
  'decision',
  'outcome',
  'correlation',
] as const
/** From most to least certain. */
export const ASSURANCES = ['verified', 'asserted', 'claimed', 'inferred'] as const
/** The facets that are held with an assurance: all but the outcome, which is observed. */
export const ASSURED_FACETS = FACETS.filter((facet) => facet !== 'outcome')

export type PrincipalType = (typeof PRINCIPAL_TYPES)[number]
export type ContextType = (typeof CONTEXT_TYPES)[number]
export type CredentialType = (typeof CREDENTIAL_TYPES)[number]
export type AuthorityType = (typeof AUTHORITY_TYPES)[number]
export type DecisionOutcome = (typeof DECISION_OUTCOMES)[number]
export type DeclarationType = (typeof DECLARATION_TYPES)[number]
export type Outcome = (typeof OUTCOMES)[number]
/** The kind of a recognized span. An `effect` is what an agent's action did to the outside world. */
export type AgentSpanKind = (typeof SPAN_KINDS)[number]
export type Verdict = (typeof VERDICTS)[number]
export type Facet = (typeof FACETS)[number]
/**
 * How sure we are of a facet: `verified` by a signature or token checked here, `asserted` by this process's code,
 * `claimed` by an unsigned carrier from outside, `inferred` from a dialect, an ancestor's dialect or the resource.
 */
export type Assurance = (typeof ASSURANCES)[number]
export type AssuredFacet = (typeof ASSURED_FACETS)[number]

type FieldOf<F extends AssuredFacet> = F extends 'correlation' ? 'correlationId' : Exclude<F, 'correlation'>

/** The field of an attribution that holds a facet. */
export function fieldOf<F extends AssuredFacet>(facet: F): FieldOf<F> {
  return (facet === 'correlation' ? 'correlationId' : facet) as FieldOf<F>
}

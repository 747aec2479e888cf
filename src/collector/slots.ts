import type { AssuredFacet } from '../model/attribution.ts'
import type { Requirement } from '../policy/policy.ts'

/** What one span's statements keep in the Collector's scratch cache, and the kind of value in each slot. */
interface Slots {
  /** The operation word of a marker, in lower case with underscores. */
  readonly word: Text
  /** What a span's word or name means. Empty until a form matches. */
  readonly meaning: Text
  /** The name of a span without the prefix of its dialect. */
  readonly spanName: Text
  /** The most specific dialect that scope, keys or system show. */
  readonly producer: Text
  /** The model provider or system that the span names. */
  readonly system: Text
  /** The database operation that the span names. */
  readonly operation: Text
  /** The kind that the span states, in lower case. */
  readonly statedKind: Text

  /** The key of the decision row that decided. */
  readonly decidedBy: Text
  /** The outcome in the words of that row. */
  readonly decisionWord: Text
  /** The id of the policy that decided, as its row writes it. */
  readonly policy: Text
  /** The version of that policy, as its row writes it. */
  readonly version: Text
  /** Who approved, as the row writes it. */
  readonly approver: Text

  /** Whether the account on the span is that of one installed program. */
  readonly isInstallation: True
  /** What the app told its telemetry, merged over all keys. */
  readonly metadata: Dictionary
  /** The user that the dialect names by id. */
  readonly user: Text
  /** What stands in for a user if no id is given. */
  readonly standIn: Text
  /** The user by id, else what stands in. */
  readonly namedUser: Text
  /** The program's user, by the resource. */
  readonly programUser: Text
  /** Whether the principal that the span lends to its trace is its user. */
  readonly isUserLent: True

  /** Who asked, as written. */
  readonly principal: Text
  /** The type of the principal, in lower case. */
  readonly principalType: Text
  /** Who issued the principal's id. Canonical once identities are read. */
  readonly principalIssuer: Text
  /** The source of a principal that the span doesn't state: `user`, `resource`, `program` or `installation`. */
  readonly principalSource: Text
  /** The principal that the span states itself. */
  readonly statedPrincipal: Text

  /** The id of the agent that the dialect names. */
  readonly agentId: Text
  /** The name of the agent that the dialect names. */
  readonly agentName: Text
  /** Who acts, as written. */
  readonly actor: Text
  /** The name of the actor, as written. */
  readonly actorName: Text
  /** Who issued the actor's id. Canonical once identities are read. */
  readonly actorIssuer: Text
  /** The source of an actor that the span doesn't state: `agent` or `resource`. */
  readonly actorSource: Text
  /** The actor that the span states by id. */
  readonly statedActor: Text
  /** The actor chain as text, in the form in which entries are compared. */
  readonly chainText: Text
  /** The last entry of the chain, as written. */
  readonly chainLast: Text
  /** The canonical entries of the chain. */
  readonly chainEntries: List
  /** The distinct entries of the chain, as keys. */
  readonly distinctEntries: Dictionary

  /** What the span's name says when the words around it are removed. */
  readonly nameRemainder: Text
  /** Whether the span's name names a tool or an agent at all. */
  readonly isNamedInName: True
  /** The tool that a tool span runs. */
  readonly tool: Text
  /** Where the act went, as written. */
  readonly context: Text
  /** The type of the context. */
  readonly contextType: Text
  /** The source of a context that the span doesn't state: `resource` or `name`. */
  readonly contextSource: Text
  /** The host in an address that names the context. */
  readonly host: Text
  /** The first of a list that names the context. */
  readonly listed: Text
  /** Whether the span states a credential. */
  readonly hasCredential: True
  /** Whether rules may compare that credential: it is not inferred. */
  readonly isCredentialUsable: True
  /** The type of the credential, in lower case. */
  readonly credentialType: Text
  /** The type of a credential that rules may compare. */
  readonly usableCredentialType: Text

  /** Why it was asked, as written. */
  readonly intent: Text
  /** The source of an intent that the span doesn't state: `resource`. */
  readonly intentSource: Text
  /** The outcome of the decision on the act. */
  readonly decision: Text
  /** The call that was decided on, as a hash. */
  readonly decisionBinding: Text
  /** The call that was made, as a hash. */
  readonly actionBinding: Text
  /** Whether the principal may do it without the agent, as text. */
  readonly principalAllowed: Text
  /** Why policy was not evaluated. */
  readonly unevaluated: Text
  /** Whether only a dry run let it through, as text. */
  readonly wouldDeny: Text
  /** Whether a grant is stated. */
  readonly authority: True
  /** The correlation id if a span lends it; otherwise whether there is one. */
  readonly correlation: Text | True
  /** Whether what the span lacks is missing for good, so that ancestors don't matter. */
  readonly isSelfContained: True

  /** The canonical id of the principal. */
  readonly principalKey: Text
  /** The same without `user:`. */
  readonly principalBareKey: Text
  /** The canonical id of the actor. */
  readonly actorKey: Text
  /** The canonical id of the context, unless it is inferred. */
  readonly contextKey: Text
  /** The canonical subject of a usable credential. */
  readonly credentialSubjectKey: Text
  /** The canonical id of the credential. */
  readonly credentialIdKey: Text
  /** The canonical id of the dialect's user, beside a stated principal. */
  readonly userKey: Text
  /** The end user, if the span names someone else as user. Canonical. */
  readonly rivalKey: Text
  /** The canonical id of the dialect's agent, beside a stated actor. */
  readonly agentKey: Text
  /** The canonical id of the approver. */
  readonly approverKey: Text
  /** A canonical id before its alias replaces it. */
  readonly unaliased: Text
  /** Whether the principal is a placeholder, which names nobody. */
  readonly principalIsPlaceholder: True
  /** Whether the actor is a placeholder. */
  readonly actorIsPlaceholder: True
  /** Whether the context is a placeholder. */
  readonly contextIsPlaceholder: True
  /** Whether the subject of the credential is a placeholder. */
  readonly credentialSubjectIsPlaceholder: True
  /** Whether the id of the credential is a placeholder. */
  readonly credentialIdIsPlaceholder: True

  /** The canonical tool that the policy's rules match. */
  readonly matchedTool: Text
  /** The canonical actor that the policy's rules match. */
  readonly matchedActor: Text
  /** The canonical name of the actor that the policy's rules match. */
  readonly matchedActorName: Text
  /** What policy requires facets of: the kind of the span, or `create_agent`. */
  readonly subject: Text
  /** Whether policy asks for an approver who is not the principal. */
  readonly fourEyes: True | Flag
  /** How the act ended. */
  readonly outcome: Text
  /** When it was decided. */
  readonly decidedAt: Millis
  /** The text of that time while it is read. */
  readonly decidedAtText: Text
  /** When the grant expires. */
  readonly expiresAt: Millis
  /** The text of that time while it is read. */
  readonly expiresAtText: Text

  /** The findings that were already on the span. */
  readonly recordedFindings: List
  /** The findings that the statements raise, sorted. */
  readonly raisedFindings: List
  /** The codes that a declaration on the span merges, each in quotes or alone. */
  readonly declaredMerges: Text
  /** The codes that a rule allows, and undeclared autonomy where it is declared, each in quotes. Empty if only merges count. */
  readonly allowedFindings: Text
  /** Whether a declaration or a rule says that the agent acts on its own. */
  readonly isAutonomous: True
}

type Text = string
/** Only set if true. */
type True = true
type Flag = boolean
type List = readonly unknown[]
type Dictionary = Readonly<Record<string, unknown>>
/** Milliseconds since the Unix epoch. */
type Millis = number

/** Slots that a policy needs once for each of its rules, requirements or facets. */
type PolicySlot =
  /** Whether the policy's rule at this position, counted from 1, matches this span. */
  | `rule.${number}`
  /** Whether policy requires it of this span. */
  | `need.${Requirement}`
  /** What it lacks: `missing`, `void` or `unsure`. */
  | `lack.${Requirement}`
  /** Whether it is there but with less assurance than policy asks for. */
  | `unsure.${AssuredFacet}`

export type Slot = keyof Slots | PolicySlot

/** The slots whose value is a time. */
export type TimeSlot = { [Name in keyof Slots]: Slots[Name] extends Millis ? Name : never }[keyof Slots]

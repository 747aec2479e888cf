import type {
  Actor,
  AgentSpanKind,
  Assurance,
  AssuredFacet,
  Attribution,
  Authority,
  Decision,
  Declaration,
  ExecutionContext,
  Intent,
  Principal,
} from '../model/attribution.ts'
import type { FindingCode } from '../model/finding.ts'
import { isAtLeast } from '../policy/policy.ts'
import type { RecordedDecision, Spoken } from './recorded-decision.ts'
import { openTree } from './tree-ledger.ts'
import type { Tree } from './tree-ledger.ts'

/** How sure we are of a facet. */
export interface Sureness {
  readonly assurance: Assurance
  /** Where it came from, only if that isn't the usual source of its assurance: for example `resource`. */
  readonly source?: string
}

/** The facets that differ from the rest of what was bound or brought together. */
export type SurenessOf = Readonly<Partial<Record<AssuredFacet, Sureness>>>

/** A facet's value, with how sure we are of it and where it came from. */
export interface Sourced<T> extends Sureness {
  readonly value: T
  /** Another id that the same span states for the same facet. */
  readonly rival?: string
}

/** What a live process knew when a span started. A recorded span has none. */
export interface Binding {
  /** What this process's code bound with `onBehalfOf`, `via`, `decided` and `declareAutonomous`. */
  readonly bound: Attribution
  /** Of the bound facets that rest on more than this process's word, such as those of a token. */
  readonly sureness?: SurenessOf | undefined
  /** The token that the bound principal comes from. */
  readonly token?: BoundToken | undefined
  /** Whom the app named beside an identity, whose principal was bound. */
  readonly named?: NamedBeside | undefined
  /** What was found wrong with what came in, such as a carrier that wasn't used. It's said of every span inside. */
  readonly told?: readonly FindingCode[] | undefined
  /** The one act that the decision in force is about. */
  readonly act?: BoundAct | undefined
  /** The agents entered with `asAgent`, the outermost first. Each call is an object of its own. */
  readonly agents: readonly BoundAgent[]
  /** What came in over a process boundary and was admitted. */
  readonly carried?: Carried | undefined
  /** Whether the span started inside `asAgent`, `via` or `guard`, so that a client span there is an effect. */
  readonly acting: boolean
  /**
   * The span id of the tool if the bound decision is its open escalation: an effect of that tool inside is the request
   * for approval and not the act that waits for it.
   */
  readonly asksFor?: string | undefined
  /** Whether the function had settled that this was bound for, so that nobody knows whom the span is for. */
  readonly stale?: boolean
}

export interface NamedBeside {
  /** The principal of the identity, the object itself. */
  readonly bound: Principal
  readonly named: Principal
}

/** What the process bound or refused inside a tool's execution, when the tool's span had started already. */
export interface Execution {
  readonly context?: ExecutionContext | undefined
  /** Whether the app named it for the whole act, and not for one of the calls inside. */
  readonly isContextGiven?: boolean
  readonly decision?: Decision | undefined
  readonly act?: BoundAct | undefined
  /** Whether one decision let something through and a later one held something back: then neither is the tool's. */
  readonly isMixed?: boolean
  /** Whether a `guard` inside let something through. */
  readonly hasRun?: boolean
  /** Whether a `guard` inside refused, and none let anything through. */
  readonly isRefused?: boolean
  /** Whether something was done that the decision did not let through. */
  readonly isOverridden?: boolean
}

/** In place of the span id of a tool whose span isn't active and may not have started. */
export const UNSEEN_TOOL = 'unseen'

/** The source of a facet that comes from there. It is said of the tool alone, and isn't handed down. */
export const EXECUTION = 'execution'

/** What is known of an act besides what was decided on it. */
export interface BoundAct {
  /** A hash over the call that is made. */
  readonly binding?: string
  /** Whether only a dry run let it through. */
  readonly wouldDeny?: boolean
  /** Why policy wasn't evaluated, and which policy. */
  readonly undecided?: Partial<Decision>
}

export interface BoundAgent {
  readonly actor: Actor
}

/**
 * What came in from elsewhere, and how sure all of it is. `attribution` has no context, decision or declaration: nothing
 * from outside brings them.
 */
export interface Carried extends Sureness {
  readonly attribution: Attribution
  /** Of the facets that came another way than the rest. */
  readonly sureness?: SurenessOf
}

/** How sure a facet is that was brought. */
export function surenessIn({ assurance, source, sureness }: Carried, facet: AssuredFacet): Sureness {
  return sureness?.[facet] ?? { assurance, ...(source === undefined ? {} : { source }) }
}

/** Whether a facet that was brought is as sure as this process's own word. */
export function isSurelyIn(carried: Carried, facet: AssuredFacet): boolean {
  return isAtLeast(surenessIn(carried, facet).assurance, 'asserted')
}

/** What the rules need to know of a token that was checked here. */
export interface BoundToken {
  readonly principal: Principal | undefined
  /** Of this token, and of those whose bindings are around this one. */
  readonly fingerprints: readonly string[]
  /** Whether it names no actor although its issuer would. */
  readonly isUndelegated: boolean
  /** Whether its principal is software, whatever the app calls it. */
  readonly isSoftware: boolean
  /** Whether it covers more than the token around it, which it was exchanged for. */
  readonly isWidened: boolean
}

/**
 * What a span hands down to the spans below it: the facets, the chain of actors, and what its ancestors were. It is
 * small and holds no span, so a live process can keep it when the ancestors are gone.
 */
export interface Lineage {
  /**
   * Where the ancestry ends: at a root, at a parent whose id can't be read, at a parent that the recorded trace lacks, or
   * in another process.
   */
  readonly origin: 'root' | 'missing' | 'elsewhere' | 'unreadable'
  readonly tree: Tree
  readonly principal: Sourced<Principal> | undefined
  readonly intent: Sourced<Intent> | undefined
  readonly authority: Sourced<Authority> | undefined
  readonly correlation: Sourced<string> | undefined
  readonly declaration: Sourced<Declaration> | undefined
  readonly actors: ActorChain
  /** The nearest tool above. An agent in between hides it. */
  readonly tool: ToolAbove | undefined
  readonly recognized: RecognizedAbove | undefined
  /** Below an llm span, an MCP client span or an effect, where unrecognized spans are transport. */
  readonly inTransport: boolean
  /** Below an effect that is part of connecting, where further such spans belong to it. */
  readonly connecting: boolean
  /** Whether there is an agent or workflow span above. */
  readonly hasWorkflowAbove: boolean
  /** Decisions that others recorded on spans above, and whose act has not begun yet. */
  readonly awaiting: readonly RecordedDecision[]
  /** Whether the work came over an implausible process edge, and no recognized span has said so yet. */
  readonly isUnbacked: boolean
  /** The tool in a decision that is recorded here, if no act below takes it. */
  readonly askedOf: string | undefined
}

export interface ActorChain {
  readonly actor: Sourced<Actor> | undefined
  /** Ids, else names. The first actor comes first. */
  readonly chain: readonly string[]
  /** The `asAgent` calls that the chain already counts. */
  readonly agents: readonly BoundAgent[]
  /** Whether the innermost `asAgent` call already has its agent span: a further one is a further actor. */
  readonly hasAgentSpan: boolean
  /** Whether there is an agent span above. */
  readonly belowAgent: boolean
  readonly carried: Carried | undefined
  /** Whether an entry of the chain is only claimed. A chain is as sure as its weakest entry. */
  readonly isClaimed: boolean
}

export interface ToolAbove {
  readonly name: string | undefined
  readonly spanId: string
  readonly context: Sourced<ExecutionContext> | undefined
  readonly decision: Sourced<Decision> | undefined
  /** What others recorded about it. An effect that began earlier wasn't affected. */
  readonly recorded: readonly RecordedDecision[]
}

export interface RecognizedAbove {
  readonly kind: Exclude<AgentSpanKind, 'effect'>
  readonly principal: Sourced<Principal> | undefined
  readonly intent: Sourced<Intent> | undefined
  readonly authority: Sourced<Authority> | undefined
  readonly correlation: Sourced<string> | undefined
  readonly chain: readonly string[]
}

/** The lineage of a span without a parent, of one whose parent is missing, or of one whose parent is elsewhere. */
export function lineageFrom(origin: Lineage['origin'], spoken?: Spoken): Lineage {
  return {
    origin,
    tree: openTree(spoken),
    principal: undefined,
    intent: undefined,
    authority: undefined,
    correlation: undefined,
    declaration: undefined,
    actors: NO_ACTORS,
    tool: undefined,
    recognized: undefined,
    inTransport: false,
    connecting: false,
    hasWorkflowAbove: false,
    awaiting: [],
    askedOf: undefined,
    isUnbacked: false,
  }
}

const NO_ACTORS: ActorChain = {
  actor: undefined,
  chain: [],
  agents: [],
  hasAgentSpan: false,
  belowAgent: false,
  carried: undefined,
  isClaimed: false,
}

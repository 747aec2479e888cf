import type { Verdict } from './attribution.ts'

export const SEVERITIES = ['low', 'medium', 'high', 'critical'] as const
export type Severity = (typeof SEVERITIES)[number]

export interface FindingEntry {
  readonly severity: Severity
  readonly title: string
  readonly meaning: string
  readonly fix: string
  readonly example: string
  /** What is legitimate though it looks like this, and how to declare it. */
  readonly exception: string
  /** The verdict that this finding forces as long as it stands. */
  readonly verdict?: Extract<Verdict, 'collapsed' | 'unknown'>
  /**
   * What the live process saw may not be on the span, so the audit keeps this finding if it was recorded. `only`: the
   * audit never derives it itself. `also`: the audit derives it when it can.
   */
  readonly live?: 'only' | 'also'
}

/** The only table of findings. Span attributes, metrics, CLI, documentation and alert texts are all derived from it. */
export const FINDINGS = {
  missing_principal: {
    severity: 'high',
    title: 'No principal',
    meaning:
      'Nothing says who asked for this: neither the span, its process, its ancestors nor its resource names a principal.',
    fix: "Wrap the request handler in onBehalfOf({ principal, intent }, fn), or put the user's id on the root span as user.id.",
    example:
      'A nightly worker takes a job off a queue and runs an agent; the job holds no carrier, so the agent span names nobody who asked.',
    exception: 'Work that nobody asked for: declareAutonomous binds the owner that answers for it as principal.',
  },
  missing_actor: {
    severity: 'high',
    title: 'No actor',
    meaning: 'Nothing says which agent acted.',
    fix: 'Name the agent in its framework (for AI SDK: experimental_telemetry.functionId), or run it inside asAgent(name, fn).',
    example: 'A guardrail span of a framework that names neither agent nor service.',
    exception: 'None: what acts has a name. A service that is no agent is read off service.name.',
  },
  missing_context: {
    severity: 'high',
    title: 'No execution context',
    meaning: 'Nothing says through which connector, API client or credential this was done.',
    fix: 'Run the call inside via({ id, credential }, fn).',
    example: 'A tool span that names no tool calls a store over a socket of its own.',
    exception:
      'None: the name of a tool, an MCP server, a host or a queue, at last that of the client, is inferred where nothing better is known, and is enough unless policy asks for more, as strict does.',
  },
  missing_decision: {
    severity: 'high',
    title: 'No policy decision',
    meaning: 'Policy requires a decision for this span and none is recorded.',
    fix: 'Run the action inside decided({ outcome, policy }, fn) after asking your policy engine.',
    example:
      'Policy strict asks for a decision on every effect; the connector posts without having asked the policy engine.',
    exception:
      "An action that needs no permission: record decided({ outcome: 'not_required', policy }, fn), so that the exemption has a policy too.",
  },
  missing_correlation: {
    severity: 'high',
    title: 'No correlation id',
    meaning: 'Policy requires a correlation id for this span and none is recorded.',
    fix: 'Start the work inside onBehalfOf, which mints one, and take it over queues with carry() and resume().',
    example:
      'A worker resumes a job without its carrier: the mail it sends cannot be tied to the request of the day before.',
    exception: 'None where policy asks for one.',
  },
  missing_authority: {
    severity: 'high',
    title: 'No authority',
    meaning: 'Policy requires the grant under which this was done and none is recorded.',
    fix: 'Pass authority to onBehalfOf: the grant, mandate, approval or schedule that allows the work.',
    example: 'A payment tool for which policy requires a grant runs on the word of the prompt alone.',
    exception: 'None where policy asks for one: a schedule or a standing policy is an authority too.',
  },
  missing_credential: {
    severity: 'high',
    title: 'No credential',
    meaning: 'Policy requires the credential that the effect was done with and none is recorded.',
    fix: 'Name it in via({ id, credential: { id, type } }, fn): a key id or fingerprint, never the secret.',
    example: 'A connector names itself and not the key that it logs in with.',
    exception: 'A target that takes calls without any login: state credential type none.',
  },
  missing_intent: {
    severity: 'medium',
    title: 'No intent',
    meaning: 'Nothing says why this was done.',
    fix: 'Pass intent to onBehalfOf: one sentence of what was asked for, or { id, summary }.',
    example: 'The agent is bound to kai@contoso.com, and nothing says what Kai wanted.',
    exception: 'Work whose purpose is private: give the intent an id and a hash and leave its summary out.',
  },
  principal_is_actor: {
    severity: 'critical',
    title: 'Principal and actor are one',
    meaning: 'The human who asked and the agent that acted carry the same identity, so nobody can tell who did it.',
    fix: 'Give the agent an identity of its own with asAgent(name, fn); do not run it as the user.',
    example:
      "asAgent('kai@contoso.com', …) inside onBehalfOf({ principal: 'kai@contoso.com' }, …): the log shows Kai twice and the agent never.",
    exception:
      "A person's own script, which has no other name: allow: [principal_is_actor] in a rule of the policy file that names this agent, or a merge declaration on the span.",
    verdict: 'collapsed',
  },
  principal_is_context: {
    severity: 'critical',
    title: 'The effect ran as the user',
    meaning:
      "The effect was done with the principal's own identity or credential: the target's log shows the user, not the agent.",
    fix: "Use a credential of the connector, or a delegated token, and state it: via({ id, credential: { id, type: 'delegated' } }, fn).",
    example: 'The mail connector logs in with the session of Kai, so the mail server shows that Kai sent the mail.',
    exception:
      "A target that knows no login but the user's: allow: [principal_is_context] in a rule of the policy file that names the tool. A delegated token is no exception but the cure: credential type delegated.",
    verdict: 'collapsed',
  },
  actor_is_context: {
    severity: 'medium',
    title: 'Actor and execution context are one',
    meaning: 'The agent and the connector or credential it acted through carry the same identity.',
    fix: "Give the connector an identity of its own, or state that the credential is the agent's: credential type own.",
    example: 'Agent report-assistant calls through a connector that is called report-assistant as well.',
    exception: 'An agent with one credential for one purpose of its own: credential type own.',
    verdict: 'collapsed',
  },
  software_as_human: {
    severity: 'high',
    title: "Software in the human's place",
    meaning: 'The principal is said to be human, but the identity is a service account, bot, workload or agent user.',
    fix: 'Bind the human who asked as principal; if there is none, use declareAutonomous with the accountable owner.',
    example: "principal { id: 'svc-mail@contoso.com', type: 'human' }.",
    exception: "A person whose account only looks like a machine's: add it to the aliases of the policy.",
    verdict: 'collapsed',
  },
  placeholder_identity: {
    severity: 'high',
    title: 'Placeholder instead of an identity',
    meaning: 'An identity is a word such as unknown, system or default, or an unexpanded template: it names nobody.',
    fix: 'Find where the value is set and put the real identity there; leave it out when it is not known.',
    example: 'user.id is "anonymous" because the framework fills in a default.',
    exception: 'None: leave out who is not known, and the span says so.',
  },
  shared_credential: {
    severity: 'high',
    title: 'One credential for several principals',
    meaning: "A credential that is neither delegated nor the actor's own was used for more than one principal.",
    fix: "Use a delegated token for each principal, or state that the credential is the agent's own: credential type own.",
    example: 'Key key-7f3a, type shared, mails for kai@contoso.com in one trace and for lea@contoso.com in the next.',
    exception: "An account of the agent's or connector's own that serves everybody: credential type own.",
    verdict: 'collapsed',
  },
  undelegated_token: {
    severity: 'high',
    title: 'Token without an actor',
    meaning:
      'The identities came from a token of the principal that names no actor, although its issuer can express one.',
    fix: 'Exchange the token (RFC 8693) for one that carries the agent in its act claim.',
    example: 'The access token names Kai as subject and no act claim, though its issuer writes one when it is asked.',
    exception: 'An issuer that cannot express an actor: do not list it among those that can.',
    verdict: 'collapsed',
    live: 'only',
  },
  undeclared_autonomy: {
    severity: 'medium',
    title: 'Autonomous run that nobody declared',
    meaning:
      'The principal is not a human and is the actor itself: the agent runs for itself and no owner answers for it.',
    fix: 'Run it inside declareAutonomous({ owner, trigger }, fn), or declare it in the policy file.',
    example: 'A scheduled agent nightly-cleanup runs with itself as principal.',
    exception: 'A declaration is the exception: declareAutonomous in code, or autonomous in a rule of the policy file.',
    verdict: 'unknown',
  },
  principal_changed: {
    severity: 'critical',
    title: 'The principal changed on the way',
    meaning: 'The principal differs from that of the agent span above, and no authority records the hand-over.',
    fix: 'Keep the principal of the request; where a hand-over is meant, pass authority to the inner onBehalfOf.',
    example: 'A supervisor works for Kai; the agent that it calls binds lea@contoso.com.',
    exception: 'A hand-over that somebody granted: record its authority on the inner span.',
  },
  chain_truncated: {
    severity: 'high',
    title: 'The actor chain was cut or rewritten',
    meaning: 'The stated actor chain is neither that of the agent span above nor that chain with one actor added.',
    fix: 'Run each agent inside asAgent, and take the chain along into another process: with carry() and resume(), or with the option baggage. Do not write attribution.actor.chain by hand.',
    example: 'The span below planner › booker states the chain payer alone: who called it is gone.',
    exception: 'None.',
  },
  chain_loop: {
    severity: 'medium',
    title: 'The actor chain loops or is too deep',
    meaning: 'An actor stands twice in the chain, or the chain is longer than policy allows.',
    fix: 'Stop agents from calling each other in circles, or raise chain.max_depth in the policy file.',
    example: 'planner calls booker, which calls planner.',
    exception: 'Agents that are meant to go deep: raise chain.max_depth. A loop has none.',
  },
  correlation_changed: {
    severity: 'high',
    title: 'Two correlation ids in one trace',
    meaning: 'Spans of one causal tree carry different correlation ids, so no single id finds the whole workflow.',
    fix: 'Bind the correlation id once, at the edge, and do not mint another below it.',
    example: 'A service mints its own correlation id for a request that came with one.',
    exception: 'None inside one causal tree; work that starts anew has a trace of its own and a link.',
  },
  orphan_effect: {
    severity: 'high',
    title: 'Effect without a root',
    meaning:
      'A tool call or effect has neither a correlation id nor an agent or workflow above it, so it cannot be traced back to a request.',
    fix: 'Propagate trace context to this service, or carry the correlation id with carry() and resume().',
    example: 'The connector takes a call without traceparent: its mail stands alone in a trace of one span.',
    exception:
      "A person's own call to a tool that no agent made: start it inside onBehalfOf, which binds a correlation id.",
  },
  context_divergence: {
    severity: 'critical',
    title: 'Two users in one span',
    meaning:
      'The context that the span was parented on and the context that was active when it started name different principals.',
    fix: 'The instrumentation of this span keeps an old context (often that of connect()); create the client per request or bind inside the call.',
    example: "An MCP client was connected while Kai's request was handled; its spans for Lea still hang under Kai.",
    exception: 'None.',
    live: 'only',
  },
  intent_changed: {
    severity: 'high',
    title: 'The intent changed on the way',
    meaning: 'The intent differs from that of the agent span above and does not say that it was derived from it.',
    fix: 'Set parentId of the new intent to the id of the intent it was derived from.',
    example: 'Asked to summarize the report, a sub-agent runs with the intent to mail it.',
    exception: 'An intent that was derived from the one above: its parentId says so.',
  },
  unverified_principal: {
    severity: 'medium',
    title: 'The principal is only claimed',
    meaning: 'The principal came from an unsigned carrier, or is less sure than policy asks for.',
    fix: 'Authenticate the caller at the edge of this process and bind the result with onBehalfOf.',
    example: 'A caller sends attribution.principal in baggage, and the service has authenticated nobody.',
    exception: "A store that only this service writes: resume(carrier, fn, { assurance: 'asserted' }).",
  },
  conflicting_identity: {
    severity: 'critical',
    title: 'Two sources disagree on an identity',
    meaning: 'Two sources of one facet on this span name different identities.',
    fix: "Find which of the sources is wrong. Where both name the same party, as a user's id in a database and an e-mail address do, say so: bind the id that the other source uses, or give the policy aliases, a map in its file or a function in code: attribution({ policy: { aliases: (id) => emailById.get(id) ?? id } }).",
    example:
      "The binding says kai@contoso.com; user.id on the span says lea@contoso.com. Or it says cm8x2k, which is Kai's id in the database and was given to Langfuse as userId: then every span has this finding until an alias makes the two one.",
    exception:
      'Two names of one party: aliases of the policy make them one. The audit and the Collector know the map of a policy file and no function.',
    live: 'also',
  },
  attribution_rewritten: {
    severity: 'critical',
    title: 'Attribution was overwritten',
    meaning: 'An identity that was already set on the span was replaced by another.',
    fix: 'Remove the code that overwrites attribution.* attributes; bind identities once, with onBehalfOf, asAgent and via.',
    example: 'A span processor that runs after ours sets attribution.principal.id again.',
    exception: 'None. A first value that is set late is enrichment and not reported.',
    live: 'only',
  },
  stale_binding: {
    severity: 'high',
    title: 'Started under a binding that was over',
    meaning:
      'The span started after the function had settled that its binding was made for, or in a context that belongs to other work, so nobody knows for whom it ran.',
    fix: 'Await the work inside onBehalfOf, or wrap the callback in bindAttribution(fn) where it is handed to a queue, pool or timer.',
    example:
      'A queue runs the job of mia@contoso.com in the context of the request of kai@contoso.com, which kept it busy and has been answered by then.',
    exception:
      'Work that is meant to go on by itself: bind it anew, with bindAttribution(fn), or with carry and resume.',
    verdict: 'unknown',
    live: 'only',
  },
  denied_but_executed: {
    severity: 'critical',
    title: 'Denied or left open, yet done',
    meaning: 'Policy denied the action or left it open, and it was carried out with success.',
    fix: 'Check the decision before the effect, for example with guard({ decision: true }, fn).',
    example:
      'Policy mail-7 answers deny; the mail leaves all the same. Or another convention records it: the tool runs below an execute_authorization span whose outcome is deny.',
    exception:
      'A policy that is tried out and not enforced yet: record allow, and the answer of the trial elsewhere. A trial of AgentCore (LOG_ONLY) or Tenuo (observe) is known as one.',
  },
  decision_late: {
    severity: 'high',
    title: 'Decided after the fact',
    meaning: 'The decision is dated after the effect started.',
    fix: 'Ask for the decision before the effect starts; check the clocks if it did.',
    example: 'The approval is dated 10:00:05, the mail left at 10:00:00.',
    exception: 'Clocks that differ by up to one second are forgiven.',
  },
  authority_expired: {
    severity: 'high',
    title: 'The authority had expired',
    meaning: 'The grant had expired before the effect started.',
    fix: 'Renew the grant before acting, and refuse work whose grant has run out.',
    example: 'The grant ran out on Friday; the agent pays on Monday.',
    exception: 'None. The same second of skew is forgiven.',
  },
  token_passthrough: {
    severity: 'critical',
    title: "The caller's token was passed on",
    meaning: 'The credential used for the effect is the very token that came in.',
    fix: "Exchange the inbound token for one of the target's audience; never forward it.",
    example: 'The bearer token of the inbound call is sent on to the mail API.',
    exception: 'None.',
    live: 'only',
  },
  self_approved: {
    severity: 'high',
    title: 'The actor approved itself',
    meaning: 'The approver of the action is the agent that carried it out.',
    fix: 'Have somebody else approve, or let policy decide that no approval is required.',
    example: 'approver report-assistant on an action of report-assistant.',
    exception: 'An action that needs no approval: outcome not_required, and no approver.',
  },
} as const satisfies Record<string, FindingEntry>

export type FindingCode = keyof typeof FINDINGS

/** All codes, sorted, as `attribution.findings` lists them. */
export const FINDING_CODES: readonly FindingCode[] = (Object.keys(FINDINGS) as FindingCode[]).toSorted()

export function isFindingCode(code: unknown): code is FindingCode {
  return typeof code === 'string' && Object.hasOwn(FINDINGS, code)
}

export function findingEntry(code: FindingCode): FindingEntry {
  return FINDINGS[code]
}

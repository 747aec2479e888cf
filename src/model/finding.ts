import { FACETS } from './attribution.ts'
import type { Facet, Verdict } from './attribution.ts'

export const SEVERITIES = ['low', 'medium', 'high', 'critical'] as const
export type Severity = (typeof SEVERITIES)[number]

export interface FindingEntry {
  readonly severity: Severity
  readonly title: string
  readonly meaning: string
  /**
   * The clauses of an explanation that it leaves unproven for its span: the sentence then says so, with the reason. A
   * placeholder spoils only the one that would name it.
   */
  readonly spoils: readonly Facet[]
  /** Spans below that state the same have it from this one, so it isn't proven for them either. */
  readonly spoilsBelow?: true
  /** An ancestor may have what is missing here, so that a trace without its root proves nothing. */
  readonly fromAbove?: true
  /** What to do, in an app that runs this package. */
  readonly fix: string
  /** What to do in a service that can't, such as one in Python. Left out if `fix` doesn't depend on it. */
  readonly fixElsewhere?: string
  /** What to do if the span's parent is missing. */
  readonly fixWithoutParent?: string
  readonly example: string
  /** What is legitimate though it looks like this, and how to declare it. */
  readonly exception: string
  /** Whether a declaration may allow it. Nothing on a span can excuse a finding without this; policy still can. */
  readonly mergeable?: true
  /** The verdict that this finding forces as long as it stands. */
  readonly verdict?: Extract<Verdict, 'collapsed' | 'unknown'>
  /**
   * An identity isn't known, which makes the verdict `unknown` even if policy allows the finding: `always`, or if policy
   * requires that identity.
   */
  readonly leavesUnknown?: 'always' | 'if required'
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
    spoils: ['principal'],
    fromAbove: true,
    title: 'No principal',
    meaning: 'Nothing says who asked: neither the span, nor its process, its ancestors or its resource.',
    fix: "Wrap the request handler in onBehalfOf({ principal, intent }, fn), or set user.id on the request's root span.",
    fixElsewhere: "Set user.id on the request's root span, or attribution.principal.id on the agent's span.",
    example: 'A nightly worker takes a job off a queue and runs an agent. The job has no carrier, so nobody is named.',
    exception: 'Work that nobody asked for: declareAutonomous binds its accountable owner as principal.',
    leavesUnknown: 'always',
  },
  missing_actor: {
    severity: 'high',
    spoils: ['actor'],
    fromAbove: true,
    title: 'No actor',
    meaning: 'Nothing says which agent acted.',
    fix: 'Give the agent a name in its framework (AI SDK: experimental_telemetry.functionId), or run it inside asAgent(name, fn).',
    fixElsewhere:
      "Set gen_ai.agent.name on the agent's span. For a model call, retrieval, tool or effect without an agent above it, service.name on the resource is enough.",
    example: "A guardrail span from a framework that doesn't name its agent.",
    exception:
      'None: whatever acts has a name. For a model call, retrieval, tool or effect without an agent above it, the name of the service is enough.',
    leavesUnknown: 'always',
  },
  missing_context: {
    severity: 'high',
    spoils: ['context'],
    title: 'No execution context',
    meaning: 'Nothing says which connector, API client or credential this was done through.',
    fix: 'Make the call inside via({ id, credential }, fn).',
    fixElsewhere: "Set attribution.context.id on the span of the tool or client: the connector's name.",
    example: 'A tool span without a name calls a store over its own socket.',
    exception:
      "None. The name of a tool, an MCP server, a host, a queue or the client library is inferred if nothing better is known, and that's enough unless policy requires more, as strict does.",
    leavesUnknown: 'always',
  },
  missing_decision: {
    severity: 'high',
    spoils: ['decision'],
    title: 'No policy decision',
    meaning: 'Policy requires a decision for this span, but none is recorded, or only a claimed one.',
    fix: 'Ask your policy engine first, then do the action inside decided({ outcome, policy }, fn).',
    fixElsewhere: 'Set attribution.decision.outcome and attribution.decision.policy.id on the span of the action.',
    example: 'The strict policy requires a decision for every effect, but the connector posts without asking.',
    exception:
      "An action that needs no permission: record decided({ outcome: 'not_required', policy }, fn), so that a policy stands behind the exemption too.",
  },
  missing_approval: {
    severity: 'high',
    spoils: ['decision'],
    title: 'No approver',
    meaning:
      'Policy requires that someone approved this action, but its decision names no approver, or is only claimed.',
    fix: "Ask for approval first, then do the action inside decided({ outcome: 'escalate', approver: { id }, policy }, fn).",
    fixElsewhere: 'Set attribution.decision.approver.id on the span of the action.',
    example: 'A rule requires decision.approver for refunds, and a refund ran under allow without one.',
    exception: 'An action that was denied needs no approver.',
  },
  missing_correlation: {
    severity: 'high',
    spoils: ['correlation'],
    fromAbove: true,
    title: 'No correlation id',
    meaning: 'Policy requires a correlation id for this span, but none is recorded.',
    fix: 'Start the work inside onBehalfOf, which creates one, and take it across queues with carry() and resume().',
    fixElsewhere: 'Set attribution.correlation.id on the first span of the work, and pass it on with the work.',
    example: "A worker resumes a job without its carrier, so its mail can't be tied to yesterday's request.",
    exception: 'None if policy requires one.',
  },
  missing_authority: {
    severity: 'high',
    spoils: ['authority'],
    fromAbove: true,
    title: 'No authority',
    meaning: 'Policy requires the grant under which this was done, but none is recorded, or only a claimed one.',
    fix: 'Pass authority to onBehalfOf: the grant, mandate, approval or schedule that allows the work.',
    fixElsewhere: 'Set attribution.authority.id and attribution.authority.type on the first span of the work.',
    example: 'A payment tool that requires a grant runs because a prompt said so.',
    exception: 'None if policy requires one: a schedule or a standing policy is an authority too.',
  },
  missing_credential: {
    severity: 'high',
    spoils: [],
    title: 'No credential',
    meaning: 'Policy requires the credential that the effect used, but none is recorded.',
    fix: 'Name it in via({ id, credential: { id, type } }, fn): a key id or a fingerprint, never the secret.',
    fixElsewhere:
      'Set attribution.context.credential.id on the span of the effect: a key id or a fingerprint, never the secret.',
    example: 'A connector gives its own name, but not the key it logs in with.',
    exception: 'A target that needs no login: credential type none.',
  },
  missing_intent: {
    severity: 'medium',
    spoils: ['intent'],
    fromAbove: true,
    title: 'No intent',
    meaning: 'Nothing says why this was done.',
    fix: 'Pass intent to onBehalfOf: one sentence about what was asked for, or { id, summary }.',
    fixElsewhere: "Set attribution.intent.summary on the agent's span: one sentence about what was asked for.",
    example: 'The agent is bound to kai@contoso.com, but nothing says what Kai wanted.',
    exception: 'Work whose purpose is private: give the intent an id, and leave out its summary.',
  },
  principal_is_actor: {
    severity: 'critical',
    mergeable: true,
    spoils: ['actor'],
    title: 'Principal and actor are the same',
    meaning: "The person who asked and the agent that acted have the same identity, so it's unclear who did it.",
    fix: "Give the agent its own identity with asAgent(name, fn), and don't run it as the user.",
    fixElsewhere: "Give the agent its own name: gen_ai.agent.name on its span. Don't use the user's.",
    example:
      "asAgent('kai@contoso.com', …) inside onBehalfOf({ principal: 'kai@contoso.com' }, …): the log shows Kai twice and never the agent.",
    exception:
      "A person's own script without another name: allow: [principal_is_actor] in a policy rule for this agent, or a merge declaration on the span.",
    verdict: 'collapsed',
  },
  principal_is_context: {
    severity: 'critical',
    mergeable: true,
    spoils: ['context'],
    title: 'The effect ran as the user',
    meaning:
      "The effect used the principal's own identity or credential, so the target's log shows the user instead of the agent.",
    fix: "Use the connector's own credential or a delegated token, and say so: via({ id, credential: { id, type: 'delegated' } }, fn).",
    fixElsewhere:
      "Use the connector's own credential or a delegated token, and say so: attribution.context.credential.type = delegated or own.",
    example: "The mail connector logs in with Kai's session, so the mail server shows that Kai sent the mail.",
    exception:
      "A target that only accepts the user's login: allow: [principal_is_context] in a policy rule for the tool. A delegated token isn't an exception but the solution: credential type delegated.",
    verdict: 'collapsed',
  },
  actor_is_context: {
    severity: 'medium',
    mergeable: true,
    spoils: ['context'],
    title: 'Actor and execution context are the same',
    meaning: 'The agent and the connector or credential it acted through have the same identity.',
    fix: "Give the connector its own identity, or say that the credential is the agent's own: credential type own.",
    fixElsewhere:
      "Give the connector its own name in attribution.context.id, or say that the credential is the agent's: attribution.context.credential.type = own.",
    example: 'The agent report-assistant calls through a connector that is also named report-assistant.',
    exception: 'An agent with one credential for its own purpose: credential type own.',
    verdict: 'collapsed',
  },
  software_as_human: {
    severity: 'high',
    spoils: ['principal'],
    title: 'Software in place of a person',
    meaning: 'The principal is said to be human, but the identity is a service account, bot, workload or agent user.',
    fix: "Bind the person who asked as principal. If there isn't one, use declareAutonomous with the accountable owner.",
    fixElsewhere:
      'Name the person who asked in attribution.principal.id. If there is none, set attribution.principal.type = service.',
    example: "principal { id: 'svc-mail@contoso.com', type: 'human' }.",
    exception:
      "A person whose account only looks like a machine's: allow: [software_as_human] in a policy rule for the agent. An alias doesn't change what the id looks like.",
    verdict: 'collapsed',
    live: 'also',
  },
  placeholder_identity: {
    severity: 'high',
    spoils: ['principal', 'actor', 'context'],
    title: 'Placeholder instead of an identity',
    meaning:
      "An identity is a word such as unknown, system or default, an unexpanded template, or a value that can't be read, such as a list. It doesn't name anyone. A time in no known form counts too: it can't say when a grant ends.",
    fix: "Find where the value is set and put the real identity there. Leave it out if it isn't known.",
    example: 'user.id is "anonymous" because the framework fills in a default.',
    exception: "None: leave out who isn't known, and the span says so.",
    leavesUnknown: 'if required',
  },
  shared_credential: {
    severity: 'high',
    spoils: ['context'],
    title: 'One credential for several principals',
    meaning: "A credential that is neither delegated nor the actor's own was used for more than one principal.",
    fix: "Use a delegated token for each principal, or say that the credential is the agent's own: credential type own.",
    fixElsewhere:
      "Use a delegated token for each principal, or say that the credential is the agent's own: attribution.context.credential.type = own.",
    example:
      'Key key-7f3a of type shared sends mail for kai@contoso.com in one trace and for lea@contoso.com in the next.',
    exception: "The agent's or connector's own account that serves everyone: credential type own.",
    verdict: 'collapsed',
  },
  undelegated_token: {
    severity: 'high',
    spoils: ['actor'],
    title: 'Token without an actor',
    meaning:
      "The identities came from the principal's token, which names no actor although its issuer can express one.",
    fix: 'Exchange the token (RFC 8693) for one that names the agent in its act claim.',
    example: 'The access token has Kai as subject and no act claim, though its issuer writes one on request.',
    exception: "An issuer that can't express an actor: don't list it among those that can.",
    verdict: 'collapsed',
    live: 'only',
  },
  undeclared_autonomy: {
    severity: 'medium',
    mergeable: true,
    spoils: ['principal'],
    title: 'Undeclared autonomous run',
    meaning:
      "The principal isn't human and is the actor itself: the agent runs for itself, and no owner is accountable.",
    fix: 'Run it inside declareAutonomous({ owner, trigger }, fn), or declare it in the policy file.',
    fixElsewhere:
      'Declare it in the policy file (autonomous in a rule), or set attribution.declaration.type = autonomous and attribution.declaration.owner.',
    example: 'A scheduled agent nightly-cleanup runs with itself as principal.',
    exception: 'A declaration is the exception: declareAutonomous in code, or autonomous in a policy rule.',
    verdict: 'unknown',
  },
  principal_changed: {
    severity: 'critical',
    spoils: ['principal'],
    spoilsBelow: true,
    title: 'The principal changed along the way',
    meaning: 'The principal differs from that of the agent span above, and no authority records the hand-over.',
    fix: "Keep the request's principal. If a hand-over is meant, pass authority to the inner onBehalfOf.",
    fixElsewhere:
      "Keep the request's principal. If a hand-over is meant, set attribution.authority.id on the inner span.",
    example: 'A supervisor works for Kai; the agent that it calls binds lea@contoso.com.',
    exception: 'A hand-over that someone granted: record its authority on the inner span.',
  },
  chain_truncated: {
    severity: 'high',
    mergeable: true,
    spoils: ['actor'],
    spoilsBelow: true,
    title: 'The actor chain was cut or rewritten',
    meaning: 'The stated actor chain is neither that of the agent span above nor that chain plus one actor.',
    fix: "Run each agent inside asAgent, and take the chain to other processes with carry() and resume() or the option baggage. Don't write attribution.actor.chain by hand.",
    fixElsewhere: 'Write attribution.actor.chain as the chain of the caller plus this agent, or leave it out.',
    example: 'The span below planner › booker states only payer as its chain, so who called it is lost.',
    exception: 'None.',
  },
  chain_loop: {
    severity: 'medium',
    mergeable: true,
    spoils: [],
    title: 'The actor chain loops or is too deep',
    meaning: 'An actor appears twice in the chain, or the chain is longer than policy allows.',
    fix: 'Stop agents from calling each other in circles, or raise chain.max_depth in the policy file.',
    example: 'planner calls booker, which calls planner.',
    exception: 'Agents that are meant to go deep: raise chain.max_depth. There is none for a loop.',
  },
  correlation_changed: {
    severity: 'high',
    spoils: ['correlation'],
    title: 'Two correlation ids in one trace',
    meaning: 'Spans of one causal tree have different correlation ids, so no single id finds the whole workflow.',
    fix: "Bind the correlation id once, at the edge, and don't create another one below it.",
    example: 'A service creates its own correlation id for a request that already has one.',
    exception: 'None inside one causal tree. Work that starts over has its own trace and a link.',
  },
  orphan_effect: {
    severity: 'high',
    spoils: ['correlation'],
    fromAbove: true,
    title: 'Effect without a root',
    meaning:
      "A tool call or effect has no correlation id, and either its parent is missing or no agent or workflow is above it, so it can't be traced back to a request.",
    fix: 'Run the call below an agent, or inside onBehalfOf, which binds a correlation id. Carry the id across queues with carry() and resume().',
    fixElsewhere: "Make the call below the agent's span, or set attribution.correlation.id on its span.",
    fixWithoutParent:
      'Its parent is not in this input. Read all files of the trace together, sample whole traces, and propagate trace context to this service.',
    example: 'The connector gets a call without traceparent, so its mail is alone in a trace of one span.',
    exception:
      "A person's own call to a tool, without an agent: start it inside onBehalfOf, which binds a correlation id.",
  },
  context_divergence: {
    severity: 'critical',
    spoils: ['principal', 'intent', 'authority'],
    title: 'Two users in one span',
    meaning:
      'The context of the parent span and the context that was active when the span started name different principals.',
    fix: 'The instrumentation of this span keeps an old context, often that of connect(). Create the client for each request, or bind inside the call.',
    example: "An MCP client was connected during Kai's request. Its spans for Lea are still below Kai's.",
    exception: 'None.',
    live: 'only',
  },
  intent_changed: {
    severity: 'high',
    mergeable: true,
    spoils: ['intent'],
    spoilsBelow: true,
    title: 'The intent changed along the way',
    meaning: "The intent differs from that of the agent span above and doesn't say that it was derived from it.",
    fix: 'Set parentId of the new intent to the id of the intent that it was derived from.',
    fixElsewhere: 'Set attribution.intent.parent_id to the id of the intent that this one was derived from.',
    example: 'A sub-agent that was asked to summarize the report runs with the intent to mail it.',
    exception: 'An intent that was derived from the one above: its parentId says so.',
  },
  unverified_principal: {
    severity: 'medium',
    spoils: [],
    title: 'The principal is only claimed',
    meaning: 'The principal came from an unsigned carrier, or is less certain than policy requires.',
    fix: 'Authenticate the caller at the edge of this process, and bind the result with onBehalfOf.',
    fixElsewhere:
      'Authenticate the caller at the edge of this service, and set attribution.principal.id with attribution.principal.assurance = asserted.',
    example: 'A caller sends attribution.principal in baggage, and the service authenticated nobody.',
    exception: "A store that only this service writes to: resume(carrier, fn, { assurance: 'asserted' }).",
  },
  conflicting_identity: {
    severity: 'critical',
    spoils: ['principal', 'actor', 'context'],
    title: 'Two sources disagree on an identity',
    meaning: 'Two sources of one facet on this span name different identities.',
    fix: 'Find out which source is wrong. If both name the same party, such as a database id and an e-mail address, say so: bind the id that the other source uses, or give the policy aliases, a map in its file or a function in code: attribution({ policy: { aliases: (id) => emailById.get(id) ?? id } }).',
    fixElsewhere:
      'Find out which source is wrong. If both name the same party, such as a database id and an e-mail address, add them to aliases in the policy file.',
    example:
      "The binding says kai@contoso.com, but user.id on the span says lea@contoso.com. Or it says cm8x2k, Kai's id in the database that Langfuse got as userId: then every span has this finding until an alias says that the two are the same. Or user.id and enduser.id of one request differ, because an administrator works as a customer.",
    exception:
      "Two names of one party: aliases in the policy say that they're the same. The audit and the Collector know the map in a policy file, but no function.",
    live: 'also',
  },
  claim_contradicted: {
    severity: 'medium',
    spoils: [],
    title: 'A claim contradicts what is known',
    meaning: 'An unsigned claim names another identity than the one that this process asserts. The claim is not used.',
    fix: "Find out who sent it: a caller's baggage or a carrier names someone else. Authenticate at the edge, and let the outermost proxy remove attribution.* from baggage.",
    example:
      'The service authenticated kai@contoso.com, but the baggage of the request says that cfo@contoso.com asked.',
    exception: 'None. What the process asserts stands, and is not in doubt.',
    live: 'only',
  },
  edge_unbacked: {
    severity: 'high',
    spoils: ['principal', 'intent', 'authority'],
    title: 'The parent is not plausible',
    meaning:
      "The span continues another process's work by two ids in a header alone, and nothing in that process called it: its parent is no client or producer span, had ended, or had made its one call already. Nothing is inherited.",
    fix: 'Let the service that receives the request start a trace of its own for callers that it does not know, and check who sent this one. If the calls are your own, instrument the client that makes them.',
    example: "A caller sends the ids of a span of Kai's request in another service as its traceparent.",
    exception:
      'None. A client that retries makes a call for each try, or its first calls failed. A gateway that passes its own span on, a function invoked as an event, and a message are plausible parents.',
  },
  record_conflict: {
    severity: 'critical',
    spoils: FACETS,
    title: 'Two records of one span disagree',
    meaning:
      'A span was recorded twice, or one of its attributes was, and the two say different things about who asked, what acted, or how. The worse verdict of the two stands.',
    fix: 'Find out who writes the second record: a span is exported once, by the process that made it, and each attribute is set once. Keep other senders out of what you audit.',
    example:
      'One record of a span says that kai is the principal and the actor. A second one, with the same ids and more attributes, names another actor.',
    exception:
      "The same record delivered twice isn't reported, nor is a record of an open span that the record of the ended span repeats and completes.",
  },
  confusable_identity: {
    severity: 'high',
    spoils: ['principal', 'actor', 'context'],
    title: 'An identity that looks like another',
    meaning:
      'An identity mixes letters of alphabets that look alike, or two identities of one trace look the same but are different (UTS 39).',
    fix: 'Find out where the id with the foreign letters comes from. If both are the same party, add them to aliases in the policy.',
    example:
      'The principal is kai and the actor is k\u0430i, with a Cyrillic letter in the middle: to a reader they are one, to a rule they are two.',
    exception:
      'A name in one alphabet with an address in another, Japanese, Chinese and Korean with Latin letters, and ids in ASCII such as svc1 and svcl.',
  },
  attribution_rewritten: {
    severity: 'critical',
    spoils: FACETS,
    title: 'Attribution was overwritten',
    meaning:
      'Part of the attribution that was already on the span was replaced or removed: by the app before the span ended, or by other code after it was judged. attribution.rewritten names the parts. What was replaced after the judgement is restored.',
    fix: 'Remove the code that overwrites attribution.* attributes. Bind identities once, with onBehalfOf, asAgent and via.',
    example: 'A span processor that runs after ours sets attribution.principal.id again.',
    exception:
      "A first value that is set late is an addition and isn't reported. Where policy allows this finding, other code may write over the stamp, for example to redact it.",
    live: 'only',
  },
  carrier_invalid: {
    severity: 'high',
    spoils: [],
    title: 'A signed carrier was refused',
    meaning:
      'What came in was signed, but the signature is wrong, the carrier has expired, or it was made for another trace or audience. Nothing in it is used.',
    fix: 'Find out who sent it. If it is your own service, check its key in boundary.admit, both clocks, and the audience.',
    example: 'A caller sends the carrier of another request with its own traceparent.',
    exception: 'None. A carrier whose signer is not admitted is no error: its facets are only claimed.',
    live: 'only',
  },
  carrier_replayed: {
    severity: 'high',
    spoils: [],
    title: 'A signed carrier was used again',
    meaning:
      'The same signed carrier came in before, and now it comes in another trace or after its end. Nothing in it is used.',
    fix: 'Find out who sent it. If the carrier of a queue is resumed in several traces on purpose, make it with carry(), which is bound to its correlation id.',
    example: 'Whoever reads the headers of a request for kai@contoso.com sends them again an hour later.',
    exception: 'None. The same carrier often in one trace is fan-out or a retry, and is not reported.',
    live: 'only',
  },
  chain_spliced: {
    severity: 'critical',
    spoils: ['principal', 'actor', 'correlation'],
    title: 'Parts of two flows were put together',
    meaning:
      'The actors, the correlation id or the session of a token or carrier contradict what this process holds for the same work.',
    fix: 'Use the token and the carrier of one and the same request. If a token is exchanged, bind the new one in the place of the old one.',
    example:
      'The token says that planner acts for kai@contoso.com. The carrier of the same request says that payer does.',
    exception: 'None.',
    live: 'only',
  },
  stale_binding: {
    severity: 'high',
    spoils: ['principal', 'actor', 'context', 'intent', 'authority', 'decision'],
    title: 'Started after its binding had ended',
    meaning:
      'The span started after the bound function had settled, or in a context that belongs to other work, so nobody knows for whom it ran.',
    fix: 'Await the work inside onBehalfOf, or wrap the callback in bindAttribution(fn) where you hand it to a queue, pool or timer.',
    example:
      "A queue runs mia@contoso.com's job in the context of kai@contoso.com's request, which kept it busy and has already been answered.",
    exception:
      'Work that is meant to go on by itself: bind it again, with bindAttribution(fn) or with carry and resume.',
    verdict: 'unknown',
    live: 'only',
  },
  denied_but_executed: {
    severity: 'critical',
    spoils: [],
    title: 'Denied or left open, but done',
    meaning: 'Policy denied the action or left it open, but it was carried out successfully.',
    fix: 'Check the decision before the effect, for example with guard({ decision: true }, fn).',
    fixElsewhere: 'Check the decision before the effect, and stop if it is not allow.',
    example:
      'Policy mail-7 answers deny, but the mail is sent. Or another convention records it: the tool runs below an execute_authorization span whose outcome is deny.',
    exception:
      "A dry run (enforce: false): attribution.would_deny is on the span. Any other policy that is being tried out: record allow, and the trial's answer elsewhere. Trials of AgentCore (LOG_ONLY) and Tenuo (observe) are recognized. A request for approval isn't the action: make it inside action(name, { context, decision }, fn) under its own name, with a decision that allows asking.",
  },
  decision_late: {
    severity: 'high',
    spoils: ['decision'],
    title: 'Decided after the fact',
    meaning: 'The decision is dated after the start of the effect.',
    fix: 'Get the decision before the effect starts. If it did come first, check the clocks.',
    example: 'The approval is dated 10:00:05, but the mail was sent at 10:00:00.',
    exception: 'Clocks may differ by up to one second.',
  },
  authority_expired: {
    severity: 'high',
    spoils: ['authority'],
    title: 'The authority had expired',
    meaning: 'The grant had expired before the effect started.',
    fix: 'Renew the grant before acting, and refuse work whose grant has expired.',
    example: 'The grant expired on Friday, but the agent pays on Monday.',
    exception: 'None. Clocks may differ by up to one second here, too.',
  },
  scope_widened: {
    severity: 'high',
    spoils: ['authority'],
    title: 'The grant was widened along the way',
    meaning: 'The grant covers scopes that the grant of the agent span above, which it was derived from, does not.',
    fix: 'Exchange a token for one with the same scopes or fewer. If the work needs more, ask the principal for a new grant.',
    fixElsewhere:
      'Exchange a token for one with the same scopes or fewer, and state its own in attribution.authority.scopes.',
    example: 'The agent got a token with mail.read. The one that it exchanged it for says mail.read and mail.send.',
    exception: 'A grant of another type, or of another principal: it was not derived from the one above.',
    live: 'also',
  },
  token_passthrough: {
    severity: 'critical',
    spoils: ['context'],
    title: "The caller's token was passed on",
    meaning:
      'The effect used the very token that came in as its credential, or the token that came in was issued for another service.',
    fix: "Exchange the inbound token for one with the target's audience, and never forward it.",
    example: 'The bearer token of the inbound call is sent on to the mail API.',
    exception: 'None.',
    live: 'only',
  },
  decision_mismatch: {
    severity: 'critical',
    spoils: ['decision'],
    title: 'What was done is not what was decided',
    meaning:
      'The decision was made for another principal, actor, action or resource, or for other arguments, than what was done.',
    fix: 'Decide on the very call that is made: run it inside decide(point, request, fn), and pass the arguments that fn gets.',
    fixElsewhere: 'Ask again when an argument changes, and compare attribution.decision.binding with what is done.',
    example: 'An approval for a refund of 40 is stored. Two days later it is used for a refund of 4,000.',
    exception: 'None. A policy that changes the arguments answers modify, and decides on the changed ones.',
  },
  decision_unavailable: {
    severity: 'high',
    spoils: ['decision'],
    title: 'Done without an answer from policy',
    meaning:
      'The decision point did not answer, or lacked an input, and the action was done anyway, because onUnavailable is allow or enforcement is off.',
    fix: "Leave onUnavailable at its default, refuse, or make the decision point available where it's needed. attribution.decision.unevaluated says what failed.",
    example: 'The policy server is down. The mail is sent, because the call said onUnavailable: allow.',
    exception: 'None.',
  },
  confused_deputy: {
    severity: 'high',
    spoils: ['decision'],
    title: 'Allowed for the credential, not for the principal',
    meaning: 'Policy lets the agent or its credential do this, but not the principal on whose behalf it was done.',
    fix: "Ask for the principal too, and refuse what it may not do: decide(point, { ...request, alsoFor: 'principal' }, fn).",
    example: 'mia@contoso.com may not read salaries. She asks the assistant, whose account may.',
    exception: 'An approval for this act, by someone else: decision.approver names who gave it.',
  },
  self_approved: {
    severity: 'high',
    mergeable: true,
    spoils: ['decision'],
    title: 'Approved by whoever acted or asked',
    meaning:
      'The action was approved by the agent that carried it out, or, where policy asks for four eyes, by the principal who asked for it.',
    fix: 'Have someone else approve it, or let policy decide that no approval is required.',
    example:
      'report-assistant as approver of an action by report-assistant, or kai as approver of a refund that kai asked for.',
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

/** Whether a declaration on a span may allow it. */
export function isMergeable(code: FindingCode): boolean {
  return findingEntry(code).mergeable === true
}

/** Where a finding is to be fixed. */
export interface FixPlace {
  /** `telemetry.sdk.language` of the service. Undefined if it isn't known. */
  readonly language: string | undefined
  readonly isParentMissing: boolean
}

/** What to do about a finding there. */
export function fixOf(code: FindingCode, { language, isParentMissing }: FixPlace): string {
  const { fix, fixElsewhere = fix, fixWithoutParent } = findingEntry(code)
  if (isParentMissing && fixWithoutParent !== undefined) return fixWithoutParent
  return language === undefined || OURS.has(language) ? fix : fixElsewhere
}

/** The languages in which this package runs, as OpenTelemetry names them. */
const OURS: ReadonlySet<string> = new Set(['nodejs', 'webjs'])

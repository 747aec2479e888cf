/**
 * Every attribute and metric name that onbehalf writes. This is the only file that spells them.
 */
export const ATTR = {
  principal: {
    id: 'attribution.principal.id',
    type: 'attribution.principal.type',
    issuer: 'attribution.principal.issuer',
    assurance: 'attribution.principal.assurance',
    source: 'attribution.principal.source',
  },
  actor: {
    id: 'attribution.actor.id',
    name: 'attribution.actor.name',
    version: 'attribution.actor.version',
    issuer: 'attribution.actor.issuer',
    owner: 'attribution.actor.owner',
    chain: 'attribution.actor.chain',
    assurance: 'attribution.actor.assurance',
    source: 'attribution.actor.source',
  },
  context: {
    id: 'attribution.context.id',
    type: 'attribution.context.type',
    target: 'attribution.context.target',
    credentialId: 'attribution.context.credential.id',
    credentialType: 'attribution.context.credential.type',
    credentialSubject: 'attribution.context.credential.subject',
    assurance: 'attribution.context.assurance',
    source: 'attribution.context.source',
  },
  intent: {
    id: 'attribution.intent.id',
    summary: 'attribution.intent.summary',
    hash: 'attribution.intent.hash',
    purpose: 'attribution.intent.purpose',
    parentId: 'attribution.intent.parent_id',
    assurance: 'attribution.intent.assurance',
    source: 'attribution.intent.source',
  },
  authority: {
    id: 'attribution.authority.id',
    type: 'attribution.authority.type',
    scopes: 'attribution.authority.scopes',
    expiresAt: 'attribution.authority.expires_at',
    assurance: 'attribution.authority.assurance',
    source: 'attribution.authority.source',
  },
  decision: {
    outcome: 'attribution.decision.outcome',
    policyId: 'attribution.decision.policy.id',
    policyVersion: 'attribution.decision.policy.version',
    approverId: 'attribution.decision.approver.id',
    at: 'attribution.decision.at',
    binding: 'attribution.decision.binding',
    principalAllowed: 'attribution.decision.principal_allowed',
    unevaluated: 'attribution.decision.unevaluated',
    assurance: 'attribution.decision.assurance',
    source: 'attribution.decision.source',
  },
  action: {
    binding: 'attribution.action.binding',
  },
  wouldDeny: 'attribution.would_deny',
  outcome: 'attribution.outcome',
  resourceId: 'attribution.resource.id',
  correlation: {
    id: 'attribution.correlation.id',
    assurance: 'attribution.correlation.assurance',
    source: 'attribution.correlation.source',
  },
  declaration: {
    type: 'attribution.declaration.type',
    owner: 'attribution.declaration.owner',
    trigger: 'attribution.declaration.trigger',
    merges: 'attribution.declaration.merges',
    assurance: 'attribution.declaration.assurance',
    source: 'attribution.declaration.source',
  },
  span: {
    kind: 'attribution.span.kind',
    dialect: 'attribution.span.dialect',
  },
  verdict: 'attribution.verdict',
  complete: 'attribution.complete',
  findings: 'attribution.findings',
  /** What a declaration or policy allowed, so that a verdict which rests on it still shows why. */
  allowed: 'attribution.allowed',
  /** What was replaced on the span, by name. */
  rewritten: 'attribution.rewritten',
  /** Followed by a finding's code. Opt-in, for stores that can't search inside an array. */
  findingPrefix: 'attribution.finding.',
  judge: 'attribution.judge',
} as const

/** What only a judge says of a span, besides its kind. */
export const JUDGEMENT_NAMES: readonly string[] = [
  ATTR.span.dialect,
  ATTR.wouldDeny,
  ATTR.outcome,
  ATTR.verdict,
  ATTR.complete,
  ATTR.findings,
  ATTR.allowed,
  ATTR.rewritten,
  ATTR.judge,
]

/** Where a facet says how sure it is, and where it came from. */
export interface SurenessNames {
  readonly assurance: string
  readonly source: string
}

/** Those of every facet. */
export const SURENESS: readonly SurenessNames[] = Object.values(ATTR).flatMap((names) =>
  typeof names === 'object' && 'assurance' in names ? [names] : [],
)

/**
 * Writes each attribute of a stamp under its name. Every name is spelled out again here, because V8 keeps an object of
 * more than about 16 properties fast only if their names are constants in the code.
 */
const SETTERS: { readonly [N in Stamped]: (to: { [Name in N]?: unknown }, value: unknown) => unknown } = {
  [ATTR.principal.id]: (to, value) => (to['attribution.principal.id'] = value),
  [ATTR.principal.type]: (to, value) => (to['attribution.principal.type'] = value),
  [ATTR.principal.issuer]: (to, value) => (to['attribution.principal.issuer'] = value),
  [ATTR.principal.assurance]: (to, value) => (to['attribution.principal.assurance'] = value),
  [ATTR.principal.source]: (to, value) => (to['attribution.principal.source'] = value),
  [ATTR.actor.id]: (to, value) => (to['attribution.actor.id'] = value),
  [ATTR.actor.name]: (to, value) => (to['attribution.actor.name'] = value),
  [ATTR.actor.version]: (to, value) => (to['attribution.actor.version'] = value),
  [ATTR.actor.issuer]: (to, value) => (to['attribution.actor.issuer'] = value),
  [ATTR.actor.owner]: (to, value) => (to['attribution.actor.owner'] = value),
  [ATTR.actor.chain]: (to, value) => (to['attribution.actor.chain'] = value),
  [ATTR.actor.assurance]: (to, value) => (to['attribution.actor.assurance'] = value),
  [ATTR.actor.source]: (to, value) => (to['attribution.actor.source'] = value),
  [ATTR.context.id]: (to, value) => (to['attribution.context.id'] = value),
  [ATTR.context.type]: (to, value) => (to['attribution.context.type'] = value),
  [ATTR.context.target]: (to, value) => (to['attribution.context.target'] = value),
  [ATTR.context.credentialId]: (to, value) => (to['attribution.context.credential.id'] = value),
  [ATTR.context.credentialType]: (to, value) => (to['attribution.context.credential.type'] = value),
  [ATTR.context.credentialSubject]: (to, value) => (to['attribution.context.credential.subject'] = value),
  [ATTR.context.assurance]: (to, value) => (to['attribution.context.assurance'] = value),
  [ATTR.context.source]: (to, value) => (to['attribution.context.source'] = value),
  [ATTR.intent.id]: (to, value) => (to['attribution.intent.id'] = value),
  [ATTR.intent.summary]: (to, value) => (to['attribution.intent.summary'] = value),
  [ATTR.intent.hash]: (to, value) => (to['attribution.intent.hash'] = value),
  [ATTR.intent.purpose]: (to, value) => (to['attribution.intent.purpose'] = value),
  [ATTR.intent.parentId]: (to, value) => (to['attribution.intent.parent_id'] = value),
  [ATTR.intent.assurance]: (to, value) => (to['attribution.intent.assurance'] = value),
  [ATTR.intent.source]: (to, value) => (to['attribution.intent.source'] = value),
  [ATTR.authority.id]: (to, value) => (to['attribution.authority.id'] = value),
  [ATTR.authority.type]: (to, value) => (to['attribution.authority.type'] = value),
  [ATTR.authority.scopes]: (to, value) => (to['attribution.authority.scopes'] = value),
  [ATTR.authority.expiresAt]: (to, value) => (to['attribution.authority.expires_at'] = value),
  [ATTR.authority.assurance]: (to, value) => (to['attribution.authority.assurance'] = value),
  [ATTR.authority.source]: (to, value) => (to['attribution.authority.source'] = value),
  [ATTR.decision.outcome]: (to, value) => (to['attribution.decision.outcome'] = value),
  [ATTR.decision.policyId]: (to, value) => (to['attribution.decision.policy.id'] = value),
  [ATTR.decision.policyVersion]: (to, value) => (to['attribution.decision.policy.version'] = value),
  [ATTR.decision.approverId]: (to, value) => (to['attribution.decision.approver.id'] = value),
  [ATTR.decision.at]: (to, value) => (to['attribution.decision.at'] = value),
  [ATTR.decision.binding]: (to, value) => (to['attribution.decision.binding'] = value),
  [ATTR.decision.principalAllowed]: (to, value) => (to['attribution.decision.principal_allowed'] = value),
  [ATTR.decision.unevaluated]: (to, value) => (to['attribution.decision.unevaluated'] = value),
  [ATTR.decision.assurance]: (to, value) => (to['attribution.decision.assurance'] = value),
  [ATTR.decision.source]: (to, value) => (to['attribution.decision.source'] = value),
  [ATTR.action.binding]: (to, value) => (to['attribution.action.binding'] = value),
  [ATTR.wouldDeny]: (to, value) => (to['attribution.would_deny'] = value),
  [ATTR.outcome]: (to, value) => (to['attribution.outcome'] = value),
  [ATTR.correlation.id]: (to, value) => (to['attribution.correlation.id'] = value),
  [ATTR.correlation.assurance]: (to, value) => (to['attribution.correlation.assurance'] = value),
  [ATTR.correlation.source]: (to, value) => (to['attribution.correlation.source'] = value),
  [ATTR.declaration.type]: (to, value) => (to['attribution.declaration.type'] = value),
  [ATTR.declaration.owner]: (to, value) => (to['attribution.declaration.owner'] = value),
  [ATTR.declaration.trigger]: (to, value) => (to['attribution.declaration.trigger'] = value),
  [ATTR.declaration.merges]: (to, value) => (to['attribution.declaration.merges'] = value),
  [ATTR.declaration.assurance]: (to, value) => (to['attribution.declaration.assurance'] = value),
  [ATTR.declaration.source]: (to, value) => (to['attribution.declaration.source'] = value),
  [ATTR.span.kind]: (to, value) => (to['attribution.span.kind'] = value),
  [ATTR.span.dialect]: (to, value) => (to['attribution.span.dialect'] = value),
  [ATTR.verdict]: (to, value) => (to['attribution.verdict'] = value),
  [ATTR.complete]: (to, value) => (to['attribution.complete'] = value),
  [ATTR.findings]: (to, value) => (to['attribution.findings'] = value),
  [ATTR.allowed]: (to, value) => (to['attribution.allowed'] = value),
  [ATTR.rewritten]: (to, value) => (to['attribution.rewritten'] = value),
  [ATTR.judge]: (to, value) => (to['attribution.judge'] = value),
}

/**
 * Sets an attribute of a span. Ours are set in a way that keeps the span's attributes fast to read, all others by plain
 * assignment.
 */
export function setAttribute(attributes: Record<string, unknown>, name: string, value: unknown): void {
  const set = SETTER_OF.get(name)
  if (set === undefined) attributes[name] = value
  else set(attributes, value)
}

type Stamped = Exclude<NamesIn<typeof ATTR>, typeof ATTR.findingPrefix | typeof ATTR.resourceId>
type NamesIn<T> = T extends string ? T : { [K in keyof T]: NamesIn<T[K]> }[keyof T]

const SETTER_OF: ReadonlyMap<string, (to: Record<string, unknown>, value: unknown) => unknown> = new Map(
  Object.entries(SETTERS),
)

/** The event that shows one finding on its span. Opt-in. */
export const FINDING_EVENT = {
  name: 'attribution.finding',
  code: 'attribution.finding.code',
  severity: 'attribution.finding.severity',
  title: 'attribution.finding.title',
} as const

/** Jaeger's own attribute: a list of texts that it shows as a span's warnings. */
export const JAEGER_WARNINGS = '@jaeger@warnings'

/** The entry of W3C baggage, of MCP's `_meta` and of what `carry` returns that holds a signed carrier. */
export const CARRIER = 'attribution'

/** The prefix of all our attribute names. */
export const ATTR_PREFIX = 'attribution.'

/** The prefix of what the Collector notes on a span while judging it. It removes these before export. */
export const SCRATCH_PREFIX = 'attribution.tmp.'

export const METRIC = {
  spans: 'attribution.spans',
  findings: 'attribution.findings',
  faults: 'attribution.faults',
  refusals: 'attribution.refusals',
} as const

/** The Collector's counts of its own verdicts. They have names of their own, so that nothing is counted twice. */
export const COLLECTOR_METRIC = {
  spans: 'attribution.collector.spans',
  findings: 'attribution.collector.findings',
} as const

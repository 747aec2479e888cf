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
  },
  decision: {
    outcome: 'attribution.decision.outcome',
    policyId: 'attribution.decision.policy.id',
    policyVersion: 'attribution.decision.policy.version',
    approverId: 'attribution.decision.approver.id',
    at: 'attribution.decision.at',
  },
  outcome: 'attribution.outcome',
  resourceId: 'attribution.resource.id',
  correlationId: 'attribution.correlation.id',
  declaration: {
    type: 'attribution.declaration.type',
    owner: 'attribution.declaration.owner',
    trigger: 'attribution.declaration.trigger',
    merges: 'attribution.declaration.merges',
  },
  span: {
    kind: 'attribution.span.kind',
    dialect: 'attribution.span.dialect',
  },
  verdict: 'attribution.verdict',
  complete: 'attribution.complete',
  findings: 'attribution.findings',
  /** Followed by a finding's code; opt-in, for stores that cannot search inside an array. */
  findingPrefix: 'attribution.finding.',
  judge: 'attribution.judge',
} as const

/** What every name of ours begins with. */
export const ATTR_PREFIX = 'attribution.'

/** What the Collector notes on a span while it judges it, and takes off before it exports it. */
export const SCRATCH_PREFIX = 'attribution.tmp.'

export const METRIC = {
  spans: 'attribution.spans',
  findings: 'attribution.findings',
  faults: 'attribution.faults',
} as const

/** What the Collector counts of its own verdicts: names of its own, so that nothing is counted twice. */
export const COLLECTOR_METRIC = {
  spans: 'attribution.collector.spans',
  findings: 'attribution.collector.findings',
} as const

import {
  ASSURANCES,
  ASSURED_FACETS,
  AUTHORITY_TYPES,
  CONTEXT_TYPES,
  CREDENTIAL_TYPES,
  DECISION_OUTCOMES,
  DECLARATION_TYPES,
  OUTCOMES,
  PRINCIPAL_TYPES,
  SPAN_KINDS,
  VERDICTS,
} from '../../src/model/attribution.ts'
import { ATTR } from '../../src/model/names.ts'

/** Every attribute that onbehalf writes, each with what it holds. Throws where one is not described. */
export function attributePage(): string {
  const names = leavesOf(ATTR)
  const undescribed = names.filter((name) => !MEANING.has(name))
  if (undescribed.length > 0) throw new Error(`no description of ${undescribed.join(', ')}`)
  const rows = names.map(
    (name) => `| \`${name === ATTR.findingPrefix ? `${name}<code>` : name}\` | ${MEANING.get(name)} |`,
  )
  return `# Attributes

What stands on a span. Values are strings unless it says otherwise. Some stores give an array back as its JSON text:
readers accept both.

| attribute | value |
|---|---|
${rows.join('\n')}

How sure a facet is: \`verified\` (a signature or token was checked here), \`asserted\` (this process's code said so),
\`claimed\` (unsigned, from outside), \`inferred\` (read off a dialect, an ancestor's dialect or the resource). The source of
a facet stands only where it is not the usual one of its assurance.

Standard attributes (\`user.id\`, \`gen_ai.agent.*\`, \`gen_ai.conversation.id\`) are read and never overwritten.
`
}

type Tree = { readonly [key: string]: string | Tree }

function leavesOf(tree: Tree): readonly string[] {
  return Object.values(tree).flatMap((value) => (typeof value === 'string' ? [value] : leavesOf(value)))
}

function oneOf(values: readonly string[]): string {
  return values.map((value) => `\`${value}\``).join(' ')
}

const ASSURED = ASSURED_FACETS.flatMap((facet): [string, string][] => [
  [ATTR[facet].assurance, `how sure the ${facet} is: ${oneOf(ASSURANCES)}`],
  [ATTR[facet].source, `where the ${facet} was found, for example \`resource\` or \`ambient\``],
])

const MEANING: ReadonlyMap<string, string> = new Map([
  ...ASSURED,
  [ATTR.principal.id, 'who requested, approved or benefits'],
  [ATTR.principal.type, oneOf(PRINCIPAL_TYPES)],
  [ATTR.principal.issuer, 'the namespace in which the id is unique, for example an OpenID issuer'],
  [ATTR.actor.id, 'what decided and executed'],
  [ATTR.actor.name, 'its name, where it has no id or another one'],
  [ATTR.actor.version, 'its version'],
  [ATTR.actor.issuer, 'the namespace in which the id is unique'],
  [ATTR.actor.chain, 'string array: the first actor first, the one of this span last'],
  [ATTR.context.id, 'through which connector, API client or credential it was done'],
  [ATTR.context.type, oneOf(CONTEXT_TYPES)],
  [ATTR.context.target, 'what it was done to, for example a host or a table'],
  [ATTR.context.credentialId, 'a fingerprint or key id, never the secret'],
  [ATTR.context.credentialType, oneOf(CREDENTIAL_TYPES)],
  [ATTR.context.credentialSubject, 'whom the credential logs in as'],
  [ATTR.intent.id, 'names the intent'],
  [ATTR.intent.summary, 'what was asked for, in words'],
  [ATTR.intent.hash, '`sha-256:` and base64url over the JCS form (RFC 8785) of `{id, summary, purpose}`'],
  [ATTR.intent.purpose, 'a purpose code'],
  [ATTR.intent.parentId, 'the intent that this one was derived from'],
  [ATTR.authority.id, 'the grant under which it was done'],
  [ATTR.authority.type, oneOf(AUTHORITY_TYPES)],
  [ATTR.authority.scopes, 'string array: what the grant covers'],
  [ATTR.authority.expiresAt, 'ISO 8601'],
  [
    ATTR.decision.outcome,
    `what policy said: ${oneOf(DECISION_OUTCOMES)}; \`escalate\` is open while it has no approver`,
  ],
  [ATTR.decision.policyId, 'the policy that decided'],
  [ATTR.decision.policyVersion, 'its version'],
  [ATTR.decision.approverId, 'who approved'],
  [ATTR.decision.at, 'ISO 8601'],
  [ATTR.outcome, `${oneOf(OUTCOMES)}; absent: span status ERROR reads as failure, anything else as success`],
  [ATTR.resourceId, 'what was touched'],
  [ATTR.correlationId, 'one id for the whole workflow, over processes, queues, days and traces'],
  [ATTR.declaration.type, `a stated merge or autonomous run: ${oneOf(DECLARATION_TYPES)}`],
  [ATTR.declaration.owner, 'who answers for it'],
  [ATTR.declaration.trigger, 'what set it off'],
  [ATTR.declaration.merges, 'string array: the finding codes that it allows'],
  [ATTR.span.kind, oneOf(SPAN_KINDS)],
  [ATTR.span.dialect, 'the naming convention by which the span was recognized'],
  [ATTR.verdict, oneOf(VERDICTS)],
  [ATTR.complete, 'boolean: everything that policy requires of this kind is there'],
  [ATTR.findings, 'string array, sorted: see [findings](findings/README.md)'],
  [ATTR.findingPrefix, '`true`, one for each finding; opt-in, for stores that cannot search inside an array'],
  [ATTR.judge, '`onbehalf/<version> <policy digest>`, or `onbehalf-collector/…` where the Collector judged'],
])

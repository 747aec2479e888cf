import { ATTR_DB_NAMESPACE, ATTR_SERVER_ADDRESS } from '@opentelemetry/semantic-conventions'
import type { AgentSpanKind, ContextType, Credential, ExecutionContext } from '../model/attribution.ts'
import type { SpanShape } from '../model/span.ts'
import { isAtLeast } from '../policy/policy.ts'
import { isTentative } from './actor-chain.ts'
import type { Facts } from '../recognize/facts.ts'
import { EXECUTION } from './lineage.ts'
import type { Binding, Execution, Sourced, Lineage } from './lineage.ts'
import { factOf, listOf, present } from '../base/attribute-value.ts'
import type { Stated } from './stated.ts'

interface Act {
  readonly span: SpanShape
  readonly binding: Binding | undefined
  readonly execution: Execution | undefined
  readonly lineage: Lineage
  readonly facts: Facts
  readonly kind: AgentSpanKind | undefined
  readonly tool: string | undefined
  readonly stated: Stated
  readonly resource: Stated
}

/**
 * What an act was done through: what the span states or the process bound. For a tool or effect, else what the nearest
 * tool above says, then the resource, then a name on the span, which is inferred. If an effect names nothing at all, it
 * is the client that recorded it.
 */
export function heldContext(act: Act): Sourced<ExecutionContext> | undefined {
  const { binding, execution, lineage, stated, kind, resource } = act
  const own = stated.context
  const bound = binding?.bound.context
  const inside = execution?.context
  // What most spans come to.
  if (inside === undefined && own === undefined && bound?.id !== undefined)
    return { value: bound, assurance: 'asserted' }
  const direct: Sourced<ExecutionContext>[] = []
  const isClaim = own?.assurance === 'claimed'
  const above = kind === 'tool' || kind === 'effect' ? lineage.tool?.context : undefined
  const isSurer =
    isClaim && (inside !== undefined || bound !== undefined || isAtLeast(above?.assurance ?? 'claimed', 'asserted'))
  if (own !== undefined && !isSurer) direct.push(...(isTentative(stated, own) ? credentialIn(own) : [own]))
  if (inside !== undefined) direct.push({ value: inside, assurance: 'asserted', source: EXECUTION })
  if (bound !== undefined) direct.push({ value: bound, assurance: 'asserted' })
  if (kind !== 'tool' && kind !== 'effect') return firstNamed(direct)
  if (above !== undefined) direct.push(...(above.assurance === 'inferred' ? credentialIn(above) : [above]))
  const stable = firstNamed([...direct, ...resourceContext(resource)])
  if (stable?.value.id !== undefined) return stable
  const inferred = inferredContext(act) ?? withName(above) ?? withName(own) ?? clientOf(act)
  return firstNamed([...(stable === undefined ? [] : [stable]), ...(inferred === undefined ? [] : [inferred])])
}

/** A credential that was stated beside an inferred name. One on the resource is read there. */
function credentialIn({ value, assurance, source }: Sourced<ExecutionContext>): readonly Sourced<ExecutionContext>[] {
  const { credential } = value
  return credential === undefined || source === 'resource' ? [] : [{ value: { credential }, assurance }]
}

/** A name on the span: good enough to tell where an act went, too weak for any identity rule. */
function inferredContext({ span, facts, kind, tool }: Act): Sourced<ExecutionContext> | undefined {
  const server = facts.mcpServer
  if (server !== undefined) return inferred({ id: server, type: 'mcp_server' })
  if (kind === 'tool' && tool !== undefined) return inferred({ id: tool })
  for (const { key, type, form } of CONTEXT_NAMES) {
    const value = span.attributes[key]
    const id = value === undefined ? undefined : CONTEXT_FORMS[form ?? 'text'](value)
    if (id !== undefined) return inferred({ id, type })
  }
  return undefined
}

function withName(held: Sourced<ExecutionContext> | undefined): Sourced<ExecutionContext> | undefined {
  return held?.value.id === undefined ? undefined : held
}

function clientOf({ span, kind }: Act): Sourced<ExecutionContext> | undefined {
  const id = kind === 'effect' ? factOf(span.instrumentationScope.name) : undefined
  return id === undefined ? undefined : inferred({ id })
}

interface ContextName {
  readonly key: string
  readonly type: ContextType
  /** Default: text. */
  readonly form?: 'url' | 'list'
}

/** The forms of a name under its key. */
const CONTEXT_FORMS: Readonly<Record<'text' | 'url' | 'list', (value: unknown) => string | undefined>> = {
  text: factOf,
  url: (value) => factOf(factOf(value)?.match(HOST_IN_URL)?.[1]),
  list: (value) => factOf(listOf(value)?.[0]),
}

/** RE2 supports it. */
export const HOST_IN_URL = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/(?:[^/?#]*@)?(\[[^\]]*\]|[^/?#:@]+)/u

/**
 * Where an act went. First the names that most clients write, the stable ones before the older ones. Then what a single
 * client's conventions call its queue, table, bucket or service. Then a bare address, and finally the kind of system.
 */
export const CONTEXT_NAMES: readonly ContextName[] = [
  { key: ATTR_DB_NAMESPACE, type: 'database' },
  { key: 'messaging.destination.name', type: 'queue' },
  { key: ATTR_SERVER_ADDRESS, type: 'api' },
  { key: 'db.name', type: 'database' },
  { key: 'messaging.destination', type: 'queue' },
  { key: 'net.peer.name', type: 'api' },
  { key: 'http.host', type: 'api' },
  { key: 'peer.service', type: 'api' },
  { key: 'bullmq.queue.name', type: 'queue' },
  { key: 'messaging.bullmq.queue.name', type: 'queue' },
  { key: 'aws.sns.topic.arn', type: 'queue' },
  { key: 'aws.sqs.queue.url', type: 'queue' },
  { key: 'aws.queue.name', type: 'queue' },
  { key: 'aws.queue.url', type: 'queue' },
  { key: 'aws.queue_url', type: 'queue' },
  { key: 'messaging.url', type: 'queue' },
  { key: 'aws.kinesis.stream_name', type: 'queue' },
  { key: 'aws.stream.name', type: 'queue' },
  { key: 'messaging.rabbitmq.destination.routing_key', type: 'queue' },
  { key: 'messaging.rabbitmq.routing_key', type: 'queue' },
  { key: 'message_bus.destination', type: 'queue' },
  { key: 'aws.dynamodb.table_names', type: 'database', form: 'list' },
  { key: 'aws.table.name', type: 'database' },
  { key: 'aws.table_name', type: 'database' },
  { key: 'db.collection.name', type: 'database' },
  { key: 'db.mongodb.collection', type: 'database' },
  { key: 'db.cosmosdb.container', type: 'database' },
  { key: 'db.cassandra.table', type: 'database' },
  { key: 'db.sql.table', type: 'database' },
  { key: 'db.elasticsearch.cluster.name', type: 'database' },
  { key: 'aws.s3.bucket', type: 'api' },
  { key: 'aws.bucket.name', type: 'api' },
  { key: 'gcp.gcs.bucket', type: 'api' },
  { key: 'faas.invoked_name', type: 'api' },
  { key: 'aws.lambda.function.name', type: 'api' },
  { key: 'aws.lambda.invoked_arn', type: 'api' },
  { key: 'aws.step_functions.state_machine.arn', type: 'api' },
  { key: 'aws.secretsmanager.secret.arn', type: 'api' },
  { key: 'url.full', type: 'api', form: 'url' },
  { key: 'http.url', type: 'api', form: 'url' },
  { key: 'rpc.service', type: 'api' },
  { key: 'aws.remote.service', type: 'api' },
  { key: 'gcp.client.service', type: 'api' },
  { key: 'azure.resource_provider.namespace', type: 'api' },
  { key: 'az.namespace', type: 'api' },
  { key: 'net.sock.peer.name', type: 'api' },
  { key: 'network.peer.address', type: 'api' },
  { key: 'net.sock.peer.addr', type: 'api' },
  { key: 'net.peer.ip', type: 'api' },
  { key: 'peer.hostname', type: 'api' },
  { key: 'peer.address', type: 'api' },
  { key: 'db.system.name', type: 'database' },
  { key: 'db.system', type: 'database' },
  { key: 'messaging.system', type: 'queue' },
]

/**
 * The first one with an id, together with the credential and the target that an earlier one states without an id. What
 * is less sure than the id completes nothing: it would pass for as sure.
 */
function firstNamed(held: readonly Sourced<ExecutionContext>[]): Sourced<ExecutionContext> | undefined {
  const at = held.findIndex(({ value }) => value.id !== undefined)
  const named = held[at]
  if (named === undefined) return held[0]
  if (at === 0) return named
  const before = held.slice(0, at).filter(({ assurance }) => isAtLeast(assurance, named.assurance))
  const credential = [...before, named].find(({ value }) => value.credential !== undefined)?.value.credential
  const target = named.value.target ?? before.find(({ value }) => value.target !== undefined)?.value.target
  return withMore(named, credential, target)
}

function withMore(
  held: Sourced<ExecutionContext>,
  credential: Credential | undefined,
  target: string | undefined,
): Sourced<ExecutionContext> {
  const { value, assurance } = held
  if (value.credential === credential && value.target === target) return held
  // It no longer has a single source.
  return { value: { ...value, ...present('credential', credential), ...present('target', target) }, assurance }
}

function resourceContext({ context }: Stated): readonly Sourced<ExecutionContext>[] {
  return context === undefined ? [] : [{ value: context.value, assurance: 'inferred', source: 'resource' }]
}

function inferred(value: ExecutionContext): Sourced<ExecutionContext> {
  return { value, assurance: 'inferred' }
}

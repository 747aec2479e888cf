import { ATTR_DB_NAMESPACE, ATTR_SERVER_ADDRESS } from '@opentelemetry/semantic-conventions'
import type { AgentSpanKind, Credential, ExecutionContext } from '../model/attribution.ts'
import type { SpanShape } from '../model/span.ts'
import { isWeak } from './actor-line.ts'
import { mcpServerOf } from './dialect-facts.ts'
import type { Binding, Held, Lineage } from './lineage.ts'
import { textOf } from './stated.ts'
import type { Stated } from './stated.ts'

interface Place {
  readonly span: SpanShape
  readonly binding?: Binding | undefined
  readonly lineage: Lineage
}

interface Act {
  readonly kind: AgentSpanKind | undefined
  readonly tool: string | undefined
  readonly stated: Stated
  readonly resource: Stated
}

/**
 * Through what an act was done: what the span states or the process bound; for a tool or effect else what the nearest
 * tool above says, then the resource, then a name that the span bears, which is inferred.
 */
export function heldContext(place: Place, act: Act): Held<ExecutionContext> | undefined {
  const { span, binding, lineage } = place
  const { stated, kind, resource } = act
  const own = stated.context
  const bound = binding?.bound.context
  // What most spans come to.
  if (own === undefined && bound?.id !== undefined) return { value: bound, assurance: 'asserted' }
  const direct: Held<ExecutionContext>[] = []
  if (own !== undefined) direct.push(...(isWeak(stated, own) ? credentialIn(own) : [own]))
  if (bound !== undefined) direct.push({ value: bound, assurance: 'asserted' })
  if (kind !== 'tool' && kind !== 'effect') return firstNamed(direct)
  const above = lineage.tool?.context
  if (above !== undefined) direct.push(...(above.assurance === 'inferred' ? credentialIn(above) : [above]))
  const stable = firstNamed([...direct, ...resourceContext(resource)])
  if (stable?.value.id !== undefined) return stable
  const inferred = inferredContext(span, act) ?? (own?.value.id === undefined ? above : own)
  return firstNamed([...(stable === undefined ? [] : [stable]), ...(inferred === undefined ? [] : [inferred])])
}

/** A credential that was stated beside a name that is merely inferred; one of the resource is read there. */
function credentialIn({ value, assurance, source }: Held<ExecutionContext>): readonly Held<ExecutionContext>[] {
  const { credential } = value
  return credential === undefined || source === 'resource' ? [] : [{ value: { credential }, assurance }]
}

/** A name that stands on the span: good enough to tell where an act went, too weak for any rule on identities. */
function inferredContext(span: SpanShape, { kind, tool }: Act): Held<ExecutionContext> | undefined {
  const server = mcpServerOf(span)
  if (server !== undefined) return inferred({ id: server, type: 'mcp_server' })
  if (kind === 'tool' && tool !== undefined) return inferred({ id: tool })
  for (const { key, type } of CONTEXT_NAMES) {
    const id = textOf(span.attributes[key])
    if (id !== undefined) return inferred({ id, type })
  }
  return undefined
}

/** Stable names first; the others are what older instrumentations still write. */
export const CONTEXT_NAMES = [
  { key: ATTR_DB_NAMESPACE, type: 'database' },
  { key: 'messaging.destination.name', type: 'queue' },
  { key: ATTR_SERVER_ADDRESS, type: 'api' },
  { key: 'db.name', type: 'database' },
  { key: 'messaging.destination', type: 'queue' },
  { key: 'net.peer.name', type: 'api' },
  { key: 'http.host', type: 'api' },
  { key: 'peer.service', type: 'api' },
] as const

/** The first that has an id; a credential that an earlier one states alone goes with it. */
function firstNamed(held: readonly Held<ExecutionContext>[]): Held<ExecutionContext> | undefined {
  let credential: Credential | undefined
  for (const candidate of held) {
    credential ??= candidate.value.credential
    if (candidate.value.id !== undefined)
      return credential === undefined ? candidate : withCredential(candidate, credential)
  }
  return held[0]
}

function withCredential(held: Held<ExecutionContext>, credential: Credential): Held<ExecutionContext> {
  if (held.value.credential === credential) return held
  // No longer of one source.
  return { value: { ...held.value, credential }, assurance: held.assurance }
}

function resourceContext({ context }: Stated): readonly Held<ExecutionContext>[] {
  return context === undefined ? [] : [{ value: context.value, assurance: 'inferred', source: 'resource' }]
}

function inferred(value: ExecutionContext): Held<ExecutionContext> {
  return { value, assurance: 'inferred' }
}

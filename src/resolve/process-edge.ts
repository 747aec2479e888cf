import { ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions'
import type { Assurance } from '../model/attribution.ts'
import { factOf } from '../base/attribute-value.ts'
import { SKEW_MS } from '../base/iso-time.ts'
import { canonicalId } from '../identity/identity.ts'
import { endMillis, SPAN_KIND, startMillis, STATUS } from '../model/span.ts'
import type { SpanShape } from '../model/span.ts'
import type { Policy } from '../policy/policy.ts'
import { lineageFrom } from './lineage.ts'
import type { ActorChain, Lineage, RecognizedAbove, Sourced, ToolAbove } from './lineage.ts'

/** The source of what came over a process edge: trace context is an unsigned header. */
export const TRACE = 'trace'

/** What comes over the process edges of one recorded trace. Ask for each span once, in the order of their starts. */
export class ProcessEdges {
  readonly #trusted: Policy['boundary']['trust']
  /** The last server span below each client span. */
  readonly #answers = new Map<SpanShape, SpanShape>()

  constructor({ boundary }: Policy) {
    this.#trusted = boundary.trust
  }

  /** What a span gets from its parent, which hands down `below`. */
  inherited(span: SpanShape, parent: SpanShape, below: Lineage): Lineage {
    if (!isProcessEdge(span, parent)) return below
    if (!this.#isBacked(span, parent)) return { ...lineageFrom('elsewhere'), isUnbacked: true }
    return this.#isTrusted(parent) ? below : overEdge(below)
  }

  #isTrusted({ resource }: SpanShape): boolean {
    const service = factOf(resource.attributes[ATTR_SERVICE_NAME])
    return service !== undefined && this.#trusted.has(canonicalId(service))
  }

  /** Whether the parent really called out: once, unless it failed before, and while the span ran. */
  #isBacked(span: SpanShape, parent: SpanShape): boolean {
    if (parent.kind === SPAN_KIND.producer) return !isBefore(span, parent)
    if (parent.kind !== SPAN_KIND.client || isBefore(span, parent) || isBefore(parent, span)) return false
    if (span.kind !== SPAN_KIND.server) return true
    const earlier = this.#answers.get(parent)
    this.#answers.set(parent, span)
    return earlier === undefined || wasTriedAgain(earlier, parent)
  }
}

/** Whether the one span had ended before the other began, by more than the skew of clocks. Unknown times prove nothing. */
function isBefore(span: SpanShape, other: SpanShape): boolean {
  const [end, start] = [endMillis(span), startMillis(other)]
  return end !== undefined && start > 0 && end + SKEW_MS < start
}

/** Redirects, challenges, overload and failures: the same call is made again. */
function wasTriedAgain(answer: SpanShape, call: SpanShape): boolean {
  if (answer.status.code === STATUS.error) return true
  if (RESENT.some((key) => Number(call.attributes[key]) > 0)) return true
  return STATUS_CODES.some((key) => Number(answer.attributes[key]) >= 300)
}

const RESENT = ['http.request.resend_count', 'http.resend_count'] as const
const STATUS_CODES = ['http.response.status_code', 'http.status_code'] as const

/**
 * Whether the parent belongs to another process, or named itself in a header: then nothing but two ids says that the
 * span continues its work. A span that is known to have a local parent has none of that.
 */
function isProcessEdge(span: SpanShape, parent: SpanShape): boolean {
  const isRemote = span.parentSpanContext?.isRemote
  return isRemote ?? !isSameProcess(span.resource.attributes, parent.resource.attributes)
}

/** Attributes of a resource that name the process. A value that only one side states says nothing about the other. */
const PROCESS_KEYS = [
  'service.name',
  'service.namespace',
  'service.instance.id',
  'process.pid',
  'host.name',
  'host.id',
  'container.id',
  'k8s.pod.uid',
  'k8s.pod.name',
] as const

function isSameProcess(a: SpanShape['attributes'], b: SpanShape['attributes']): boolean {
  if (a === b) return true
  return PROCESS_KEYS.every((key) => {
    if (a[key] === b[key]) return true
    const [one, other] = [nameIn(a[key]), nameIn(b[key])]
    return one === undefined || other === undefined || one === other
  })
}

/** A process id is a number. */
function nameIn(value: unknown): string | undefined {
  return typeof value === 'number' ? String(value) : factOf(value)
}

/**
 * What is left of a lineage beyond a process edge: the same facets, `claimed` at most, and no declaration. Whoever knows
 * two ids can hang a span below someone's work.
 */
function overEdge(lineage: Lineage): Lineage {
  const { principal, intent, authority, correlation, actors, tool, recognized } = lineage
  return {
    ...lineage,
    principal: claimed(principal),
    intent: claimed(intent),
    authority: claimed(authority),
    correlation: claimed(correlation),
    declaration: undefined,
    actors: chainOver(actors),
    tool: tool && toolOver(tool),
    recognized: recognized && recognizedOver(recognized),
  }
}

function chainOver(actors: ActorChain): ActorChain {
  if (actors.chain.length === 0) return actors
  return { ...actors, actor: claimed(actors.actor), agents: [], isClaimed: true }
}

function toolOver(tool: ToolAbove): ToolAbove {
  return { ...tool, context: claimed(tool.context), decision: claimed(tool.decision) }
}

function recognizedOver(above: RecognizedAbove): RecognizedAbove {
  const { principal, intent, authority, correlation } = above
  return {
    ...above,
    principal: claimed(principal),
    intent: claimed(intent),
    authority: claimed(authority),
    correlation: claimed(correlation),
  }
}

/** What a resource says keeps its source: it speaks of everything that runs there. */
function claimed<T>(held: Sourced<T> | undefined): Sourced<T> | undefined {
  if (held === undefined || held.source === 'resource') return held
  return { ...held, assurance: atMostClaimed(held.assurance), source: TRACE }
}

function atMostClaimed(assurance: Assurance): Assurance {
  return assurance === 'inferred' ? 'inferred' : 'claimed'
}

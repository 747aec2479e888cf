import { ATTR } from '../../src/model/names.ts'
import type { SpanShape } from '../../src/model/span.ts'

/** What a backend sees of one span: names without attributes' prefixes, so that a whole span fits a test's eye. */
export interface Seen {
  readonly name: string
  readonly kind: string | undefined
  readonly principal: string | undefined
  readonly actor: string | undefined
  readonly chain: readonly string[] | undefined
  readonly context: string | undefined
  readonly intent: string | undefined
  readonly correlation: string | undefined
  /** Of principal, actor, context and intent, where they have one. */
  readonly assurance: Readonly<Record<string, string>>
  readonly outcome: string
  readonly verdict: string | undefined
  readonly complete: boolean | undefined
  readonly findings: readonly string[]
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly span: SpanShape
}

export function seen(span: SpanShape): Seen {
  const { attributes } = span
  const text = (key: string) => attributes[key] as string | undefined
  const { traceId, spanId } = span.spanContext()
  return {
    name: span.name,
    kind: text(ATTR.span.kind),
    principal: text(ATTR.principal.id),
    actor: text(ATTR.actor.id) ?? text(ATTR.actor.name),
    chain: attributes[ATTR.actor.chain] as readonly string[] | undefined,
    context: text(ATTR.context.id),
    intent: text(ATTR.intent.summary) ?? text(ATTR.intent.id),
    correlation: text(ATTR.correlation.id),
    assurance: assuranceOf(attributes),
    outcome: text(ATTR.outcome) ?? (span.status.code === 2 ? 'failure' : 'success'),
    verdict: text(ATTR.verdict),
    complete: attributes[ATTR.complete] as boolean | undefined,
    findings: (attributes[ATTR.findings] ?? []) as readonly string[],
    traceId,
    spanId,
    parentSpanId: span.parentSpanContext?.spanId,
    span,
  }
}

function assuranceOf(attributes: SpanShape['attributes']): Readonly<Record<string, string>> {
  const facets = ['principal', 'actor', 'context', 'intent'] as const
  return Object.fromEntries(
    facets.flatMap((facet) => {
      const assurance = attributes[ATTR[facet].assurance]
      return typeof assurance === 'string' ? [[facet, assurance] as const] : []
    }),
  )
}

/** The facets of a span and what was found, for a comparison in one row. */
export function row({ kind, principal, actor, context, intent, verdict, complete, findings }: Seen) {
  return { kind, principal, actor, context, intent, verdict, complete, findings }
}

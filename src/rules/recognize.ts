import type { AgentSpanKind } from '../model/attribution.ts'
import { SPAN_KINDS } from '../model/attribution.ts'
import { ATTR } from '../model/names.ts'
import type { SpanShape } from '../model/span.ts'
import { meaningOf } from './dialects/marker.ts'
import type { Meaning } from './dialects/marker.ts'
import { meaningOfName } from './dialects/named-spans.ts'
import { producerOf } from './dialects/producer.ts'
import { MARKERS } from './dialects/table.ts'
import { textOf } from './stated.ts'

export interface Recognition {
  readonly kind: AgentSpanKind
  readonly dialect: string
  /** An agent is made, not run. */
  readonly creation?: true
}

/** Whether a span is an agent's, and of which kind: by what it states itself, else by the table of dialects. */
export function recognize(span: SpanShape): Recognition | undefined {
  const stated = statedKind(span)
  return stated === undefined ? byDialect(span) : asStated(span, stated)
}

/** The conventions that several producers write. */
const SHARED: ReadonlySet<string> = new Set(['otel-genai'])

function statedKind(span: SpanShape): AgentSpanKind | undefined {
  const value = span.attributes[ATTR.span.kind]
  if (typeof value !== 'string') return undefined
  const kind = value.trim().toLowerCase()
  return SPAN_KINDS.find((known) => known === kind)
}

/** The dialect may still tell an agent that is made from one that is run. */
function asStated(span: SpanShape, kind: AgentSpanKind): Recognition {
  const seen = byDialect(span)
  const fallback = kind === 'effect' ? 'none' : 'attribution'
  const dialect = textOf(span.attributes[ATTR.span.dialect]) ?? seen?.dialect ?? fallback
  return kind === 'agent' && seen?.creation === true ? { kind, dialect, creation: true } : { kind, dialect }
}

function byDialect(span: SpanShape): Recognition | undefined {
  // A record that Logfire keeps as a span, with the attributes of the call that it tells of.
  if (span.attributes['logfire.span_type'] === 'log') return undefined
  const found = byMarker(span) ?? meaningOfName(span)
  if (found === undefined || (found.meaning === 'tool' && isOtherMcpMethod(span))) return undefined
  const dialect = SHARED.has(found.dialect) ? producerOf(span, found.dialect) : found.dialect
  return found.meaning === 'creation' ? { kind: 'agent', dialect, creation: true } : { kind: found.meaning, dialect }
}

function byMarker(span: SpanShape): { readonly dialect: string; readonly meaning: Meaning } | undefined {
  for (const marker of MARKERS) {
    const meaning = meaningOf(marker, span)
    if (meaning !== undefined) return { dialect: marker.dialect, meaning }
  }
  return undefined
}

/** Some bridges call every MCP method a tool; only `tools/call` runs one. */
function isOtherMcpMethod(span: SpanShape): boolean {
  const method = textOf(span.attributes['mcp.method.name'])
  return method !== undefined && method.toLowerCase() !== 'tools/call'
}

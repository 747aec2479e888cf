import { ATTR_DB_OPERATION_NAME } from '@opentelemetry/semantic-conventions'
import type { AgentSpanKind } from '../model/attribution.ts'
import { SPAN_KINDS } from '../model/attribution.ts'
import { ATTR } from '../model/names.ts'
import type { Attributes, SpanShape } from '../model/span.ts'
import { meaningOf } from './dialects/marker.ts'
import type { Marker, Meaning } from './dialects/marker.ts'
import { meaningOfName } from './dialects/named-spans.ts'
import { producerOf } from './dialects/producer.ts'
import { MARKERS } from './dialects/table.ts'
import { MENTION } from './mentions.ts'
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

/** Whether it is worth the while to recognize a span that speaks of this: a mark, a kind of its own, or a known name. */
export function mayBeRecognized(span: SpanShape, mentions: number): boolean {
  return (mentions & (MENTION.mark | MENTION.attribution)) !== 0 || meaningOfName(span) !== undefined
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
  const found = byMarker(span) ?? meaningOfName(span)
  if (found === undefined || isNoRun(span, found.meaning)) return undefined
  const dialect = SHARED.has(found.dialect) ? producerOf(span, found.dialect) : found.dialect
  return found.meaning === 'creation' ? { kind: 'agent', dialect, creation: true } : { kind: found.meaning, dialect }
}

function byMarker(span: SpanShape): { readonly dialect: string; readonly meaning: Meaning } | undefined {
  for (const row of rowsOf(span.attributes)) {
    const marker = MARKERS[row] as Marker
    const meaning = meaningOf(marker, span)
    if (meaning !== undefined) return { dialect: marker.dialect, meaning }
  }
  return undefined
}

/** The rows of the table that speak of these attributes, in its order. Most spans bear no mark and cost a look-up a key. */
function rowsOf(attributes: Attributes): readonly number[] {
  let rows: readonly number[] = NONE
  for (const key in attributes) {
    const more = ROWS.get(key)
    if (more !== undefined) rows = rows === NONE ? more : [...rows, ...more]
  }
  return rows.length < 2 ? rows : rows.toSorted((one, other) => one - other)
}

const NONE: readonly number[] = []

const ROWS: ReadonlyMap<string, readonly number[]> = MARKERS.reduce(
  (rows, { key }, row) => rows.set(key, [...(rows.get(key) ?? NONE), row]),
  new Map<string, readonly number[]>(),
)

/** What bears a mark and yet ran nothing, or something else than the mark says. */
function isNoRun({ attributes }: SpanShape, meaning: Meaning): boolean {
  // A record that Logfire keeps as a span bears the attributes of the call that it tells of.
  if (LOGFIRE_RECORDS.has(attributes['logfire.span_type'])) return true
  if (isOtherMcpMethod(attributes['mcp.method.name'])) return true
  return meaning === 'retriever' && isWrite(attributes[ATTR_DB_OPERATION_NAME] ?? attributes['db.operation'])
}

const LOGFIRE_RECORDS: ReadonlySet<unknown> = new Set(['log', 'pending_span'])

/** Some bridges call every MCP method a tool, or a prompt; only `tools/call` is an agent's act. */
function isOtherMcpMethod(method: unknown): boolean {
  const text = textOf(method)
  return text !== undefined && text.toLowerCase() !== 'tools/call'
}

/** Some instrumentations call everything that is done to a vector store a retrieval. */
function isWrite(operation: unknown): boolean {
  return typeof operation === 'string' && WRITES.test(operation)
}

const WRITES =
  /^\W*(?:add|alter|configure|connect|count|create|delete|describe|drop|(?:get|list|has|load|release)_?(?:collection|index)|insert|modify|remove|rename|replace|reset|save|store|update|upload|upsert|write)/iu

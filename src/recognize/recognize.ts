import { ATTR_DB_OPERATION_NAME } from '@opentelemetry/semantic-conventions'
import type { AgentSpanKind } from '../model/attribution.ts'
import { SPAN_KINDS } from '../model/attribution.ts'
import { ATTR } from '../model/names.ts'
import { endMillis, startMillis } from '../model/span.ts'
import type { Attributes, SpanShape } from '../model/span.ts'
import { meaningOf } from './dialects/marker.ts'
import type { Marker, Meaning } from './dialects/marker.ts'
import { meaningOfName } from './dialects/named-spans.ts'
import { IGNORED } from './dialects/ignored.ts'
import { MCP_CALL } from './dialects/mcp.ts'
import { producerOf, SHARED } from './dialects/producer.ts'
import { LAST_ROWS, MARKERS } from './dialects/table.ts'
import { SUBJECT, scanKeys } from './key-scan.ts'
import type { KeyScan } from './key-scan.ts'
import { factOf, textOf } from '../base/attribute-value.ts'

export interface Recognition {
  readonly kind: AgentSpanKind
  readonly dialect: string
  /** An agent is created rather than run. */
  readonly creation?: true
}

/**
 * Whether a span is an agent span, and which kind. It goes by what the span states itself, otherwise by the table of
 * dialects. `keyScan` is what the span's keys are about.
 */
export function recognize(span: SpanShape, keyScan = scanKeys(span.attributes)): Recognition | undefined {
  const stated = (keyScan.subjects & SUBJECT.attribution) === 0 ? undefined : statedKind(span)
  return stated === undefined ? byDialect(span, keyScan) : asStated(span, stated, keyScan)
}

/** Whether anything on a span could make it an agent span. Most spans have nothing, and this check is all they cost. */
export function mayBeRecognized(span: SpanShape, { subjects, rows }: KeyScan): boolean {
  return rows.length > 0 || (subjects & SUBJECT.attribution) !== 0 || meaningOfName(span) !== undefined
}

function statedKind(span: SpanShape): AgentSpanKind | undefined {
  const value = span.attributes[ATTR.span.kind]
  if (typeof value !== 'string') return undefined
  const kind = value.trim().toLowerCase()
  return SPAN_KINDS.find((known) => known === kind)
}

/** The dialect may still tell an agent that is created from one that is run. */
function asStated(span: SpanShape, kind: AgentSpanKind, keyScan: KeyScan): Recognition {
  const seen = byDialect(span, keyScan)
  const fallback = kind === 'effect' ? 'none' : 'attribution'
  const dialect = factOf(span.attributes[ATTR.span.dialect]) ?? seen?.dialect ?? fallback
  return kind === 'agent' && seen?.creation === true ? { kind, dialect, creation: true } : { kind, dialect }
}

function byDialect(span: SpanShape, { rows }: KeyScan): Recognition | undefined {
  const found = byMarker(span, rows) ?? meaningOfName(span)
  if (found === undefined || isNoRun(span, found.meaning)) return undefined
  const dialect = SHARED.has(found.dialect) ? producerOf(span, found.dialect) : found.dialect
  return found.meaning === 'creation' ? { kind: 'agent', dialect, creation: true } : { kind: found.meaning, dialect }
}

function byMarker(
  span: SpanShape,
  rows: readonly number[],
): { readonly dialect: string; readonly meaning: Meaning } | undefined {
  for (const row of rows) {
    const marker = MARKERS[row] as Marker
    const meaning = row >= LAST_ROWS && meaningOfName(span) !== undefined ? undefined : meaningOf(marker, span)
    if (meaning !== undefined) return { dialect: marker.dialect, meaning }
  }
  return undefined
}

/** A span that has a mark but didn't run anything, or ran something other than the mark says. */
function isNoRun(span: SpanShape, meaning: Meaning): boolean {
  const { attributes } = span
  if (isRecord(span)) return true
  if (isOtherMcpMethod(attributes['mcp.method.name'])) return true
  if (MCP_METHOD_KEYS.some((key) => isNoCall(attributes[key]))) return true
  return meaning === 'retriever' && isWrite(attributes[ATTR_DB_OPERATION_NAME] ?? attributes['db.operation'])
}

/** A record takes no time. What took time ran, whatever it calls itself. */
function isRecord(span: SpanShape): boolean {
  return isSaidToBeRecord(span.attributes) && !tookTime(span)
}

/** Whether only the time that a span takes can tell if it ran something. */
export function isSaidToBeRecord(attributes: Attributes): boolean {
  return IGNORED.some(({ key, values }) => values.has(attributes[key] as string))
}

function tookTime(span: SpanShape): boolean {
  const end = endMillis(span)
  return end !== undefined && end > startMillis(span)
}

/** Some bridges call every MCP method a tool, or a prompt. Only `tools/call` is an agent's act. */
function isOtherMcpMethod(method: unknown): boolean {
  const text = textOf(method)
  return text !== undefined && !MCP_CALL.test(text)
}

/** Those that aren't only for MCP, or not of the conventions, count if they name a method of MCP. */
export const MCP_METHOD_KEYS = ['mcp.method', 'mcp.request.method', 'rpc.method'] as const

/** By what a span with a mark may say that it ran nothing, or something else. */
export const DENIAL_KEYS: ReadonlySet<string> = new Set([
  ...IGNORED.map(({ key }) => key),
  'mcp.method.name',
  ...MCP_METHOD_KEYS,
  ATTR_DB_OPERATION_NAME,
  'db.operation',
])

function isNoCall(method: unknown): boolean {
  return typeof method === 'string' && NO_CALLS.test(method)
}

export const NO_CALLS =
  /^(?:initialize|ping|tools\/list|(?:completion|elicitation|logging|notifications|prompts|resources|roots|sampling)\/\w.*)$/iu

/** Some instrumentations call every vector store operation a retrieval. */
function isWrite(operation: unknown): boolean {
  return typeof operation === 'string' && WRITES.test(operation)
}

export const WRITES =
  /^\W*(?:add|alter|configure|connect|count|create|delete|describe|drop|(?:get|list|has|load|release)_?(?:collection|index)|insert|modify|remove|rename|replace|reset|save|store|update|upload|upsert|write)/iu

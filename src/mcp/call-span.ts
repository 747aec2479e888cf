import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { Attributes, Link, Span } from '@opentelemetry/api'
import { ATTR_ERROR_TYPE, ATTR_NETWORK_TRANSPORT } from '@opentelemetry/semantic-conventions'
import { guarded } from '../runtime/health/fault.ts'
import { TOOLS_CALL } from './call.ts'
import type { McpCall } from './call.ts'
import { isRecord } from './shapes.ts'

/** What is known of a call beside what it asks for. */
export interface CallPlace {
  readonly transport: unknown
  /** The name of the server that is called. */
  readonly server?: string | undefined
  readonly links?: Link[]
}

/** Starts the span that the semantic conventions of MCP define for one side of a call. */
export function startCallSpan(side: 'client' | 'server', call: McpCall, place: CallPlace): Span {
  const target = call.tool ?? call.prompt
  return trace.getTracer('onbehalf').startSpan(target === undefined ? call.method : `${call.method} ${target}`, {
    kind: side === 'client' ? SpanKind.CLIENT : SpanKind.SERVER,
    attributes: present({
      'mcp.method.name': call.method,
      'gen_ai.operation.name': call.method === TOOLS_CALL ? 'execute_tool' : undefined,
      'gen_ai.tool.name': call.tool,
      'gen_ai.prompt.name': call.prompt,
      'mcp.resource.uri': call.uri,
      'mcp.server.name': place.server,
      'mcp.session.id': textOf(place.transport, 'sessionId'),
      'mcp.protocol.version': textOf(place.transport, 'protocolVersion'),
      'jsonrpc.request.id': call.id,
      [ATTR_NETWORK_TRANSPORT]: transportName(place.transport),
    }),
    ...(place.links === undefined ? {} : { links: place.links }),
  })
}

/** How a call went. */
export type Ending =
  | { readonly result: unknown }
  /** What was thrown, or came as a JSON-RPC error. */
  | { readonly error: unknown }
  /** The caller gave up on it, for this reason. */
  | { readonly givenUp: 'timeout' | 'cancelled' }

export function endCallSpan(side: 'client' | 'server', span: Span, ending: Ending): void {
  guarded('mcp', 'how a call went could not be recorded', () => record(side, span, ending), undefined)
  guarded('mcp', 'the span of a call could not be ended', () => span.end(), undefined)
}

function record(side: 'client' | 'server', span: Span, ending: Ending): void {
  if ('givenUp' in ending) return fail(span, ending.givenUp)
  if ('result' in ending) return isToolError(ending.result) ? fail(span, 'tool_error') : undefined
  const code = codeOf(ending.error)
  if (code === undefined && side === 'client') return fail(span, classOf(ending.error))
  const status = code ?? INTERNAL_ERROR
  span.setAttribute('rpc.response.status_code', String(status))
  if (side === 'client' || isServerError(status)) fail(span, String(status))
}

function fail(span: Span, type: string): void {
  span.setAttribute(ATTR_ERROR_TYPE, type)
  span.setStatus({ code: SpanStatusCode.ERROR })
}

/** A tool that fails answers with a result. */
function isToolError(result: unknown): boolean {
  return isRecord(result) && result['isError'] === true
}

/** What the SDK answers with if a handler throws anything else. */
const INTERNAL_ERROR = -32_603

/** The other codes are the caller's mistakes. */
function isServerError(code: number): boolean {
  return code === INTERNAL_ERROR || (code <= -32_000 && code >= -32_099)
}

function codeOf(error: unknown): number | undefined {
  const code: unknown = isRecord(error) ? error['code'] : undefined
  return Number.isSafeInteger(code) ? (code as number) : undefined
}

function classOf(error: unknown): string {
  return error instanceof Error ? error.constructor.name : '_OTHER'
}

/** `pipe` for stdio and `tcp` for HTTP, by what the transports of the SDK have. Undefined for any other. */
export function transportName(transport: unknown): 'pipe' | 'tcp' | undefined {
  if (!isRecord(transport)) return undefined
  if (OF_STDIO.some((name) => name in transport)) return 'pipe'
  return OF_HTTP.some((name) => name in transport) ? 'tcp' : undefined
}

const OF_STDIO = ['_stdin', '_serverParams', '_wire'] as const
const OF_HTTP = ['handleRequest', 'handleMessage', 'handlePostMessage', 'finishAuth'] as const

function textOf(object: unknown, name: string): string | undefined {
  const value: unknown = isRecord(object) ? object[name] : undefined
  return typeof value === 'string' && value !== '' ? value : undefined
}

function present(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined))
}

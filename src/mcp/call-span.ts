import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { Attributes, Link, Span } from '@opentelemetry/api'
import { ATTR_ERROR_TYPE, ATTR_NETWORK_TRANSPORT } from '@opentelemetry/semantic-conventions'
import { guarded } from '../runtime/health/fault.ts'
import { nameIn, TOOLS_CALL } from './call.ts'
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
      'mcp.session.id': nameIn(place.transport, 'sessionId'),
      'mcp.protocol.version': nameIn(place.transport, 'protocolVersion'),
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
function transportName(transport: unknown): 'pipe' | 'tcp' | undefined {
  if (hasOneOf(transport, ['_stdin', '_serverParams', '_wire'])) return 'pipe'
  return isOfHttp(transport) ? 'tcp' : undefined
}

/**
 * Whether a message comes in where its own request is active: that of HTTP, or the call itself if nothing is in between.
 * Any other transport serves all callers in one place, and what was active when it was opened still is.
 */
export function isPerRequest(transport: unknown): boolean {
  return isOfHttp(transport) || hasOneOf(transport, ['_otherTransport'])
}

function isOfHttp(transport: unknown): boolean {
  return hasOneOf(transport, ['handleRequest', 'handleMessage', 'handlePostMessage', 'finishAuth'])
}

function hasOneOf(object: unknown, names: readonly string[]): boolean {
  return isRecord(object) && names.some((name) => name in object)
}

function present(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined))
}

import type { Context, Span } from '@opentelemetry/api'
import { present } from '../base/attribute-value.ts'
import { createPrivateSlot } from '../base/private-slot.ts'
import { runChanged } from '../runtime/binding/binding.ts'
import { guarded } from '../runtime/health/fault.ts'
import { asCaller, asTheCaller, callerHere } from './caller.ts'
import { callOf, hasSpan, isUpkeep, nameIn } from './call.ts'
import { endCallSpan, startCallSpan } from './call-span.ts'
import type { Ending } from './call-span.ts'
import { isInstrumented, noteOwn } from './instrumented.ts'
import { withOutgoingMeta } from './outgoing-meta.ts'
import {
  isCode,
  isFirstTime,
  isMcpRequest,
  isRecord,
  override,
  requestHandlers,
  responseHandlers,
  wrapHandlers,
} from './shapes.ts'
import type { Code, McpClient, McpRequest } from './shapes.ts'

/**
 * Everything happens where the client hands a request to its transport: instrumentations wrap what is further out, so
 * that their span is active here, and the request has its id.
 */
export function attributeClient(client: McpClient): void {
  override(
    client,
    'connect',
    (connect) =>
      function (...args) {
        prepare(client, args[0])
        return Reflect.apply(connect, this, args)
      },
  )
  prepare(client, client.transport)
  const handlers = requestHandlers(client)
  if (handlers !== undefined) wrapHandlers(client, handlers, (handler) => asked(client, handler))
}

/** A handler of what the server asks. */
function asked(client: McpClient, handler: Code): Code {
  return function (...args) {
    const waiting = [...callsOf(client).values()].map(({ caller }) => caller)
    return asTheCaller(client, waiting, () => Reflect.apply(handler, this, args))
  }
}

const OPEN = createPrivateSlot<Map<unknown, OpenCall>>()

/** The calls of a client that wait for their responses, by id. */
function callsOf(client: McpClient): Map<unknown, OpenCall> {
  const known = OPEN.of(client)
  if (known !== undefined) return known
  const calls = new Map<unknown, OpenCall>()
  OPEN.put(client, calls)
  return calls
}

function prepare(client: McpClient, transport: unknown): void {
  guarded('mcp', 'a transport could not be prepared', () => attributeTransport(client, transport), undefined)
}

function attributeTransport(client: McpClient, transport: unknown): void {
  if (!isRecord(transport) || !isCode(transport['send']) || !isFirstTime(transport)) return
  override(
    transport,
    'send',
    (send) =>
      function (...args) {
        const sending = guarded(
          'mcp',
          'a call could not be prepared',
          () => sendingOf({ client, transport, open: callsOf(client) }, args),
          AS_IT_IS,
        )
        return sent(sending, () => Reflect.apply(send, this, sending.args ?? args))
      },
  )
}

/** A transport, and the calls on it that wait for their responses. */
interface Line {
  readonly client: McpClient
  readonly transport: object
  readonly open: Map<unknown, OpenCall>
}

interface OpenCall {
  /** Undefined if an instrumentation has made it, or nobody needs one. */
  readonly span: Span | undefined
  readonly caller: Context
  end(ending: Ending): void
}

interface Sending {
  /** Instead of those that were given. */
  readonly args?: readonly unknown[]
  readonly call?: OpenCall
}

const AS_IT_IS: Sending = {}

function sendingOf(line: Line, args: readonly unknown[]): Sending {
  const [message, options] = args
  if (!isMcpRequest(message)) return AS_IT_IS
  if (message.id === undefined) {
    noteGivenUp(line, message)
    return AS_IT_IS
  }
  // A transport sends a request again when the user has authorized it.
  if (isUpkeep(message.method) || line.open.has(message.id)) return AS_IT_IS
  const call = opened(line, message, options)
  const withMeta = () => [withOutgoingMeta(message, line.transport), ...args.slice(1)]
  return { args: inSpan(call?.span, withMeta), ...present('call', call) }
}

function opened(line: Line, message: McpRequest, options: unknown): OpenCall | undefined {
  const { client, transport, open } = line
  const call = callOf(message)
  const handlers = responseHandlers(client)
  const settle = handlers?.get(message.id)
  // Without it nobody would end the call.
  if (!isCode(settle)) return undefined
  const caller = callerHere(client)
  const makesSpan = hasSpan(call.method) && !isInstrumented('client', call)
  const span = makesSpan ? startCallSpan('client', call, { transport, server: serverName(client) }) : undefined
  if (span !== undefined) noteOwn(span)
  const end = (ending: Ending) => {
    if (open.delete(message.id) && span !== undefined) endCallSpan('client', span, ending)
  }
  const opening: OpenCall = { span, caller, end }
  open.set(message.id, opening)
  // A server may ask for something first. The SDK then answers and calls again, which is the caller's, too.
  const onResponse: Code = function (...args) {
    end(endingOf(args[0]))
    return asCaller(caller, () => Reflect.apply(settle, this, args))
  }
  handlers?.set(message.id, onResponse)
  noteAbort(options, end)
  return opening
}

function inSpan<T>(span: Span | undefined, work: () => T): T {
  return span === undefined ? work() : runChanged((outer) => outer, work, span)
}

/** What the server says its name is, which it says when it is connected. */
function serverName(client: McpClient): string | undefined {
  const { getServerVersion } = client
  return isCode(getServerVersion) ? nameIn(Reflect.apply(getServerVersion, client, []), 'name') : undefined
}

function endingOf(response: unknown): Ending {
  if (response instanceof Error || !isRecord(response)) return { error: response }
  return 'error' in response ? { error: response['error'] } : { result: response['result'] }
}

/** The SDK tells the server that nobody waits for the response any longer, and forgets the request. */
function noteGivenUp({ open }: Line, { method, params }: McpRequest): void {
  if (method !== 'notifications/cancelled') return
  open.get(params?.['requestId'])?.end({ givenUp: isTimeout(params?.['reason']) ? 'timeout' : 'cancelled' })
}

/** SDK 2.x aborts the HTTP request instead. */
function noteAbort(options: unknown, end: (ending: Ending) => void): void {
  const signal: unknown = isRecord(options) ? options['requestSignal'] : undefined
  if (!(signal instanceof AbortSignal)) return
  signal.addEventListener('abort', () => end({ givenUp: 'cancelled' }), { once: true })
}

function isTimeout(reason: unknown): boolean {
  return typeof reason === 'string' && /timed out|timeout/iu.test(reason)
}

/** Runs `send` with the span of the call active, so that what carries it is below. */
function sent({ call }: Sending, send: () => unknown): unknown {
  if (call === undefined) return send()
  let result: unknown
  try {
    result = asCaller(call.caller, () => inSpan(call.span, send))
  } catch (error) {
    call.end({ error })
    throw error
  }
  // The SDK handles a rejection itself.
  guarded('mcp', 'how a request was sent could not be seen', () => noteFailure(call, result), undefined)
  return result
}

function noteFailure(call: OpenCall, result: unknown): void {
  if (result instanceof Promise) result.then(undefined, (error: unknown) => call.end({ error }))
}

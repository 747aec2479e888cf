import { isRecord } from './shapes.ts'
import type { McpRequest } from './shapes.ts'

/** What a request asks for, in the words of the semantic conventions. */
export interface McpCall {
  readonly method: string
  readonly tool: string | undefined
  readonly prompt: string | undefined
  readonly uri: string | undefined
  readonly id: string | undefined
}

export const TOOLS_CALL = 'tools/call'

export function callOf({ id, method, params }: McpRequest): McpCall {
  const name = textIn(params, 'name')
  return {
    method,
    tool: method === TOOLS_CALL ? name : undefined,
    prompt: method === 'prompts/get' ? name : undefined,
    uri: method.startsWith('resources/') ? textIn(params, 'uri') : undefined,
    id: typeof id === 'string' || typeof id === 'number' ? String(id) : undefined,
  }
}

/** They keep a connection up, and nobody asked for them. */
const UPKEEP: ReadonlySet<string> = new Set(['initialize', 'ping', 'server/discover'])

export function isUpkeep(method: string): boolean {
  return UPKEEP.has(method)
}

/** Whether a request gets a span. Clients ask again and again how a task is doing. */
export function hasSpan(method: string): boolean {
  return !method.startsWith('tasks/')
}

/** What a request brings beside its arguments. Strands puts it into the arguments. */
export function metaOf({ params }: McpRequest): Readonly<Record<string, unknown>> {
  const meta = params?.['_meta']
  if (isRecord(meta) && ENTRIES.some((name) => Object.hasOwn(meta, name))) return meta
  const args = params?.['arguments']
  const inArguments = isRecord(args) && Object.hasOwn(args, '_meta') ? args['_meta'] : undefined
  return isRecord(inArguments) ? inArguments : {}
}

/** SEP-414: without a prefix. */
const ENTRIES = ['traceparent', 'tracestate', 'baggage'] as const

function textIn(params: McpRequest['params'], name: string): string | undefined {
  const value = params?.[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

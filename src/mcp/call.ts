import { withoutSecrets } from '../base/secret.ts'
import { shortened } from '../base/shortened.ts'
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
  const name = nameIn(params, 'name')
  return {
    method: shortened(method, MAX_NAME),
    tool: method === TOOLS_CALL ? name : undefined,
    prompt: method === 'prompts/get' ? name : undefined,
    uri: method.startsWith('resources/') ? uriIn(params) : undefined,
    id: idIn(id),
  }
}

/** Whoever sends a request chooses its id. */
function idIn(id: unknown): string | undefined {
  const text = typeof id === 'string' || typeof id === 'number' ? String(id) : undefined
  return text === undefined || text.length > MAX_NAME ? undefined : text
}

function uriIn(params: McpRequest['params']): string | undefined {
  const uri = nameIn(params, 'uri')
  return uri === undefined ? undefined : withoutSecrets(uri)
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

type Entries = Readonly<Record<string, unknown>>

/**
 * What a request brings beside its arguments. Strands puts it into the arguments, where only its trace context counts: a
 * model writes them, and must not say who asks.
 */
export function metaOf({ params }: McpRequest): Entries {
  const meta = params?.['_meta']
  if (isRecord(meta) && ENTRIES.some((name) => Object.hasOwn(meta, name))) return meta
  const args = params?.['arguments']
  const inArguments = isRecord(args) && Object.hasOwn(args, '_meta') ? args['_meta'] : undefined
  if (!isRecord(inArguments)) return {}
  const { traceparent, tracestate } = inArguments
  return { traceparent, tracestate }
}

/** SEP-414: without a prefix. */
const ENTRIES = ['traceparent', 'tracestate', 'baggage'] as const

/** Longer names aren't names, and every span would hold them. */
const MAX_NAME = 1_024

/** A text that isn't empty and not too long to be a name. */
export function nameIn(object: unknown, key: string): string | undefined {
  const value: unknown = isRecord(object) ? object[key] : undefined
  return typeof value === 'string' && value !== '' && value.length <= MAX_NAME ? value : undefined
}

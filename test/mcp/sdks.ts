import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport as InMemory1 } from '@modelcontextprotocol/sdk/inMemory.js'
import { InMemoryTaskStore } from '@modelcontextprotocol/sdk/experimental/tasks/stores/in-memory.js'
import { McpServer as McpServer1 } from '@modelcontextprotocol/sdk/server/mcp.js'
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  LoggingMessageNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { Client as Client2 } from '@modelcontextprotocol/client'
import { InMemoryTransport as InMemory2, McpServer as McpServer2 } from '@modelcontextprotocol/server'

/** A message as it crosses. */
export interface Message {
  readonly id?: number | string
  readonly method?: string
  readonly params?: Readonly<Record<string, unknown>>
  readonly result?: unknown
}

export function metaOf({ params }: Message): Readonly<Record<string, unknown>> | undefined {
  return params?.['_meta'] as Readonly<Record<string, unknown>> | undefined
}

export interface Transport {
  send(message: Message, options?: unknown): Promise<void>
  onmessage?: (message: Message, extra?: unknown) => void
  close(): Promise<void>
}

type Handler = (request: { readonly params: Record<string, unknown> }, extra?: unknown) => unknown

/** What the tests use of a client of either version. */
export interface Client {
  connect(transport: Transport): Promise<void>
  close(): Promise<void>
  callTool(params: object, ...more: unknown[]): Promise<Record<string, unknown>>
  readResource(params: object): Promise<unknown>
  getPrompt(params: object): Promise<unknown>
  listTools(): Promise<unknown>
  ping(): Promise<unknown>
  request(request: object, ...more: unknown[]): Promise<unknown>
  onerror?: (error: unknown) => void
}

export interface LowServer {
  fallbackRequestHandler?: Handler
  setRequestHandler(...args: unknown[]): void
  request(...args: unknown[]): Promise<unknown>
}

export interface Server {
  readonly server: LowServer
  connect(transport: Transport): Promise<void>
  close(): Promise<void>
  registerTool(name: string, config: object, run: (args: Record<string, unknown>, extra: unknown) => unknown): unknown
  registerResource(name: string, uri: string, config: object, run: (uri: URL, extra: unknown) => unknown): unknown
  registerPrompt(name: string, config: object, run: (args: unknown, extra: unknown) => unknown): unknown
}

/** What a tool may ask of its client, by the context that it is given. */
export interface Asking {
  readonly signal: AbortSignal
  sample(text: string): Promise<unknown>
  elicit(message: string): Promise<unknown>
  progress(progress: number): Promise<void>
  log(data: string): Promise<void>
}

export interface Sdk {
  readonly version: string
  client(): Client
  server(): Server
  linked(): readonly [Transport, Transport]
  /** Options of a call are the second argument in 2.x, and the third in 1.x. */
  call(client: Client, params: object, options?: object): Promise<Record<string, unknown>>
  onClient(client: Client, kind: 'sampling' | 'elicitation' | 'log', handler: Handler): void
  asking(server: Server, extra: unknown): Asking
}

const capabilities = { sampling: {}, elicitation: { form: {} } }
const offered = { logging: {}, tools: {}, resources: {}, prompts: {} }
const QUESTION = { type: 'object' as const, properties: { ok: { type: 'boolean' as const } }, required: ['ok'] }
const sampling = (text: string) => ({
  messages: [{ role: 'user' as const, content: { type: 'text' as const, text } }],
  maxTokens: 10,
})

interface WithToken {
  readonly _meta?: { readonly progressToken?: unknown }
}

interface Extra1 extends WithToken {
  readonly signal: AbortSignal
  sendNotification(notification: object): Promise<void>
}

const SDK_1: Sdk = {
  version: '1.x',
  client: () => new Client1({ name: 'assistant', version: '1.0.0' }, { capabilities }) as unknown as Client,
  server: () => {
    const tasks = { requests: { tools: { call: {} } } }
    const options = { capabilities: { ...offered, tasks }, taskStore: new InMemoryTaskStore() }
    return new McpServer1({ name: 'crm-server', version: '1.0.0' }, options) as unknown as Server
  },
  linked: () => InMemory1.createLinkedPair() as unknown as [Transport, Transport],
  call: (client, params, options) => client.callTool(params, undefined, options),
  onClient: (client, kind, handler) => {
    const schema = { sampling: CreateMessageRequestSchema, elicitation: ElicitRequestSchema }
    const to = client as unknown as Client1
    if (kind === 'log') to.setNotificationHandler(LoggingMessageNotificationSchema, handler as never)
    else to.setRequestHandler(schema[kind], handler as never)
  },
  asking: (server, extra) => {
    const { signal, sendNotification, _meta: meta } = extra as Extra1
    const low = server.server as unknown as McpServer1['server']
    return {
      signal,
      sample: (text) => low.createMessage(sampling(text)),
      elicit: (message) => low.elicitInput({ message, requestedSchema: QUESTION }),
      progress: (progress) =>
        sendNotification({
          method: 'notifications/progress',
          params: { progressToken: meta?.progressToken, progress },
        }),
      log: (data) => sendNotification({ method: 'notifications/message', params: { level: 'info', data } }),
    }
  },
}

interface Extra2 {
  readonly mcpReq: WithToken & {
    readonly signal: AbortSignal
    notify(notification: object): Promise<void>
    elicitInput(params: object): Promise<unknown>
    requestSampling(params: object): Promise<unknown>
  }
}

const SDK_2: Sdk = {
  version: '2.x',
  client: () => new Client2({ name: 'assistant', version: '1.0.0' }, { capabilities }) as unknown as Client,
  server: () =>
    new McpServer2({ name: 'crm-server', version: '1.0.0' }, { capabilities: offered }) as unknown as Server,
  linked: () => InMemory2.createLinkedPair() as unknown as [Transport, Transport],
  call: (client, params, options) => client.callTool(params, options),
  onClient: (client, kind, handler) => {
    const to = client as unknown as Client2
    if (kind === 'log') to.setNotificationHandler('notifications/message', handler as never)
    else if (kind === 'sampling') to.setRequestHandler('sampling/createMessage', handler as never)
    else to.setRequestHandler('elicitation/create', handler as never)
  },
  asking: (_, extra) => {
    const { mcpReq } = extra as Extra2
    const { _meta: meta } = mcpReq
    return {
      signal: mcpReq.signal,
      sample: (text) => mcpReq.requestSampling(sampling(text)),
      elicit: (message) => mcpReq.elicitInput({ message, requestedSchema: QUESTION }),
      progress: (progress) =>
        mcpReq.notify({ method: 'notifications/progress', params: { progressToken: meta?.progressToken, progress } }),
      log: (data) => mcpReq.notify({ method: 'notifications/message', params: { level: 'info', data } }),
    }
  },
}

export const SDKS: readonly Sdk[] = [SDK_1, SDK_2]

/** As much of express as the tests use: the package brings no types. */
declare module 'express' {
  import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

  export interface Request extends IncomingMessage {
    readonly params: Readonly<Record<string, string>>
    readonly body?: unknown
    get(header: string): string | undefined
  }
  export interface Response extends ServerResponse {
    json(body: unknown): Response
  }
  type Handler = (request: Request, response: Response, next: () => void) => unknown
  export type Express = RequestListener &
    Record<'get' | 'post', (path: string, handler: Handler) => void> & { use(handler: Handler): void }
  export default function express(): Express
  export function text(options: { type(request: Request): boolean }): Handler
}

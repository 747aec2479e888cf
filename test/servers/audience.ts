import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { trace } from '@opentelemetry/api'
import { startLiveSdk } from '../live/live-sdk.ts'
import { meeting } from '../live/meeting.ts'
import { TOOL } from '../runtime/provider.ts'

const USERS = ['kai@contoso.com', 'mia@contoso.com', 'kai@contoso.com', 'mia@contoso.com'] as const

/** A request as any server hands it out. */
export type Asked = Pick<IncomingMessage, 'headers'> | { readonly headers: Headers }

/** The user in the header that stands in for authentication. */
export function userOf({ headers }: Asked): string {
  return String(headers instanceof Headers ? headers.get('x-user') : headers['x-user'])
}

export function who(request: Asked) {
  return { principal: { id: userOf(request), type: 'human' as const }, intent: 'work' }
}

/** What is sent: JSON or a form with a file that comes in many pieces. */
export type Body = 'json' | 'form'

/** Which principal each act of a user was put down to, with what was found. */
export type Acts = Readonly<Record<string, readonly (string | undefined)[]>>

/** Two users who ask at once, twice each, and the acts that are done for them in between. */
export function startAudience() {
  const sdk = startLiveSdk()
  let meet = meeting(USERS.length)

  /** Acts for a user once all requests have come this far, and again later. */
  const act = async (user: string) => {
    await meet()
    for (let time = 0; time < 2; time++) {
      await wait(1)
      trace.getTracer('app').startSpan(user, { attributes: TOOL }).end()
    }
  }

  const ask = async (url: string, user: string, body: Body) => {
    const json = { 'content-type': 'application/json' }
    const headers = { 'x-user': user, ...(body === 'json' ? json : {}) }
    const response = await fetch(url, { method: 'POST', headers, body: body === 'json' ? jsonBody() : formBody() })
    if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`)
    await response.text()
  }

  return {
    act,
    /** Has all of them ask a server that listens, and says what was done for whom. */
    asksOf: async (server: Server, body: Body): Promise<Acts> => {
      meet = meeting(USERS.length)
      sdk.clear()
      const { port } = server.address() as AddressInfo
      await Promise.all(USERS.map((user) => ask(`http://127.0.0.1:${port}/ask`, user, body)))
      const acts: Record<string, (string | undefined)[]> = {}
      for (const { name, principal, findings } of await sdk.judged()) {
        ;(acts[name] ??= []).push([principal ?? 'nobody', ...findings].join(' '))
      }
      return acts
    },
    stop: () => sdk.stop(),
  }
}

/** Each act of each user is theirs, and nothing was found. */
export const EACH_THEIRS: Acts = {
  'kai@contoso.com': Array(4).fill('kai@contoso.com'),
  'mia@contoso.com': Array(4).fill('mia@contoso.com'),
}

const NOBODY = 'nobody missing_intent missing_principal'

/** No act is anybody's, and that is said. */
export const NOBODYS: Acts = { 'kai@contoso.com': Array(4).fill(NOBODY), 'mia@contoso.com': Array(4).fill(NOBODY) }

function jsonBody(): string {
  return JSON.stringify({ text: 'x'.repeat(5_000) })
}

function formBody(): FormData {
  const form = new FormData()
  form.append('note', 'x'.repeat(100))
  form.append('file', new Blob(['y'.repeat(200_000)]), 'report.txt')
  return form
}

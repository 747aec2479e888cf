import { randomUUID } from 'node:crypto'
import { jsonIn, spansIn } from './jaeger-answer.ts'
import type { JaegerClient } from './jaeger-client.ts'
import { searchFor } from './jaeger-query.ts'
import type { Window } from './jaeger-query.ts'
import { JaegerError } from './jaeger-request.ts'

/** How this Jaeger, and the store behind it, can be searched. */
export interface SearchPlan {
  /** Whether `/api/v3` filters by attributes. If not, the older search is used. */
  readonly doesFilter: boolean
  /** The services to ask for by name. Only `undefined` if the store can be asked for all of them at once. */
  readonly services: readonly (string | undefined)[]
}

/** How to search for attributes. */
export async function searchPlan(client: JaegerClient, window: Window): Promise<SearchPlan> {
  const doesFilter = await filters(client, window)
  return { doesFilter, services: doesFilter ? await servicesToName(client, window) : await servicesOf(client) }
}

/** Like `SearchPlan.services`. Reading every trace needs nothing else. */
export async function servicesToName(client: JaegerClient, window: Window): Promise<readonly (string | undefined)[]> {
  try {
    const pieces = await client.ask('/api/v3/traces', searchFor(window, 1))
    for await (const _ of pieces ?? []) break
    return [undefined]
  } catch (error) {
    if (!(error instanceof JaegerError) || !/service.?name|service.* required/iu.test(error.message)) throw error
    return servicesOf(client)
  }
}

/** Whether `query.attributes` has an effect: an attribute that nothing has must find nothing. */
async function filters(client: JaegerClient, window: Window): Promise<boolean> {
  const nobodys = { key: 'onbehalf.probe', text: randomUUID() }
  const pieces = await client.ask('/api/v3/traces', searchFor(window, 1, undefined, nobodys))
  for await (const _ of pieces === undefined ? [] : spansIn(pieces, () => {})) return false
  return true
}

async function servicesOf(client: JaegerClient): Promise<readonly string[]> {
  const pieces = await client.ask('/api/v3/services')
  const answer = pieces === undefined ? {} : await jsonIn(pieces, client.incomplete)
  const { services = [] } = (answer ?? {}) as { services?: unknown }
  return Array.isArray(services) ? services.filter((name) => typeof name === 'string').toSorted() : []
}

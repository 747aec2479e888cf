import { context, createContextKey } from '@opentelemetry/api'
import type { Context } from '@opentelemetry/api'
import { currentBinding, forNobody } from '../runtime/binding/binding.ts'
import { inContext } from '../runtime/health/in-context.ts'

/** In the context of a call: the client that made it. */
const CLIENT = createContextKey('onbehalf.mcp.client.v1')

/** The context of the caller, which also says that a client calls for it. */
export function callerHere(client: object): Context {
  return context.active().setValue(CLIENT, client)
}

export function asCaller<T>(caller: Context, work: () => T): T {
  return inContext(caller, 'mcp', work)
}

/**
 * Runs what a server asks of its client, such as a model call for the tool that runs. One connection serves all callers,
 * and what was active when it was opened still is. So it runs as the caller whose call this came in for, or else as the
 * only one who waits. If several wait, nobody can tell whose it is.
 */
export function asTheCaller<T>(client: object, waiting: readonly Context[], work: () => T): T {
  const here = context.active()
  if (here.getValue(CLIENT) === client) return work()
  const [only, ...others] = waiting
  if (only !== undefined && others.length === 0) return asCaller(only, work)
  return currentBinding(here) === undefined ? work() : forNobody(work)
}

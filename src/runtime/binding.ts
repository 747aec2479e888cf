import { AsyncLocalStorage } from 'node:async_hooks'
import { context, createContextKey } from '@opentelemetry/api'
import type { Context, SpanContext } from '@opentelemetry/api'
import type { Attribution } from '../model/attribution.ts'
import { actorLabel } from '../rules/actor-line.ts'
import type { Binding } from '../rules/lineage.ts'
import { fault } from './fault.ts'
import { keepBound } from './returned.ts'

/** What is bound in this process at one moment. */
export interface LiveBinding extends Binding {
  /** The span that `resume` continues; the first span started inside takes it as its link. */
  readonly link?: PendingLink
}

export interface PendingLink {
  /** Undefined once a span took it. */
  context: SpanContext | undefined
}

export const EMPTY_BINDING: LiveBinding = { bound: {}, agents: [], acting: false }

/** A registered symbol, so that two copies of this package read each other's bindings. */
const KEY = createContextKey('onbehalf.binding.v1')
const FALLBACK = Symbol.for('onbehalf.fallback.v1')

/** The binding in force, or undefined where nothing is bound. `current` is the context that is active. */
export function currentBinding(current = context.active()): LiveBinding | undefined {
  return bindingIn(current) ?? fallback().getStore()
}

/** The binding that an OpenTelemetry context holds. */
export function bindingIn(ctx: Context): LiveBinding | undefined {
  return ctx.getValue(KEY) as LiveBinding | undefined
}

export function withBinding(ctx: Context, binding: LiveBinding): Context {
  return ctx.setValue(KEY, binding)
}

/**
 * Runs `fn` once, inside `binding`, sync or async; what it returns or throws passes through. A returned generator,
 * async iterable or web stream runs inside the binding too.
 */
export function runBound<T>(binding: LiveBinding, fn: () => T): T {
  const inside = withBinding(context.active(), binding)
  const run = <R>(work: () => R): R => runIn(inside, binding, work)
  return keepBound(run(fn), run)
}

/** The facets in force: what this process bound, else what a carrier brought. Undefined where there are none. */
export function currentAttribution(): Attribution | undefined {
  return attributionIn(currentBinding())
}

export function attributionIn(binding: LiveBinding | undefined): Attribution | undefined {
  if (binding === undefined) return undefined
  const { bound, agents, carried } = binding
  const labels = agents.map(({ actor }) => actorLabel(actor)).filter((label) => label !== undefined)
  const actor = agents.at(-1)?.actor
  const chain = [...(carried?.attribution.actorChain ?? []), ...labels]
  const attribution: Attribution = {
    ...carried?.attribution,
    ...bound,
    ...(actor === undefined ? {} : { actor }),
    ...(chain.length === 0 ? {} : { actorChain: chain }),
  }
  return Object.keys(attribution).length === 0 ? undefined : attribution
}

function runIn<T>(inside: Context, binding: LiveBinding, work: () => T): T {
  let isStarted = false
  const start = () => {
    isStarted = true
    // Without a context manager `with` loses what it was given; our own store then keeps the binding.
    return bindingIn(context.active()) === binding ? work() : fallback().run(binding, work)
  }
  try {
    return context.with(inside, start)
  } catch (error) {
    if (isStarted) throw error
    fault('binding', 'the context manager failed', error)
    return fallback().run(binding, work)
  }
}

function fallback(): AsyncLocalStorage<LiveBinding> {
  const holder = globalThis as { [FALLBACK]?: AsyncLocalStorage<LiveBinding> }
  return (holder[FALLBACK] ??= new AsyncLocalStorage())
}

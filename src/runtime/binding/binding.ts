import { AsyncLocalStorage } from 'node:async_hooks'
import { context, createContextKey, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import type { Context, Span, SpanContext } from '@opentelemetry/api'
import type { Attribution } from '../../model/attribution.ts'
import { SPAN_KIND } from '../../model/span.ts'
import { actorLabel } from '../../resolve/actor-chain.ts'
import { fault } from '../health/fault.ts'
import { EMPTY_BINDING, isEmpty, isOver, principalIn } from '../scope/live-binding.ts'
import type { LiveBinding } from '../scope/live-binding.ts'
import type { LiveSpan } from '../span/live-span.ts'
import { hasEndedSpan, requestAt } from '../span/span-state.ts'
import { bindReturned } from '../scope/returned.ts'
import { Scope } from '../scope/scope.ts'
import { isConnecting } from '../../recognize/connecting.ts'

/** A registered symbol, so that two copies of this package read each other's bindings. */
const KEY = createContextKey('onbehalf.binding.v1')
const FALLBACK = Symbol.for('onbehalf.fallback.v1')

/** The binding in force, or undefined if nothing is bound. `current` is the active context. */
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

export interface BoundRun {
  /** Whether the binding names a principal of its own. If so, it starts fresh once the outer one is over. */
  readonly namesPrincipal?: boolean
}

/**
 * Runs `fn` once, sync or async, inside the binding that `bind` makes from the outer one. What it returns or throws
 * passes through as the same object. If it returns something that runs later, such as a stream, that runs inside too.
 */
export function runBound<T>(
  bind: (outer: LiveBinding) => LiveBinding,
  fn: () => T,
  { namesPrincipal = false }: BoundRun = {},
): T {
  const current = context.active()
  const outer = currentBinding(current) ?? EMPTY_BINDING
  if (!isOver(outer, requestAt(current)) && outer.stale !== true) {
    const scope = new Scope(outer.scope, namesPrincipal ? 'named' : 'nested', requestAt(current))
    return runInScope({ ...bind(outer), scope }, current, fn, namesPrincipal)
  }
  if (!namesPrincipal) return runInScope({ ...bind(outer), scope: new Scope(outer.scope, 'stale') }, current, fn, false)
  const scope = new Scope(outer.scope, 'anew', requestAt(current))
  return runInScope({ ...bind(EMPTY_BINDING), scope }, withoutEndedSpan(current), fn, true)
}

/** A new binding isn't part of the ended span that is still active here. */
function withoutEndedSpan(ctx: Context): Context {
  return hasEndedSpan(ctx) ? trace.deleteSpan(ctx) : ctx
}

function runInScope<T>(
  binding: LiveBinding & { readonly scope: Scope },
  around: Context,
  fn: () => T,
  namesPrincipal: boolean,
): T {
  const inside = withBinding(around, binding)
  const { scope } = binding
  let result: T
  try {
    result = runIn(inside, binding, fn)
  } catch (error) {
    scope.returned('over')
    throw error
  }
  bindReturned(result, {
    scope,
    principal: principalIn(binding),
    isEmpty: isEmpty(binding),
    namesPrincipal,
    run: (work) => runLater(inside, binding, work),
  })
  return result
}

/** The caller that asks for the next step may be doing other work. Then it isn't known whose step it is. */
function runLater<T>(inside: Context, binding: LiveBinding, work: () => T): T {
  const here = context.active()
  if (!isOtherWork(here, inside, binding)) return runIn(withOpenSpan(inside, here), binding, work)
  const disputed = { ...binding, stale: true }
  return runIn(withBinding(inside, disputed), disputed, work)
}

/**
 * If no span was active when the binding was made, or that span has ended, spans start below the caller's: some
 * instrumentations make no span without a parent.
 */
function withOpenSpan(inside: Context, here: Context): Context {
  const [own, asking] = [trace.getSpan(inside), trace.getSpan(here)]
  if (asking === undefined || own === asking) return inside
  const isBelow = own === undefined || (hasEndedSpan(inside) && isOfTrace(asking, own))
  return isBelow ? trace.setSpan(inside, asking) : inside
}

function isOfTrace(one: Span, other: Span): boolean {
  return one.spanContext().traceId === other.spanContext().traceId
}

/** Whether the context that is active here belongs to other work than a binding, as far as that can be told. */
function isOtherWork(here: Context, inside: Context, binding: LiveBinding): boolean {
  const asking = currentBinding(here)
  if (asking === binding) return false
  if (asking?.scope !== undefined && binding.scope !== undefined) {
    if (asking.scope.isWithin(binding.scope) === true) return false
    const isSame = principalIn(asking) !== undefined && principalIn(asking) === principalIn(binding)
    if (!isSame && binding.scope.isWithin(asking.scope) !== true) return true
  }
  return isOtherRequest(here, inside)
}

/** A cached result, for one request or for all, may be asked for by a request that binds nobody. */
function isOtherRequest(here: Context, inside: Context): boolean {
  const request = requestAt(here)
  if (request !== undefined) return request !== requestAt(inside)
  const [asking, own] = [trace.getSpan(here), trace.getSpan(inside)]
  return asking !== undefined && own !== undefined && !isOfTrace(asking, own)
}

/** Where something that runs later was handed over: what was bound there, and which span was active. */
export interface Place {
  readonly binding: LiveBinding
  /** Runs work as it would run there. */
  run<T>(work: () => T): T
}

/** `isCallback`: a client calls back what is handed over, which then continues the caller's work. */
export function thisPlace(isCallback = false): Place {
  const active = context.active()
  const here = isCallback ? outsideOfCall(active) : active
  const binding = currentBinding(here) ?? EMPTY_BINDING
  if (binding === EMPTY_BINDING && trace.getSpan(here) === undefined) return isCallback ? CALLED_BACK : NOWHERE
  const standing = isOver(binding, requestAt(here)) ? 'stale' : 'handed over'
  return {
    binding,
    run: (work) => {
      const inside = isCallback ? belowConnection(here, bindingIn(here)) : here
      return runInScope({ ...binding, scope: new Scope(binding.scope, standing) }, inside, work, false)
    },
  }
}

/** A place where nothing is bound and no span is active. */
export const NOWHERE: Place = { binding: EMPTY_BINDING, run: forNobody }
const CALLED_BACK: Place = {
  binding: EMPTY_BINDING,
  run: (work) => (belowConnection(ROOT_CONTEXT, undefined) === ROOT_CONTEXT ? forNobody(work) : work()),
}

/**
 * If no span was active, instrumentations put what a connection was for below the span that waited for it. So do we, if
 * that span has the same binding and isn't one of the caller that returned the connection.
 */
function belowConnection(here: Context, binding: LiveBinding | undefined): Context {
  if (trace.getSpan(here) !== undefined) return here
  const now = context.active()
  const span = trace.getSpan(now) as Partial<LiveSpan> | undefined
  const isOfHere = bindingIn(now) === binding && span?.attributes !== undefined && isConnecting(span as LiveSpan)
  return isOfHere ? trace.setSpan(here, span as unknown as Span) : here
}

/** An instrumentation may have made a span for this call. The callback isn't part of it. */
function outsideOfCall(ctx: Context): Context {
  const span = trace.getSpan(ctx) as Partial<LiveSpan> | undefined
  const isOfCall =
    span?.kind === SPAN_KIND.client && span.instrumentationScope?.name.startsWith(INSTRUMENTATIONS) === true
  if (!isOfCall) return ctx
  const { parentSpanContext } = span
  if (parentSpanContext !== undefined) return trace.setSpanContext(ctx, parentSpanContext as SpanContext)
  return isConnecting(span as LiveSpan) ? ctx : trace.deleteSpan(ctx)
}

const INSTRUMENTATIONS = '@opentelemetry/instrumentation-'

/** Makes a function that runs later as it would here. */
export function boundHere<A extends readonly unknown[], R>(
  fn: (this: unknown, ...args: A) => R,
  isCallback = false,
): (this: unknown, ...args: A) => R {
  const place = thisPlace(isCallback)
  return function (this: unknown, ...args: A): R {
    return place.run(() => Reflect.apply(fn, this, args))
  }
}

/**
 * Runs what serves everyone, such as the loop of a worker or the inside of a queue, outside of what is bound and of the
 * active span. Otherwise all that it starts later would count as work of the first caller.
 */
export function forNobody<T>(work: () => T): T {
  const here = context.active()
  if (isNobodys(here)) return work()
  return runIn(withBinding(trace.deleteSpan(here), EMPTY_BINDING), EMPTY_BINDING, work)
}

/** Whether nothing is bound and no span is active, so that the work is nobody's anyway. */
export function isNobodys(here = context.active()): boolean {
  if (bindingIn(here) !== EMPTY_BINDING && currentBinding(here) !== undefined) return false
  return trace.getSpan(here) === undefined
}

/** The facets in force: what this process bound, else what a carrier brought. Undefined if there are none. */
export function currentAttribution(): Attribution | undefined {
  const binding = currentBinding()
  return binding === undefined || isOver(binding, requestAt(context.active())) ? undefined : attributionIn(binding)
}

export function attributionIn({ bound, agents, carried }: LiveBinding): Attribution | undefined {
  const labels = agents.map(({ actor }) => actorLabel(actor)).filter((label) => label !== undefined)
  const actor = agents.at(-1)?.actor
  const before = carried?.attribution.actorChain ?? []
  // A token may name the very agent that `asAgent` enters.
  const chain = [...before, ...(before.length > 0 && before.at(-1) === labels[0] ? labels.slice(1) : labels)]
  const attribution: Attribution = {
    ...carried?.attribution,
    ...bound,
    ...(actor === undefined ? {} : { actor }),
    ...(chain.length === 0 ? {} : { actorChain: chain }),
  }
  return Object.keys(attribution).length === 0 ? undefined : attribution
}

/**
 * Runs `fn` with a change to what is bound around it that lasts exactly as long. `active`: a span to be active inside.
 */
export function runChanged<T>(change: (outer: LiveBinding) => LiveBinding, fn: () => T, active?: Span): T {
  const current = context.active()
  const binding = change(currentBinding(current) ?? EMPTY_BINDING)
  return runIn(withBinding(active === undefined ? current : trace.setSpan(current, active), binding), binding, fn)
}

function runIn<T>(inside: Context, binding: LiveBinding, work: () => T): T {
  let isStarted = false
  const start = () => {
    isStarted = true
    // Without a context manager, `with` loses its context. Our own store then keeps the binding.
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

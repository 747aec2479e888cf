import { Worker } from 'node:worker_threads'
import type { SpanShape } from '../model/span.ts'
import type { Outstanding } from './outstanding.ts'

/** How long this may delay the end of the process, in milliseconds. */
const LIMIT_MS = 2_000

const SENT = 1

/**
 * Sends spans while the process ends and its event loop stands still: another thread makes the same exporter from the
 * same environment, and this one waits for it. `resolve` returns its package's path. Returns how many spans are lost.
 */
export function sendLast(outstanding: readonly Outstanding[], resolve: (name: string) => string | undefined): number {
  return outstanding.reduce(
    (lost, one) => lost + (one.spans.size === 0 || isSent(one, resolve) ? 0 : one.spans.size),
    0,
  )
}

function isSent({ exporter, spans, isFailing }: Outstanding, resolve: (name: string) => string | undefined): boolean {
  const path = isFailing ? undefined : resolve(exporter.packageName)
  if (path === undefined) return false
  const done = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  try {
    const workerData = { done, path, name: exporter.name, spans: [...spans].map(plain) }
    // Without the app's flags: they must not start anything a second time.
    const env = { ...process.env, NODE_OPTIONS: '' }
    const sender = new Worker(SEND, { eval: true, workerData, execArgv: [], env })
    sender.on('error', () => {})
    Atomics.wait(done, 0, 0, LIMIT_MS)
    return Atomics.load(done, 0) === SENT
  } catch {
    return false
  }
}

/** The code of the other thread. It is text because a bundle has no file for it. */
const SEND = `
const { done, path, name, spans } = require('node:worker_threads').workerData
const end = (state) => {
  Atomics.store(done, 0, state)
  Atomics.notify(done, 0)
}
const live = ({ state, ...context }) => ({ ...context, ...(state && { traceState: { serialize: () => state } }) })
const resources = new Map()
const resourceOf = (one) => {
  if (!resources.has(one)) resources.set(one, { ...one, getRawAttributes: () => Object.entries(one.attributes) })
  return resources.get(one)
}
try {
  const exporter = new (require(path)[name])()
  const revived = spans.map(({ context, resource, ...span }) => ({
    ...span,
    spanContext: () => live(context),
    resource: resourceOf(resource),
    links: span.links.map((link) => ({ ...link, context: live(link.context) })),
  }))
  exporter.export(revived, ({ code }) => end(code === 0 ? ${SENT} : ${SENT + 1}))
} catch {
  end(${SENT + 1})
}
`

interface Ended extends SpanShape {
  readonly links?: readonly { readonly context: object }[]
  readonly [field: string]: unknown
}

/** The part of a span that can be passed to another thread. Spans with the same resource share one object. */
function plain(span: SpanShape): object {
  const { name, kind, startTime, status, attributes, instrumentationScope, parentSpanContext } = span
  const { links = [] } = span as Ended
  const more = Object.fromEntries(MORE_FIELDS.map((field) => [field, (span as Ended)[field]]))
  return {
    ...more,
    name,
    kind,
    startTime,
    status,
    attributes,
    ended: true,
    context: plainContext(span.spanContext()),
    parentSpanContext: parentSpanContext && plainContext(parentSpanContext),
    links: links.map((link) => ({ ...link, context: plainContext(link.context) })),
    instrumentationScope: { ...instrumentationScope },
    resource: resourceOf(span),
  }
}

const MORE_FIELDS = [
  'endTime',
  'duration',
  'events',
  'droppedAttributesCount',
  'droppedEventsCount',
  'droppedLinksCount',
] as const

function plainContext(context: object): object {
  const { traceState, ...others } = context as { readonly traceState?: { serialize(): string } }
  return traceState === undefined ? others : { ...others, state: traceState.serialize() }
}

const resources = new WeakMap<object, object>()

function resourceOf({ resource }: SpanShape): object {
  const known = resources.get(resource)
  if (known !== undefined) return known
  const made = { attributes: { ...resource.attributes }, asyncAttributesPending: false }
  resources.set(resource, made)
  return made
}

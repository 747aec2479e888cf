import type { SpanShape } from '../../model/span.ts'
import { processState } from '../health/process-state.ts'

type Resource = SpanShape['resource']

/** The part of an OpenTelemetry SDK resource that we use. */
interface DetectedResource extends Resource {
  readonly asyncAttributesPending?: boolean
  getRawAttributes?(): readonly (readonly [key: string, value: unknown])[]
}

/**
 * What is known of a resource so far. The SDK logs an error on each read while a resource is still being detected, as
 * every app's is right after the start.
 */
export function knownResource(resource: DetectedResource): Resource {
  if (resource.asyncAttributesPending !== true || resource.getRawAttributes === undefined) return resource
  const known = resources.known.get(resource) ?? { attributes: presentIn(resource.getRawAttributes()) }
  resources.known.set(resource, known)
  return known
}

const resources = processState('resources', () => ({ known: new WeakMap<DetectedResource, Resource>() }))

/** As the SDK reads them: the first one with a name counts. */
function presentIn(attributes: readonly (readonly [key: string, value: unknown])[]): Resource['attributes'] {
  const isPresent = (value: unknown) => value !== undefined && value !== null && !isPending(value)
  return Object.fromEntries(attributes.filter(([, value]) => isPresent(value)).toReversed())
}

function isPending(value: unknown): boolean {
  return typeof (value as Partial<PromiseLike<unknown>>).then === 'function'
}

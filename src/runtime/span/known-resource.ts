import type { SpanShape } from '../../model/span.ts'
import { processState } from '../health/process-state.ts'

type Resource = SpanShape['resource']

/** A resource of the OpenTelemetry SDK, as far as we touch it. */
interface DetectedResource extends Resource {
  readonly asyncAttributesPending?: boolean
  getRawAttributes?(): readonly (readonly [key: string, value: unknown])[]
}

/**
 * What is known of a resource by now. The SDK logs an error each time one is read that is still being detected, as that
 * of every app is when it has just started.
 */
export function knownResource(resource: DetectedResource): Resource {
  if (resource.asyncAttributesPending !== true || resource.getRawAttributes === undefined) return resource
  const known = resources.known.get(resource) ?? { attributes: presentIn(resource.getRawAttributes()) }
  resources.known.set(resource, known)
  return known
}

const resources = processState('resources', () => ({ known: new WeakMap<DetectedResource, Resource>() }))

/** As the SDK reads them: the first one of a name counts. */
function presentIn(attributes: readonly (readonly [key: string, value: unknown])[]): Resource['attributes'] {
  const isPresent = (value: unknown) => value !== undefined && value !== null && !isPending(value)
  return Object.fromEntries(attributes.filter(([, value]) => isPresent(value)).toReversed())
}

function isPending(value: unknown): boolean {
  return typeof (value as Partial<PromiseLike<unknown>>).then === 'function'
}

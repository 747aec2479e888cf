import { facetsOf, putFacets } from '../../judge/stamp.ts'
import type { SpanShape } from '../../model/span.ts'
import type { ResolvedSpan } from '../../resolve/resolved-span.ts'
import type { LiveSpan } from '../span/live-span.ts'
import { limitsOf } from '../span/span-limits.ts'
import { SpanSnapshot } from '../span/span-snapshot.ts'
import { AddedTarget } from './span-target.ts'

/** Writes the facets of a span that has just started, where it states none itself. Returns what it says then. */
export function writeEarly(span: LiveSpan, resource: SpanShape['resource'], resolved: ResolvedSpan): SpanSnapshot {
  const facets = new AddedTarget(span, limitsOf(span))
  try {
    putFacets(facets, resolved)
  } catch {
    // Frozen; what it has to say is said when it ends.
  }
  return new SpanSnapshot(span, resource, facets.count)
}

/** Takes back what we wrote early and what does not hold of `resolved`, unless the app has replaced it. */
export function takeBack(span: SpanShape, ownWrites: SpanSnapshot, resolved?: ResolvedSpan): void {
  const attributes = span.attributes as Record<string, unknown>
  const kept = resolved === undefined ? {} : facetsOf(resolved)
  for (const key of ownWrites.ours()) {
    if (kept[key] === undefined && ownWrites.isOurs(key, attributes[key])) delete attributes[key]
  }
}

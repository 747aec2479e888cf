import { facetsOf, putFacets } from '../../judge/stamp.ts'
import type { SpanShape } from '../../model/span.ts'
import type { ResolvedSpan } from '../../resolve/resolved-span.ts'
import type { LiveSpan } from '../span/live-span.ts'
import { limitsOf } from '../span/span-limits.ts'
import { SpanSnapshot } from '../span/span-snapshot.ts'
import { AddedTarget } from './span-target.ts'

/** Writes the facets that a span that just started doesn't state itself. Returns what it says afterwards. */
export function writeEarly(span: LiveSpan, resource: SpanShape['resource'], resolved: ResolvedSpan): SpanSnapshot {
  const facets = new AddedTarget(span, limitsOf(span))
  try {
    putFacets(facets, resolved)
  } catch {
    // It is frozen. Its facets are written when it ends.
  }
  return new SpanSnapshot(span, resource, facets.count)
}

/** Removes early writes of ours that `resolved` doesn't have, unless the app has replaced them. */
export function takeBack(span: SpanShape, ownWrites: SpanSnapshot, resolved?: ResolvedSpan): void {
  const attributes = span.attributes as Record<string, unknown>
  const kept = resolved === undefined ? {} : facetsOf(resolved)
  for (const key of ownWrites.ours()) {
    if (kept[key] === undefined && ownWrites.isOurs(key, attributes[key])) delete attributes[key]
  }
}

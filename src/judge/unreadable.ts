import { UNREADABLE } from '../base/attribute-value.ts'
import { memoizeRecent } from '../base/intern.ts'
import { isUnknownTime } from '../base/known-time.ts'
import type { Requirement } from '../policy/policy.ts'
import type { ResolvedSpan } from '../resolve/resolved-span.ts'

/**
 * The facets of a span that say something which can't be read: they count as placeholders, whether or not policy
 * requires them.
 */
export function unreadableFacets({ facets, stated }: ResolvedSpan): readonly Requirement[] {
  const { principal, actor, context, intent, authority, decision, correlation } = facets
  let found: Requirement[] | undefined
  const note = (facet: Requirement, value: object | undefined) => {
    if (value !== undefined && isUnreadable(value)) (found ??= []).push(facet)
  }
  note('principal', principal?.value)
  note('actor', actor?.value)
  note('context', context?.value)
  note('intent', intent?.value)
  note('authority', authority?.value)
  note('decision', decision?.value)
  if (stated.isDecisionUnreadable) (found ??= []).push('decision')
  if (correlation?.value === UNREADABLE) (found ??= []).push('correlation')
  return found ?? NONE
}

const NONE: readonly Requirement[] = []

/** Whether a field of a facet can't be read, or a time in it is in no known form. */
export function isUnreadable(facet: object): boolean {
  for (const key in facet) {
    const value = (facet as Readonly<Record<string, unknown>>)[key]
    if (value === UNREADABLE) return true
    if (typeof value === 'object' ? value !== null && isUnreadable(value) : isTime(key) && isNoTime(value)) return true
  }
  return false
}

/** Whether the field holds a time. */
function isTime(key: string): boolean {
  return key === 'at' || key === 'expiresAt'
}

function isNoTime(value: unknown): boolean {
  return typeof value === 'string' && isUnknown(value)
}

const isUnknown = memoizeRecent(isUnknownTime)

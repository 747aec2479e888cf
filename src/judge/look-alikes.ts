import { canonicalId, isPlaceholder } from '../identity/identity.ts'
import { appearanceOf, appearanceOfAny } from '../identity/look-alike.ts'
import type { Policy } from '../policy/policy.ts'
import { actorLabel } from '../resolve/actor-chain.ts'
import type { Facets } from '../resolve/resolve.ts'
import type { ResolvedSpan } from '../resolve/resolved-span.ts'

/** Whether an id on the span mixes alphabets, or looks like another one on the span or above it. */
export function isConfusable(resolved: ResolvedSpan, policy: Policy): boolean {
  const { facets, lineage } = resolved
  if (!hasForeign(facets)) return false
  const own = idsIn(facets, policy)
  const { principal, recognized, tool } = lineage
  const above = [principal, recognized?.principal].map((held) => held?.value.id)
  const others = [...above, tool?.context?.value.id, ...(recognized?.chain ?? [])]
  const looks = new Looks([...own, ...compared(others, policy)])
  return own.some((id) => appearanceOf(id)?.isMixed === true || looks.isLikeAnother(id))
}

/**
 * The spans of one trace that name an identity which looks like another of that trace. The order of the spans doesn't
 * matter. Two ids in ASCII are never alike, so that most traces need one look.
 */
export function lookAlikes<T extends Pick<ResolvedSpan, 'facets' | 'kind'>>(
  all: readonly T[],
  policy: Policy,
): ReadonlySet<T> {
  const judged = all.filter(({ kind }) => kind !== undefined)
  if (!judged.some(({ facets }) => hasForeign(facets))) return NOBODY
  const looks = new Looks(judged.flatMap(({ facets }) => idsIn(facets, policy)))
  return new Set(judged.filter(({ facets }) => hasForeign(facets) && idsIn(facets, policy).some(looks.isLikeAnother)))
}

const NOBODY: ReadonlySet<never> = new Set()

/** With more ids beyond ASCII in one trace, nobody tells them apart, and each counts as like another. */
const MAX_FOREIGN = 100_000

/** Which ids look like another one. Those in ASCII are compared with the others only, so that few are kept. */
class Looks {
  /** The id by what it looks like. Undefined if several look like that. */
  readonly #idOf = new Map<string, string | undefined>()
  #isFull = false

  constructor(ids: readonly string[]) {
    const all = new Set(ids)
    let foreign = 0
    for (const id of all) {
      if (!isForeign(id)) continue
      foreign += 1
      if (foreign > MAX_FOREIGN) {
        this.#isFull = true
        this.#idOf.clear()
        return
      }
      for (const look of looksOf(id)) this.#idOf.set(look, this.#idOf.has(look) ? undefined : id)
    }
    for (const id of all) {
      if (isForeign(id)) continue
      for (const look of looksOf(id)) if (this.#idOf.has(look)) this.#idOf.set(look, undefined)
    }
  }

  /** Whether it has letters beyond ASCII, and another id looks the same. */
  readonly isLikeAnother = (id: string): boolean => {
    if (!isForeign(id)) return false
    return this.#isFull || looksOf(id).some((look) => this.#idOf.has(look) && this.#idOf.get(look) === undefined)
  }
}

/** Those of small letters are never compared with those of capitals. */
function looksOf(id: string): readonly string[] {
  return appearanceOfAny(id).skeletons.map((skeleton, at) => `${at}${skeleton}`)
}

/** Whether a name on the span has a letter beyond ASCII. Allocates nothing, because most have none. */
function hasForeign({ principal, actor, actorChain, context, decision }: Facets): boolean {
  return (
    isForeign(principal?.value.id) ||
    isForeign(principal?.rival) ||
    isForeign(actor?.value.id ?? actor?.value.name) ||
    isForeign(context?.value.id) ||
    isForeign(context?.value.credential?.subject) ||
    isForeign(decision?.value.approver?.id) ||
    actorChain.some(isForeign)
  )
}

function isForeign(id: string | undefined): boolean {
  return id !== undefined && BEYOND_ASCII.test(id)
}

const BEYOND_ASCII = /[^ -~]/u

function idsIn(facets: Facets, policy: Policy): readonly string[] {
  return compared(namesIn(facets), policy)
}

function compared(ids: readonly (string | undefined)[], { alias }: Policy): readonly string[] {
  const named = ids.filter((id) => id !== undefined && !isPlaceholder(id)) as readonly string[]
  return named.map((id) => alias(canonicalId(id).replace(USER, '')))
}

/** It says nothing about who it is. */
const USER = /^user:/u

/** The identities that a span names. An inferred context is only a name. */
function namesIn({ principal, actor, actorChain, context, decision }: Facets): readonly (string | undefined)[] {
  const isInferred = context?.assurance === 'inferred'
  return [
    principal?.value.id,
    principal?.rival,
    actor === undefined ? undefined : actorLabel(actor.value),
    isInferred ? undefined : context?.value.id,
    isInferred ? undefined : context?.value.credential?.subject,
    decision?.value.approver?.id,
    ...actorChain,
  ]
}

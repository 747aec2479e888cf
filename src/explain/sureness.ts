import { ASSURANCES } from '../model/attribution.ts'
import type { Assurance } from '../model/attribution.ts'
import { TRACE } from '../resolve/process-edge.ts'
import { identity } from './wording.ts'

/** How sure we are of something, and where it came from if that isn't the usual source. */
export interface Sureness {
  readonly assurance?: Assurance | undefined
  readonly source?: string | undefined
  /** Whose key a verified facet was checked against, where that was recorded. */
  readonly issuer?: string | undefined
  /** Policy asks for more than this. */
  readonly isTooWeak?: boolean | undefined
}

/**
 * `kai (claimed)`: text with how sure we are of it, if that is less than asserted. `kai (verified, login.example)` if a
 * signature was checked: then it says whose.
 */
export function sureText(text: string, sureness: Sureness): string {
  const mark = markOf(sureness)
  return mark === '' ? text : `${text} (${mark})`
}

function markOf({ assurance, source, issuer, isTooWeak = false }: Sureness): string {
  if (assurance === 'verified' && source !== TRACE)
    return issuer === undefined ? assurance : `${assurance}, ${nameOfIssuer(issuer)}`
  const usual = isTooWeak && assurance !== undefined ? `only ${assurance}` : ''
  const weak = assurance === 'claimed' || assurance === 'inferred' ? assurance : usual
  if (source !== TRACE) return weak
  return weak === 'inferred' ? `${weak}, ${BY_TRACE}` : BY_TRACE
}

const BY_TRACE = 'by trace context'
const BY_SOURCE: ReadonlyMap<string, string> = new Map([
  [TRACE, BY_TRACE],
  ['carrier', 'by signed carrier'],
])

/** Its host, if it's a URL as in OpenID Connect. */
function nameOfIssuer(issuer: string): string {
  return identity(URL.canParse(issuer) && issuer.includes('://') ? new URL(issuer).host || issuer : issuer)
}

/** ` [claimed]`, as the rows of the chain have it; empty for a facet that is held without it. */
export function sureness({ assurance, source }: Sureness): string {
  const parts = [assurance, source === undefined ? undefined : BY_SOURCE.get(source)].filter(
    (part) => part !== undefined,
  )
  return parts.length === 0 ? '' : ` [${parts.join(', ')}]`
}

/** The lowest assurance of several. Undefined if none has any. */
export function leastOf(some: readonly Sureness[]): Assurance | undefined {
  return some.map(({ assurance }) => assurance).toSorted((a, b) => rank(b) - rank(a))[0]
}

/** Whether we are less sure of one than of another. */
export function isLessSure(one: Sureness, other: Sureness): boolean {
  const [a, b] = [rank(one.assurance), rank(other.assurance)]
  return a === b ? one.source === TRACE && other.source !== TRACE : a > b
}

/** A facet that is held without assurance counts as its span's own word. */
function rank(assurance: Assurance | undefined): number {
  return assurance === undefined ? ASSURANCES.indexOf('asserted') - 0.5 : ASSURANCES.indexOf(assurance)
}

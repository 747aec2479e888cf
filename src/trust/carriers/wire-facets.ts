import type { Attribution, Intent } from '../../model/attribution.ts'
import { ACTOR, AUTHORITY, INTENT, isIdentified, plainFields, PRINCIPAL, readFields } from '../../model/facet-fields.ts'
import type { FacetField, FacetFields } from '../../model/facet-fields.ts'
import { ATTR } from '../../model/names.ts'
import { present } from '../../base/attribute-value.ts'
import { boundedChain, MAX_ACTORS } from '../../base/bounded-chain.ts'
import { intentHash } from '../../identity/intent-hash.ts'
import { withoutSecrets } from '../../base/secret.ts'
import { alone, MAX_ENTRIES, MAX_TEXT } from '../../base/shortened.ts'

/** Name and value of each entry of one facet. A facet travels whole or not at all. */
export type WireFacet = readonly (readonly [name: string, value: string])[]

/**
 * The part of an attribution that may leave the process, most needed first. Never a credential, context or decision.
 */
export function toWire(attribution: Attribution): readonly WireFacet[] {
  const { principal, actor, actorChain, intent, authority, correlationId } = attribution
  const chain = boundedChain(actorChain ?? [])
  const facets: WireFacet[] = [
    entry(ATTR.correlation.id, correlationId),
    entries(PRINCIPAL, principal),
    [...entries(ACTOR, actor), ...entry(ATTR.actor.chain, chain.length === 0 ? undefined : chain)],
    entries(INTENT, intent),
    entries(AUTHORITY, authority),
  ]
  return facets.filter((facet) => facet.length > 0)
}

/**
 * Reads an attribution that came from outside. `read` returns the value of a name, of any type. Leaves out what is
 * missing, blank, too long or of the wrong form. Never reads context, decision and declaration.
 */
export function fromWire(read: (name: string) => unknown): Attribution {
  const field = (of: FacetField) => valueOf(of, read(of.name))
  const chain = listIn(boundedText(read(ATTR.actor.chain), MAX_LIST_LENGTH), MAX_ACTORS)
  return {
    ...present('principal', identified(PRINCIPAL, field)),
    ...present('actor', identified(ACTOR, field)),
    ...present('actorChain', chain?.length === 0 ? undefined : chain),
    ...present('intent', hashed(identified(INTENT, field))),
    ...present('authority', identified(AUTHORITY, field)),
    ...present('correlationId', boundedText(read(ATTR.correlation.id), MAX_TEXT)),
  }
}

function entries<F extends object>(of: FacetFields<F>, facet: F | undefined): WireFacet {
  const values = (facet ?? {}) as Readonly<Record<string, string | readonly string[] | undefined>>
  return plainFields(of).flatMap(({ key, name }) => entry(name, values[key]))
}

function entry(name: string, value: string | readonly string[] | undefined): WireFacet {
  if (value === undefined) return []
  return [[name, typeof value === 'string' ? value : JSON.stringify(value)]]
}

function identified<F>(of: FacetFields<F>, read: (field: FacetField) => unknown): F | undefined {
  const found = readFields(of, read)
  return isIdentified(of, found) ? found : undefined
}

function valueOf({ form, words, derived }: FacetField, value: unknown): unknown {
  if (derived) return undefined
  if (form === 'list') return listIn(boundedText(value, MAX_LIST_LENGTH), MAX_ENTRIES)
  const text = boundedText(value, MAX_TEXT)
  return form === 'word' ? words.find((word) => word === text) : text
}

/** Computes the hash again, because an incoming one proves nothing. */
function hashed(intent: Intent | undefined): Intent | undefined {
  return intent && { ...intent, ...present('hash', intentHash(intent)) }
}

/** A list travels as JSON text, which may be as long as all its entries. */
const MAX_LIST_LENGTH = 65_536

function boundedText(value: unknown, most: number): string | undefined {
  if (typeof value !== 'string' || value.length > MAX_LIST_LENGTH) return undefined
  const text = withoutSecrets(value.trim())
  return text === '' || text.length > most ? undefined : alone(text)
}

function listIn(text: string | undefined, most: number): readonly string[] | undefined {
  const parsed = text === undefined ? undefined : parse(text)
  if (!Array.isArray(parsed) || parsed.length > most) return undefined
  const texts = parsed.filter((entry) => typeof entry === 'string' && entry.trim() !== '' && entry.length <= MAX_TEXT)
  return texts.length === parsed.length ? (texts as string[]) : undefined
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

import { AUTHORITY_TYPES, PRINCIPAL_TYPES } from '../../model/attribution.ts'
import type { Attribution, Authority, Intent, Principal } from '../../model/attribution.ts'
import { ATTR } from '../../model/names.ts'
import { boundedChain, MAX_ACTORS } from '../../base/bounded-chain.ts'
import { actorLabel } from '../../resolve/actor-chain.ts'
import { intentHash } from '../../identity/intent-hash.ts'
import { alone, MAX_ENTRIES, MAX_TEXT } from '../../base/shortened.ts'

/** Name and value of each entry of one facet; a facet travels whole or not at all. */
export type WireFacet = readonly (readonly [name: string, value: string])[]

/** What of an attribution may leave the process, the most needed first: never a credential, context or decision. */
export function toWire(attribution: Attribution): readonly WireFacet[] {
  const { principal, intent, authority, correlationId } = attribution
  const facets: WireFacet[] = [
    entries([[ATTR.correlationId, correlationId]]),
    entries([
      [ATTR.principal.id, principal?.id],
      [ATTR.principal.type, principal?.type],
      [ATTR.principal.issuer, principal?.issuer],
    ]),
    actorEntries(attribution),
    entries([
      [ATTR.intent.id, intent?.id],
      [ATTR.intent.summary, intent?.summary],
      [ATTR.intent.purpose, intent?.purpose],
      [ATTR.intent.parentId, intent?.parentId],
      [ATTR.intent.hash, intent?.hash],
    ]),
    entries([
      [ATTR.authority.id, authority?.id],
      [ATTR.authority.type, authority?.type],
      [ATTR.authority.scopes, authority?.scopes === undefined ? undefined : JSON.stringify(authority.scopes)],
      [ATTR.authority.expiresAt, authority?.expiresAt],
    ]),
  ]
  return facets.filter((facet) => facet.length > 0)
}

/**
 * Reads an attribution that came from outside. `read` gives the value of a name, of any type; what is missing, blank,
 * too long or of the wrong form is left out. Context, decision and declaration are never read.
 */
export function fromWire(read: (name: string) => unknown): Attribution {
  const textAt = (name: string) => boundedText(read(name), MAX_TEXT)
  const listAt = (name: string, most: number) => listIn(boundedText(read(name), MAX_LIST_LENGTH), most)
  const principal = principalAt(textAt)
  const chain = listAt(ATTR.actor.chain, MAX_ACTORS)
  const actor = {
    ...named('id', textAt(ATTR.actor.id)),
    ...named('name', textAt(ATTR.actor.name)),
    ...named('version', textAt(ATTR.actor.version)),
    ...named('issuer', textAt(ATTR.actor.issuer)),
  }
  return {
    ...named('principal', principal),
    ...named('actor', actorLabel(actor) === undefined ? undefined : actor),
    ...named('actorChain', chain?.length === 0 ? undefined : chain),
    ...named('intent', intentAt(textAt)),
    ...named('authority', authorityAt(textAt, listAt(ATTR.authority.scopes, MAX_ENTRIES))),
    ...named('correlationId', textAt(ATTR.correlationId)),
  }
}

function actorEntries({ actor, actorChain }: Attribution): WireFacet {
  const chain = boundedChain(actorChain ?? [])
  return entries([
    [ATTR.actor.id, actor?.id],
    [ATTR.actor.name, actor?.name],
    [ATTR.actor.version, actor?.version],
    [ATTR.actor.issuer, actor?.issuer],
    [ATTR.actor.chain, chain.length === 0 ? undefined : JSON.stringify(chain)],
  ])
}

function entries(candidates: readonly (readonly [string, string | undefined])[]): WireFacet {
  return candidates.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
}

type TextAt = (name: string) => string | undefined

function principalAt(textAt: TextAt): Principal | undefined {
  const id = textAt(ATTR.principal.id)
  if (id === undefined) return undefined
  const type = PRINCIPAL_TYPES.find((word) => word === textAt(ATTR.principal.type))
  return { id, ...named('type', type), ...named('issuer', textAt(ATTR.principal.issuer)) }
}

/** The hash is made again: one that came in binds nothing. */
function intentAt(textAt: TextAt): Intent | undefined {
  const said = {
    ...named('id', textAt(ATTR.intent.id)),
    ...named('summary', textAt(ATTR.intent.summary)),
    ...named('purpose', textAt(ATTR.intent.purpose)),
  }
  if (Object.keys(said).length === 0) return undefined
  return { ...said, ...named('parentId', textAt(ATTR.intent.parentId)), ...named('hash', intentHash(said)) }
}

function authorityAt(textAt: TextAt, scopes: Authority['scopes']): Authority | undefined {
  const authority: Authority = {
    ...named('id', textAt(ATTR.authority.id)),
    ...named(
      'type',
      AUTHORITY_TYPES.find((word) => word === textAt(ATTR.authority.type)),
    ),
    ...named('scopes', scopes),
    ...named('expiresAt', textAt(ATTR.authority.expiresAt)),
  }
  return Object.keys(authority).length === 0 ? undefined : authority
}

/** A list travels as JSON text, which may be as long as its entries. */
const MAX_LIST_LENGTH = 65_536

function boundedText(value: unknown, most: number): string | undefined {
  if (typeof value !== 'string' || value.length > MAX_LIST_LENGTH) return undefined
  const text = value.trim()
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

function named<K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: T })
}

import { fieldOf } from '../model/attribution.ts'
import type { AssuredFacet, Authority, Declaration, Intent, Principal } from '../model/attribution.ts'
import { isSameValue } from '../base/attribute-value.ts'
import { isAtLeast } from '../policy/policy.ts'
import { isTentative } from './actor-chain.ts'
import { surenessIn } from './lineage.ts'
import type { Binding, Sourced } from './lineage.ts'
import type { SpanFacts } from './span-facts.ts'
import { userOnResource } from './resource-user.ts'

/** The facets whose value comes from the first source that has one. Actor, context and decision need more weighing. */
interface Listed {
  readonly principal: Sourced<Principal>
  readonly intent: Sourced<Intent>
  readonly authority: Sourced<Authority>
  readonly correlation: Sourced<string>
  readonly declaration: Sourced<Declaration>
}

type Says<T> = (known: SpanFacts) => T | undefined

/** One source and what it says about each facet. It never says anything about a facet that is left out. */
type Source = { readonly name: string } & { readonly [F in keyof Listed]?: Says<Listed[F]> }

/** Where facets come from, in order of precedence. A row that is out of order says why. To add a source, add a row. */
const SOURCES: readonly Source[] = [
  {
    name: 'own',
    principal: (known) => ownOf(known, 'principal'),
    intent: (known) => ownOf(known, 'intent'),
    authority: (known) => ownOf(known, 'authority'),
    correlation: (known) => ownOf(known, 'correlation'),
    declaration: ({ stated }) => declared(stated.declaration),
  },
  {
    name: 'bound',
    principal: ({ binding }) => boundHere(binding, 'principal', binding?.bound.principal),
    intent: ({ binding }) => boundHere(binding, 'intent', binding?.bound.intent),
    authority: ({ binding }) => boundHere(binding, 'authority', binding?.bound.authority),
    correlation: ({ binding }) => boundHere(binding, 'correlation', binding?.bound.correlationId),
    declaration: ({ binding }) => asserted(binding?.bound.declaration),
  },
  {
    // A carrier never brings a declaration.
    name: 'carried',
    principal: (known) => brought(known, 'principal', known.binding?.carried?.attribution.principal),
    intent: (known) => brought(known, 'intent', known.binding?.carried?.attribution.intent),
    authority: (known) => brought(known, 'authority', known.binding?.carried?.attribution.authority),
    correlation: (known) => brought(known, 'correlation', known.binding?.carried?.attribution.correlationId),
  },
  { name: 'dialect', principal: ({ facts }) => inferredUser(facts.user, facts.rivalUser) },
  {
    name: 'ancestor',
    principal: ({ lineage }) => (isOfResource(lineage.principal) ? undefined : lineage.principal),
    intent: ({ lineage }) => lineage.intent,
    authority: ({ lineage }) => lineage.authority,
    correlation: ({ lineage }) => lineage.correlation,
    declaration: ({ lineage }) => lineage.declaration,
  },
  {
    // What a live process only inferred gives way to what the whole trace shows.
    name: 'own, inferred',
    principal: ({ lineage, stated }) =>
      lineage.principal === undefined && !isOfResource(stated.principal) ? stated.principal : undefined,
    intent: ({ stated }) => stated.intent,
  },
  // An address or a pseudonym is weaker than an id from any span above.
  { name: 'dialect, stand-in', principal: ({ facts }) => inferredUser(facts.userStandIn) },
  // A key that only ends like a user id may mean someone else.
  { name: 'dialect, likely', principal: ({ facts }) => inferredUser(facts.likelyUser) },
  // The owner of a program that an ancestor ran in is weaker than anything that a span says about a user.
  { name: 'resource of an ancestor', principal: ({ lineage, stated }) => lineage.principal ?? stated.principal },
  {
    // A resource never declares anything.
    name: 'resource',
    principal: ({ resource }) => fromResource(resource.principal),
    intent: ({ resource }) => fromResource(resource.intent),
    authority: ({ resource }) => fromResource(resource.authority),
    correlation: ({ resource }) => fromResource(resource.correlation),
  },
  // Last comes the program's user, and after that the machine it is installed on.
  {
    name: 'user of the program',
    principal: ({ resourceAttributes }) => programUser(userOnResource(resourceAttributes)),
  },
  { name: 'installation', principal: ({ facts }) => inferredUser(facts.installation) },
]

/** By facet, so that a span only asks the sources that have it. */
const OF_PRINCIPAL = SOURCES.flatMap(({ principal }) => principal ?? [])
const OF_INTENT = SOURCES.flatMap(({ intent }) => intent ?? [])
const OF_AUTHORITY = SOURCES.flatMap(({ authority }) => authority ?? [])
const OF_CORRELATION = SOURCES.flatMap(({ correlation }) => correlation ?? [])
const OF_DECLARATION = SOURCES.flatMap(({ declaration }) => declaration ?? [])

export const principalOf: Says<Listed['principal']> = (known) => first(OF_PRINCIPAL, known)
export const intentOf: Says<Listed['intent']> = (known) => first(OF_INTENT, known)
export const authorityOf: Says<Listed['authority']> = (known) => first(OF_AUTHORITY, known)
export const correlationOf: Says<Listed['correlation']> = (known) => first(OF_CORRELATION, known)
export const declarationOf: Says<Listed['declaration']> = (known) => first(OF_DECLARATION, known)

function first<T>(sources: readonly Says<T>[], known: SpanFacts): T | undefined {
  for (const says of sources) {
    const said = says(known)
    if (said !== undefined) return said
  }
  return undefined
}

export function fromResource<T>(held: Sourced<T> | undefined): Sourced<T> | undefined {
  return held === undefined ? undefined : { value: held.value, assurance: 'inferred', source: 'resource' }
}

/** The facets that a span states, gets from a carrier and inherits. */
type Passed = 'principal' | 'intent' | 'authority' | 'correlation'

/** What the span states itself, unless it's a guess, or a claim beside a surer word of this process. */
function ownOf<F extends Passed>(known: SpanFacts, facet: F): SpanFacts['stated'][F] {
  const own = known.stated[facet]
  if (own === undefined || isTentative(known.stated, own)) return undefined
  if (own.assurance !== 'claimed') return own
  return isBrought(known, facet) || isOutdone(known, facet, own.value) ? undefined : own
}

/** Whether this process's code, or a carrier that it trusts, says something about the facet. */
function isBrought({ binding }: SpanFacts, facet: Passed): boolean {
  if (binding === undefined) return false
  const { bound, carried } = binding
  const field = fieldOf(facet)
  if (bound[field] !== undefined) return true
  if (carried?.attribution[field] === undefined) return false
  return surenessIn(carried, facet).assurance !== 'claimed'
}

/** Whether a claim says something else than what an ancestor hands down, which is surer than any claim. */
function isOutdone({ lineage }: SpanFacts, facet: Passed, claim: object | string): boolean {
  const above = lineage[facet]
  if (above === undefined || above.source === 'resource' || !isAtLeast(above.assurance, 'asserted')) return false
  if (typeof claim === 'string') return claim !== above.value
  const sure = new Map<string, unknown>(Object.entries(above.value))
  return Object.entries(claim).some(([field, value]) => !isSameValue(value, sure.get(field)))
}

/** Only what is at least asserted declares anything. */
function declared(own: Sourced<Declaration> | undefined): Sourced<Declaration> | undefined {
  return own !== undefined && isAtLeast(own.assurance, 'asserted') ? own : undefined
}

function boundHere<T>(binding: Binding | undefined, facet: AssuredFacet, value: T | undefined): Sourced<T> | undefined {
  const sureness = binding?.sureness?.[facet]
  return value === undefined || sureness === undefined ? asserted(value) : { value, ...sureness }
}

function asserted<T>(value: T | undefined): Sourced<T> | undefined {
  return value === undefined ? undefined : { value, assurance: 'asserted' }
}

function brought<T extends object | string>(
  known: SpanFacts,
  facet: Passed,
  value: T | undefined,
): Sourced<T> | undefined {
  const carried = known.binding?.carried
  if (carried === undefined || value === undefined) return undefined
  const sureness = surenessIn(carried, facet)
  if (sureness.assurance === 'claimed' && isOutdone(known, facet, value)) return undefined
  return { value, ...sureness }
}

function isOfResource(held: Sourced<Principal> | undefined): boolean {
  return held?.source === 'resource'
}

function inferredUser(id: string | undefined, rival?: string): Sourced<Principal> | undefined {
  if (id === undefined) return undefined
  const user = { value: { id, type: 'human' }, assurance: 'inferred' } as const
  return rival === undefined ? user : { ...user, rival }
}

function programUser(id: string | undefined): Sourced<Principal> | undefined {
  return id === undefined ? undefined : { value: { id, type: 'human' }, assurance: 'inferred', source: 'resource' }
}

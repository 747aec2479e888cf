import { context, propagation } from '@opentelemetry/api'
import type { BaggageEntry, Context } from '@opentelemetry/api'
import type { AgentSpanKind, Assurance } from '../../model/attribution.ts'
import { DECLARATION, FACET_FIELDS, identifyingNames, namesOf, plainFields } from '../../model/facet-fields.ts'
import { ATTR, ATTR_PREFIX, JUDGEMENT_NAMES, SURENESS } from '../../model/names.ts'
import type { SpanShape } from '../../model/span.ts'
import type { AppKeys } from '../../policy/policy.ts'
import { scanKeys } from '../../recognize/key-scan.ts'
import { DENIAL_KEYS, recognize } from '../../recognize/recognize.ts'
import { isOutgoing } from '../../resolve/resolved-span.ts'
import type { LiveSpan } from './live-span.ts'
import { limitsOf } from './span-limits.ts'
import type { SpanSnapshot } from './span-snapshot.ts'
import { facetOf } from './standing.ts'

/** Entries of W3C baggage. */
export type Baggage = readonly (readonly [name: string, entry: BaggageEntry])[]

/** The baggage of the contexts that a span starts in. Undefined if there is none, as for most spans. */
export function baggageAt(parentContext: Context): Baggage | undefined {
  const active = context.active()
  const own = propagation.getBaggage(parentContext)?.getAllEntries() ?? []
  const others = active === parentContext ? [] : (propagation.getBaggage(active)?.getAllEntries() ?? [])
  return own.length + others.length === 0 ? undefined : [...own, ...others]
}

/**
 * Makes claims of what was copied from baggage onto a span, as span processors do that put every entry on every span.
 * Whoever sends a request writes its baggage. A facet that is named there is `claimed`; what only completes one, what
 * declares, and what only a judge may say, is removed. What we had written stands again. `before`: what stood before
 * it could be copied, if known.
 */
export function markHearsay(span: LiveSpan, baggage: Baggage, before?: SpanSnapshot): Heard {
  const attributes = span.attributes as Record<string, unknown>
  const heard = Object.keys(attributes).filter((name) => name.startsWith(ATTR_PREFIX) && isHeard(span, name, baggage))
  const named = heard.filter((name) => {
    const ours = before === undefined ? undefined : ownAt(before, name)
    if (ours !== undefined) attributes[name] = ours
    else if (!REMOVED.has(name)) return IDENTIFYING.has(name)
    else delete attributes[name]
    return false
  })
  for (const name of named) attributes[IDENTIFYING.get(name) as string] = CLAIMED
  return { isKindHeard: heard.includes(ATTR.span.kind), copies: copiesOn(attributes, baggage) }
}

/** Names that only other conventions give a meaning, with the values that stood in the baggage under the same name. */
export type Copies = ReadonlyMap<string, unknown>

function copiesOn(attributes: Readonly<Record<string, unknown>>, baggage: Baggage): Copies | undefined {
  const copies = baggage.flatMap(([name, { value }]) =>
    !name.startsWith(ATTR_PREFIX) && attributes[name] === value ? [[name, value] as const] : [],
  )
  return copies.length === 0 ? undefined : new Map(copies)
}

/**
 * What a span says without the copies that would hide an act: those that deny a run, and those that make something else
 * of a call. They stay on the span. Other copies count as what they are: the app may say the same itself, so that to
 * leave them out would hide just as much.
 */
export function withoutCopies(span: LiveSpan, copies: Copies | undefined, appKeys: AppKeys | undefined): SpanShape {
  if (copies === undefined) return span
  const run = withoutDenials(span, copies, appKeys)
  const kind = kindOf(run, appKeys)
  if (kind === undefined || kind === 'tool' || kind === 'effect' || !isOutgoing(span)) return run
  const call = viewOf(span, (name, value) => copies.get(name) === value)
  return kindOf(call, appKeys) === kind ? run : call
}

function withoutDenials(span: LiveSpan, copies: Copies, appKeys: AppKeys | undefined): SpanShape {
  if (kindOf(span, appKeys) !== undefined) return span
  const run = viewOf(span, (name, value) => DENIAL_KEYS.has(name) && copies.get(name) === value)
  return kindOf(run, appKeys) === undefined ? span : run
}

function kindOf(span: SpanShape, appKeys: AppKeys | undefined): AgentSpanKind | undefined {
  return recognize(span, scanKeys(span.attributes, undefined, appKeys))?.kind
}

function viewOf(span: SpanShape, isLeftOut: (name: string, value: unknown) => boolean): SpanShape {
  const attributes = Object.fromEntries(Object.entries(span.attributes).filter((entry) => !isLeftOut(...entry)))
  return Object.create(span, {
    attributes: { value: attributes, enumerable: true },
    spanContext: { value: () => span.spanContext(), enumerable: false },
  }) as SpanShape
}

export interface Heard {
  readonly copies: Copies | undefined
  /** Whether the kind of the span was copied: see `settleKind`. */
  readonly isKindHeard: boolean
}

/** A kind that a caller says counts only where nothing else shows one: it hides no call, and no call is hidden by it. */
export function settleKind(span: LiveSpan, appKeys: AppKeys | undefined, copies: Copies | undefined): void {
  const attributes = span.attributes as Record<string, unknown>
  const kind = attributes[ATTR.span.kind]
  if (kind === undefined) return
  delete attributes[ATTR.span.kind]
  const isKnown = isOutgoing(span) || kindOf(withoutCopies(span, copies, appKeys), appKeys) !== undefined
  if (!isKnown) attributes[ATTR.span.kind] = kind
}

/** What we had written under a name. A claim is surer than what we only inferred. */
function ownAt(before: SpanSnapshot, name: string): unknown {
  const ours = before.at(name)
  if (ours === undefined || !before.isOurs(name, ours)) return undefined
  return before.at(`${ATTR_PREFIX}${facetOf(name)}.assurance`) === 'inferred' ? undefined : ours
}

const CLAIMED: Assurance = 'claimed'

/** Whether the provider that made a span has other processors that write on it. True where its list isn't found. */
export function mayHaveNeighbors(span: SpanShape, ours: object): boolean {
  const list = property(property(span, '_spanProcessor'), '_spanProcessors')
  return !Array.isArray(list) || list.some((entry) => entry !== ours && !isStock(entry))
}

/** The SDK's own exporting processors write nothing. */
export function isStock(processor: unknown): boolean {
  return property(processor, '_exporter') !== undefined
}

function property(holder: unknown, key: string): unknown {
  return typeof holder === 'object' && holder !== null ? Reflect.get(holder, key) : undefined
}

/**
 * An entry may have been copied under another name, so for an id or a text its value decides. Words such as `allow`
 * occur in all kinds of entries, so for them the name must fit as well, with any prefix.
 */
function isHeard(span: LiveSpan, name: string, baggage: Baggage): boolean {
  const text = wireText(span.attributes[name])
  if (text === undefined) return false
  const limit = limitsOf(span).valueLength
  return baggage.some(([key, { value }]) => isCopy(text, form(value), limit) && (!WORDS.has(name) || fits(name, key)))
}

function isCopy(text: string, said: string, limit: number | undefined): boolean {
  return text === said || (limit !== undefined && text.length >= limit && said.startsWith(text))
}

function fits(name: string, key: string): boolean {
  const other = form(key)
  return other !== '' && (name.endsWith(other) || other.endsWith(name))
}

function form(text: string): string {
  return text.trim().toLowerCase()
}

/** A list travels as JSON text. */
function wireText(value: unknown): string | undefined {
  if (typeof value === 'string') return form(value)
  if (typeof value === 'boolean' || typeof value === 'number') return String(value)
  return Array.isArray(value) ? form(JSON.stringify(value)) : undefined
}

const FACETS = FACET_FIELDS.filter((of) => of !== DECLARATION)

/** The names that make a facet, each with that of its assurance. */
const IDENTIFYING: ReadonlyMap<string, string> = new Map([
  ...FACETS.flatMap((of) => identifyingNames(of).map((name) => [name, ATTR[of.facet].assurance] as const)),
  [ATTR.actor.chain, ATTR.actor.assurance],
  [ATTR.correlation.id, ATTR.correlation.assurance],
])

const SURENESS_NAMES = SURENESS.flatMap(({ assurance, source }) => [assurance, source])

/** Never taken from a caller. */
const REMOVED: ReadonlySet<string> = new Set([
  ...FACETS.flatMap(namesOf).filter((name) => !IDENTIFYING.has(name)),
  ...namesOf(DECLARATION),
  ...SURENESS_NAMES,
  ...JUDGEMENT_NAMES,
  ATTR.action.binding,
])

/** The names of those that hold one of a few words. */
const WORDS: ReadonlySet<string> = new Set([
  ...FACET_FIELDS.flatMap(plainFields).flatMap(({ form: kind, name }) => (kind === 'word' ? [name] : [])),
  ...SURENESS_NAMES,
  ATTR.outcome,
  ATTR.span.kind,
  ATTR.span.dialect,
  ATTR.verdict,
  ATTR.complete,
])

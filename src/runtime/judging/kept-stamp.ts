import type { AgentSpanKind } from '../../model/attribution.ts'
import type { FindingCode } from '../../model/finding.ts'
import { namesOf, DECLARATION } from '../../model/facet-fields.ts'
import { ATTR, JUDGEMENT_NAMES, SURENESS } from '../../model/names.ts'
import type { Attributes, SpanShape } from '../../model/span.ts'
import { createPrivateSlot } from '../../base/private-slot.ts'
import type { Judgement } from '../../judge/judge.ts'
import { fault } from '../health/fault.ts'
import { facetOf, Standing } from '../span/standing.ts'
import { limitsOf } from '../span/span-limits.ts'
import type { JudgedLiveSpan } from './judged-live-span.ts'
import { tellRewritten } from './listeners.ts'
import type { LiveJudge } from './live-judge.ts'

/** The stamp of one span, as long as the span is there: it may wait long for its export. */
interface Kept {
  readonly by: LiveJudge
  readonly kind: AgentSpanKind
  /** The judgement of a span on which policy allows others to write. */
  readonly ifAllowed: Judgement | undefined
  judgement: Judgement
  standing: Standing
  replaced: readonly string[]
  /** The span's own, once it has ended. */
  attributes: Record<string, unknown> | undefined
}

const KEPT = createPrivateSlot<Kept>()
const REWRITTEN: FindingCode = 'attribution_rewritten'

/** Keeps what a judged span says, right after its stamp was written. */
export function keepStamp({ span, resolved, judgement, replaced, by }: JudgedLiveSpan, ifAllowed?: Judgement): void {
  if (KEPT.of(span) !== undefined) return
  const standing = new Standing(span.attributes)
  KEPT.put(span, { by, kind: resolved.kind, ifAllowed, judgement, standing, replaced, attributes: undefined })
}

/**
 * From now on, whoever reads the attributes of this ended span finds the stamp: an ended span is a plain object, and
 * processors, and code that kept it, may write on it until it is exported. What was replaced is restored and reported.
 */
export function holdStamp(span: SpanShape): void {
  const kept = KEPT.of(span)
  if (kept === undefined || kept.attributes !== undefined) return
  kept.attributes = span.attributes as Record<string, unknown>
  checkSafely(span, kept)
  const own = Object.getOwnPropertyDescriptor(span, 'attributes')
  if (own?.configurable !== true || !('value' in own) || !Object.isExtensible(span)) return
  Object.defineProperty(span, SELF, { value: span })
  Object.defineProperty(span, 'attributes', CHECKED)
}

/** Where a held span refers to itself: found through a proxy and a derived object too, as exporters make that redact. */
const SELF = Symbol('onbehalf span')

/** One for all spans: with functions of its own, each span would have a shape of its own, which is slow. */
const CHECKED: PropertyDescriptor & ThisType<SpanShape & { readonly [SELF]?: SpanShape }> = {
  get() {
    const span = this[SELF]
    const kept = span === undefined ? undefined : KEPT.of(span)
    if (span === undefined || kept === undefined) return undefined
    checkSafely(span, kept)
    return kept.attributes
  },
  set(attributes: Record<string, unknown>) {
    const kept = Object.hasOwn(this, SELF) && this[SELF] !== undefined ? KEPT.of(this[SELF]) : undefined
    // On an object that was derived from the span, as on any other.
    if (kept === undefined) Object.defineProperty(this, 'attributes', { ...PLAIN, value: attributes })
    else kept.attributes = attributes
  },
  enumerable: true,
  configurable: true,
}

const PLAIN = { enumerable: true, configurable: true, writable: true }

function checkSafely(span: SpanShape, kept: Kept): void {
  try {
    if (kept.attributes !== undefined) check(span, kept, kept.attributes)
  } catch (error) {
    fault('processor', 'the stamp of a span could not be checked', error)
  }
}

function check(span: SpanShape, kept: Kept, given: Record<string, unknown>): void {
  const { by, kind, standing, ifAllowed } = kept
  if (standing.isUntouched(given)) return
  const changed = standing.replacedIn(given, by.settings.policy)
  const forged = standing.addedTo(given).filter((name) => isForged(name, given[name]) || standing.hasOf(facetOf(name)))
  const replaced = [...changed, ...forged]
  if (replaced.length === 0) return
  const attributes = writable(given, replaced)
  kept.attributes = attributes
  if (ifAllowed === undefined) standing.restore(attributes, replaced)
  const isFirst = !kept.judgement.findings.includes(REWRITTEN) && !kept.judgement.allowed.includes(REWRITTEN)
  kept.replaced = [...new Set([...kept.replaced, ...replaced])].toSorted()
  kept.judgement = ifAllowed ?? withRewritten(kept.judgement)
  const { judgement } = kept
  tellRewritten({ span, attributes, kind, judgement, replaced: kept.replaced, isFirst, limits: limitsOf(span), by })
  kept.standing = new Standing(attributes)
}

/** A copy, if they were frozen, or one of these made read-only, after it was replaced. */
function writable(attributes: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  const isFree = (name: string) => {
    const own = Object.getOwnPropertyDescriptor(attributes, name)
    return own === undefined || (own.writable === true && own.configurable === true)
  }
  return Object.isExtensible(attributes) && names.every(isFree) ? attributes : { ...attributes }
}

function withRewritten(judgement: Judgement): Judgement {
  if (judgement.findings.includes(REWRITTEN)) return judgement
  return { ...judgement, findings: [...judgement.findings, REWRITTEN].toSorted() }
}

/** A facet that is set late as a whole is an addition, unless only a judge may say it. More of one that stands is not. */
function isForged(name: string, value: Attributes[string]): boolean {
  return JUDGED.has(name) || name.startsWith(ATTR.findingPrefix) || (ASSURANCES.has(name) && value === 'verified')
}

const JUDGED: ReadonlySet<string> = new Set([ATTR.span.kind, ...JUDGEMENT_NAMES, ...namesOf(DECLARATION)])
const ASSURANCES: ReadonlySet<string> = new Set(SURENESS.map(({ assurance }) => assurance))

import type { Context } from '@opentelemetry/api'
import type { FindingCode } from '../../model/finding.ts'
import { STATUS } from '../../model/span.ts'
import type { SpanShape } from '../../model/span.ts'
import type { Policy } from '../../policy/policy.ts'
import { SUBJECT, scanKeys } from '../../recognize/key-scan.ts'
import type { KeyScan } from '../../recognize/key-scan.ts'
import { isOutgoing, mayAct, isInert, resolveSpan } from '../../resolve/resolved-span.ts'
import type { ResolvedSpan } from '../../resolve/resolved-span.ts'
import { noteInTree } from '../../resolve/tree-ledger.ts'
import { bindingAtStart } from '../binding/binding-at-start.ts'
import { isJudgedElsewhere, isTakenElsewhere } from '../span/copies.ts'
import { fault } from '../health/fault.ts'
import { baggageAt, mayHaveNeighbors, markHearsay, settleKind } from '../span/hearsay.ts'
import type { Baggage } from '../span/hearsay.ts'
import { knownResource } from '../span/known-resource.ts'
import type { PendingLink } from '../scope/live-binding.ts'
import type { LiveSpan, Processor } from '../span/live-span.ts'
import { notice } from '../health/notice.ts'
import { isOfOldSdk } from '../span/old-span.ts'
import {
  closeRecord,
  isJudged,
  isJudgedKind,
  keepDecision,
  lineageInto,
  markStale,
  noteHearsay,
  noteOverridden,
  noteSent,
  openState,
  ownPart,
  parentOf,
  passRecord,
  recordOf,
  resolveOpenSpan,
  toldIn,
} from '../span/span-state.ts'
import type { OpenSpan, SpanState } from '../span/span-state.ts'
import { noteFrameworkSpan } from '../span/framework-span.ts'
import { isOnlyProcessor } from '../span/sole-processor.ts'
import { limitsOf } from '../span/span-limits.ts'
import { SpanSnapshot } from '../span/span-snapshot.ts'
import { replacedSince } from '../span/standing.ts'
import { isOutlived, watchForTurn } from '../binding/stale-span.ts'
import { takeBack, writeEarly } from './early-writes.ts'
import { holdStamp, keepStamp } from './kept-stamp.ts'
import { tellJudged } from './listeners.ts'
import type { LiveJudge } from './live-judge.ts'
import { UnseenSpans } from './unseen.ts'

/**
 * Captures what is bound when a span starts. Recognizes, judges and stamps the span when it ends, because most
 * instrumentations say late what a span is. Never throws: a failure is counted and the span goes on.
 */
export class JudgingProcessor implements Processor {
  readonly #live: LiveJudge
  #hasLookedBehind: boolean
  #unseen: UnseenSpans | undefined

  /** `isBacked`: a later processor is known to take the spans, so there is nothing to warn about. */
  constructor(live: LiveJudge, isBacked = false) {
    this.#live = live
    this.#hasLookedBehind = isBacked
  }

  /** `hasNeighbors`: whether other processors write on spans too. Default: what the provider's list of them shows. */
  onStart(span: LiveSpan, parentContext: Context, hasNeighbors?: boolean): void {
    try {
      if (recordOf(span) !== undefined || isTakenElsewhere(span) || isOfOldSdk(span)) return
      this.#start(span, parentContext, hasNeighbors)
    } catch (error) {
      fault('processor', 'a span could not be taken up', error)
    }
  }

  onEnding(span: LiveSpan): void {
    try {
      this.#finish(span)
    } catch (error) {
      this.#giveUp(span, error)
    }
  }

  onEnd(span: SpanShape): void {
    const live = span as LiveSpan
    try {
      if (isUnseen(live)) this.#judgeUnseen(live)
      const state = this.#recordOf(span)
      if (state?.open !== undefined) this.#finish(live)
      holdStamp(span)
      this.#lookBehind(span)
    } catch (error) {
      this.#giveUp(live, error)
    }
  }

  /** Some callers pass in ended spans that they made elsewhere. */
  #judgeUnseen(span: LiveSpan): void {
    this.#unseen ??= new UnseenSpans(this.#live)
    if (this.#unseen.judged(span) !== span) fault('processor', 'an ended span could not be written to')
  }

  /** Whether the span already has its stamp, because the SDK calls `onEnding`. */
  hasFinished(span: object): boolean {
    return this.#recordOf(span)?.open === undefined
  }

  forceFlush(): Promise<void> {
    return Promise.resolve()
  }

  shutdown(): Promise<void> {
    return Promise.resolve()
  }

  /** Undefined for spans that this processor didn't take up. */
  #recordOf(span: object): SpanState | undefined {
    const state = recordOf(span)
    return state?.owner === this ? state : undefined
  }

  #start(span: LiveSpan, parentContext: Context, hasNeighbors: boolean | undefined): void {
    const { policy } = this.#live.settings
    const baggage = this.#copiedFrom(span, parentContext, hasNeighbors)
    const heard = baggage === undefined ? undefined : markHearsay(span, baggage)
    if (heard?.isKindHeard === true) settleKind(span, policy.appKeys, heard.copies)
    const above = parentOf(span, parentContext)
    const bound = bindingAtStart(span, parentContext, above, policy)
    const state = openState({ span, above, policy, bound, owner: this })
    const { open } = state
    if (open !== undefined) open.copies = heard?.copies
    const own = open === undefined ? span : ownPart(open)
    const keyScan = scanKeys(own.attributes, undefined, policy.appKeys)
    noteFrameworkSpan(span, state)
    takeLink(span, bound.binding?.link)
    if (open === undefined) return
    if (bound.binding !== undefined && !bound.isStale) watchForTurn(state, above)
    if (!isInertHere(state, open, keyScan)) this.#stampEarly(state, open, keyScan)
    const isAttributed = (keyScan.subjects & SUBJECT.attribution) !== 0
    open.atStart = open.ownWrites ?? (isAttributed ? new SpanSnapshot(span, knownResource(span.resource)) : undefined)
    // What our own code states, it states after the start.
    if (span.instrumentationScope.name !== 'onbehalf') open.baggage = baggage
    open.isKindHeard = heard?.isKindHeard === true
  }

  /** The baggage that other processors may have copied onto a span, or may yet copy. */
  #copiedFrom(span: LiveSpan, parentContext: Context, hasNeighbors: boolean | undefined): Baggage | undefined {
    const baggage = baggageAt(parentContext)
    return baggage !== undefined && (hasNeighbors ?? mayHaveNeighbors(span, this)) ? baggage : undefined
  }

  #stampEarly({ binding, inherited }: SpanState, open: OpenSpan, keyScan: KeyScan): void {
    const { span, policy } = open
    const lineage = lineageInto(open, inherited)
    const resource = knownResource(span.resource)
    const valueLimit = limitsOf(span).valueLength
    const own = ownPart(open)
    const resolved = resolveSpan({ span: own, lineage, policy, keyScan, live: { binding, resource, valueLimit } })
    noteInTree(resolved)
    if (resolved.kind === undefined) return
    // The kind isn't written: it would be read back from the span as the app's own statement.
    open.ownWrites = writeEarly(span, resource, resolved)
    open.look = { lineage, snapshot: open.ownWrites, told: toldIn(lineage), execution: undefined, resolved }
  }

  #finish(span: LiveSpan): void {
    const state = this.#recordOf(span)
    const open = state?.open
    if (state === undefined || open === undefined) return
    const { policy } = this.#live.settings
    noteHearsay(open)
    // Most instrumentations say late what a span is.
    if (open.isKindHeard) settleKind(span, policy.appKeys, open.copies)
    if (isOutgoing(span) && span.status.code !== STATUS.error) noteSent(state)
    const own = ownPart(open)
    const keyScan = open.ownWrites === undefined ? scanKeys(own.attributes, undefined, policy.appKeys) : undefined
    if (keyScan !== undefined && isInertHere(state, open, keyScan)) {
      passRecord(state, open)
      return
    }
    if (isOutlived(state)) markStale(state)
    const replaced = replacedSince(open.atStart, span.attributes, policy)
    const live = liveFindings(state, open, replaced)
    const resolved = resolveOpenSpan(state, open, lineageInto(open, state.inherited), keyScan)
    closeRecord(state, resolved.childLineage, resolved.kind)
    keepDecision(resolved)
    const { ownWrites } = open
    if (!isJudgedKind(resolved)) {
      if (ownWrites !== undefined) takeBack(span, ownWrites)
      return
    }
    const judgement = this.#live.judge(resolved, live)
    if (judgement.findings.includes('denied_but_executed')) noteOverridden(open.parent)
    if (ownWrites !== undefined && open.look?.snapshot !== ownWrites) takeBack(span, ownWrites, resolved)
    const { settings } = this.#live
    const ifAllowed = mayBeRewritten(resolved, settings.policy)
      ? this.#live.judge(resolved, [...live, 'attribution_rewritten'])
      : undefined
    const limits = limitsOf(span)
    const judged = { span, resolved, judgement, replaced, limits, by: this.#live, mayCopy: false, isStamped: false }
    tellJudged(judged)
    if (judged.isStamped)
      keepStamp(judged, ifAllowed?.allowed.includes('attribution_rewritten') ? ifAllowed : undefined)
  }

  #giveUp(span: LiveSpan, error: unknown): void {
    const state = this.#recordOf(span)
    if (state?.open !== undefined) closeRecord(state, state.inherited)
    fault('processor', 'a span could not be judged', error)
  }

  #lookBehind(span: SpanShape): void {
    if (this.#hasLookedBehind) return
    this.#hasLookedBehind = true
    if (isOnlyProcessor(span, this)) {
      notice(
        'error',
        'AttributionSpanProcessor stands alone: no span is exported. ' +
          'Add an exporting processor after it, or use new NodeSDK({ ...attribution() }).',
      )
    }
  }
}

/** The first span with room takes the link, which must not push out any of the app's own links. */
function takeLink(span: LiveSpan, link: PendingLink | undefined): void {
  if (link?.context === undefined || span.addLink === undefined) return
  const { links } = limitsOf(span)
  if (links !== undefined && (span.links?.length ?? 0) >= links) return
  span.addLink({ context: link.context })
  link.context = undefined
}

/** Whether none of our processors saw the span start. A running SDK's spans are known to have been left alone. */
function isUnseen(span: LiveSpan): boolean {
  if (recordOf(span) !== undefined || isJudged(span) || isTakenElsewhere(span) || isJudgedElsewhere(span)) return false
  return typeof span.setAttribute !== 'function' || !isOfOldSdk(span)
}

function liveFindings(
  { isStale, binding }: SpanState,
  { diverged }: OpenSpan,
  replaced: readonly string[],
): FindingCode[] {
  const live: FindingCode[] = [...(binding?.told ?? [])]
  if (isStale) live.push('stale_binding')
  if (diverged) live.push('context_divergence')
  if (replaced.length > 0) live.push('attribution_rewritten')
  return live
}

/** Whether a span says nothing and isn't an effect, like most spans of an app. */
function isInertHere({ inherited, binding }: SpanState, open: OpenSpan, keyScan: KeyScan): boolean {
  if (!isInert(open.span, keyScan)) return false
  return !isOutgoing(open.span) || !mayAct(lineageInto(open, inherited), binding)
}

/** Whether a declaration or a rule may allow other code to write over the stamp. */
function mayBeRewritten({ facets }: ResolvedSpan, { rules }: Policy): boolean {
  if (facets.declaration?.value.merges?.includes('attribution_rewritten') === true) return true
  return rules.some(({ allow }) => allow.includes('attribution_rewritten'))
}

import { context, trace } from '@opentelemetry/api'
import { ASSURANCES, ASSURED_FACETS, VERDICTS } from '../../model/attribution.ts'
import type { Assurance, Decision, Facet, Verdict } from '../../model/attribution.ts'
import { findingEntry } from '../../model/finding.ts'
import { withoutSecrets } from '../../base/secret.ts'
import { shortened } from '../../base/shortened.ts'
import { ATTR } from '../../model/names.ts'
import { SPAN_KIND, STATUS } from '../../model/span.ts'
import type { SpanShape } from '../../model/span.ts'
import { letsThrough } from '../../resolve/decision.ts'
import type { Judgement } from '../../judge/judge.ts'
import { lineageFrom } from '../../resolve/lineage.ts'
import type { BoundAct, Sourced, Lineage } from '../../resolve/lineage.ts'
import type { Policy } from '../../policy/policy.ts'
import { isAtLeast } from '../../policy/policy.ts'
import { isUnsure, MISSING, unmet } from '../../judge/requirements.ts'
import { resolveSpan } from '../../resolve/resolved-span.ts'
import type { Facets } from '../../resolve/resolve.ts'
import type { ResolvedSpan } from '../../resolve/resolved-span.ts'
import { currentBinding, runBound } from '../binding/binding.ts'
import { noteAct, noteDone, noteRefusal } from '../binding/execution.ts'
import { givenIn } from '../binding/facet-input.ts'
import type { CallInput } from '../../deciding/call.ts'
import { heldAgainst } from '../../deciding/held-decision.ts'
import type { HeldDecision } from '../../deciding/held-decision.ts'
import { fault, guarded } from '../health/fault.ts'
import { countRefusal } from '../health/metrics.ts'
import type { Refuser } from '../health/metrics.ts'
import { knownResource } from '../span/known-resource.ts'
import { EMPTY_BINDING, isOver } from '../scope/live-binding.ts'
import type { LiveBinding } from '../scope/live-binding.ts'
import { childLineageOf, findState } from '../span/span-state.ts'
import { currentLiveJudge } from './live-judge.ts'

/** What must be true before an effect may happen. */
export interface Need {
  /**
   * Facets that must be there, not be a placeholder, and be as sure as `assurance`. Default: the principal if
   * `assurance` is given, otherwise none.
   */
  readonly facets?: readonly Facet[]
  /**
   * The least assurance of `facets`. Without `facets`, of every facet that is there. Default: `asserted`. What a caller
   * only claims, or what was only inferred, counts only where `claimed` or `inferred` is given.
   */
  readonly assurance?: Assurance
  /** The verdicts that may pass. */
  readonly verdicts?: readonly Verdict[]
  /** Whether a policy decision must have let it through: `allow`, `modify` or `not_required`. */
  readonly decision?: boolean
  /**
   * The call that is made. A decision in force that is bound to a call has to be bound to this one. Default: the one that
   * `decide` runs here.
   */
  readonly call?: CallInput
  /** Whether to refuse. With false, it runs and is marked. Default: the option `enforce` of `attribution()`. */
  readonly enforce?: boolean
}

/** `util.inspect.custom`, by the symbol that Node registers for packages that don't load `node:util`. */
const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom')

/**
 * Thrown by `guard`, `action` and `decide` alone, before the effect. The message is short and public, because agents hand it to
 * the model and to users. The details are for developers: `unmet` says each thing that isn't met and how to fix it, and
 * isn't enumerable; `console.error(error)` and the report of an uncaught error show it.
 */
export class AttributionError extends Error {
  override readonly name = 'AttributionError'
  readonly code = 'ERR_ATTRIBUTION_REQUIRED'
  readonly #unmet: readonly string[]
  readonly #decision: Decision | undefined

  constructor(unmet: readonly string[], decision?: Decision) {
    super('This action is not permitted.')
    this.#unmet = unmet
    this.#decision = decision
  }

  /** What policy said, if it said anything: an `escalate` waits for someone's approval. */
  get decision(): Decision | undefined {
    return #decision in this ? this.#decision : undefined
  }

  /** Empty on a copy or a proxy, which loggers make. */
  get unmet(): readonly string[] {
    return #unmet in this ? this.#unmet : []
  }

  /** A copy has no stack in newer versions of Node. */
  [INSPECT](): string {
    const head = this.stack === undefined || this.stack === '' ? String(this) : this.stack
    return [head, ...this.unmet.map((line) => `  - ${line}`)].join('\n')
  }
}

/**
 * Runs `fn` if the attribution in force meets `need`. Otherwise rejects with `AttributionError` before `fn` runs. It
 * checks what is bound here and what the active span and those above it show, as for an effect that starts now. What
 * arrived in baggage or a carrier is a claim, and meets no need by itself. A need that can't be read, or a failure of
 * ours, lets nothing through.
 *
 * @example
 * ```ts
 * import { AttributionError, guard } from 'onbehalf'
 *
 * try {
 *   await guard({ facets: ['principal', 'intent'], assurance: 'asserted' }, () => sendMail('board@contoso.com'))
 * } catch (error) {
 *   if (!(error instanceof AttributionError)) throw error
 *   console.error(error.unmet)
 * }
 * ```
 */
export async function guard<T>(need: Need, fn: () => T): Promise<Awaited<T>> {
  return await guardInPlace(need, fn)
}

/** The same, but throws and returns as `fn` does: what is streamed isn't a promise. */
export function guardInPlace<T>(given: Need, fn: () => T, by: Refuser = 'guard', implied?: CallInput): T {
  const need = readNeed(given)
  const refusals = typeof need === 'string' ? [need] : unmetNeeds(need)
  const { call, enforce } = typeof need === 'string' ? NOTHING : need
  return letThrough(fn, { by, enforce, refusals, held: heldAgainst(call, implied), call })
}

/** How an act starts or is refused. */
export interface Start {
  readonly by: Refuser
  /** Undefined if the settings say so. */
  readonly enforce: boolean | undefined
  /** Why it may not start. */
  readonly refusals: readonly string[]
  /** The decision in force, held against the call. */
  readonly held: HeldDecision
  /** The call, if it's known. */
  readonly call: CallInput | undefined
}

/** Runs what may start, in a dry run also what may not. Everything else leaves a span and throws `AttributionError`. */
export function letThrough<T>(fn: () => T, { by, enforce, refusals: others, held, call }: Start): T {
  const decision = currentBinding()?.bound.decision
  const refusals = [...others, ...held.refusals]
  if (refusals.length === 0) refusals.push(...held.take())
  const { act } = held
  if (act !== undefined) noteAct(act)
  if (refusals.length === 0) return runNoted(fn, decision, (outer) => ({ ...named(outer), ...startedBy(held) }))
  const isEnforced = typeof enforce === 'boolean' ? enforce : currentLiveJudge().settings.enforce
  guarded('metrics', 'a refusal could not be counted', () => countRefusal(by, isEnforced), undefined)
  if (isEnforced) {
    noteRefusal()
    recordRefusal('refused', act, call)
    throw new AttributionError(refusals, decision)
  }
  const tried = { ...act, wouldDeny: true }
  noteAct(tried)
  return runNoted(fn, decision, (outer) => ({
    ...named(outer),
    ...startedBy(held),
    act: { ...outer.act, ...tried },
  }))
}

/** What runs inside is the same act, and uses its decision up no further. */
function startedBy({ act, checked }: HeldDecision): Partial<LiveBinding> {
  return { ...(act === undefined ? {} : { act }), ...(checked === undefined ? {} : { checked }) }
}

function runNoted<T>(fn: () => T, decision: Decision | undefined, bind: (outer: LiveBinding) => LiveBinding): T {
  const failed = (error: unknown): never => {
    // A guard inside may have refused: then nothing was done.
    if (!(error instanceof AttributionError)) noteDone(decision)
    throw error
  }
  const done = <R>(result: R): R => {
    noteDone(decision)
    return result
  }
  let result: T
  try {
    result = runBound(bind, fn)
  } catch (error) {
    return failed(error)
  }
  return isThenable(result) ? (settled(result, done, failed) as T) : done(result)
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  const isHolder = (typeof value === 'object' && value !== null) || typeof value === 'function'
  return isHolder && typeof (value as Partial<PromiseLike<unknown>>).then === 'function'
}

async function settled<R>(promise: PromiseLike<R>, done: (result: R) => R, failed: (error: unknown) => never) {
  let result: R
  try {
    result = await promise
  } catch (error) {
    return failed(error)
  }
  return done(result)
}

/** What is guarded is the act itself, and not a request to approve it. */
function named(outer: LiveBinding): LiveBinding {
  return { ...outer, acting: true, asksFor: undefined }
}

/**
 * What didn't run leaves no span, and a refusal that nobody sees could as well not have been. `call`: what was refused, if
 * it's known.
 */
export function recordRefusal(what: 'refused' | 'replaced', act?: BoundAct, call?: CallInput): void {
  guarded(
    'guard',
    'a refusal could not be recorded',
    () => {
      const action = readIn(() => call?.action)
      const id = readIn(() => (typeof call?.resource === 'object' ? call.resource?.id : call?.resource))
      const attributes = {
        [ATTR.span.kind]: 'effect',
        [ATTR.outcome]: 'denied',
        ...(typeof id === 'string' ? { [ATTR.resourceId]: shortened(id) } : {}),
      }
      const name = typeof action === 'string' ? `${what} ${withoutSecrets(action).slice(0, MAX_NAME)}` : what
      const refused = (outer: LiveBinding) => ({ ...named(outer), ...(act === undefined ? {} : { act }) })
      // Set again, because other processors may have written over it.
      runBound(refused, () =>
        trace.getTracer('onbehalf').startSpan(name, { attributes }).setAttributes(attributes).end(),
      )
    },
    undefined,
  )
}

/** What can't be read is refused, and that has to leave a span too. */
function readIn<T>(read: () => T): T | undefined {
  return guarded('guard', 'a refused call could not be read', read, undefined)
}

/** How much of an action's name the name of a span shows. */
const MAX_NAME = 100

/** The need, or why it can't be read. */
function readNeed(given: Need): Need | string {
  try {
    if (typeof given !== 'object' || given === null) return 'guard needs an object such as { facets: [...] }'
    return readOnce(given)
  } catch (error) {
    fault('guard', 'a need could not be read', error)
    return 'the need could not be read'
  }
}

const NOTHING: Need = {}

function unmetNeeds(need: Need): readonly string[] {
  try {
    const malformed = malformedNeeds(need)
    if (malformed.length > 0) return malformed
    const { settings, judgeAhead } = currentLiveJudge()
    const resolved = resolveEffect(settings.policy)
    return [
      ...unmetFacets(need, resolved),
      ...unsureFacets(need, resolved),
      ...unmetVerdict(need, judgeAhead(resolved, resolved.binding?.stale === true ? ['stale_binding'] : [])),
      ...unmetDecision(need, resolved.facets),
    ]
  } catch (error) {
    fault('guard', 'the attribution could not be judged', error)
    return ['the attribution could not be judged, which is a failure of onbehalf; see its faults']
  }
}

/** A getter could answer otherwise the next time. */
function readOnce(given: Need): Need {
  const fields = [...Object.keys(given), ...NEEDS].map((key) => [key, givenIn(given, key)])
  return Object.fromEntries(fields) as Need
}

const NEEDS = ['facets', 'assurance', 'verdicts', 'decision', 'call', 'enforce'] as const

function malformedNeeds(need: object): readonly string[] {
  const { facets, assurance, verdicts, decision, call, enforce, ...unknown } = need as Readonly<Record<string, unknown>>
  return [
    ...(Object.keys(unknown).length === 0
      ? []
      : ['guard: a need only has facets, assurance, verdicts, decision, call and enforce; check the spelling']),
    ...malformedList('facets', facets, ASSURED_FACETS),
    ...malformedList('verdicts', verdicts, VERDICTS),
    ...(assurance === undefined ? [] : malformedList('assurance', [assurance], ASSURANCES)),
    ...malformedFlag('decision', decision),
    ...malformedFlag('enforce', enforce),
    ...(call === undefined || typeof call === 'object'
      ? []
      : ['guard: call has to be { action, resource, arguments }']),
  ]
}

function malformedFlag(field: string, value: unknown): readonly string[] {
  return value === undefined || typeof value === 'boolean' ? [] : [`guard: ${field} has to be true or false`]
}

function malformedList(field: string, value: unknown, words: readonly string[]): readonly string[] {
  if (value === undefined) return []
  if (Array.isArray(value) && value.every((entry) => words.includes(entry))) return []
  return [`guard: ${field} takes only ${words.join(', ')}`]
}

/** Resolves a span that doesn't exist yet: the effect that `fn` would be. */
function resolveEffect(policy: Policy): ResolvedSpan {
  const active = trace.getSpan(context.active())
  const state = active === undefined ? undefined : findState(active)
  const bound = currentBinding() ?? EMPTY_BINDING
  const binding = { ...named(bound), stale: bound.stale === true || isOver(bound, state?.request) }
  const lineage = state === undefined ? lineageFrom('elsewhere') : lineageOfEffect(childLineageOf(state))
  return resolveSpan({ span: effectNow(resourceOf(active)), lineage, policy, live: { binding } })
}

/** It isn't noted in any tree: an effect that may never happen must not set the tree's first correlation id. */
function lineageOfEffect(below: Lineage): Lineage {
  return { ...below, inTransport: false, connecting: false }
}

function resourceOf(span: unknown): SpanShape['resource'] {
  return knownResource((span as Partial<SpanShape> | undefined)?.resource ?? { attributes: {} })
}

function effectNow(resource: SpanShape['resource']): SpanShape {
  const now = Date.now()
  return {
    name: 'guard',
    kind: SPAN_KIND.client,
    spanContext: () => ({ traceId: '', spanId: '' }),
    startTime: [Math.floor(now / 1_000), (now % 1_000) * 1_000_000],
    // It hasn't happened yet, so a denial alone isn't a finding here.
    status: { code: STATUS.error },
    attributes: {},
    resource,
    // No client has been called yet.
    instrumentationScope: { name: '' },
  }
}

function unmetFacets(need: Need, resolved: ResolvedSpan): readonly string[] {
  const requirements = requiredBy(need).filter((facet) => facet !== 'outcome')
  // How sure they have to be is for the need to say.
  const absent = unmet(resolved, { requirements, least: {} }).filter(({ why }) => why !== 'unsure')
  return absent.map(
    ({ requirement }) => `${requirement} is required and missing. ${findingEntry(MISSING[requirement]).fix}`,
  )
}

/** An assurance is asked of something: where no facet is named, somebody must have asked for the act. */
function requiredBy({ facets = [], assurance }: Need): readonly Facet[] {
  return facets.length === 0 && assurance !== undefined ? ['principal'] : facets
}

/** If no facets are named, it checks all that are there. */
function unsureFacets({ facets: asked = [], assurance }: Need, { facets }: ResolvedSpan): readonly string[] {
  if (asked.length === 0 && assurance === undefined) return []
  const wanted = assurance ?? 'asserted'
  const least = Object.fromEntries(ASSURED_FACETS.map((facet) => [facet, wanted]))
  return ASSURED_FACETS.flatMap((facet) => {
    const held = facets[facet]
    const isMeant = asked.length === 0 || asked.includes(facet)
    return held !== undefined && isMeant && isUnsure(facet, facets, least) ? [unsureText(facet, held, wanted)] : []
  })
}

function unsureText(what: string, held: Sourced<unknown>, least: Assurance): string {
  return `${what} is only ${held.assurance}, and ${least} is required. Bind it in this process's code.`
}

function unmetVerdict({ verdicts }: Need, { verdict, findings }: Judgement): readonly string[] {
  if (verdicts === undefined || verdicts.includes(verdict)) return []
  const why = findings.map((code) => `${code}: ${findingEntry(code).fix}`)
  return [`the verdict is ${verdict}, and only ${verdicts.join(' or ')} is let through. ${why.join(' ')}`.trim()]
}

function unmetDecision({ decision }: Need, facets: Facets): readonly string[] {
  if (decision !== true) return []
  const stands = facets.decision
  if (stands === undefined)
    return [`a policy decision is required and none is there. ${findingEntry(MISSING.decision).fix}`]
  const { outcome } = stands.value
  if (letsThrough(stands.value)) {
    return isAtLeast(stands.assurance, 'asserted') ? [] : [unsureText('the policy decision', stands, 'asserted')]
  }
  return [`policy said ${outcome}. Ask for another decision, and run the action inside decided(decision, fn).`]
}

import type { Decision } from '../model/attribution.ts'
import { givenIn } from '../runtime/binding/facet-input.ts'
import type { DecisionAnswer, DecisionPoint, DecisionRequest } from './point.ts'
import { PointError } from './point-error.ts'
import { checkLimits, endpointOf, objectIn, postJson } from './post-json.ts'
import type { RemoteOptions } from './post-json.ts'

export interface OpaOptions extends RemoteOptions {
  /** The rule that decides, for example `mail/allow`, or `mail` for a whole package. */
  readonly path: string
  /** The policy's version. Default: the revisions of its bundles, which OPA says itself. */
  readonly policyVersion?: string
}

/**
 * A decision point that asks Open Policy Agent: `POST` to `/v1/data/<path>`. The input is
 * `{ action, resource, arguments, principal, actor, actor_chain, intent, authority, correlation_id, assurance, context,
 * facts, principal_alone, binding }`, without what isn't known.
 *
 * The rule's value is `true` or `false`, or an object: `{ allow }`, or `{ outcome, policy, approver, arguments }` with the
 * outcome in our words, or `{ unevaluated }` where an input is missing. A rule that is undefined wasn't evaluated, and
 * so lets nothing through: give it a default. The policy's id is the path. Requests leave no spans. Throws a `TypeError`
 * if an option is wrong.
 *
 * @example
 * ```ts
 * import { decide, opa } from 'onbehalf'
 *
 * const policy = opa({ url: 'http://127.0.0.1:8181', path: 'mail/decision' })
 * await decide(policy, { action: 'sendMail', arguments: { to: 'board@contoso.com' } }, ({ to }) => sendMail(to))
 * ```
 */
export function opa({ url, path, policyVersion, ...options }: OpaOptions): DecisionPoint {
  const base = endpointOf(url, 'opa')
  checkLimits(options, 'opa')
  if (typeof path !== 'string' || !PATH.test(path)) throw new TypeError('opa: path has to be like mail/allow')
  const rule = path.split('/').filter((part) => part !== '')
  const below = base.pathname.replace(/\/+$/u, '')
  const endpoint = new URL(`${below}/v1/data/${rule.map(encodeURIComponent).join('/')}?provenance=true`, base)
  const name = `OPA at ${base.host}`
  const id = rule.join('/')
  const policy = { id, ...(policyVersion === undefined ? {} : { version: policyVersion }) }
  return {
    name,
    policy,
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
    ask: async (request, { signal }) => {
      const said = objectIn(await postJson(endpoint, { input: inputOf(request) }, { name, signal, options }))
      if (said === undefined) throw new PointError(`${name} answered nonsense`)
      const version = policyVersion ?? revisionIn(said)
      return answerIn(givenIn(said, 'result'), { id, ...(version === undefined ? {} : { version }) }, name)
    },
  }
}

/** No dots: a part of a path that is `..` would lead elsewhere. */
const PATH = /^\/?[\w-]+(?:\/[\w-]+)*\/?$/u

function inputOf(request: DecisionRequest): object {
  const { action, resource, arguments: given, principal, actor, attribution, assurance, facts, binding } = request
  const { intent, authority, correlationId, actorChain, context } = attribution
  // JSON leaves out what is undefined.
  return {
    action,
    resource,
    arguments: given,
    principal,
    actor,
    actor_chain: request.isPrincipalAlone ? undefined : actorChain,
    intent,
    authority,
    correlation_id: correlationId,
    assurance,
    context,
    facts,
    principal_alone: request.isPrincipalAlone,
    binding,
  }
}

function answerIn(result: unknown, policy: NonNullable<Decision['policy']>, name: string): DecisionAnswer {
  if (result === undefined) {
    return { unevaluated: `${policy.id ?? name} is undefined for this input: a rule or an input is missing`, policy }
  }
  if (typeof result === 'boolean') return { outcome: result ? 'allow' : 'deny', policy }
  const said = objectIn(result)
  if (said === undefined) throw new PointError(`${name} answered nonsense: the rule is no boolean and no object`)
  const [allow, outcome, unevaluated] = ['allow', 'outcome', 'unevaluated'].map((key) => givenIn(said, key))
  const { allow: _, ...more } = said
  if (allow === false && LETS_THROUGH.includes(outcome)) {
    throw new PointError(`${name} answered nonsense: its allow is false and its outcome isn't`)
  }
  if (outcome !== undefined || unevaluated !== undefined) return { policy, ...more } as DecisionAnswer
  if (typeof allow !== 'boolean') throw new PointError(`${name} answered nonsense: there is no allow and no outcome`)
  return { policy, ...more, outcome: allow ? 'allow' : 'deny' } as DecisionAnswer
}

const LETS_THROUGH: readonly unknown[] = ['allow', 'modify', 'not_required']

/** The revisions of all bundles: any of them may have decided. */
function revisionIn({ provenance }: Readonly<Record<string, unknown>>): string | undefined {
  const bundles = objectIn(objectIn(provenance)?.['bundles']) ?? {}
  const revisions = Object.entries(bundles).flatMap(([bundle, about]) => {
    const revision = objectIn(about)?.['revision']
    return typeof revision === 'string' && revision !== '' ? [`${bundle}@${revision}`] : []
  })
  return revisions.length === 0 ? undefined : revisions.toSorted().join(' ')
}

import { randomUUID } from 'node:crypto'
import type { Actor, Decision, Principal } from '../model/attribution.ts'
import { givenIn } from '../runtime/binding/facet-input.ts'
import type { Resource } from './call.ts'
import type { DecisionAnswer, DecisionPoint, DecisionRequest } from './point.ts'
import { PointError } from './point-error.ts'
import { checkLimits, endpointOf, objectIn, postJson } from './post-json.ts'
import type { RemoteOptions } from './post-json.ts'

export interface AuthzenOptions extends RemoteOptions {
  /** The policy that stands behind the answers. Default: what the answer's context says in `policy_id` and `policy_version`. */
  readonly policy?: NonNullable<Decision['policy']>
  /** Reads more from an answer than `decision`, for example obligations in its context. Default: only `decision` counts. */
  readonly answer?: (response: AuthzenResponse, request: DecisionRequest) => DecisionAnswer
}

/** An answer as the specification defines it. */
export interface AuthzenResponse {
  readonly decision: boolean
  readonly context?: Readonly<Record<string, unknown>>
}

/**
 * A decision point that speaks the AuthZEN Authorization API 1.0 of the OpenID Foundation: `POST` to
 * `/access/v1/evaluation` below `url`. The subject is the principal; the actor is `context.agent`. The arguments, the
 * intent and how sure the principal is are in the context too. A string as resource has the type `resource`, and without
 * one the resource is the tool that is named like the action.
 *
 * Without a principal it isn't asked, because the specification requires a subject. Its requests leave no spans. Throws
 * a `TypeError` if an option is wrong.
 *
 * @example
 * ```ts
 * import { authzen } from 'onbehalf'
 *
 * const policy = authzen({ url: 'https://pdp.contoso.com', headers: () => ({ authorization: `Bearer ${process.env['PDP_TOKEN']}` }) })
 * ```
 */
export function authzen({ url, policy, answer, ...options }: AuthzenOptions): DecisionPoint {
  const base = endpointOf(url, 'authzen')
  checkLimits(options, 'authzen')
  const endpoint = new URL(`${base.pathname.replace(/\/+$/u, '')}/access/v1/evaluation`, base)
  const name = `the AuthZEN decision point at ${base.host}`
  return {
    name,
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
    ...(policy === undefined ? {} : { policy }),
    ask: async (request, { signal }) => {
      const { principal } = request
      if (principal === undefined) return { unevaluated: 'the input principal is missing', ...(policy && { policy }) }
      const headers = options.headers
      const withId = async () => ({
        ...(typeof headers === 'function' ? await headers() : headers),
        'x-request-id': randomUUID(),
      })
      const asked = { name, signal, options: { ...options, headers: withId } }
      const said = responseIn(await postJson(endpoint, evaluationOf(request, principal), asked), name)
      const read = answer === undefined ? { outcome: said.decision ? 'allow' : 'deny' } : answer(said, request)
      return withPolicy(read as DecisionAnswer, policyIn(said))
    },
  }
}

/** The request of section 6.1 of the specification. */
function evaluationOf(request: DecisionRequest, principal: Principal): object {
  const { action, resource, arguments: given, actor, assurance, attribution } = request
  const { intent, correlationId, authority, context } = attribution
  return {
    subject: {
      type: principal.type === undefined || principal.type === 'human' ? 'user' : principal.type,
      id: principal.id,
      ...(principal.issuer === undefined ? {} : { properties: { issuer: principal.issuer } }),
    },
    action: { name: action },
    resource: resourceOf(resource, action),
    context: {
      ...factsIn(request),
      ...agentOf(actor),
      ...(given === undefined ? {} : { arguments: given }),
      ...(intent === undefined ? {} : { intent }),
      ...(authority === undefined ? {} : { authority }),
      ...(context === undefined ? {} : { execution_context: context }),
      ...(correlationId === undefined ? {} : { correlation_id: correlationId }),
      ...(assurance === undefined ? {} : { principal_assurance: assurance }),
    },
  }
}

/** Where the binding has none of these, the facts say nothing in its place. */
function factsIn({ facts = {} }: DecisionRequest): object {
  return Object.fromEntries(Object.entries(facts).filter(([key]) => !OURS.has(key)))
}

const OURS: ReadonlySet<string> = new Set([
  'agent',
  'arguments',
  'intent',
  'authority',
  'execution_context',
  'correlation_id',
  'principal_assurance',
])

/** As in the profile for MCP: one id, and never a chain. */
function agentOf(actor: Actor | undefined): object {
  const agent = actor?.id ?? actor?.name
  return agent === undefined ? {} : { agent }
}

function resourceOf(resource: string | Resource | undefined, action: string): object {
  if (resource === undefined) return { type: 'tool', id: action }
  if (typeof resource === 'string') return { type: 'resource', id: resource }
  return { ...resource, type: resource.type ?? 'resource' }
}

function responseIn(value: unknown, name: string): AuthzenResponse {
  const said = objectIn(value)
  const decision = said === undefined ? undefined : givenIn(said, 'decision')
  if (said === undefined || typeof decision !== 'boolean') {
    throw new PointError(`${name} answered nonsense: there is no decision`)
  }
  const context = objectIn(givenIn(said, 'context'))
  return { decision, ...(context === undefined ? {} : { context }) }
}

function policyIn({ context }: AuthzenResponse): Decision['policy'] {
  const [id, version] = [context?.['policy_id'], context?.['policy_version']]
  if (typeof id !== 'string' || id.trim() === '') return undefined
  return { id, ...(typeof version === 'string' && version.trim() !== '' ? { version } : {}) }
}

function withPolicy(answer: DecisionAnswer, policy: Decision['policy']): DecisionAnswer {
  if (policy === undefined || answer === undefined) return answer
  if (typeof answer === 'boolean') return { outcome: answer ? 'allow' : 'deny', policy }
  return typeof answer === 'string' ? { outcome: answer, policy } : { policy, ...answer }
}

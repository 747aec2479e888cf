import type { Actor, Principal } from '../model/attribution.ts'
import { callHash } from '../identity/call-hash.ts'
import { currentAttribution } from '../runtime/binding/binding.ts'
import { givenIn } from '../runtime/binding/facet-input.ts'
import { NotPlain, plainCopy } from './plain-value.ts'

/** The one thing that a call is made to. */
export interface Resource {
  readonly type?: string
  readonly id: string
  readonly properties?: Readonly<Record<string, unknown>>
}

/** What is to be done. */
export interface CallInput {
  /** What is done, for example the name of the tool. */
  readonly action: string
  /** What it is done to, for example an order. */
  readonly resource?: string | Resource
  /** What it is called with: plain JSON, or nothing. */
  readonly arguments?: unknown
}

/** A call, with who asks for it and what makes it. */
export interface BoundCallInput extends CallInput {
  /** Default: the principal in force. */
  readonly principal?: string | Principal
  /** Default: the actor in force. */
  readonly actor?: string | Actor
}

/** A call that is read once and can't change any more. */
export interface PlainCall extends CallInput {
  readonly principal: unknown
  readonly actor: unknown
}

/**
 * The hash that ties a decision to one call. Store it with an approval, and `decide`, `guard` and `action` refuse the
 * approval for any other call. `sha-256:` and base64url over the JCS form (RFC 8785) of
 * `{principal, actor, action, resource, arguments}`, where principal and actor are their ids, or `{id, issuer}` if an
 * issuer is known. Without them, it takes those that are bound here.
 *
 * Throws a `TypeError` that names the field if the call isn't plain JSON. What JSON would lose (undefined, functions,
 * BigInt, NaN, dates, maps, cycles) would make two different calls look the same, so it's refused. So is a call that is
 * larger than a megabyte.
 *
 * @example
 * ```ts
 * import { bindingOf } from 'onbehalf'
 *
 * const call = { principal: 'kai@contoso.com', actor: 'report-assistant', action: 'refund', arguments: { amount: 40 } }
 * const approval = { outcome: 'allow', approver: { id: 'lea@contoso.com' }, binding: bindingOf(call), uses: 1 } as const
 * ```
 */
export function bindingOf(call: BoundCallInput): string {
  try {
    return callHash(plainCall(call))
  } catch (error) {
    if (error instanceof NotPlain) throw new TypeError(`bindingOf: ${error.message}`, { cause: error })
    throw error
  }
}

/** Reads a call once. Throws `NotPlain`. */
export function plainCall(given: BoundCallInput): PlainCall {
  if (typeof given !== 'object' || given === null) throw new NotPlain('the call is not an object')
  const [principal, actor, action, resource, input] = FIELDS.map((key) => givenIn(given, key))
  if (typeof action !== 'string' || action.trim() === '') throw new NotPlain('action is not a name')
  const here = isAbsent(principal) || isAbsent(actor) ? currentAttribution() : undefined
  return {
    principal: identityIn(principal ?? here?.principal, 'principal'),
    actor: identityIn(actor ?? here?.actor, 'actor'),
    action: plainCopy(action.trim(), 'action'),
    ...(isAbsent(resource) ? {} : { resource: resourceIn(resource) }),
    ...(input === undefined ? {} : { arguments: plainCopy(input, 'arguments') }),
  }
}

const FIELDS = ['principal', 'actor', 'action', 'resource', 'arguments'] as const

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null
}

/** An id, with its issuer if one is known: the same id is someone else's at another issuer. */
export function identityIn(given: unknown, field: string): unknown {
  if (isAbsent(given)) return undefined
  if (typeof given === 'string') return idIn(given, field)
  if (typeof given !== 'object') throw new NotPlain(`${field} is neither an id nor an object`)
  const [id, name, issuer] = ['id', 'name', 'issuer'].map((key) => givenIn(given as object, key))
  const known = idIn(id ?? name, `${field}.id`)
  return isAbsent(issuer) ? known : plainCopy({ id: known, issuer: idIn(issuer, `${field}.issuer`) }, field)
}

function idIn(value: unknown, field: string): string {
  if (typeof value !== 'string' || value.trim() === '') throw new NotPlain(`${field} is not an id`)
  return plainCopy(value.trim(), field)
}

function resourceIn(given: unknown): string | Resource {
  if (typeof given === 'string') return idIn(given, 'resource')
  const resource = plainCopy(given, 'resource')
  if (typeof resource !== 'object') throw new NotPlain('resource is neither an id nor an object')
  idIn((resource as Partial<Resource>).id, 'resource.id')
  return resource as Resource
}

import { CARRIER } from '../../model/names.ts'
import { encrypted, isEncrypted, opened } from '../../trust/carriers/encryption.ts'
import { fault, guarded } from '../health/fault.ts'
import { carry } from './carrier.ts'
import type { CarryOptions } from './carrier.ts'
import { openingKeys } from './signed-carrier.ts'

export interface EncryptOptions extends CarryOptions {
  /** The receiver's public key, X25519 or P-256: a JWK, or the path of a file with a JWK or a PEM. */
  readonly encryptTo: string | object
}

/**
 * What `carry` returns, with the signed text readable by one receiver alone: for a message that leaves the organization,
 * or that others may read on its way. It needs a signing key. `{}` if nothing is bound, and where it can't be encrypted,
 * which counts a fault: what was meant for one is never sent for all to read. Never rejects.
 *
 * @example
 * ```ts
 * import { carryEncrypted } from 'onbehalf'
 *
 * const carrier = await carryEncrypted({ encryptTo: '/etc/onbehalf/partner.pub.json', audience: 'partner' })
 * await queue.add({ report: 'weekly', attribution: carrier })
 * ```
 */
export async function carryEncrypted(options: EncryptOptions): Promise<Record<string, string>> {
  const carrier = carry(options)
  const { [CARRIER]: signed, ...traceContext } = carrier
  if (Object.keys(carrier).length === 0) return {}
  if (signed === undefined) {
    fault('carrier', 'an encrypted carrier has to be signed, and there is no signing key')
    return {}
  }
  try {
    return { ...traceContext, [CARRIER]: await encrypted(signed, options.encryptTo) }
  } catch (error) {
    fault('carrier', 'a carrier could not be encrypted: look at the key in encryptTo', error)
    return {}
  }
}

/**
 * Opens a carrier that was encrypted to this service, with the keys of the option `decryption`, for `resume`. One that
 * isn't encrypted, or that none of the keys opens, stays as it is, and `resume` refuses what it can't read. Never
 * rejects.
 *
 * @example
 * ```ts
 * import { openCarrier, resume } from 'onbehalf'
 *
 * queue.process(async (job) => resume(await openCarrier(job.attribution), () => runAssistant(`Mail the ${job.report} report.`)))
 * ```
 */
export async function openCarrier(carrier: Record<string, string>): Promise<Record<string, string>> {
  const text = guarded('carrier', 'the carrier cannot be read', () => textIn(carrier), undefined)
  if (typeof text !== 'string' || !isEncrypted(text)) return carrier
  const signed = await opened(text, openingKeys())
  return signed === undefined ? carrier : { ...carrier, [CARRIER]: signed }
}

function textIn(carrier: unknown): unknown {
  return typeof carrier === 'object' && carrier !== null ? Reflect.get(carrier, CARRIER) : undefined
}

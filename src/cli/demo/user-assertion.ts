import { createHmac, timingSafeEqual } from 'node:crypto'

/** The header that tells the connector which user the assistant calls for, in a form that the connector can check. */
export const ASSERTION_HEADER = 'x-user-assertion'

/** Stands in for a real deployment's signed token: the user's name and an HMAC over it. */
export function assertUser(user: string, key: string): string {
  return `${Buffer.from(user).toString('base64url')}.${macOf(user, key).toString('base64url')}`
}

/** The user, if the assertion is genuine. */
export function verifiedUser(assertion: string | undefined, key: string): string | undefined {
  const [name = '', mac = ''] = (assertion ?? '').split('.')
  const user = Buffer.from(name, 'base64url').toString()
  const expected = macOf(user, key)
  const given = Buffer.from(mac, 'base64url')
  return given.length === expected.length && timingSafeEqual(given, expected) ? user : undefined
}

function macOf(user: string, key: string): Buffer {
  return createHmac('sha256', key).update(user).digest()
}

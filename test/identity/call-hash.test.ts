import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { callHash } from '../../src/identity/call-hash.ts'

describe('the hash of a call', () => {
  it('is taken over the JCS form: keys in order, without what is not known', () => {
    const text = '{"action":"refund","arguments":{"amount":40,"to":"mia"},"principal":"mia@contoso.com"}'
    const hash = `sha-256:${createHash('sha256').update(text).digest('base64url')}`
    const call = { arguments: { to: 'mia', amount: 40 }, action: 'refund', principal: 'mia@contoso.com' }
    expect(callHash({ ...call, actor: undefined })).toBe(hash)
  })
  it('differs where any part does', () => {
    const call = { principal: 'a', actor: 'b', action: 'c', resource: 'd', arguments: [1] }
    const others = Object.keys(call).map((key) => callHash({ ...call, [key]: 'x' }))
    expect(new Set([callHash(call), ...others]).size).toBe(6)
  })
})

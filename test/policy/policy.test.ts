import { describe, expect, it } from 'vitest'
import { isAtLeast, isSeverityAtLeast } from '../../src/policy/policy.ts'
import { checkPolicy } from '../../src/policy/policy-schema.ts'

describe('the order of', () => {
  it('assurances goes from verified down to inferred', () => {
    const order = ['verified', 'asserted', 'claimed', 'inferred'] as const
    expect(order.filter((assurance) => isAtLeast(assurance, 'claimed'))).toEqual(['verified', 'asserted', 'claimed'])
  })
  it('severities goes from low up to critical', () => {
    const order = ['low', 'medium', 'high', 'critical'] as const
    expect(order.filter((severity) => isSeverityAtLeast(severity, 'high'))).toEqual(['high', 'critical'])
  })
})

describe('a policy that is checked', () => {
  it('is its options where nothing is wrong', () => {
    expect(checkPolicy({ profile: 'strict' })).toEqual({ options: { profile: 'strict' } })
    expect(checkPolicy(undefined)).toEqual({ options: {} })
  })
  it('has all of its problems told, each with its path', () => {
    const checked = checkPolicy({ profile: 'lax', require: { effect: ['decison'] } })
    expect(checked).toMatchObject({ problems: [{ path: ['profile'] }, { path: ['require', 'effect', 0] }] })
  })
})

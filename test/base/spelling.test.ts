import { describe, expect, it } from 'vitest'
import { nearest, slipsBetween } from '../../src/base/spelling.ts'

describe('spelling', () => {
  it('counts the letters to change, ignoring case', () => {
    expect(slipsBetween('kai', 'KAI')).toBe(0)
    expect(slipsBetween('kia', 'kai')).toBe(2)
    expect(slipsBetween('contso', 'contoso')).toBe(1)
  })
  it('finds what was probably meant', () => {
    expect(nearest('stritc', ['observe', 'standard', 'strict'])).toBe('strict')
    expect(nearest('other', ['observe', 'standard', 'strict'])).toBeUndefined()
  })
})

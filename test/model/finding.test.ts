import { describe, expect, it } from 'vitest'
import { FINDING_CODES, findingEntry, fixOf, isMergeable } from '../../src/model/finding.ts'

describe('what to do about a finding', () => {
  const where = (language?: string, isParentMissing = false) => ({ language, isParentMissing })

  it.each(FINDING_CODES)('%s depends on the language of the service', (code) => {
    const { fix, fixElsewhere = fix } = findingEntry(code)
    expect(fixOf(code, where())).toBe(fix)
    expect(fixOf(code, where('nodejs'))).toBe(fix)
    expect(fixOf(code, where('webjs'))).toBe(fix)
    expect(fixOf(code, where('python'))).toBe(fixElsewhere)
  })

  it('is something else where the parent is missing, if that may be the cause', () => {
    const { fixWithoutParent } = findingEntry('orphan_effect')
    expect(fixWithoutParent).toMatch(/parent/u)
    expect(fixOf('orphan_effect', where('nodejs', true))).toBe(fixWithoutParent)
    expect(fixOf('orphan_effect', where('python', true))).toBe(fixWithoutParent)
  })
})

it('lets a declaration excuse a stated merge of identities, and nothing that a stranger would like to hide', () => {
  expect(FINDING_CODES.filter(isMergeable).toSorted()).toEqual([
    'actor_is_context',
    'chain_loop',
    'chain_truncated',
    'intent_changed',
    'principal_is_actor',
    'principal_is_context',
    'self_approved',
    'undeclared_autonomy',
  ])
})

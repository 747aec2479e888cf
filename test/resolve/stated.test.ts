import { describe, expect, it } from 'vitest'
import { ATTR } from '../../src/model/names.ts'
import { readStated } from '../../src/resolve/stated.ts'

describe('an empty list on a span', () => {
  const authorityOf = (scopes: unknown) => readStated({ [ATTR.authority.scopes]: scopes }).authority?.value
  it('says that nothing is granted, as an array and as the JSON text that some stores make of it', () => {
    expect([authorityOf([]), authorityOf('[]'), authorityOf(' [] ')]).toEqual(
      Array.from({ length: 3 }, () => ({ scopes: [] })),
    )
  })
  it('says so beside the id of a grant', () => {
    const attributes = { [ATTR.authority.id]: 'g-1', [ATTR.authority.scopes]: [] }
    expect(readStated(attributes).authority?.value).toEqual({ id: 'g-1', scopes: [] })
  })
  it('is none where the entries are blank, or the text is', () => {
    expect([authorityOf(['', ' ']), authorityOf('')]).toEqual([undefined, undefined])
  })
  it('is no chain of actors', () => {
    expect(readStated({ [ATTR.actor.chain]: [] }).actor).toBeUndefined()
  })
})

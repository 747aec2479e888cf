import { describe, expect, it } from 'vitest'
import {
  CONTEXT,
  FACET_FIELDS,
  identifyingNames,
  isIdentified,
  namesOf,
  plainFields,
  PRINCIPAL,
  readFields,
} from '../../src/model/facet-fields.ts'
import { ATTR, setAttribute } from '../../src/model/names.ts'

const BESIDE_FIELDS: readonly string[] = ['assurance', 'source', 'chain']

function namesIn(facet: keyof typeof ATTR): readonly string[] {
  return Object.entries(ATTR[facet]).flatMap(([key, name]) => (BESIDE_FIELDS.includes(key) ? [] : [name as string]))
}

describe('the rows of a facet', () => {
  it.each(FACET_FIELDS.map((of) => [of.facet as keyof typeof ATTR, of] as const))(
    'have each attribute of the %s once, and no other',
    (facet, of) => {
      expect(namesOf(of).toSorted()).toEqual(namesIn(facet).toSorted())
    },
  )
  it.each(FACET_FIELDS.map((of) => [of.facet, of] as const))('say what identifies the %s', (_facet, { fields }) => {
    expect(fields.some(({ identifies }) => identifies)).toBe(true)
  })
  it('name the attributes that identify a facet, with those of its objects', () => {
    const { id, credentialId, credentialType, credentialSubject } = ATTR.context
    expect(identifyingNames(CONTEXT)).toEqual([id, credentialId, credentialType, credentialSubject])
    expect(identifyingNames(PRINCIPAL)).toEqual([ATTR.principal.id])
  })
  it('have words exactly where a word is meant', () => {
    const fields = FACET_FIELDS.flatMap(plainFields)
    expect(fields.filter(({ words }) => words.length > 0)).toEqual(fields.filter(({ form }) => form === 'word'))
  })
  it('have attributes that are set by their names', () => {
    const written: Record<string, unknown> = {}
    for (const { name } of FACET_FIELDS.flatMap(plainFields)) setAttribute(written, name, name)
    expect(Object.entries(written).filter(([key, value]) => key !== value)).toEqual([])
  })
})

describe('a facet that is read by its rows', () => {
  it('has what there is a value for, and its parts in their places', () => {
    const said: Record<string, string> = { [ATTR.context.id]: 'crm', [ATTR.context.credentialId]: 'key-7' }
    expect(readFields(CONTEXT, ({ name }) => said[name])).toEqual({ id: 'crm', credential: { id: 'key-7' } })
  })
  it('is one only where something says which', () => {
    expect(isIdentified(PRINCIPAL, { type: 'human' })).toBe(false)
    expect(isIdentified(PRINCIPAL, { id: 'kai@contoso.com' })).toBe(true)
  })
})

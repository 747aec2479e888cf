import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { intern, internCopy } from '../../src/base/intern.ts'

/** Texts of few letters and of one length come to the same places again and again. */
const text = fc.oneof(
  fc.string({ maxLength: 100 }),
  fc.string({ unit: fc.constantFrom('a', 'b', '0', 'ü'), minLength: 14, maxLength: 14 }),
  fc
    .tuple(fc.string({ unit: 'binary', minLength: 5, maxLength: 9 }), fc.constant('-same-end'))
    .map((both) => both.join('')),
)

it('gives back every text as it is, whatever came before', () => {
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 50 }), (texts) => {
      expect(texts.map(intern)).toEqual(texts)
      expect(texts.toReversed().map(intern)).toEqual(texts.toReversed())
    }),
  )
})

it('copies a part of a text so that it is equal', () => {
  const body = `${'x'.repeat(1_000)}kai@contoso.com${'y'.repeat(1_000)}`
  const part = body.slice(1_000, 1_015)
  expect([internCopy(part), internCopy(part), internCopy(body)]).toEqual(['kai@contoso.com', 'kai@contoso.com', body])
})

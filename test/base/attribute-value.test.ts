import { describe, expect, it } from 'vitest'
import { factOf, isNoWord, isSameValue, kept, listOf, present, textOf, wordIn } from '../../src/base/attribute-value.ts'
import { boundedChain, boundedList, MAX_ACTORS } from '../../src/base/bounded-chain.ts'
import { fileReason, fileReasonOnly } from '../../src/base/file-reason.ts'
import { memoizeRecent } from '../../src/base/intern.ts'
import { memoize, memoizeByObject } from '../../src/base/memoize.ts'
import { ASSURED_FACETS, fieldOf } from '../../src/model/attribution.ts'
import { wordsOf } from '../../src/model/facet-fields.ts'
import { ATTR } from '../../src/model/names.ts'
import { MAX_TEXT } from '../../src/base/shortened.ts'
import { nearest } from '../../src/base/spelling.ts'

describe('the text of an attribute', () => {
  it.each([
    [' kai ', 'kai'],
    [42, '42'],
    [false, 'false'],
    [' \u200B', undefined],
    [['kai'], undefined],
    [undefined, undefined],
  ])('%j is %j', (value, text) => {
    expect(textOf(value)).toBe(text)
  })

  it('that is kept has at most the length of a facet, and its beginning', () => {
    const long = 'x'.repeat(MAX_TEXT * 2)
    expect(kept('kai')).toBe('kai')
    expect(kept(long)).toHaveLength(MAX_TEXT)
    expect(factOf(` ${long} `)).toBe(kept(long))
    expect(factOf(' ')).toBeUndefined()
  })
})

describe('the list of an attribute', () => {
  it.each([
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
    ['["a","b"]', ['a', 'b']],
    ['a', ['a']],
    ['[a', ['[a']],
    [' ', undefined],
  ])('%j is %j', (value, list) => {
    expect(listOf(value)).toEqual(list)
  })

  it('is the same value where every entry is', () => {
    expect(isSameValue(['a', 'b'], ['a', 'b'])).toBe(true)
    expect(isSameValue(['a'], ['a', 'b'])).toBe(false)
    expect(isSameValue('a', ['a'])).toBe(false)
  })

  it('that is too long keeps its first entries, and the last', () => {
    expect(boundedList([1, 2, 3, 4, 5], 3)).toEqual([1, 2, 5])
    expect(boundedList([1, 2], 3)).toEqual([1, 2])
    const chain = Array.from({ length: MAX_ACTORS * 2 }, (_, index) => `${index}`.padEnd(MAX_TEXT, 'x'))
    const bounded = boundedChain(chain)
    expect(bounded).toHaveLength(MAX_ACTORS)
    expect(bounded.at(-1)).toMatch(new RegExp(`^${chain.length - 1}x+…`, 'u'))
  })
})

it('a property is there where there is a value', () => {
  expect({ ...present('id', 'kai'), ...present('type', undefined) }).toEqual({ id: 'kai' })
})

it('what the file system has against a path is told in words', () => {
  expect(fileReason(Object.assign(new Error('ENOENT: nowhere'), { code: 'ENOENT' }))).toBe('there is no such file')
  expect(fileReason(new Error('a disk on fire'))).toBe('a disk on fire')
  expect(fileReasonOnly(Object.assign(new Error('ENOENT: nowhere'), { code: 'ENOENT' }))).toBe('there is no such file')
  expect(fileReasonOnly(Object.assign(new Error('EIO: the path'), { code: 'EIO' }))).toBe('EIO')
  expect(fileReasonOnly(new Error('the path'))).toBe('it is not a path')
})

it('a misspelled name is nearest to one that differs in few letters', () => {
  expect(nearest('stritc', ['observe', 'standard', 'strict'])).toBe('strict')
  expect(nearest('lax', ['observe', 'standard', 'strict'])).toBeUndefined()
})

it.each([
  ['memoize', memoize],
  ['memoizeRecent', memoizeRecent],
])('%s works out an answer once, and never that of another text', (_, remember) => {
  const asked: string[] = []
  const length = remember((text) => {
    asked.push(text)
    return text.length
  })
  asked.length = 0
  expect(['kai', 'kai', 'lee!', 'kai'].map(length)).toEqual([3, 3, 4, 3])
  expect(asked).toEqual(['kai', 'lee!'])
})

it('memoizeByObject works out an answer once for each object, even if it is undefined', () => {
  const asked: object[] = []
  const answer = memoizeByObject((object: { readonly name?: string }) => {
    asked.push(object)
    return object.name
  })
  const [kai, nobody] = [{ name: 'kai' }, {}]
  expect([kai, nobody, nobody, kai, { name: 'kai' }].map(answer)).toEqual(['kai', undefined, undefined, 'kai', 'kai'])
  expect(asked).toHaveLength(3)
})

describe('a word of a list', () => {
  it.each([
    ['Deny ', 'deny', false],
    ['rejected', undefined, true],
    [['deny'], undefined, true],
    [true, undefined, true],
    [' ', undefined, false],
    [undefined, undefined, false],
  ])('%j', (value, word, isNone) => {
    expect(wordIn(value, ['allow', 'deny'])).toBe(word)
    expect(isNoWord(value, ['allow', 'deny'])).toBe(isNone)
  })
})

it('knows the words of an attribute that has only those', () => {
  expect(wordsOf(ATTR.decision.outcome)).toContain('deny')
  expect(wordsOf(ATTR.principal.id)).toEqual([])
})

it('a facet stands in the field of its name, and the correlation as an id', () => {
  expect(ASSURED_FACETS.filter((facet) => fieldOf(facet) !== facet)).toEqual(['correlation'])
  expect(fieldOf('correlation')).toBe('correlationId')
})

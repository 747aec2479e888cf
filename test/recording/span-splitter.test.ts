import { expect, it } from 'vitest'
import { createSpanSplitter } from '../../src/recording/span-splitter.ts'

const REQUEST = '{"resourceSpans":[{"resource":{},"scopeSpans":[{"scope":{},"spans":[{"name":"s"}]}]}]}'

function taken(text: string) {
  const splitter = createSpanSplitter(() => {})
  return { pieces: splitter.write(text).length, isDone: splitter.isDone, rest: splitter.rest }
}

it('what is nested deeper than any document is passed over, and what follows it is not', () => {
  const nested = (depth: number) => `${'['.repeat(depth)}${REQUEST}${']'.repeat(depth)} rest`
  expect(taken(nested(3)).pieces).toBeGreaterThan(0)
  expect(taken(nested(1000))).toEqual({ pieces: 0, isDone: true, rest: ' rest' })
  const wrapped = `${'{"data":'.repeat(1000)}${REQUEST}${'}'.repeat(1000)} rest`
  expect(taken(wrapped)).toEqual({ pieces: 0, isDone: true, rest: ' rest' })
})

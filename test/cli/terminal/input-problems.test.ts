import { afterEach, expect, it, vi } from 'vitest'
import { createComplaints } from '../../../src/cli/terminal/input-problems.ts'
import { readRequest } from '../../../src/otlp/otlp-json.ts'
import { wireRequest, wireSpan } from '../otlp.ts'

afterEach(() => vi.restoreAllMocks())

function complaintsAbout(span: Record<string, unknown>): readonly string[] {
  const said: string[] = []
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0)
  const problems = createComplaints()
  for (const one of readRequest(wireRequest(span), () => {})) problems.checkSpan('f', one)
  return said
}

it('tells a span without a start, because no expired grant shows there', () => {
  expect(complaintsAbout(wireSpan('1'))).toEqual([])
  expect(complaintsAbout({ ...wireSpan('1'), startTimeUnixNano: '0' })).toEqual([
    expect.stringContaining('it has no start'),
  ])
})

it.each([
  ['attribution.outcome', 'blocked', 'holds none of its words'],
  ['attribution.decision.outcome', 'rejected', 'holds none of its words'],
  ['attribution.authority.assurance', 'unsigned', 'holds none of its words'],
])('tells a word that %s does not have', (key, value, reason) => {
  const attributes = [{ key, value: { stringValue: value } }]
  expect(complaintsAbout({ ...wireSpan('1'), attributes })).toEqual([expect.stringContaining(`${key} ${reason}`)])
})

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

it('tells a span without a start whose grant or decision has a time, because no expired grant shows there', () => {
  const noStart = { ...wireSpan('1'), startTimeUnixNano: '0' }
  expect([complaintsAbout(wireSpan('1')), complaintsAbout(noStart)]).toEqual([[], []])
  for (const key of ['attribution.authority.expires_at', 'attribution.decision.at']) {
    const attributes = [{ key, value: { stringValue: '2020-01-01T00:00:00Z' } }]
    expect(complaintsAbout({ ...wireSpan('1'), attributes })).toEqual([])
    expect(complaintsAbout({ ...noStart, attributes })).toEqual([expect.stringContaining('it has no start')])
  }
})

it('does not repeat the password of a URL that is given as a file', () => {
  const said: string[] = []
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0)
  createComplaints().add({ file: 'http://kai:hunter2@host/x', line: 0, reason: 'there is no such file' })
  expect(said.join('')).not.toContain('hunter2')
  expect(said.join('')).toContain('host/x: there is no such file')
})

it.each([
  ['attribution.outcome', 'blocked', 'holds none of its words'],
  ['attribution.decision.outcome', 'rejected', 'holds none of its words'],
  ['attribution.authority.assurance', 'unsigned', 'holds none of its words'],
])('tells a word that %s does not have', (key, value, reason) => {
  const attributes = [{ key, value: { stringValue: value } }]
  expect(complaintsAbout({ ...wireSpan('1'), attributes })).toEqual([expect.stringContaining(`${key} ${reason}`)])
})

import { describe, expect, it } from 'vitest'
import type { SpanShape } from '../../src/model/span.ts'
import { salvage } from '../../src/recording/salvage.ts'
import type { BrokenDocument } from '../../src/recording/salvage.ts'

function span(id: number): string {
  return `{"traceId":"${'a'.repeat(32)}","spanId":"${String(id).padStart(16, '0')}","name":"s${id}"}`
}

function request(...ids: readonly number[]): string {
  return `{"resourceSpans":[{"resource":{},"scopeSpans":[{"scope":{},"spans":[${ids.map(span).join(',')}]}]}]}`
}

/** What was read, and what was said of it, as `line: reason`. */
function salvaged(text: string, over: Partial<BrokenDocument> = {}) {
  const spans: SpanShape[] = []
  const problems: string[] = []
  salvage(
    { text, line: 7, isInspected: false, isKnown: false, ...over },
    {
      report: (line, reason) => problems.push(`${line}: ${reason}`),
      collect: (read) => spans.push(...read),
    },
  )
  return { names: spans.map(({ name }) => name), problems }
}

describe('what is left of a broken document', () => {
  it('is its whole spans where it breaks off, and one complaint about its beginning', () => {
    const broken = request(1, 2, 3).slice(0, -30)
    expect(salvaged(broken)).toEqual({ names: ['s1', 's2'], problems: ['7: the document breaks off'] })
  })
  it('needs no complaint where it is known that it breaks off', () => {
    expect(salvaged(request(1, 2).slice(0, -30), { isKnown: true })).toEqual({ names: ['s1'], problems: [] })
  })
  it('is what stands in a line of its own, and what is wrong is told with its line', () => {
    const { names, problems } = salvaged(`[\n${request(1)},\n{"resourceSpans": oops},\n${request(2)}\n]\n`)
    expect(names).toEqual(['s1', 's2'])
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(/^9: this is no JSON: /u)
  })
  it('is nothing of what util.inspect printed', () => {
    expect(salvaged("{\n  name: 's',", { isInspected: true })).toEqual({
      names: [],
      problems: ['7: the document breaks off'],
    })
  })
})

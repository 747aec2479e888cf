import { describe, expect, it } from 'vitest'
import { DocumentEnd } from '../../src/recording/document-end.ts'
import { JsonScanner } from '../../src/recording/json-scanner.ts'
import { createSpanSplitter } from '../../src/recording/span-splitter.ts'

/** `event at the place behind it`, with the word of keys and scalars. */
function events(...pieces: readonly string[]): readonly string[] {
  const scanner = new JsonScanner()
  const found: string[] = []
  let before = 0
  for (const piece of pieces) {
    scanner.feed(piece)
    for (let event = scanner.next(); event !== undefined; event = scanner.next()) {
      const word = event === 'key' || event === 'scalar' ? ` ${scanner.word}` : ''
      const sort = event === 'open' || event === 'close' ? ` ${scanner.isList ? 'list' : 'object'}` : ''
      found.push(`${event}${word}${sort} ${before + scanner.at}`)
    }
    before += piece.length
  }
  return found
}

/** Cut at every place. */
function cuts(text: string): readonly (readonly string[])[] {
  return Array.from(text, (_, at) => [text.slice(0, at), text.slice(at)])
}

describe('a scanner of JSON', () => {
  it('tells brackets, keys, strings and scalars, and where each ends', () => {
    expect(events('{"a":"b","c":[1,{}]}')).toEqual([
      'open object 1',
      'key a 4',
      'string 8',
      'key c 12',
      'open list 14',
      'scalar 1 15',
      'open object 17',
      'close object 18',
      'close list 19',
      'close object 20',
    ])
  })
  it('takes no bracket or quote in a string for one', () => {
    expect(events(String.raw`{"}\"":"{\\"}`)).toEqual([
      'open object 1',
      String.raw`key }\" 6`,
      'string 12',
      'close object 13',
    ])
  })
  it('tells the same wherever the text is cut', () => {
    const text = String.raw`{"a\\":"b\"","c":[{}],"d":{"e":""}}`
    for (const pieces of cuts(text)) expect(events(...pieces)).toEqual(events(text))
    expect(events(...text)).toEqual(events(text))
  })
  it('passes a value whole, wherever the text is cut', () => {
    const text = String.raw`[{"a":"}\"]","b":[1]}],2`
    for (const pieces of cuts(text.slice(1))) {
      const scanner = new JsonScanner()
      scanner.feed('[')
      expect(scanner.next()).toBe('open')
      const ends = pieces.map((piece) => {
        scanner.feed(piece)
        return scanner.pass() ? scanner.at : -1
      })
      const [first = ''] = pieces
      const end = text.length - ',2'.length - 1
      const expected = first.length < end ? [-1, end - first.length] : [end]
      expect(ends.slice(0, expected.length)).toEqual(expected)
    }
  })
  it('knows three sorts of quotes in what util.inspect prints', () => {
    const scanner = new JsonScanner()
    scanner.isInspected = true
    const text = "{ a: '}', b: `}'`, c: \"}`\" } }"
    scanner.feed(text, 1)
    expect(scanner.pass()).toBe(true)
    expect(scanner.at).toBe(text.length - 2)
  })
})

/** The places at which documents end, and whether each is one that was inspected. */
function endsIn(...pieces: readonly string[]): readonly string[] {
  const end = new DocumentEnd()
  return pieces.map((piece) => `${end.find(piece)}${end.isInspected ? ' inspected' : ''}`)
}

describe('the end of a document', () => {
  it('stands behind its last bracket', () => {
    expect(endsIn('{"a":[1]} {}')).toEqual(['9'])
    expect(endsIn('[[', '"]"', ']]x')).toEqual(['-1', '-1', '2'])
  })
  it('stands behind the line where there are words and no brackets', () => {
    expect(endsIn('some "words\n{}')).toEqual(['12'])
    expect(endsIn('some "wo', 'rds\n')).toEqual(['-1', '4'])
    expect(endsIn('words } here\n')).toEqual(['7'])
    expect(endsIn('words {"}": 1} here\n')).toEqual(['14'])
    expect(endsIn('\n')).toEqual(['1'])
  })
  it('is told by the quotes of what was inspected', () => {
    expect(endsIn("{ a: '}' }")).toEqual(['10 inspected'])
    expect(endsIn('{', "\n  a: '", "}' }")).toEqual(['-1', '-1 inspected', '4 inspected'])
    expect(endsIn('{ "a": 1, "b": "\'" }')).toEqual(['20'])
  })
})

describe('what a document is taken apart into', () => {
  const GROUP = { resource: { r: 1 }, scopeSpans: [{ scope: { s: 1 }, spans: [{ a: 1 }, { b: '}' }] }] }
  const text = JSON.stringify({ resourceSpans: [GROUP, GROUP], other: [{}] })

  /** The spans in pieces, whatever pieces they come in. */
  function spansOf(...pieces: readonly string[]): readonly unknown[] {
    const problems: string[] = []
    const splitter = createSpanSplitter((reason) => problems.push(reason))
    const documents = pieces.flatMap((piece) => splitter.write(piece))
    expect(problems).toEqual([])
    expect(splitter.isDone).toBe(true)
    return documents.flatMap((piece) => {
      const { resourceSpans } = (piece as { document: { resourceSpans: readonly (typeof GROUP)[] } }).document
      return resourceSpans.flatMap(({ resource, scopeSpans }) =>
        scopeSpans.flatMap(({ scope, spans }) => spans.map((span) => ({ resource, scope, span }))),
      )
    })
  }

  it('is each span with its resource and scope, wherever the text is cut', () => {
    const [resource, scope] = [{ r: 1 }, { s: 1 }]
    const both = [
      { resource, scope, span: { a: 1 } },
      { resource, scope, span: { b: '}' } },
    ]
    for (const pieces of cuts(text)) expect(spansOf(...pieces)).toEqual([...both, ...both])
  })
  it('leaves what comes behind its end', () => {
    const splitter = createSpanSplitter(() => {})
    splitter.write(`${text} {"x":1}`)
    expect([splitter.isDone, splitter.rest]).toEqual([true, ' {"x":1}'])
  })
})

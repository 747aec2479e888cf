import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createJudge } from '../../src/judge/judge.ts'
import { readingsOf } from '../../src/judge/records.ts'
import { judgeTrace, treeOf } from '../../src/judge/trace.ts'
import { createPolicy } from '../../src/policy/policy.ts'
import { readRequest } from '../../src/otlp/otlp-json.ts'
import { createWindow } from '../../src/recording/trace-window.ts'
import { wireAttributes, wireRequest, wireSpan } from '../cli/otlp.ts'
import type { Value } from '../cli/otlp.ts'

type Given = Readonly<Record<string, Value>>

const AGENT: Given = {
  'gen_ai.operation.name': 'invoke_agent',
  'attribution.principal.id': 'kai',
  'attribution.actor.id': 'assistant',
  'attribution.intent.id': 'i',
}
const COLLAPSED = { ...AGENT, 'attribution.actor.id': 'kai' }
const ENDED = { endTimeUnixNano: '1767225602000000000' }

/** A record of one span. */
function record(attributes: Given | readonly unknown[], over: Readonly<Record<string, unknown>> = {}) {
  return wireSpan('1', {
    attributes: Array.isArray(attributes) ? attributes : wireAttributes(attributes as Given),
    ...ENDED,
    ...over,
  })
}

function judgedOf(requests: readonly unknown[]) {
  const window = createWindow(1_000)
  const problems: string[] = []
  for (const request of requests) {
    for (const span of readRequest(request, ({ place, reason }) => problems.push(`${place}: ${reason}`)))
      window.add(span)
  }
  const policy = createPolicy()
  const [group] = [...window.end()]
  const judged = judgeTrace(group?.spans ?? [], policy, createJudge(policy))
  return {
    problems,
    says: judged.map(({ span, judgement: { verdict, findings } }) =>
      `${span.name} ${verdict} ${findings.join(' ')}`.trim(),
    ),
  }
}

const judged = (...spans: readonly unknown[]) => judgedOf(spans.map((span) => wireRequest(span))).says

describe('two records of one span', () => {
  const twice = (one: Given, other: Given, ofOne = {}, ofOther = {}) => {
    const [a, b] = [record(one, ofOne), record(other, ofOther)]
    expect(judged(a, b), 'in either order').toEqual(judged(b, a))
    return judged(a, b)
  }

  it('that are the same are one', () => {
    expect(twice(AGENT, AGENT)).toEqual(['run separated'])
  })
  it('that disagree have the worse verdict, and the finding', () => {
    expect(twice(COLLAPSED, { ...AGENT, 'app.more': 'x' })).toEqual([
      'run collapsed principal_is_actor record_conflict',
    ])
    expect(twice(COLLAPSED, AGENT)).toEqual(['run collapsed principal_is_actor record_conflict'])
  })
  it('of which one says more to attribution disagree', () => {
    const { 'attribution.actor.id': _, ...nameless } = COLLAPSED
    expect(twice(nameless, AGENT)).toEqual(['run unknown missing_actor record_conflict'])
    const declared = { 'attribution.declaration.type': 'merge', 'attribution.declaration.merges': 'principal_is_actor' }
    expect(twice(COLLAPSED, { ...COLLAPSED, ...declared })[0]).toMatch(/^run collapsed .*record_conflict/u)
  })
  it('that disagree on what attribution does not read are one', () => {
    expect(twice(AGENT, { ...AGENT, 'app.more': 'x', 'http.route': '/' })).toEqual(['run separated'])
  })
  it('that spell an id in two ways are one', () => {
    expect(twice(AGENT, { ...AGENT, 'attribution.principal.id': 'mailto:KAI' })).toEqual(['run separated'])
  })
  it('that name two parents disagree', () => {
    expect(twice(AGENT, AGENT, {}, { parentSpanId: 'b'.repeat(16) })).toEqual(['run separated record_conflict'])
  })
  it('that start at two times disagree, unless clocks may differ so', () => {
    expect(twice(AGENT, AGENT, {}, { startTimeUnixNano: '1767225609000000000' })).toEqual([
      'run separated record_conflict',
    ])
    expect(twice(AGENT, AGENT, {}, { startTimeUnixNano: '1767225601000000100' })).toEqual(['run separated'])
  })
  it('that end in two ways disagree', () => {
    const denied = { ...AGENT, 'attribution.decision.outcome': 'deny' }
    expect(twice(denied, denied, { status: { code: 2 } }, { status: { code: 1 } })).toEqual([
      'run separated denied_but_executed record_conflict',
    ])
  })
  it('of which one is of the open span and the other says it all again are one', () => {
    const { 'attribution.intent.id': _, ...begun } = AGENT
    expect(twice(begun, AGENT, { endTimeUnixNano: '0' })).toEqual(['run separated'])
    expect(twice(COLLAPSED, AGENT, { endTimeUnixNano: '0' })).toEqual([
      'run collapsed principal_is_actor record_conflict',
    ])
  })
  it('that are the two sides of one call are none', () => {
    const side = (kind: number, service: string, more: Given = {}) => {
      const request = wireRequest(record({ ...AGENT, ...more }, { kind }))
      return JSON.parse(JSON.stringify(request).replace('shop-api', service)) as unknown
    }
    expect(judgedOf([side(3, 'a'), side(2, 'b')]).says).toEqual(['run separated'])
    expect(judgedOf([side(3, 'a'), side(2, 'b', { 'attribution.principal.id': 'lea' })]).says).toEqual([
      'run separated record_conflict',
    ])
    expect(judgedOf([side(3, 'a'), side(2, 'a')]).says).not.toEqual(['run separated record_conflict'])
  })

  const below = wireSpan('1', { spanId: 'c'.repeat(16), parentSpanId: 'aaaaaaaaaaaaaaaa', name: 'below' })
  it('hand down what makes the verdict below worse', () => {
    const child = { ...below, attributes: wireAttributes({ 'gen_ai.operation.name': 'chat' }) }
    expect(judged(record(COLLAPSED), record(AGENT), child)).toEqual([
      'run collapsed principal_is_actor record_conflict',
      'below collapsed principal_is_actor',
    ])
  })
  it('that are not judged have the finding on what is judged below', () => {
    const child = {
      ...below,
      attributes: wireAttributes({
        'gen_ai.operation.name': 'invoke_agent',
        'attribution.actor.id': 'kai',
        'attribution.intent.id': 'i',
      }),
    }
    const roots = ['lea', 'kai'].map((id) => record({ 'user.id': id }))
    expect(judged(...roots, child)).toEqual(['below collapsed principal_is_actor record_conflict'])
  })
  it('are tried together with those of other spans', () => {
    const tool = (actor: string) => ({
      ...below,
      attributes: wireAttributes({ ...AGENT, 'attribution.principal.id': '', 'attribution.actor.id': actor }),
    })
    const as = (id: string) => record({ ...AGENT, 'attribution.principal.id': id })
    expect(judged(as('kai'), as('lea'), tool('kai'), tool('bot'))[1]).toMatch(/^below collapsed/u)
    expect(judged(as('kai'), as('lea'), tool('lea'), tool('bot'))[1]).toMatch(/^below collapsed/u)
  })
  it('are more than can be tried: then no verdict is certain', () => {
    const many = Array.from({ length: 20 }, (_, at) => record({ ...AGENT, 'attribution.intent.id': `i${at}` }))
    expect(judged(...many)).toEqual(['run unknown record_conflict'])
  })
  it('of a resource disagree too', () => {
    const from = (service: string) =>
      JSON.parse(
        JSON.stringify(
          wireRequest(record({ ...AGENT, 'attribution.actor.id': '', 'gen_ai.operation.name': 'chat' })),
        ).replace('shop-api', service),
      ) as unknown
    expect(judgedOf([from('kai'), from('bot')]).says).toEqual(['run collapsed principal_is_actor record_conflict'])
  })
  it('come in any order', () => {
    const pool = [COLLAPSED, AGENT, { ...AGENT, 'app.x': 'y' }, { ...AGENT, 'attribution.principal.id': 'lea' }]
    const records = [...pool, ...pool].map((given) => record(given))
    fc.assert(
      fc.property(fc.shuffledSubarray(records, { minLength: records.length }), (shuffled) => {
        expect(judged(...shuffled)).toEqual(['run collapsed principal_is_actor record_conflict'])
      }),
      { numRuns: 30 },
    )
  })
  it('are no readings where nothing differs', () => {
    const [span] = readRequest(wireRequest(record(AGENT)), () => {})
    expect(span && readingsOf(treeOf([span]), createPolicy())).toBeUndefined()
  })
})

describe('an attribute that is given twice', () => {
  const doubled = (key: string, ...values: readonly Value[]) => [
    ...wireAttributes(AGENT).filter((entry) => (entry as { key: string }).key !== key),
    ...values.flatMap((value) => wireAttributes({ [key]: value })),
  ]
  it('with one value is one', () => {
    expect(judged(record(doubled('attribution.actor.id', 'bot', 'bot')))).toEqual(['run separated'])
    expect(judged(record(doubled('attribution.actor.id', 'bot', 'BOT ')))).toEqual(['run separated'])
  })
  it('with two values has the worse verdict, and the finding', () => {
    const collapsed = ['run collapsed principal_is_actor record_conflict']
    expect(judged(record(doubled('attribution.actor.id', 'kai', 'bot')))).toEqual(collapsed)
    expect(judged(record(doubled('attribution.actor.id', 'bot', 'kai')))).toEqual(collapsed)
    expect(judged(record(doubled('attribution.actor.id', 'bot', 'kai', 'bot')))).toEqual(collapsed)
    expect(judged(record(doubled('attribution.actor.id', 'bot', 'kai', 'bit')))).toEqual(collapsed)
  })
  it('and is read by nothing is none', () => {
    expect(judged(record(doubled('app.tag', 'x', 'y')))).toEqual(['run separated'])
  })
  it('crosswise with another one is tried in every combination', () => {
    const rest = wireAttributes(AGENT).slice(0, 1)
    const ids = [
      ['attribution.principal.id', 'kai'],
      ['attribution.actor.id', 'bot'],
      ['attribution.principal.id', 'bot'],
      ['attribution.actor.id', 'kai'],
    ].flatMap(([key = '', value = '']) => wireAttributes({ [key]: value }))
    expect(judged(record([...rest, ...ids]))[0]).toMatch(/^run collapsed .*record_conflict/u)
  })
  it('is given with and without a value', () => {
    expect(judged(record(doubled('attribution.principal.id', 'kai', {})))).toEqual([
      'run unknown missing_principal record_conflict',
    ])
  })
  it('is on a resource', () => {
    const span = record({ ...AGENT, 'attribution.actor.id': '', 'gen_ai.operation.name': 'chat' })
    const attributes = ['kai', 'bot'].flatMap((name) => wireAttributes({ 'service.name': name }))
    const request = { resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans: [span] }] }] }
    expect(judgedOf([request]).says).toEqual(['run collapsed principal_is_actor record_conflict'])
  })
  it('is a complaint where one value has two types', () => {
    const two = { stringValue: 'kai', intValue: '7' }
    const { problems } = judgedOf([wireRequest(record(doubled('attribution.actor.id', two)))])
    expect(problems).toEqual([
      'resourceSpans[0].scopeSpans[0].spans[0].attributes["attribution.actor.id"]: this value is given twice, as two types',
    ])
  })
})

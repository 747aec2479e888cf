import { afterEach, describe, expect, it } from 'vitest'
import type { JudgingOptions } from '../../src/setup/config.ts'
import { AttributionSpanProcessor, onBehalfOf } from '../../src/index.ts'
import { findingEntry } from '../../src/model/finding.ts'
import { AGENT, inSpan, silence, tracing } from './provider.ts'

afterEach(silence)

const KAI = { principal: { id: 'Kai@contoso.com', type: 'human' }, intent: 'send the report' } as const
/** As Langfuse writes the `userId` that it is given: an id of the app's database. */
const LANGFUSE = { ...AGENT, 'langfuse.observation.type': 'agent', 'user.id': 'cm8X2K' }

function agent(options: JudgingOptions, attributes: typeof LANGFUSE = LANGFUSE) {
  const traced = tracing([new AttributionSpanProcessor(options)])
  onBehalfOf(KAI, () => inSpan(traced.tracer, 'agent', { attributes }, () => {}))
  return traced.one('agent')
}

describe('an id of a database beside a bound e-mail address', () => {
  it('is in conflict with it, and the finding says how both become one', () => {
    expect(agent({}).findings).toEqual(['conflicting_identity'])
    expect(findingEntry('conflicting_identity').fix).toContain('aliases')
  })
  it.each<[string, NonNullable<JudgingOptions['policy']>]>([
    ['a map', { aliases: { cm8X2K: 'kai@contoso.com' } }],
    ['a function, which is asked in the form in which ids are compared', { aliases: emailOf }],
  ])('is the same party where the policy has %s', (_, policy) => {
    const seen = agent({ policy })
    expect(seen.findings).toEqual([])
    expect(seen.principal).toBe('Kai@contoso.com')
    expect(seen.span.attributes['user.id']).toBe('cm8X2K')
  })
  it('is in conflict where the policy knows it as someone else', () => {
    expect(agent({ policy: { aliases: emailOf } }, { ...LANGFUSE, 'user.id': 'cm8LEA' }).findings).toEqual([
      'conflicting_identity',
    ])
  })
  it.each([
    ['throws', () => emailOf(undefined as never)],
    ['answers with no id', () => undefined as never],
    ['is async', () => Promise.resolve('kai@contoso.com') as never],
    ['is async and fails', () => Promise.reject(new Error('no database')) as never],
  ])('stays in conflict, and the app unharmed, where the function %s', (_, aliases) => {
    expect(agent({ policy: { aliases } }).findings).toEqual(['conflicting_identity'])
  })
})

const EMAILS = new Map([
  ['cm8x2k', 'kai@contoso.com'],
  ['cm8lea', 'lea@contoso.com'],
])

function emailOf(id: string): string {
  return EMAILS.get(id.trim()) ?? id
}
